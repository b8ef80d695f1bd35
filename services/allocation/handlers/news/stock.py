"""When stock lands, the lines already waiting are served first, in the transaction that makes it known."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from services.allocation.domain.position import PositionKey
from services.allocation.domain.rework import add, put_to_rework, take
from services.allocation.domain.supply import SupplyKey
from services.allocation.domain.why import Why
from services.allocation.handlers.decision.decide import serve
from services.allocation.handlers.decision.facts import of_known_positions
from services.allocation.handlers.decision.stock_movements import Moved, settle_stock
from services.allocation.handlers.orders.stops import follow_stops
from services.allocation.store import positions, settings, supplies
from shared.contracts.stock import StockAdjusted
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def serve_from_stock(tx: Tx, adjusted: Sequence[Event[StockAdjusted]]) -> None:
    """Applies each position's news in sequence, and serves its queue from the units that are free then."""
    known = await of_known_positions(tx, adjusted)
    locked = await positions.lock_positions(tx, {(event.body.sku, event.body.node) for event in known})
    sequences = {key: position.stock_sequence for key, position in locked.items()}
    due = [event for event in sorted(known, key=lambda e: e.body.sequence) if _is_next(tx, event, sequences)]
    if not due:
        return
    movements = [Moved((e.body.sku, e.body.node), e, m) for e in due for m in e.body.movements]
    changed = {key: locked[key] for key in locked if sequences[key] != locked[key].stock_sequence}
    news = await follow_stops(tx, await settle_stock(tx, movements))
    await supplies.add_stocked(tx, _stocked(movements))
    await supplies.add_stocked_lots(tx, _stocked_lots(movements))
    reworked = await rework(tx, movements)
    await serve(
        tx, changed, {key: replace(position_news, changed=reworked.get(key, {})) for key, position_news in news.items()}
    )


def _is_next(tx: Tx, event: Event[StockAdjusted], sequences: dict[PositionKey, int]) -> bool:
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


def _stocked(movements: Iterable[Moved]) -> list[tuple[str, str, str, int]]:
    landed: dict[tuple[str, str, str], int] = defaultdict(int)
    for moved in movements:
        if moved.movement.reason == "receipt" and moved.movement.supply_id:
            landed[*moved.key, moved.movement.supply_id] += moved.movement.delta
    return [(*supply, units) for supply, units in landed.items()]


def _stocked_lots(movements: Iterable[Moved]) -> list[supplies.LotRow]:
    landed: dict[tuple[str, str, str, date], int] = defaultdict(int)
    for key, _, m in movements:
        if m.reason == "receipt" and m.supply_id and m.expires_on:
            landed[*key, m.supply_id, m.expires_on] += m.delta
    return [(*lot, units) for lot, units in landed.items()]


async def rework(tx: Tx, movements: Iterable[Moved]) -> dict[PositionKey, dict[SupplyKey, Why]]:
    """Units in rework are a supply from the day they were posted until they leave; why each of today's is new.

    Another name of their lot neither brings nor takes any.
    """
    group = [
        moved for moved in movements if moved.movement.status == "rework" and moved.movement.reason != "lot_correction"
    ]
    if not group:
        return {}
    keys = {moved.key for moved in group}
    found = await supplies.supplies(tx, keys)
    before = {key: [supply for supply in found.get(key, ()) if supply.kind == "rework"] for key in keys}
    calendars = await settings.calendars(tx, {node for _, node in keys})
    reworked = dict(before)
    changed: dict[PositionKey, dict[SupplyKey, Why]] = defaultdict(dict)
    for key, event, m in group:
        if m.delta < 0:
            reworked[key] = take(reworked[key], -m.delta)
        else:
            posted_on = event.at.astimezone(calendars[key[1]].zone).date()
            more = put_to_rework(m.delta, posted_on, calendars[key[1]], m.cause)
            reworked[key] = add(reworked[key], more)
            changed[key][more.key] = Why(more.reason, m.cause, event.traceparent)
    await supplies.keep(tx, ((key, supply) for key in keys for supply in reworked[key] if supply not in before[key]))
    left = {key: {supply.key for supply in reworked[key]} for key in keys}
    await supplies.drop(tx, ((key, s.key) for key in keys for s in before[key] if s.key not in left[key]))
    return changed
