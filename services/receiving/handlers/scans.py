"""Scans become receipts; nothing scanned is ever dropped."""

from collections.abc import Collection, Sequence

from services.receiving.domain import counting
from services.receiving.domain.asns import AsnId, Node
from services.receiving.domain.catalogue import gtin14
from services.receiving.domain.counting import Count, Dock, Receipt
from services.receiving.domain.scans import Kept, Scan, ScanId, reused
from services.receiving.handlers.advices import tell_closed
from services.receiving.handlers.telling import Traces, inbound_told, tell_discrepancies
from services.receiving.store import asns, catalogue, scans, supplies
from shared.contracts.receipts import ReceiptPosted
from shared.contracts.scans import ScanRecorded
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def count_scans(tx: Tx, recorded: Sequence[Event[ScanRecorded]]) -> None:
    """Keeps every scan and counts those that can be placed; the others wait for what they lack."""
    told = [(event, _scan(event.body)) for event in recorded]
    traces: dict[str, str | None] = {scan.scan_id: event.traceparent for event, scan in reversed(told)}
    kept = await scans.keep_scans(tx, {scan.scan_id: scan for _, scan in reversed(told)}.values())
    waiting = [kept[scan_id] for scan_id in dict.fromkeys(scan.scan_id for _, scan in told)]
    waiting = [one for one in waiting if one.state == "waiting"]
    counts = counting.count(await _dock(tx, waiting), waiting)
    await _post(tx, counts, traces)
    odd = [reused(kept[scan.scan_id].scan, scan) for _, scan in told if scan != kept[scan.scan_id].scan]
    await tell_discrepancies(tx, "scan", traces, odd + [one for count in counts for one in count.discrepancies])
    needs = {count.scan: count.waits_for for count in counts}
    for event, scan in told:
        if need := needs.get(scan):
            tx.park(event, need)


async def _dock(tx: Tx, waiting: Collection[Kept]) -> Dock:
    """Locks the ASNs of scans, and reads what must be known to count them."""
    known = await asns.lock_asns(tx, {one.scan.asn_id for one in waiting if one.scan.asn_id})
    of_known = [(asn, one) for one in waiting if (asn := known.get(one.scan.asn_id or AsnId("")))]
    cartons = {
        (asn.asn_id, one.revision or asn.revision, one.scan.carton_id) for asn, one in of_known if one.scan.carton_id
    }
    lines = await asns.carton_lines(tx, cartons)
    gtins = {one.scan.gtin for one in waiting if one.scan.gtin}
    products = await catalogue.catalogue(tx, [line for some in lines.values() for line in some], gtins)
    return Dock(
        known,
        lines,
        products,
        await scans.tallies(tx, known, products.products),
        await scans.uncounted_skus(tx, known),
        await scans.counters(tx, {(asn_id, carton_id) for asn_id, _, carton_id in cartons}),
    )


async def _post(tx: Tx, counts: Collection[Count], traces: Traces) -> None:
    """Writes what became of scans, and tells each receipt; figures of closed trucks are told anew."""
    receipts = [receipt for count in counts for receipt in count.receipts]
    async with inbound_told(tx, {receipt.supply_key: traces[receipt.scan_id] for receipt in receipts}):
        await scans.set_scans(tx, counts)
        await supplies.add_receipts(tx, receipts)
    for receipt in receipts:
        tx.announce(_told(receipt), traces[receipt.scan_id])
    await tell_closed(tx, {receipt.supply_id: traces[receipt.scan_id] for receipt in receipts})


def _scan(body: ScanRecorded) -> Scan:
    return Scan(
        ScanId(body.scan_id), body.device_id, Node(body.node), AsnId(body.asn_id) if body.asn_id else None,
        body.carton_id, body.mode, gtin14(body.gtin) if body.gtin else None, body.lot, body.expires_on, body.times,
        body.disposition, body.scanned_at,
    )  # fmt: skip


def _told(receipt: Receipt) -> ReceiptPosted:
    return ReceiptPosted(
        receipt_id=receipt.receipt_id, supply_id=receipt.supply_id, sku=receipt.sku, node=receipt.node,
        units=receipt.units, lot=receipt.lot, expires_on=receipt.expires_on, disposition=receipt.disposition,
        scanned_at=receipt.scanned_at,
    )  # fmt: skip
