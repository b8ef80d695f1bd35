"""Advices of what trucks brought, for readers at the dock and for suppliers."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from services.receiving.domain.catalogue import limited_units
from services.receiving.domain.dock.close import ClosedLine, figures, lines_that_fit, short_skus
from services.receiving.facts.file_asns import Advice, AdviceLine
from services.receiving.formats import edifact, x12
from services.receiving.handlers.discrepancies import Traces, announce_rejudged
from services.receiving.store import catalogue, control_numbers
from services.receiving.store.asns import asns
from services.receiving.store.asns.asns import Closed
from services.receiving.store.dock import receiving_advices
from services.receiving.store.dock.receiving_advices import Origin, Written
from shared.contracts.advices import AdvisedLine, ReceivingAdvised
from shared.contracts.dock import ClosedLine as ClosedLineTold
from shared.contracts.dock import ReceivingClosed
from shared.messaging.transaction import Tx

_LONGEST: Final = 400_000  # characters of a document in an event
_ROOM: Final = 850_000  # bytes of lines and document in an event, below what a record may be
_WRITERS: Final = {"x12": x12.advise, "edifact": edifact.advise}


async def tell_closed(tx: Tx, traces: Traces) -> None:
    """Announce the figures of closed ones of locked ASNs: at the close, and again whenever they change."""
    closed = await asns.closed_asns(tx, traces)
    if not closed:
        return
    lines = await receiving_advices.closed_lines(tx, closed)
    advised = await receiving_advices.advised(tx, closed)
    before = {asn_id: advised.get(asn_id, (0, None)) for asn_id in closed}
    news = {asn_id: version + 1 for asn_id, (version, was) in before.items() if was != figures(lines[asn_id])}
    written = await _written(tx, {asn_id: closed[asn_id] for asn_id in news}, lines, news)
    kept = [(asn_id, version, figures(lines[asn_id]), written[asn_id]) for asn_id, version in news.items()]
    await receiving_advices.keep_advices(tx, kept)
    for asn_id, version in news.items():
        _tell(tx, asn_id, version, closed[asn_id], lines[asn_id], written[asn_id], traces[asn_id])
    await _name_shorts(tx, closed, lines, traces)


async def _written(
    tx: Tx, closed: Mapping[str, Closed], lines: Mapping[str, Sequence[ClosedLine]], versions: Mapping[str, int]
) -> dict[str, Written]:
    """Write the advices of suppliers who announced their trucks by file, each in their own format and codes."""
    origins = await receiving_advices.origins(tx, closed)
    partners = {asn_id: f"{by.format}/{by.partner.code}" for asn_id, by in origins.items() if by.format in _WRITERS}
    numbers = await control_numbers.take(tx, partners)
    written = {asn_id: Written(origins[asn_id].format if asn_id in origins else None) for asn_id in closed}
    for asn_id, number in numbers.items():
        by = origins[asn_id]
        advice = _advice(asn_id, versions[asn_id], closed[asn_id], by, lines[asn_id])
        document = await asyncio.to_thread(_document, advice, by, number, tx.now)
        written[asn_id] = Written(by.format, document)
    return written


def _document(advice: Advice, by: Origin, number: int, now: datetime) -> str | None:
    """Write an advice; none where the partner's format cannot carry it, since the truck is done all the same."""
    try:
        return _WRITERS[by.format](advice, receiver=by.partner, sender=by.receiver, control_number=number, now=now)
    except ValueError:
        return None


def _advice(asn_id: str, version: int, closed: Closed, by: Origin, lines: Sequence[ClosedLine]) -> Advice:
    """Build an advice in the partner's own codes; the number of the notice is the partner's already."""
    number = asn_id.removeprefix(f"{closed.supplier_id}/")
    advice_lines = tuple(
        AdviceLine(x.sku, x.gtin, x.expected, x.received, x.damaged, x.wrong, x.short, x.over) for x in lines
    )
    return Advice(f"{by.supplier}/{number}", version, by.supplier, by.node, closed.closed_at, advice_lines, by.orders)


def _tell(
    tx: Tx,
    asn_id: str,
    version: int,
    closed: Closed,
    lines: Sequence[ClosedLine],
    written: Written,
    trace: str | None,
) -> None:
    """Announce as much of a truck as an event has room for; all of it can be asked for."""
    advised_lines = {line.sku: _told(line) for line in lines}
    sizes = [len(advised_lines[line.sku].model_dump_json().encode()) + 1 for line in lines]
    room = lines_that_fit(lines, sizes, _ROOM)
    left_out = len(lines) - len(room)
    group = tuple(advised_lines[line.sku] for line in room)
    plain = tuple(ClosedLineTold(**line.model_dump(exclude={"gtin"})) for line in group)
    tx.announce(
        ReceivingClosed(asn_id=asn_id, node=closed.node, closed_at=closed.closed_at, lines=plain, left_out=left_out),
        trace,
    )
    fits = len(written.document or "") <= _LONGEST and sum(sizes) + len(json.dumps(written.document)) <= _ROOM
    advised = ReceivingAdvised(
        asn_id=asn_id, version=version, supplier_id=closed.supplier_id, node=closed.node, closed_at=closed.closed_at,
        lines=group, left_out=left_out, format=written.format, document=written.document if fits else None,
    )  # fmt: skip
    tx.announce(advised, trace)


def _told(line: ClosedLine) -> AdvisedLine:
    return AdvisedLine(
        sku=line.sku, expected=limited_units(line.expected), received=limited_units(line.received),
        damaged=limited_units(line.damaged), short=limited_units(line.short), over=limited_units(line.over),
        wrong=limited_units(line.wrong),
        owed_on_po=limited_units(line.owed_on_po), gtin=line.gtin,
    )  # fmt: skip


async def _name_shorts(
    tx: Tx, closed: Mapping[str, Closed], lines: Mapping[str, Sequence[ClosedLine]], traces: Traces
) -> None:
    tolerances = await catalogue.tolerances(tx, {line.sku for closed_line in lines.values() for line in closed_line})
    found = [discrepancy for asn_id in closed for discrepancy in short_skus(asn_id, lines[asn_id], tolerances)]
    await announce_rejudged(tx, frozenset({"short"}), {asn_id: traces[asn_id] for asn_id in closed}, found)
