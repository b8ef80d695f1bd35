"""When stock lands, the lines already waiting are served first, in the transaction that makes it known."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from services.allocation.domain.positions import Key
from services.allocation.handlers.known import of_known_positions
from services.allocation.handlers.served import News, Why
from services.allocation.handlers.serving import serve
from services.allocation.store import lines, positions
from shared.contracts.stock import Movement, StockAdjusted
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

Moved = tuple[Key, Movement]


async def serve_from_stock(tx: Tx, adjusted: Sequence[Event[StockAdjusted]]) -> None:
    """Applies each position's news in sequence, and serves its queue from the units that are free then."""
    known = await of_known_positions(tx, adjusted)
    locked = await positions.lock_positions(tx, {(event.body.sku, event.body.node) for event in known})
    sequences = {key: position.stock_sequence for key, position in locked.items()}
    due = [event for event in sorted(known, key=lambda e: e.body.sequence) if _is_next(tx, event, sequences)]
    if not due:
        return
    moved = [((event.body.sku, event.body.node), m) for event in due for m in event.body.movements]
    changed = {key: locked[key] for key in locked if sequences[key] != locked[key].stock_sequence}
    await _apply(tx, {key: sequences[key] for key in changed}, moved)
    last = {(event.body.sku, event.body.node): event for event in due}
    news = {key: News(Why("stock changed", e.body.movements[-1].cause, e.traceparent)) for key, e in last.items()}
    await serve(tx, changed, news)


def _is_next(tx: Tx, event: Event[StockAdjusted], sequences: dict[Key, int]) -> bool:
    """News is applied without a gap: what was applied before is ignored, what comes too early waits."""
    body = event.body
    key = (body.sku, body.node)
    if body.sequence > sequences[key] + 1:
        tx.park(event, f"stock:{body.key()}:{body.sequence - 1}")
    if body.sequence != sequences[key] + 1:
        return False
    sequences[key] = body.sequence
    tx.arrived(f"stock:{body.key()}:{body.sequence}")
    return True


async def _apply(tx: Tx, sequences: dict[Key, int], moved: Sequence[Moved]) -> None:
    """Sellable units come and leave by lot; supplies are open for less by what they brought in any status."""
    shipped = [(m.order_id, m.line_id, *key, m.lot or "", -m.delta) for key, m in moved if m.reason == "ship"]
    owned = await lines.ship(tx, shipped)
    changes: dict[tuple[str, str, str], int] = defaultdict(int)
    expiries: dict[tuple[str, str, str], date | None] = {}
    for key, m in moved:
        if m.status == "sellable":
            lot = (*key, m.lot or "")
            changes[lot] += m.delta
            expiries[lot] = expiries.get(lot) or m.expires_on  # a shipment names none
    lots = [(*lot, expiries[lot], delta, owned.get(lot, 0)) for lot, delta in changes.items()]
    await positions.change_stock(tx, sequences, lots, _stocked(moved))


def _stocked(moved: Iterable[Moved]) -> list[tuple[str, str, str, int]]:
    landed: dict[tuple[str, str, str], int] = defaultdict(int)
    for (sku, node), m in moved:
        if m.reason == "receipt" and m.supply_id:
            landed[sku, node, m.supply_id] += m.delta
    return [(*supply, units) for supply, units in landed.items()]
