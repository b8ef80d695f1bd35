"""Handler that counts what a warehouse system received and posted by itself."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from services.receiving.domain.asns.asns import Asn, AsnId
from services.receiving.domain.catalogue import Node, Sku
from services.receiving.domain.scanning.tallies import TallyKey, subject_of
from services.receiving.domain.scanning.wms_receipts import (
    PostedByWms,
    WmsReceipt,
    give_back,
    received_elsewhere,
    share_out,
)
from services.receiving.handlers.discrepancies import announce_discrepancies
from services.receiving.handlers.dock.arrivals import Scanned, assume_arrivals
from services.receiving.handlers.dock.receiving_advices import tell_closed
from services.receiving.handlers.inbound import inbound_announced
from services.receiving.handlers.scanning.tallies import make_room
from services.receiving.store.asns import asns
from services.receiving.store.purchase_orders import purchase_orders
from services.receiving.store.scanning import tallies
from services.receiving.store.scanning import wms_receipts as store
from shared.contracts.receipts import ReceiptPosted
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

Receipts = Mapping[str, tuple[Event[ReceiptPosted], WmsReceipt]]


async def count_wms_receipts(tx: Tx, posted: Sequence[Event[ReceiptPosted]]) -> None:
    """Count receipts that others posted as if they had been scanned here, each once for ever; our own are counted.

    Units without a supply are taken off what purchase orders still owe, the oldest due first. Receipts of an unknown
    supply and corrections of an unknown receipt are parked.
    """
    others = [event for event in posted if event.source != tx.source]
    if not others:
        return
    known = await asns.lock_asns(tx, {event.body.supply_id for event in others if event.body.supply_id})
    orders = await store.orders_of(tx, {event.body.supply_id for event in others if event.body.supply_id})
    fresh = await _fresh(tx, [event for event in others if _supply_is_known(tx, event, {*known, *orders})])
    receipts = [receipt for _, receipt in fresh.values()]
    blind = [receipt for receipt in receipts if not receipt.supply_id]
    owed, _ = await purchase_orders.owed(tx, {receipt.position for receipt in blind if receipt.units > 0}, ())
    shares = share_out([receipt for receipt in blind if receipt.units > 0], owed)
    taken_back = [receipt for receipt in blind if receipt.units < 0]
    left = await store.shares_left(tx, {receipt.corrects for receipt in taken_back if receipt.corrects})
    shares |= give_back(taken_back, {**shares, **left})
    numbers = {*(number for share in shares.values() for number in share), *orders.values()}
    touched = {(receipt.supply_id or "", *receipt.position): event.traceparent for event, receipt in fresh.values()}
    await assume_arrivals(tx, known, _first_off(tx, fresh.values(), known))
    async with inbound_announced(tx, touched, numbers):
        await store.add_receipts(tx, receipts, shares)
        await _count(tx, {key for key in known if key}, receipts, {k[0]: trace for k, trace in touched.items()})
    await _name_over(tx, {k[:2]: trace for k, trace in touched.items() if k[0] in orders})
    await tell_closed(
        tx, {receipt.supply_id: event.traceparent for event, receipt in fresh.values() if receipt.supply_id in known}
    )
    tx.arrived(*(f"receipt:{receipt.receipt_id}" for receipt in receipts))


async def _name_over(tx: Tx, touched: Mapping[tuple[str, Sku], str | None]) -> None:
    """Name lines of purchase orders of which more came than was ordered; settle those that are in order again."""
    if not touched:
        return
    over = await store.over_ordered(tx, {supply_id for supply_id, _ in touched})
    traces = {subject_of(*of): trace for of, trace in touched.items()}
    await announce_discrepancies(tx, "sku", traces, [row.discrepancy() for row in over])


def _first_off(
    tx: Tx, fresh: Iterable[tuple[Event[ReceiptPosted], WmsReceipt]], known: Mapping[AsnId, Asn]
) -> dict[AsnId, Scanned]:
    first: dict[AsnId, Scanned] = {}
    for event, receipt in sorted(fresh, key=lambda row: row[1].scanned_at):
        if receipt.units > 0 and receipt.supply_id in known:
            first.setdefault(
                AsnId(receipt.supply_id or ""), Scanned(min(receipt.scanned_at, tx.now), event.cause, event.traceparent)
            )
    return first


def _supply_is_known(tx: Tx, event: Event[ReceiptPosted], known: set[str]) -> bool:
    supply_id = event.body.supply_id
    if supply_id and supply_id not in known:
        tx.park(event, f"asn:{supply_id}")
        return False
    return True


async def _fresh(tx: Tx, events: Iterable[Event[ReceiptPosted]]) -> Receipts:
    """Return receipts that are new; refuse a correction of more than came, and park one of what is unknown."""
    events = list(events)
    named = {event.body.corrects for event in events if event.body.corrects}
    before = await store.posted(tx, {*named, *(event.body.receipt_id for event in events)})
    fresh: dict[str, tuple[Event[ReceiptPosted], WmsReceipt]] = {}
    for event in events:
        receipt = _receipt(event.body)
        if receipt.receipt_id in before:
            continue
        target = before.get(receipt.corrects or "")
        if receipt.units < 0 and target is None:
            tx.park(event, f"receipt:{receipt.corrects}")
        elif receipt.units < 0 and target and (fault := target.fault_of(receipt)):
            tx.refuse(event, fault)
        else:
            if receipt.units < 0 and target:
                before[target.receipt_id] = target.after(receipt)
            before[receipt.receipt_id] = PostedByWms(receipt.receipt_id, receipt.units)
            fresh[receipt.receipt_id] = (event, receipt)
    return fresh


async def _count(tx: Tx, known: set[AsnId], receipts: Iterable[WmsReceipt], traces: Mapping[str, str | None]) -> None:
    """Add to the tallies of ASNs, and see what of our own scans may be sellable beside it."""
    came: dict[TallyKey, list[WmsReceipt]] = defaultdict(list)
    for receipt in receipts:
        if receipt.supply_id in known:
            came[AsnId(receipt.supply_id or ""), receipt.sku, receipt.node].append(receipt)
    before = await tallies.tallies(tx, came)
    await tallies.keep_tallies(
        tx,
        {
            key: received_elsewhere(
                before[key][0],
                sum(receipt.units for receipt in group),
                sum(receipt.units for receipt in group if receipt.disposition == "sellable"),
            )
            for key, group in came.items()
        },
    )
    await make_room(tx, came, traces)


def _receipt(body: ReceiptPosted) -> WmsReceipt:
    return WmsReceipt(
        body.receipt_id, body.supply_id, Sku(body.sku), Node(body.node), body.units, body.lot, body.expires_on,
        body.disposition, body.scanned_at, body.corrects, body.lane,
    )  # fmt: skip
