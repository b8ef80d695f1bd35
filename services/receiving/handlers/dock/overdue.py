"""Looks for supplies that are overdue."""

from collections.abc import Sequence

from services.receiving.domain.dock import overdue as domain
from services.receiving.domain.dock.overdue import Look, Owing
from services.receiving.domain.dock.windows import due_of
from services.receiving.handlers.discrepancies import announce_discrepancies
from services.receiving.store import overdue_looks
from services.receiving.store.asns import asns
from services.receiving.store.dock import appointments
from services.receiving.store.purchase_orders import purchase_orders
from shared.messaging.transaction import Tx


async def name_overdue(tx: Tx, at_once: int) -> int:
    """Name supplies that did not come by the day after they were due, and settle what came or has another date."""
    if not (looks := await overdue_looks.looks_due(tx, at_once)):
        return 0
    owing = {row.supply_id: row for row in await _owing(tx, looks)}
    rhythms = await appointments.rhythms(tx, {row.node for row in owing.values()})
    levels, found, again = {}, [], []
    for supply_id, row in owing.items():
        zone = rhythms[row.node].zone
        today = tx.now.astimezone(zone).date()
        levels[supply_id] = level = domain.level_of(row.due_on, today)
        again.append((supply_id, level, domain.next_look(row.due_on, tx.now, zone)))
        found += [domain.overdue(row, level, today)] if level else []
    await overdue_looks.set_looks(tx, again)
    await overdue_looks.drop_looks(tx, {look.supply_id for look in looks} - owing.keys())
    known = {look.supply_id for look in looks if look.level or levels.get(look.supply_id)}
    await announce_discrepancies(tx, "supply", dict.fromkeys(known), found)
    return len(looks)


async def _owing(tx: Tx, looks: Sequence[Look]) -> list[Owing]:
    """Return those of these supplies that did not come, and of which something still may."""
    known = await asns.lock_asns(tx, {look.supply_id for look in looks if not look.purchase_order})
    trucks = await appointments.trucks(tx, known)
    owed = await appointments.owed(tx, known)
    rhythms = await appointments.rhythms(tx, {asn.node for asn in known.values()})
    found = [
        Owing(asn_id, asn.supplier_id, asn.node, due_of(asn, trucks[asn_id], rhythms[asn.node].zone).latest)
        for asn_id, asn in known.items()
        if asn_id in owed and not (asn.closed or asn.cancelled or trucks[asn_id].arrived_at)
    ]
    lines = [look.supply_id for look in looks if look.purchase_order]
    await purchase_orders.lock_orders(tx, await purchase_orders.orders_of(tx, lines))
    return found + await overdue_looks.lines_owed(tx, lines)
