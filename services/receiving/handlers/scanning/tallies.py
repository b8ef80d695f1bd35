"""Parts that replace others: tallies, receipts and lanes follow, and what is odd about them is named."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.receiving.domain.asns.asns import AsnId
from services.receiving.domain.inbound import SupplyKey
from services.receiving.domain.scanning import lots
from services.receiving.domain.scanning import tallies as counting
from services.receiving.domain.scanning.lots import Lot
from services.receiving.domain.scanning.scans import ScanId
from services.receiving.domain.scanning.tallies import Part, PartKey, Receipt, TallyKey
from services.receiving.handlers.discrepancies import Traces, announce_discrepancies
from services.receiving.handlers.dock.receiving_advices import tell_closed
from services.receiving.handlers.inbound import inbound_announced
from services.receiving.handlers.scanning.lanes import assign_lanes
from services.receiving.store import catalogue
from services.receiving.store.scanning import tallies as parts
from shared.contracts.receipts import ReceiptPosted
from shared.messaging.transaction import Tx


@dataclass(frozen=True, slots=True)
class Change:
    """Parts before and after; only those that differ."""

    before: dict[PartKey, Part]
    after: dict[PartKey, Part]


async def count_anew(tx: Tx, scans: Mapping[ScanId, Sequence[Part]], traces: Traces, orders: Collection[str]) -> None:
    """Replace what scans stood for by what they stand for, under the locks of all positions that this touches.

    `orders` are the purchase orders that these scans name: they owe less, or more again.
    """
    before = await parts.parts_of(tx, scans)
    every = [*before.values(), *(part for scan_id in scans.values() for part in scan_id)]
    if not every:
        return
    touched: dict[SupplyKey, str | None] = {
        (part.supply_id or "", *part.position): traces[part.scan_id] for part in every
    }
    async with inbound_announced(tx, touched, orders):
        change = await _replace(tx, scans)
        await _settle(tx, change, {part.tally_key for part in every if part.tally_key}, traces)
    await tell_closed(tx, {part.asn_id: traces[part.scan_id] for part in every if part.asn_id})


async def make_room(tx: Tx, supplies: Iterable[SupplyKey], traces: Traces) -> None:
    """Make units that are over sellable where a revision expects more; traces are by ASN, positions are locked."""
    await _settle(tx, Change({}, {}), {(AsnId(asn_id), sku, node) for asn_id, sku, node in supplies}, traces)


async def _replace(tx: Tx, scans: Mapping[ScanId, Sequence[Part]]) -> Change:
    """Store what scans stand for, and hold or free units whose lot has two dates."""
    before = await parts.parts_of(tx, scans)
    after = {part.key: part for scan_id in scans.values() for part in scan_id}
    same = {key for key in before.keys() & after.keys() if counting.as_placed(before[key]) == after[key]}
    gone = {key: part for key, part in before.items() if key not in same}
    come = {key: part for key, part in after.items() if key not in same}
    await parts.replace_parts(tx, gone, come.values())
    first = await parts.first_dates(tx, lots.lots_of([*gone.values(), *come.values()]))
    misdated = await parts.misdated_parts(tx, first)
    flipped = {key: lots.hold_or_free(part) for key, part in misdated.items()}
    was = {**gone, **{key: part for key, part in misdated.items() if key not in come}}
    await parts.set_parts(tx, flipped.values())
    return Change(was, {**come, **flipped})


async def _settle(tx: Tx, change: Change, touched: Collection[TallyKey], traces: Traces) -> None:
    """Make sellable what may be, post the difference, and name what is odd."""
    keys = {part.tally_key for group in (change.before, change.after) for part in group.values() if part.tally_key}
    keys |= set(touched)
    change = await _set_aside(tx, change, keys)
    before, after = await _limited(tx, change, keys, traces)
    receipts = counting.receipts_for(
        before, after, await parts.posted_receipts(tx, {key[0] for key in {**before, **after}})
    )
    receipts = await assign_lanes(tx, receipts)
    await parts.add_receipts(tx, receipts)
    anyone = next(iter(traces.values()), None)
    for receipt in receipts:
        tx.announce(_told(receipt), traces.get(receipt.part.scan_id, anyone))
    await _tell_lots(tx, lots.lots_of([*before.values(), *after.values()]), anyone)


async def _set_aside(tx: Tx, change: Change, keys: Collection[TallyKey]) -> Change:
    """Take units that were scanned one by one as damaged from the cartons of which they are."""
    aside = await parts.set_aside(tx, keys)
    if not aside:
        return change
    known = await parts.tallies(tx, aside)
    most = await _most(tx, {key: expected for key, (_, expected) in known.items()})
    accepted = _by_tally((await parts.accepted_by_label(tx, aside)).values())
    was, now = _by_tally(change.before.values()), _by_tally(change.after.values())
    changed = []
    for key, (tally, _) in known.items():
        counted = tally.units + sum(part.units for part in now[key]) - sum(part.units for part in was[key])
        untaken = counted + sum(part.taken for part in accepted[key])
        changed += counting.take_set_aside(accepted[key], aside[key], untaken - most[key])
    await parts.set_parts(tx, changed)
    before = {part.key: part for group in accepted.values() for part in group}
    after = {part.key: part for part in changed}
    return Change(
        {**{key: before[key] for key in after if key not in change.after}, **change.before}, {**change.after, **after}
    )


async def _most(tx: Tx, expected: Mapping[TallyKey, int]) -> dict[TallyKey, int]:
    """Return how many units of SKUs ASNs allow: those that they announce, and the tolerated part."""
    tolerated = await catalogue.tolerances(tx, {sku for _, sku, _ in expected})
    over_percent = {sku: tolerance.over_percent for sku, tolerance in tolerated.items()}
    return {key: counting.sellable_limit(units, over_percent.get(key[1], 0)) for key, units in expected.items()}


async def _limited(
    tx: Tx, change: Change, keys: Collection[TallyKey], traces: Traces
) -> tuple[dict[PartKey, Part], dict[PartKey, Part]]:
    """Count SKUs of ASNs anew, and give the room there is to units that are over, the oldest first."""
    known = await parts.tallies(tx, keys)
    most = await _most(tx, {key: expected for key, (_, expected) in known.items()})
    was, now = _by_tally(change.before.values()), _by_tally(change.after.values())
    tallies, room = {}, {}
    for key, (tally, _) in known.items():
        tallies[key], room[key] = counting.recount(tally, was[key], now[key], most[key])
    over = await parts.parts_over(tx, {key: units for key, units in room.items() if units})
    promoted = {
        part.key: part for key, group in _by_tally(over.values()).items() for part in counting.promote(group, room[key])
    }
    free = {key: counting.all_sellable(part) for key, part in change.after.items() if part.asn_id is None}
    await parts.set_parts(tx, [*promoted.values(), *free.values()])
    await parts.keep_tallies(tx, tallies)
    odd = [
        discrepancy
        for key, tally in tallies.items()
        for discrepancy in counting.tally_discrepancies(key, tally, known[key][1], most[key])
    ]
    subjects = {counting.subject_of(asn_id, sku): next(iter(traces.values()), None) for asn_id, sku, _ in keys}
    await announce_discrepancies(tx, "sku", subjects, odd)
    before = {**{key: over[key] for key in promoted if key not in change.after}, **change.before}
    return before, {**change.after, **free, **promoted}


async def _tell_lots(tx: Tx, touched: Collection[Lot], trace: str | None) -> None:
    """Name the lots that were read with two dates."""
    first, others = await parts.first_dates(tx, touched), await parts.other_dates(tx, touched)
    odd = [
        discrepancy for lot, days in others.items() for discrepancy in lots.lots_with_two_dates(lot, first[lot], days)
    ]
    await announce_discrepancies(tx, "lot", dict.fromkeys(map(lots.subject_of, touched), trace), odd)


def _by_tally(some: Iterable[Part]) -> defaultdict[TallyKey, list[Part]]:
    found: defaultdict[TallyKey, list[Part]] = defaultdict(list)
    for part in some:
        if part.tally_key:
            found[part.tally_key].append(part)
    return found


def _told(receipt: Receipt) -> ReceiptPosted:
    part = receipt.part
    return ReceiptPosted(
        receipt_id=receipt.receipt_id, supply_id=part.supply_id, sku=part.sku, node=part.node, units=receipt.units,
        corrects=receipt.corrects, lot=part.lot, expires_on=part.expires_on, disposition=receipt.disposition,
        lane=receipt.lane, scanned_at=part.scanned_at,
    )  # fmt: skip
