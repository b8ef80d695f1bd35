"""Availability of a position to a new customer: its state, how many units, and when they would ship."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from msgspec.structs import replace

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.page import Break, Page, State, merge_breaks
from services.allocation.domain.policy import ACCEPTS_BY_DEFAULT, AcceptancePolicy
from services.allocation.domain.window import Window

T = TypeVar("T")
UNLIMITED: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class OpenSupply:
    """Open units of a supply, and when they are ready to ship; `units` of None are as many as are asked for.

    It counts for acceptance as ready on `counts_from`, else at the end of its window. `on_time_share` is percent, None
    where not known. `load_days` are the working days that the floor needs for the
    orders ahead in the same release, and those by which who waits for it was promised later than it is ready.
    """

    units: int | None
    ready: Window
    on_time_share: int | None = None
    load_days: int = 0
    counts_from: date | None = None
    is_estimated: bool = False


@dataclass(frozen=True, slots=True)
class PageFacts:
    """The facts that the page of a position depends on: free units, waiting units, inbound and terms.

    `load_days` are the working days that the floor needs before it ships what is free. Who waits holds ranges until
    `held_until`: what comes next ships no sooner.
    """

    free_units: int
    waiting_units: int
    coming: Sequence[OpenSupply]
    backorderable: bool = True
    launch_on: date | None = None
    policy: AcceptancePolicy = ACCEPTS_BY_DEFAULT
    load_days: int = 0
    held_until: date = date.min

    @property
    def for_sale(self) -> int:
        """Return the free units that new customers may have: all but those that the merchant keeps from sale."""
        return max(0, self.free_units - self.policy.buffer_units)


@dataclass(frozen=True, slots=True)
class _Days:
    """Today and the next day that can ship at a node; nothing ships before the launch."""

    calendar: Calendar
    today: date
    first: date

    def ships(self, ready: date, load_days: int = 0) -> date:
        day = self.calendar.ships_on(max(ready, self.first))
        return self.calendar.working_days_after(day, load_days)


def page_of(facts: PageFacts, calendar: Calendar, now: datetime) -> Page:
    """Return the page of a position: in stock, pre-order until launch, backorder while supply is left, else out.

    It is in stock while units are for sale. Before the launch nothing is for sale: units at hand are for those who
    pre-ordered, as if they came that day. Only supply that is relied on counts.
    """
    today = now.astimezone(calendar.zone).date()
    first = calendar.next_shipping_day(now)
    if facts.launch_on and facts.launch_on > today:
        return _before_launch(facts, _Days(calendar, today, facts.launch_on))
    return _after_launch(facts, _Days(calendar, today, first))


def _after_launch(facts: PageFacts, days: _Days) -> Page:
    free, policy = facts.for_sale, facts.policy
    may = facts.backorderable and policy.backorderable is not False
    left = _left(facts, facts.coming, lambda supply: may and _is_relied_on(supply, policy, days.today))
    at_once = days.ships(days.first, facts.load_days) if free else days.first
    breaks = [Break(free, Window(days.first, at_once))] if free else []
    later = _breaks(facts.coming, left, facts.waiting_units, days, max(at_once, facts.held_until))
    breaks += [replace(page_break, up_to_units=free + page_break.up_to_units) for page_break in later]
    state: State = "in_stock" if free else "backorder" if left else "out_of_stock"
    return Page(state, free, merge_breaks(breaks), breaks[-1].up_to_units if breaks else 0)


def _before_launch(facts: PageFacts, days: _Days) -> Page:
    """Return the page before a launch: until a supply is named only the cap limits pre-orders, without a date."""
    at_hand = OpenSupply(facts.for_sale, Window(days.first, days.first), load_days=facts.load_days)
    coming = [supply for supply in (at_hand, *facts.coming) if supply.units != 0]
    left = _left(facts, coming, lambda _: facts.policy.preorders)
    unnamed = _room(facts) if facts.policy.preorders and not coming else 0
    most = left[-1][0] if left else unnamed
    breaks = _breaks(coming, left, facts.waiting_units, days, max(days.first, facts.held_until))
    return Page("preorder" if most else "out_of_stock", 0, merge_breaks(breaks), most)


def _is_relied_on(one: OpenSupply, policy: AcceptancePolicy, today: date) -> bool:
    """Return whether a supply counts as ready within the longest wait, its supplier not known as late."""
    in_time = (one.counts_from or one.ready.latest) <= today + timedelta(days=policy.longest_wait_days)
    return in_time and (one.on_time_share is None or one.on_time_share >= policy.on_time_limit)


def _room(facts: PageFacts) -> int:
    """Return how many units more may wait before there are more than the cap."""
    cap = facts.policy.cap_units
    return UNLIMITED if cap is None else max(0, cap - facts.waiting_units)


_Left = tuple[int, OpenSupply]


def _left(facts: PageFacts, coming: Iterable[OpenSupply], relied_on: Callable[[OpenSupply], bool]) -> list[_Left]:
    """Return up to how many units each relied-on supply brings a new customer: unmatched, and within the cap."""
    most = min(_room(facts), UNLIMITED - facts.for_sale)
    by_latest = sorted(coming, key=lambda supply: supply.ready.latest)
    left: list[_Left] = []
    up_to = 0
    for open_supply, units in _unmatched(by_latest, facts.waiting_units):
        if relied_on(open_supply) and up_to < most:
            up_to = min(most, up_to + units)
            left.append((up_to, open_supply))
    return left


def _breaks(
    coming: Iterable[OpenSupply], left: Sequence[_Left], waiting: int, days: _Days, latest: date
) -> list[Break]:
    """Return when orders of up to so many units would ship, both ends read as a promise reads them.

    The latest is read off what is relied on, by latest; the earliest off all that comes, by earliest.
    """
    by_latest: list[tuple[int, date]] = []
    estimated: list[tuple[int, bool]] = []
    for up_to, open_supply in left:
        latest = max(latest, days.ships(open_supply.ready.latest, open_supply.load_days))
        by_latest.append((up_to, latest))
        estimated.append((up_to, open_supply.is_estimated))
    by_earliest = _up_to(sorted(coming, key=lambda supply: supply.ready.earliest), waiting)
    most = left[-1][0] if left else 0
    return [
        Break(units, Window(days.ships(_step(by_earliest, units)), _step(by_latest, units)), _step(estimated, units))
        for units in sorted({up_to for up_to, _ in (*by_latest, *by_earliest) if up_to <= most})
    ]


def _step(steps: Iterable[tuple[int, T]], units: int) -> T:
    return next(value for up_to, value in steps if up_to >= units)


def _up_to(coming: Iterable[OpenSupply], waiting: int) -> list[tuple[int, date]]:
    steps: list[tuple[int, date]] = []
    for supply, units in _unmatched(coming, waiting):
        steps.append((units + (steps[-1][0] if steps else 0), supply.ready.earliest))
    return steps


def _unmatched(coming: Iterable[OpenSupply], waiting: int) -> Iterator[tuple[OpenSupply, int]]:
    """Return what each supply has left once the waiting lines were laid against all of them in this order."""
    for supply in coming:
        units = UNLIMITED + waiting if supply.units is None else supply.units
        matched = min(units, waiting)
        waiting -= matched
        if units > matched:
            yield supply, units - matched
