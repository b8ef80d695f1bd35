"""Product pages: what they show, and when they show something else."""

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from services.allocation.domain.window import Window

State = Literal["in_stock", "preorder", "backorder", "out_of_stock"]
MOST_BREAKS: Final = 5
_STEADY: Final = timedelta(hours=24)


class Break(Struct, frozen=True, gc=False):
    """The range in which an order of up to so many units would ship: estimated, where nobody says when they arrive."""

    up_to_units: int
    ships: Window
    is_estimated: bool = False


class Page(Struct, frozen=True, gc=False):
    """A page of one position or of a SKU over its nodes: what a new customer may have.

    It holds neither when it was made nor until when it holds: pages are equal when they show the same.
    """

    state: State
    available_to_sell: int
    breaks: tuple[Break, ...]
    max_orderable: int
    alternatives: tuple[str, ...] = ()

    @property
    def ships_by(self) -> date | None:
        """Return when one unit ordered now ships at the latest; None where no date can be said."""
        return self.breaks[0].ships.latest if self.breaks else None


class ShownPage(Struct, frozen=True, gc=False):
    """A page as it was announced, and since when its state is what it is."""

    page: Page
    since: datetime


def merge_breaks(breaks: Iterable[Break]) -> tuple[Break, ...]:
    """Merge neighbours of one window, and those from the fifth on into one range that holds for all of them."""
    every: list[Break] = []
    for page_break in breaks:
        if every and (every[-1].ships, every[-1].is_estimated) == (page_break.ships, page_break.is_estimated):
            every.pop()
        every.append(page_break)
    if len(every) <= MOST_BREAKS:
        return tuple(every)
    fifth, last = every[MOST_BREAKS - 1], every[-1]
    widest = Window(fifth.ships.earliest, last.ships.latest)
    is_estimated = any(page_break.is_estimated for page_break in every[MOST_BREAKS - 1 :])
    return (*every[: MOST_BREAKS - 1], Break(last.up_to_units, widest, is_estimated))


def as_of(page: Page, first_day: date) -> Page:
    """Return the page as its reader shows it once time has passed: no date is before the next day that can ship."""
    if all(page_break.ships.earliest >= first_day for page_break in page.breaks):
        return page
    rolled = (
        Break(
            page_break.up_to_units,
            Window(max(page_break.ships.earliest, first_day), max(page_break.ships.latest, first_day)),
            page_break.is_estimated,
        )
        for page_break in page.breaks
    )
    return replace(page, breaks=merge_breaks(rolled))


def must_announce(told: Page | None, page: Page, first_day: date) -> bool:
    """Return whether readers must hear of a page: what they were told, as of today, is not what the page shows."""
    return told is None or as_of(told, first_day) != as_of(page, first_day)


def settle(told: ShownPage | None, page: Page, now: datetime, first_day: date, *, by_fact: bool) -> ShownPage:
    """Return the page to show: its state changes on a fact, or when 24 hours old; until then it stays, as of today.

    So no page flickers because time passed. Units that can be had at once are a fact in themselves, and the end of a
    pre-order is the launch: neither waits.
    """
    if told is None:
        return ShownPage(page, now)
    if told.page.state == page.state:
        return ShownPage(page, told.since)
    if by_fact or now - told.since >= _STEADY or told.page.state == "preorder" or _in_stock(told.page, page):
        return ShownPage(page, now)
    return replace(told, page=as_of(told.page, first_day))


def look_again_at(settled: ShownPage, page: Page) -> datetime | None:
    """Return when to look again at a page whose new state had to wait; None where none waits."""
    return None if settled.page.state == page.state else settled.since + _STEADY


def _in_stock(*pages: Page) -> bool:
    return any(page.state == "in_stock" for page in pages)


def page_to_text(page: Page) -> str:
    """Write a page as text, to be kept as it was announced."""
    breaks = [_break_as_text(page_break) for page_break in page.breaks]
    fields = {
        "state": page.state, "available_to_sell": page.available_to_sell, "breaks": breaks,
        "max_orderable": page.max_orderable, "alternatives": page.alternatives,
    }  # fmt: skip
    return json.dumps(fields)


def _break_as_text(page_break: Break) -> dict[str, object]:
    ships = _window_as_text(page_break.ships)
    return {"up_to_units": page_break.up_to_units, "ships": ships, "is_estimated": page_break.is_estimated}


def _window_as_text(window: Window) -> dict[str, str]:
    return {"earliest": window.earliest.isoformat(), "latest": window.latest.isoformat()}


@lru_cache(maxsize=10_000)
def page_from_text(text: str) -> Page:
    """Read a page that `page_to_text` wrote."""
    parsed = json.loads(text)
    breaks = tuple(Break(row["up_to_units"], _window(**row["ships"]), row["is_estimated"]) for row in parsed["breaks"])
    return Page(**{**parsed, "breaks": breaks, "alternatives": tuple(parsed["alternatives"])})


def _window(earliest: str, latest: str) -> Window:
    return Window(date.fromisoformat(earliest), date.fromisoformat(latest))
