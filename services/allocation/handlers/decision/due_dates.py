"""What will have to be decided once time has passed, or together with other positions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from services.allocation.domain.claim import fits_until
from services.allocation.domain.facts import PositionFacts
from services.allocation.domain.overdue import overdue_from
from services.allocation.domain.position import PositionKey
from services.allocation.domain.ship_together import is_soon
from services.allocation.handlers.decision.allocate import AllocatedUnits
from services.allocation.handlers.decision.decided_position import DecidedPosition
from services.allocation.handlers.decision.promise import PositionPromises
from services.allocation.store import timers
from services.allocation.store.queue import Wait
from shared.messaging.transaction import Tx


async def look_later(
    tx: Tx,
    known: PositionFacts,
    given: AllocatedUnits,
    waits: Iterable[Wait],
    promised: Mapping[PositionKey, PositionPromises],
    served: Sequence[DecidedPosition],
) -> None:
    """Gates and launches open, pages may change with the days, and what ships together is looked at as a whole."""
    days = [*_gates(known, waits), *_of_pages(known, promised)]
    opens = {(key, known.calendar(key).opens_at(day)) for key, day in days}
    others = _steady(served) | _lying(known, promised) | _ages(known, given) | _gathered(given)
    await timers.add(tx, "position", opens | others)
    in_part = [position for position in served if position.decision.renewals or position.position.key in given.unserved]
    await timers.decide_again(tx, {position.position.key: position.news.why for position in in_part})
    turned = {
        (position.product.merchant, position.product.group)
        for position in served
        if position.product.group and position.turned
    }
    await timers.decide_groups(tx, turned)
    elsewhere = {order: why for promises in promised.values() for order, why in promises.elsewhere.items()}
    await timers.look_at(tx, elsewhere)
    await timers.add(tx, "order", _nearer(tx, known, served))


def _nearer(
    tx: Tx, known: PositionFacts, served: Sequence[DecidedPosition]
) -> Iterator[tuple[timers.Subject, datetime]]:
    """Orders that ship together, and when a line of them is promised soon: units of the others may be kept then.

    At once where it is soon already, and was not before.
    """
    for position in served:
        key = position.position.key
        for promise in position.decision.promises:
            if promise.line.together and promise.own:
                soon_at = known.calendar(key).opens_at(promise.own.latest - known.hold(key))
                was_soon = is_soon(promise.before.latest if promise.before else None, known.terms(key))
                if soon_at > tx.now or not was_soon:
                    yield (promise.line.order_id, ""), max(soon_at, tx.now)


def _gates(known: PositionFacts, waits: Iterable[Wait]) -> Iterator[tuple[PositionKey, date]]:
    """Days from which lines may own units, and SKUs are for sale."""
    yield from ((wait.key, wait.gate_on) for wait in waits if wait.units and not wait.eligible and wait.gate_on)
    for key in known.positions:
        launch_on = known.product(key).launch_on
        if launch_on and not known.launched(key):
            yield key, launch_on


def _of_pages(
    known: PositionFacts, promised: Mapping[PositionKey, PositionPromises]
) -> Iterator[tuple[PositionKey, date]]:
    """Days on which the first of the supplies that are too far off to be sold ahead is near enough."""
    for key, position_promises in promised.items():
        longest = timedelta(days=known.policy(key).accepts.longest_wait_days)
        today = known.today(key)
        near = [
            s.counts_from - longest for s in position_promises.supplies if s.units and s.counts_from - longest > today
        ]
        if near:
            yield key, min(near)


def _lying(known: PositionFacts, promised: Mapping[PositionKey, PositionPromises]) -> set[tuple[PositionKey, datetime]]:
    """When the first latest that somebody may be promised cannot be met any more, or that a covered line was."""
    coming = {
        (key, min(overdue_from(supply, known.calendar(key)) for supply in supplies))
        for key, position_promises in promised.items()
        if (supplies := [supply for supply in position_promises.supplies if supply.units])
    }
    covered = {
        (key, calendar.cuts_off_at(calendar.ships_on(position_promises.kept_until)))
        for key, position_promises in promised.items()
        for calendar in (known.calendar(key),)
        if position_promises.kept_until
    }
    return coming | covered


def _ages(known: PositionFacts, given: AllocatedUnits) -> set[tuple[PositionKey, datetime]]:
    """When the first lot that covers a line is too old for it."""
    until = {
        key: fits_until(claims, given.lots.get(key, ()), known.ships_on(key)) for key, claims in given.claims.items()
    }
    return {(key, known.calendar(key).cuts_off_at(day)) for key, day in until.items() if day}


def _gathered(given: AllocatedUnits) -> set[tuple[PositionKey, datetime]]:
    """When units go to the floor that are kept for more of their truck."""
    return {(key, claim.kept_until) for key, group in given.claims.items() for claim in group if claim.kept_until}


def _steady(served: Iterable[DecidedPosition]) -> set[tuple[PositionKey, datetime]]:
    """When pages whose state had to stay may show another."""
    return {(position.position.key, position.shows.again_at) for position in served if position.shows.again_at}
