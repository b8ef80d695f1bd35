"""Promises: one honest ship-date range for every waiting line, read off the supplies that will serve it."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from msgspec import Struct

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.line import WaitingLine
from services.allocation.domain.mail_order_rule import NO_DELAY, Delay, latest_without_a_yes
from services.allocation.domain.supply import IN_STOCK, SupplyKey
from services.allocation.domain.window import Window


@dataclass(frozen=True, slots=True)
class PromiseTerms:
    """The terms of a range besides its supplies.

    `first_day` is the next one that ships, `launch_on` the first on which the SKU may, `padding_days` the working days
    that a date which became later is given more.
    """

    calendar: Calendar
    first_day: date
    launch_on: date | None = None
    padding_days: int = 2

    @property
    def first(self) -> date:
        """Return the first day on which anything of the SKU ships."""
        return max(self.first_day, self.launch_on or self.first_day)


class Promise(Struct, frozen=True, gc=False):
    """The promise of a line from now on; no range where no supply can serve it whole.

    `after` is the new range of the `line`, `unpadded` what the supplies say; `own` is what it would be if it shipped
    alone, of a line that ships with others. Only what is `told` is new to the
    customer. In law it is a `delay` or none, of a line that must ship by `applicable_by` if by any day.
    """

    line: WaitingLine
    after: Window | None
    unpadded: Window | None
    supply: SupplyKey | None
    joined: bool = False
    other_units: bool = False
    applicable_by: date | None = None
    delay: Delay = NO_DELAY
    own: Window | None = None

    @property
    def before(self) -> Window | None:
        """Return the range that it replaces."""
        return self.line.promised

    @property
    def told(self) -> bool:
        return self.joined or self.other_units or self.after != self.before


@dataclass(frozen=True, slots=True)
class HeldRange:
    """What those hold who wait before a line: ranges `until` a day, and `padding` working days on its own supply."""

    until: date = date.min
    padding: int = 0


NOTHING_HELD: Final = HeldRange()


def ships_by(ready_on: date, ahead: int, terms: PromiseTerms, padding: int = 0) -> date:
    """Return the last day on which units ship that are ready on a day, after `ahead` orders of the same release.

    Never before the next day that ships, or the launch. It is one working day later for each day's load of the orders
    before it.
    """
    day = terms.calendar.ships_on(max(ready_on, terms.first))
    loads = ahead // terms.calendar.orders_per_day if terms.calendar.orders_per_day else 0
    return terms.calendar.working_days_after(day, loads + padding)


def ship_dates(ready: Window | None, line: WaitingLine, ahead: int, terms: PromiseTerms) -> Window | None:
    """Return the days on which a line ships whose supplies are ready in a window: never before its own gate.

    `ahead` orders of the same release go before it.
    """
    if ready is None:
        return None
    first = max(terms.first, line.gate_on or terms.first)
    earliest = terms.calendar.ships_on(max(ready.earliest, first))
    return Window(earliest, ships_by(max(ready.latest, first), ahead, terms))


def is_later(unpadded: Window | None, told: Window | None) -> bool:
    """Return whether the latest day that supplies say is a day or more after the one that the customer was told."""
    return unpadded is not None and told is not None and unpadded.latest > told.latest


def padded(
    unpadded: Window | None, told: Window | None, terms: PromiseTerms, shown_ship_by: date | None = None
) -> Window | None:
    """Return the range to promise, given the supplies' and the one that the customer was told before.

    A latest that is a day or more after the told one is padded once, so that the next days of delay move nobody. Inside
    the told range, and earlier, it is what the supplies say. Padding alone never asks the customer for a yes: it ends
    30 days after T (`shown_ship_by`).
    """
    if unpadded is None or not is_later(unpadded, told):
        return unpadded
    return _not_before(unpadded, terms.calendar.working_days_after(unpadded.latest, terms.padding_days), shown_ship_by)


def _not_before(unpadded: Window, day: date, shown_ship_by: date | None) -> Window:
    """Return a range that ends on a day, if that is later, and as far as silence agrees to it."""
    latest = day if shown_ship_by is None else min(day, latest_without_a_yes(shown_ship_by))
    return Window(unpadded.earliest, max(unpadded.latest, latest))


def ready_for(line: WaitingLine, ready: Window | None, supply: SupplyKey | None, terms: PromiseTerms) -> Window | None:
    """Return when a line's supplies are ready for it: stock is never late for a line whose day is to come."""
    if ready is None or supply != IN_STOCK:
        return ready
    gate = max((day for day in (terms.launch_on, line.gate_on) if day), default=None)
    if gate is None or gate < terms.first_day:
        return ready
    return Window(ready.earliest, min(ready.latest, max(ready.earliest, gate)))


def is_affected(
    line: WaitingLine,
    ready: Window | None,
    ahead: int,
    supply: SupplyKey | None,
    before: PromiseTerms,
    terms: PromiseTerms,
) -> bool:
    """Return whether a line would ship on other days today on these terms; time alone affects nobody."""
    was, now_is = (
        ship_dates(ready_for(line, ready, supply, promise_terms), line, ahead, promise_terms)
        for promise_terms in (before, terms)
    )
    return was != now_is


def promise(
    line: WaitingLine,
    ready: Window | None,
    ahead: int,
    supply: SupplyKey | None,
    terms: PromiseTerms,
    held: HeldRange = NOTHING_HELD,
    *,
    joined: bool = False,
    other_units: bool = False,
) -> Promise:
    """Promise the range of a line whose supplies are ready in a window, after `ahead` orders of the same release.

    Its latest is never before what those hold who wait before it.
    """
    own = ready_for(line, ready, supply, terms)
    unpadded = ship_dates(own, line, ahead, terms)
    after = padded(unpadded, line.told, terms, line.shown_ship_by)
    if own and unpadded and after:
        padded_too = ships_by(own.latest, ahead, terms, held.padding) if held.padding else held.until
        before = max(held.until, padded_too)
        after = Window(after.earliest, max(after.latest, _not_before(unpadded, before, line.shown_ship_by).latest))
    return Promise(line, after, unpadded, supply, joined, other_units)


def pads_others(promised: Promise) -> bool:
    """Return whether those behind a line hold its padding: not where others or a day of its own decide its range."""
    line, unpadded = promised.line, promised.unpadded
    if line.together or unpadded is None or not is_later(unpadded, line.told):
        return False
    return line.gate_on is None or line.gate_on < unpadded.latest


def ready_at_once(terms: PromiseTerms) -> Window:
    """Return when units in stock are ready that wait for the load of a day: today's is full, so after it."""
    day = terms.calendar.working_days_after(terms.first_day, 1)
    return Window(day, day)
