"""Staging lanes: units that customers wait for go there, and leave when they are shipped."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from services.receiving.domain.catalogue import Node, Sku
from services.receiving.domain.inbound import Position
from services.receiving.domain.scanning.lanes import Lane, after_shipping, lane_for
from services.receiving.domain.scanning.tallies import Receipt
from services.receiving.store import supplies
from services.receiving.store.scanning import lanes
from shared.contracts.stock import StockAdjusted
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def assign_lanes(tx: Tx, receipts: Iterable[Receipt]) -> list[Receipt]:
    """Give sellable units of locked positions a lane while customers wait for them; units taken back leave theirs."""
    receipts = list(receipts)
    waiting = await lanes.waiting_units(tx, {r.part.position for r in receipts if r.disposition == "sellable"})
    staged = {r.part.position for r in receipts if r.lane or waiting.get(r.part.position, 0) > 0}
    if not staged:
        return receipts
    known = await lanes.lock_lanes(tx, {node for _, node in staged})
    receipts = _choose(receipts, waiting, known)
    await _stage(tx, receipts)
    return receipts


async def unstage(tx: Tx, adjusted: Sequence[Event[StockAdjusted]]) -> None:
    """Take shipped units out of their lanes; each piece of a position's news counts once."""
    shipped = {(Sku(e.body.sku), Node(e.body.node)) for e in adjusted if _shipped(e.body)}
    if not shipped:
        return
    # All that this news may touch later is locked here, so that positions are locked in one sorted order.
    await supplies.lock_positions(tx, {(Sku(e.body.sku), Node(e.body.node)) for e in adjusted})
    until, staged = await lanes.shipped_until(tx, shipped), await lanes.staged_units(tx, shipped)
    for event in sorted(adjusted, key=lambda e: e.body.sequence):
        position = (Sku(event.body.sku), Node(event.body.node))
        if position in shipped and event.body.sequence > until[position]:
            staged[position] = after_shipping(staged[position], _shipped(event.body))
            until[position] = event.body.sequence
    await lanes.keep_staged(tx, staged)
    await lanes.set_shipped_until(tx, ((*position, sequence) for position, sequence in until.items()))


def _choose(receipts: Iterable[Receipt], waiting: dict[Position, int], known: dict[Node, list[Lane]]) -> list[Receipt]:
    """Choose lanes for receipts in turn: with each one lanes fill, and fewer units wait."""
    chosen: list[Receipt] = []
    for receipt in receipts:
        position, node = receipt.part.position, receipt.part.node
        if receipt.disposition == "sellable" and receipt.units > 0:
            lane = lane_for(receipt.units, waiting.get(position, 0), known.get(node, ()))
            receipt = replace(receipt, lane=lane)
        if receipt.lane:
            waiting[position] = waiting.get(position, 0) - receipt.units
            known[node] = [
                replace(lane, units=lane.units + receipt.units) if lane.lane == receipt.lane else lane
                for lane in known.get(node, ())
            ]
        chosen.append(receipt)
    return chosen


async def _stage(tx: Tx, receipts: Iterable[Receipt]) -> None:
    """Add the units of receipts to lanes, or take back what they take back."""
    moved: Counter[tuple[Position, str]] = Counter()
    for receipt in receipts:
        if receipt.lane:
            moved[receipt.part.position, receipt.lane] += receipt.units
    staged = await lanes.staged_units(tx, {position for position, _ in moved})
    in_all: Counter[Position] = Counter()
    for (position, lane), units in moved.items():
        staged[position][lane] = staged[position].get(lane, 0) + units
        in_all[position] += units
    await lanes.keep_staged(tx, staged)
    await lanes.add_staged_to_queues(tx, in_all)


def _shipped(body: StockAdjusted) -> int:
    """Return the units that left with carriers."""
    return -sum(movement.delta for movement in body.movements if movement.reason == "ship")
