"""Handlers that turn scans into receipts; no scan is ever dropped."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from services.receiving.domain.asns.asns import Asn, AsnId
from services.receiving.domain.catalogue import Node, Sku, gtin14
from services.receiving.domain.scanning import blind_receipts
from services.receiving.domain.scanning.cartons import Carton, CartonId, states_of_labels
from services.receiving.domain.scanning.placement import Count, Dock, cartons_named, place, placed_by_hand
from services.receiving.domain.scanning.scans import (
    KeptScan,
    Scan,
    ScanId,
    reused_scan_id,
    scan_discrepancy,
    state_of_void,
)
from services.receiving.domain.scanning.tallies import Part
from services.receiving.facts.gs1 import Symbol
from services.receiving.handlers.discrepancies import announce_discrepancies
from services.receiving.handlers.dock.arrivals import Scanned, assume_arrivals
from services.receiving.handlers.scanning.answers import answer_scans
from services.receiving.handlers.scanning.cartons import tell_cartons
from services.receiving.handlers.scanning.placement import read_dock, symbols_of
from services.receiving.handlers.scanning.tallies import count_anew
from services.receiving.store import discrepancies
from services.receiving.store.asns import asns
from services.receiving.store.purchase_orders import purchase_orders
from services.receiving.store.scanning import scans
from shared.contracts.scans import ScanPlaced, ScanRecorded
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

Counts = dict[ScanId, Count]


async def count_scans(tx: Tx, recorded: Sequence[Event[ScanRecorded]]) -> None:
    """Store every scan and count those that can be placed; the others wait for what they lack."""
    rows = [(event, _scan(event.body)) for event in recorded]
    kept = await scans.keep_scans(tx, {scan.scan_id: scan for _, scan in reversed(rows)}.values())
    traces: dict[str, str | None] = dict.fromkeys(kept, recorded[0].traceparent)
    traces |= {scan.scan_id: event.traceparent for event, scan in reversed(rows)}
    known = await asns.lock_asns(tx, {scan.scan.asn_id for scan in kept.values() if scan.scan.asn_id})
    counts, cartons = await _judge(tx, kept, {scan.scan_id for _, scan in rows}, known)
    await assume_arrivals(tx, known, _first_off(tx, rows, known))
    await _post(tx, counts, kept, cartons, traces)
    await _tell_reused(tx, kept, rows)
    tx.arrived(*(f"scan:{scan.scan_id}" for _, scan in rows))
    for event, scan in rows:
        if scan.scan_id in counts and (need := counts[scan.scan_id].waits_for):
            tx.park(event, need, named=True)
    await answer_scans(tx, rows, kept, counts)


async def place_scans(tx: Tx, placed: Sequence[Event[ScanPlaced]]) -> None:
    """Place waiting scans as a person says; a scan that has been placed meanwhile stays as it is."""
    fields = {ScanId(event.body.scan_id): event for event in reversed(placed)}
    kept = await scans.lock_scans(tx, fields)
    for event in placed:
        if event.body.scan_id not in kept:
            tx.park(event, f"scan:{event.body.scan_id}")
    open_ = {scan_id: fields[scan_id] for scan_id in fields.keys() & kept.keys() if _may_be_placed(kept[scan_id])}
    await scans.add_placings(tx, [_placing(event.body) for event in open_.values()])
    counts = {
        scan_id: placed_by_hand(kept[scan_id].scan, _part(kept[scan_id].scan, e.body)) for scan_id, e in open_.items()
    }
    traces: dict[str, str | None] = dict.fromkeys(kept, placed[0].traceparent)
    traces |= {scan_id: event.traceparent for scan_id, event in open_.items()}
    await scans.set_scans(tx, counts.values())
    await _post(tx, counts, kept, {}, traces, by_hand=True)
    await answer_scans(tx, [(event, kept[scan_id].scan) for scan_id, event in open_.items()], kept, counts)


def _first_off(
    tx: Tx, rows: Iterable[tuple[Event[ScanRecorded], Scan]], known: Mapping[AsnId, Asn]
) -> dict[AsnId, Scanned]:
    """Return the first scan off each truck that stands at its node; no device's clock is ahead of ours."""
    first: dict[AsnId, Scanned] = {}
    for event, scan in sorted(rows, key=lambda row: row[1].scanned_at):
        if scan.asn_id and scan.asn_id in known and known[scan.asn_id].node == scan.node and not scan.void_of:
            first.setdefault(scan.asn_id, Scanned(min(scan.scanned_at, tx.now), event.cause, event.traceparent))
    return first


async def _judge(
    tx: Tx, kept: Mapping[ScanId, KeptScan], told: set[ScanId], known: Mapping[AsnId, Asn]
) -> tuple[Counts, dict[CartonId, Carton]]:
    """Decide scans that came, those that they take back, and the labels of their cartons."""
    counts = _voids(kept)
    waiting = [kept[scan_id] for scan_id in sorted(told - counts.keys()) if _waits(kept[scan_id])]
    voided = [kept[scan_id] for scan_id, count in counts.items() if count.state == "voided"]
    labels = await _labels(tx, known, waiting, voided)
    every = [*waiting, *labels]
    dock = await read_dock(tx, known, every, symbols_of(every))
    counts |= {scan.scan.scan_id: place(dock, scan) for scan in waiting}
    await scans.set_scans(tx, counts.values())
    touched = {(c.scan.asn_id, c.carton) for c in counts.values() if c.scan.asn_id and c.carton}
    touched |= {(scan.scan.asn_id, scan.carton) for scan in voided if scan.scan.asn_id and scan.carton}
    cartons = await scans.read_cartons(tx, touched)
    changed = _count_labels(dock, cartons, counts)
    await scans.set_scans(tx, changed.values())
    return counts | changed, cartons


def _voids(kept: Mapping[ScanId, KeptScan]) -> Counts:
    """Decide waiting voids and the scans that they take back; a void waits until its scan is known."""
    counts: Counts = {}
    for void in (scan.scan for scan in kept.values() if scan.scan.void_of and scan.state == "waiting"):
        target = kept.get(void.void_of) if void.void_of else None
        state = state_of_void(target.scan if target else None)
        found = () if state == "void" else (scan_discrepancy(void, "void_unknown", void_of=void.void_of),)
        need = f"scan:{void.void_of}" if state == "waiting" else None
        counts[void.scan_id] = Count(void, state, discrepancies=found, waits_for=need)
        if target and state == "void" and target.state != "voided":
            counts[target.scan.scan_id] = Count(target.scan, "voided")
    return counts


def _waits(one: KeptScan) -> bool:
    """Return whether a later fact may still place more of a scan."""
    return one.scan.void_of is None and (one.state == "waiting" or one.waits_for is not None)


async def _labels(
    tx: Tx, known: Mapping[AsnId, Asn], waiting: Sequence[KeptScan], voided: Sequence[KeptScan]
) -> list[KeptScan]:
    """Return the labels of the cartons that these scans may mean."""
    symbols = symbols_of(waiting)
    meant = {
        (scan.scan.asn_id, name)
        for scan in waiting
        for name in cartons_named(scan.scan, symbols.get(scan.scan.scan_id, Symbol("")))
        if scan.scan.asn_id in known
    }
    meant |= {(scan.scan.asn_id, scan.carton) for scan in voided if scan.carton}
    ids = {scan.scan.scan_id for scan in (*waiting, *voided)}
    cartons = await scans.read_cartons(tx, {(asn_id, name) for asn_id, name in meant if asn_id})
    return [label for carton in cartons.values() for label in carton.labels if label.scan.scan_id not in ids]


def _count_labels(dock: Dock, cartons: Mapping[CartonId, Carton], counts: Counts) -> Counts:
    """Count the labels of cartons that another scan changed, or that were placed just now."""
    changed: Counts = {}
    for carton in cartons.values():
        states = states_of_labels(carton)
        for label in carton.labels:
            scan_id, state = label.scan.scan_id, states[label.scan.scan_id]
            now = counts.get(scan_id)
            if state != "counted":
                need = now.waits_for if now else label.waits_for
                changed[scan_id] = Count(label.scan, state, label.revision, label.carton, waits_for=need)
            elif now is None and label.state not in ("counted", "waiting"):
                changed[scan_id] = place(dock, label)
    return changed


async def _post(
    tx: Tx,
    counts: Counts,
    kept: Mapping[ScanId, KeptScan],
    cartons: Iterable[CartonId],
    traces: dict[str, str | None],
    *,
    by_hand: bool = False,
) -> None:
    """Post what follows from the outcome of scans, and name what is odd about them."""
    anyone = next(iter(traces.values()), None)
    traces = {**dict.fromkeys(counts, anyone), **traces}
    named = {number for count in counts.values() if (number := count.scan.po_number)}
    parts = await _shared_out(tx, counts, named, by_hand=by_hand)
    await count_anew(tx, parts, traces, named)
    found = [discrepancy for count in counts.values() for discrepancy in count.discrepancies]
    found += [
        scan_discrepancy(counts[scan_id].scan, "over", units=units, sku=group[0].sku, node=group[0].node)
        for scan_id, group in parts.items()
        if group and (units := blind_receipts.units_over(counts[scan_id].parts, group))
    ]
    await announce_discrepancies(tx, "scan", {scan_id: traces[scan_id] for scan_id in counts}, found)
    await tell_cartons(tx, list(cartons), anyone)
    settled = (kept[scan_id].waits_for for scan_id, count in counts.items() if scan_id in kept and not count.waits_for)
    tx.arrived(*(need for need in settled if need))


async def _shared_out(tx: Tx, counts: Counts, named: Collection[str], *, by_hand: bool) -> dict[ScanId, Sequence[Part]]:
    """Return the parts of scans; those without an ASN split by the purchase orders that take them.

    What a person has placed is not over, whatever is owed.
    """
    parts: dict[ScanId, Sequence[Part]] = {scan_id: count.parts for scan_id, count in counts.items()}
    without = [count for count in counts.values() if count.parts and count.parts[0].asn_id is None]
    if without:
        owed, unknown = await purchase_orders.owed(tx, {count.parts[0].position for count in without}, named)
        owed = {position: replace(of, limited=False) for position, of in owed.items()} if by_hand else owed
        split = blind_receipts.share_out([(count.parts[0], count.scan.po_number) for count in without], owed, unknown)
        parts |= {count.scan.scan_id: parts for count, parts in zip(without, split, strict=True)}
    return parts


async def _tell_reused(
    tx: Tx, kept: Mapping[ScanId, KeptScan], told: Sequence[tuple[Event[ScanRecorded], Scan]]
) -> None:
    """Name scans whose id was used for something else before; their other open discrepancies stay."""
    odd: dict[str, str | None] = {
        scan.scan_id: event.traceparent for event, scan in told if scan != kept[scan.scan_id].scan
    }
    known = await discrepancies.open_discrepancies(tx, [("scan", scan_id) for scan_id in odd])
    found = [reused_scan_id(kept[scan.scan_id].scan, scan) for _, scan in told if scan != kept[scan.scan_id].scan]
    await announce_discrepancies(tx, "scan", odd, [*known, *found])


def _may_be_placed(one: KeptScan) -> bool:
    return one.state == "waiting" and one.revision is None and one.scan.void_of is None


def _placing(body: ScanPlaced) -> tuple[object, ...]:
    return (
        body.scan_id, body.sku, body.units, body.disposition, body.lot, body.expires_on, body.placed_by, body.placed_at,
    )  # fmt: skip


def _part(scan: Scan, body: ScanPlaced) -> Part:
    return Part(
        scan.scan_id, 1, None, None, Sku(body.sku), scan.node, body.units, body.lot, body.expires_on,
        body.disposition, body.disposition, scan.scanned_at,
    )  # fmt: skip


def _scan(body: ScanRecorded) -> Scan:
    return Scan(
        ScanId(body.scan_id), body.device_id, Node(body.node), AsnId(body.asn_id) if body.asn_id else None,
        body.carton_id, body.mode, gtin14(body.gtin) if body.gtin else None, body.lot, body.expires_on, body.times,
        body.disposition, body.scanned_at, body.po_number, body.barcode, body.symbology, body.printed_date,
        body.unlabelled, ScanId(body.void_of) if body.void_of else None,
    )  # fmt: skip
