"""Counts that correct stock, or ask to be made again."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.inventory.domain.counts import (
    Count,
    discrepancies_of,
    hold_lots_with_two_dates,
    take_counts,
    tolerance_of,
)
from services.inventory.domain.discrepancies import AWAIT_COUNT
from services.inventory.domain.ledger import Node, Sku
from services.inventory.handlers.post import announce_discrepancies, of_known_positions, units_at, write
from services.inventory.store import catalogue, counts, discrepancies, ledger
from shared.contracts.counts import CountRecorded
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def correct_by_counts(tx: Tx, recorded: Sequence[Event[CountRecorded]]) -> None:
    """Compare counts with the ledger as of then; post the differences that may be, and ask for recounts.

    Events that wait for units are woken: a count that saw them leave explains them.
    """
    known = await of_known_positions(tx, [(event, _count(event, tx.now)) for event in recorded], _position)
    traces = {count.place[:2]: event.traceparent for event, count in known}
    locked = await ledger.lock_positions(tx, traces)
    fresh = await _fresh(tx, [count for _, count in known])
    before = await ledger.read_ledger(tx, locked, {(*count.place[:2], count.place[3]) for count in fresh})
    awaiting = await discrepancies.open_discrepancies(tx, traces, *AWAIT_COUNT)
    awaited = {
        discrepancy.place: discrepancy.at for discrepancy in awaiting if discrepancy.exception_class == "count_differs"
    }
    since, percents = await counts.since(tx, fresh), await _percents(tx, fresh)
    journal, judged = take_counts(before, fresh, since, percents, awaited)
    hold_lots_with_two_dates(journal, judged)
    await write(tx, journal, traces)
    await counts.add_counts(tx, [judgement for judgement in judged if judgement.outcome != "too_early"])
    await announce_discrepancies(tx, discrepancies_of(judged, awaiting), traces)
    events = {count.count_id: event for event, count in reversed(known)}
    for row in judged:
        if row.accepted:
            tx.arrived(units_at(row.count.place[:2]))
        elif row.outcome == "too_early":
            tx.park(events[row.count.count_id], units_at(row.count.place[:2]))


def _position(count: Count) -> list[tuple[Sku, Node]]:
    return [count.place[:2]]


async def _fresh(tx: Tx, taken: Sequence[Count]) -> list[Count]:
    """Return the counts that were not taken before, each once."""
    first = {count.count_id: count for count in reversed(taken)}
    known = await counts.known_counts(tx, first)
    return [count for count in taken if first[count.count_id] is count and count.count_id not in known]


async def _percents(tx: Tx, taken: Sequence[Count]) -> Mapping[Sku, int]:
    merchants, policies = await catalogue.policies_of(tx, {count.place[0] for count in taken})
    return {sku: tolerance_of(policies, merchant, sku) for sku, merchant in merchants.items()}


def _count(event: Event[CountRecorded], now: datetime) -> Count:
    """Read a count, made now at the latest: a device whose clock is fast would fix what is still to happen."""
    body = event.body
    place = (Sku(body.sku), Node(body.node), body.status, body.lot or "")
    counted_at = min(body.counted_at, now)
    return Count(body.count_id, body.kind, body.recount_of, place, body.expires_on, body.units, counted_at, event.cause)
