"""Answers to devices: the outcome of each scan, and where its units go."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.receiving.domain.asns.asns import AsnId
from services.receiving.domain.catalogue import Node, Sku, limited_units
from services.receiving.domain.discrepancies import About, ExceptionClass
from services.receiving.domain.inbound import Position
from services.receiving.domain.scanning import cartons, lots
from services.receiving.domain.scanning import tallies as counting
from services.receiving.domain.scanning.answers import Result, result_of, screen_line
from services.receiving.domain.scanning.placement import Count
from services.receiving.domain.scanning.scans import KeptScan, Scan, ScanId
from services.receiving.domain.scanning.tallies import Part, PartKey, Posted, Tally, TallyKey
from services.receiving.store import discrepancies
from services.receiving.store.scanning import lanes, scans
from services.receiving.store.scanning import tallies as parts
from shared.contracts.scan_answers import ScanAnswered
from shared.contracts.scans import ScanPlaced, ScanRecorded
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

Counted = tuple[AsnId | None, Sku, Node]
Told = tuple[Event[ScanRecorded] | Event[ScanPlaced], Scan]


@dataclass(frozen=True, slots=True)
class Asked:
    """A scan whose device waits for an answer. Its content may differ from the scan kept under its id."""

    scan: Scan
    result: Result
    trace: str | None
    reused: bool = False


@dataclass(frozen=True, slots=True)
class _Seen:
    """Everything that answers to scans are made of."""

    kept: Mapping[ScanId, KeptScan]
    parts: Mapping[ScanId, list[Part]]
    taken_back: Mapping[ScanId, list[Counted]]
    posted: Mapping[PartKey, Mapping[str, list[Posted]]]
    waiting: Mapping[Position, int]
    tallies: Mapping[TallyKey, tuple[Tally, int]]
    nodes: Collection[Node]
    odd: dict[tuple[About, str], list[ExceptionClass]] = field(default_factory=dict)


async def answer_scans(
    tx: Tx, told: Sequence[Told], kept: Mapping[ScanId, KeptScan], counts: Mapping[ScanId, Count]
) -> None:
    """Answer scans as things stand at the end of their transaction; those that wait as before are not answered."""
    asked: dict[int, Asked] = {}
    first: set[ScanId] = set()
    for place, (event, scan) in enumerate(told):
        count = counts.get(scan.scan_id)
        still = event.record.parked_id is not None and (count is None or count.state == "waiting")
        if not still:
            result = "repeated" if scan.scan_id in first or count is None else _result(count, counts)
            odd = scan != kept[scan.scan_id].scan
            asked[place] = Asked(scan, "set_aside" if odd else result, event.traceparent, odd)
        first.add(scan.scan_id)
    await _answer_all(tx, list(asked.values()))


def _result(count: Count, counts: Mapping[ScanId, Count]) -> Result:
    carton = (count.scan.asn_id, count.carton)
    replaced = {(count.scan.asn_id, count.carton) for count in counts.values() if count.state == "replaced"}
    return result_of(count.state, replaces=count.carton is not None and carton in replaced)


async def _answer_all(tx: Tx, asked: Sequence[Asked]) -> None:
    if not asked:
        return
    seen = await _look(tx, {request.scan.scan_id for request in asked})
    for asked_scan in asked:
        tx.announce(_answer(seen, asked_scan), asked_scan.trace)


async def _look(tx: Tx, scan_ids: Collection[ScanId]) -> _Seen:
    kept = await scans.read_scans(tx, scan_ids)
    of_scans: dict[ScanId, list[Part]] = {scan_id: [] for scan_id in kept}
    for part in (await parts.parts_of(tx, scan_ids)).values():
        of_scans[part.scan_id].append(part)
    every = [part for group in of_scans.values() for part in group]
    voided = [scan.scan.void_of for scan in kept.values() if scan.scan.void_of and scan.state == "void"]
    taken_back = await parts.received_of(tx, voided)
    counted = {*map(_counted, every), *(row for rows in taken_back.values() for row in rows)}
    seen = _Seen(
        kept,
        of_scans,
        taken_back,
        await parts.posted_receipts(tx, scan_ids),
        await lanes.waiting_units(tx, {part.position for part in every}),
        await parts.tallies(tx, _tally_keys(counted)),
        await scans.places(tx, {scan.scan.node for scan in kept.values()}),
    )
    subjects = {subject for scan in kept.values() for subject in _subjects(scan, of_scans[scan.scan.scan_id])}
    for discrepancy in await discrepancies.open_discrepancies(tx, subjects):
        seen.odd.setdefault((discrepancy.about, discrepancy.subject), []).append(discrepancy.exception_class)
    return seen


def _subjects(kept: KeptScan, some: Sequence[Part]) -> list[tuple[About, str]]:
    """Return what a scan's troubles may be about: itself, its carton, its SKUs and its lots."""
    found: list[tuple[About, str]] = [("scan", kept.scan.scan_id)]
    if kept.scan.asn_id and kept.carton:
        found.append(("carton", cartons.subject_of((kept.scan.asn_id, kept.carton))))
    found += [("sku", counting.subject_of(part.asn_id, part.sku)) for part in some if part.asn_id]
    found += [
        ("lot", lots.subject_of(lot)) for lot in sorted(lots.lots_of(part for part in some if part.has_two_dates))
    ]
    return found


def _answer(seen: _Seen, asked: Asked) -> ScanAnswered:
    kept, group = seen.kept[asked.scan.scan_id], seen.parts[asked.scan.scan_id]
    odd = [
        trouble
        for subject in _subjects(kept, group)
        for trouble in seen.odd.get(subject, ())
        if trouble != "carton_short"
    ]
    odd = [trouble for trouble in odd if asked.reused or trouble != "counter_reused"]
    counted = {*map(_counted, group), *seen.taken_back.get(kept.scan.void_of or ScanId(""), ())}
    skus = {sku for _, sku, _ in counted}
    staged = _staged(seen, group)
    lane = staged[0][0] if staged else None
    # Its own units may stand in a lane by now: they go where people waited.
    waiting = sum(seen.waiting.get(position, 0) for position in {part.position for part in group})
    waiting = max(0, waiting + sum(units for _, units in staged))
    says = screen_line(kept.state, odd, lane, waiting, at_known_node=kept.scan.node in seen.nodes)
    tallies = [seen.tallies[key] for key in _tally_keys(counted)]
    return ScanAnswered(
        device_id=asked.scan.device_id, scan_id=asked.scan.scan_id, node=asked.scan.node, result=asked.result,
        exceptions=tuple(dict.fromkeys(odd)), says=says,
        sku=skus.pop() if len(skus) == 1 else None, units=limited_units(sum(part.units for part in group)), lane=lane,
        waiting=limited_units(waiting), expected=limited_units(sum(expected for _, expected in tallies)),
        so_far=limited_units(sum(tally.units for tally, _ in tallies)),
    )  # fmt: skip


def _counted(part: Part) -> Counted:
    return (part.asn_id, part.sku, part.node)


def _tally_keys(counted: Iterable[Counted]) -> set[TallyKey]:
    return {(asn_id, sku, node) for asn_id, sku, node in counted if asn_id}


def _staged(seen: _Seen, some: Sequence[Part]) -> list[tuple[str, int]]:
    """Return the lanes in which parts were put, and the units that stand there."""
    last = [seen.posted.get(part.key, {}).get("sellable", [])[-1:] for part in some]
    return [
        (receipt.lane, receipt.units) for receipts in last for receipt in receipts if receipt.lane and receipt.units > 0
    ]
