"""Handlers that accept files of ASNs whole, or refuse them whole with the reasons."""

import asyncio
from base64 import b64decode
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import accumulate
from typing import Final

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings

from services.receiving.domain.asns import files as domain
from services.receiving.domain.asns.files import AsnFile, Codes, Taken, TakenBefore, Verdict
from services.receiving.facts.file_asns import (
    Cancellation,
    Fault,
    FileAsn,
    FileAsnCarton,
    FileReading,
    Objections,
)
from services.receiving.formats import asn_json, edifact, x12
from services.receiving.handlers.asns.estimates import estimated
from services.receiving.handlers.discrepancies import Traces, announce_rejudged
from services.receiving.store import control_numbers
from services.receiving.store.asns import files
from shared.contracts.advices import AcknowledgedAsn, AsnAcknowledged, AsnRefused, FileFault
from shared.contracts.asns import LARGEST_FILE, AsnCancelled, AsnCarton, AsnFileReceived, AsnLine, AsnReceived
from shared.contracts.fields import DateRange
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

_READERS: Final = {"x12": x12.read, "edifact": edifact.read, "json": asn_json.read}
_TURN: Final = "turn:files"
_LARGEST: Final = 850_000  # bytes of one event, below what a record may be


class FileSettings(BaseSettings):
    """The settings of files that receiving reads from its environment."""

    edi_ids: str = Field(default="", description="ids under which files come to us, with commas; none: any")

    @property
    def ours(self) -> frozenset[str]:
        return frozenset(name.strip() for name in self.edi_ids.split(",") if name.strip())


async def take_files(tx: Tx, received: Sequence[Event[AsnFileReceived]]) -> None:
    """Announce the ASNs of sound files, and answer each file; the same id is the same file for ever."""
    fresh: dict[str, Event[AsnFileReceived]] = {}
    for event in received:
        fresh.setdefault(event.body.file_id, event)
    known = await files.known_files(tx, fresh)
    to_read = _first_few(tx, [event for file_id, event in fresh.items() if file_id not in known])
    # In a thread, so that other work of this process goes on meanwhile.
    ours = Objections(ours=FileSettings().ours)
    read = [await asyncio.to_thread(_read, event, tx.now, ours) for event in to_read.values()]
    codes = await _codes(tx, [reading for _, reading in read])
    read = [(file, replace(reading, notices=await estimated(tx, reading.notices, codes))) for file, reading in read]
    before = await files.taken_before(
        tx, {domain.asn_id_of(notice, codes) for _, reading in read for notice in reading.notices}
    )
    judged = []
    for file, reading in read:
        objections = replace(_objections(file, reading, codes, before), ours=ours.ours)
        if objections != ours:  # read again, so that its answer refuses it there
            reading = await asyncio.to_thread(_READERS[file.format], file.content, tx.now, objections)
        judged.append(_judged(file, reading, codes, before))
    verdicts = await _answered(tx, [verdict for verdict, _ in judged])
    for verdict, (_, bodies) in zip(verdicts, judged, strict=True):
        _tell(tx, verdict, bodies, to_read[verdict.file.file_id].traceparent)
    await files.keep_files(tx, verdicts)
    await _name_back_orders(tx, verdicts, {name: event.traceparent for name, event in to_read.items()})


async def _answered(tx: Tx, verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Return the verdicts with their answers, under the next control numbers of their partners."""
    partners = {
        (verdict.file.file_id, number): f"{verdict.file.format}/{verdict.reading.sender}"
        for verdict in verdicts
        if verdict.unwritten
        for number in range(verdict.unwritten.interchanges)
    }
    numbers = await control_numbers.take(tx, partners)
    return [
        replace(verdict, answer=verdict.unwritten.write(numbers[verdict.file.file_id, 0]))
        if verdict.unwritten
        else verdict
        for verdict in verdicts
    ]


def _first_few(tx: Tx, events: Sequence[Event[AsnFileReceived]]) -> dict[str, Event[AsnFileReceived]]:
    """Return as many files as may be read while the database waits; the others follow right after this one."""
    sizes = accumulate(len(event.body.content) * 3 // 4 for event in events)
    few = max(1, sum(size <= LARGEST_FILE for size in sizes))
    for event in events[few:]:
        tx.park(event, _TURN)
        tx.arrived(_TURN)
    return {event.body.file_id: event for event in events[:few]}


def _read(event: Event[AsnFileReceived], now: datetime, ours: Objections) -> tuple[AsnFile, FileReading]:
    body = event.body
    content = b64decode(body.content)
    file = AsnFile(body.file_id, body.sender, body.name, body.format, content, body.received_at)
    return file, _READERS[body.format](content, now, ours)


def _objections(file: AsnFile, reading: FileReading, codes: Codes, before: TakenBefore) -> Objections:
    undated = domain.undated(reading)
    if reading.test:
        return Objections(domain.unknown_nodes(reading, codes), undated=undated)
    exact = file.format == "json"
    outdated = {
        (notice.asn_id, notice.revision)
        for notice in reading.notices
        if not domain.take(notice, codes, before, exact=exact)
    }
    return Objections(domain.unknown_nodes(reading, codes), frozenset(outdated), undated)


async def _name_back_orders(tx: Tx, verdicts: Sequence[Verdict], traces: Traces) -> None:
    """Name what suppliers say they could not send, and settle what a newer notice sends after all."""
    for verdict in verdicts:
        new = [
            (taken.asn_id, notice.back_orders if isinstance(notice, FileAsn) else ())
            for taken, notice in zip(verdict.taken, verdict.reading.notices, strict=False)
            if not taken.repeated
        ]
        found = [domain.back_order(asn_id, order) for asn_id, orders in new for order in orders]
        of_asns = dict.fromkeys((asn_id for asn_id, _ in new), traces[verdict.file.file_id])
        if of_asns:
            await announce_rejudged(tx, frozenset({"supplier_back_order"}), of_asns, found)


async def _codes(tx: Tx, readings: Iterable[FileReading]) -> Codes:
    notices = [notice for reading in readings for notice in reading.notices]
    nodes = {notice.node for notice in notices if isinstance(notice, FileAsn)}
    return await files.codes(tx, {notice.supplier for notice in notices}, nodes)


def _judged(
    file: AsnFile, reading: FileReading, codes: Codes, before: TakenBefore
) -> tuple[Verdict, list[AsnReceived | AsnCancelled]]:
    """Return a file's verdict and the events to announce; a notice that fits into no event is a fault too."""
    if reading.faults or reading.test:
        return Verdict(file, reading, reading.faults), []
    answers = [domain.take(notice, codes, before, exact=file.format == "json") for notice in reading.notices]
    taken = [answer for answer in answers if answer]  # none is outdated: that is a fault of the reading
    new = [(row, notice) for row, notice in zip(taken, reading.notices, strict=True) if not row.repeated]
    try:
        bodies = [_body(notice, row, codes) for row, notice in new]
    except ValidationError as error:
        faults = [Fault(e["msg"], element=".".join(map(str, e["loc"]))) for e in error.errors(include_input=False)]
        return Verdict(file, reading, tuple(faults)), []
    large = [body.asn_id for body in bodies if len(body.model_dump_json(exclude_none=True).encode()) > _LARGEST]
    if large:
        reason = "this notice is too large for one event: announce its cartons in several notices"
        return Verdict(file, reading, tuple(Fault(reason, value=asn_id) for asn_id in large)), []
    for row, _ in new:
        before.add(row)
    return Verdict(file, reading, taken=tuple(taken)), bodies


def _body(said: FileAsn | Cancellation, taken: Taken, codes: Codes) -> AsnReceived | AsnCancelled:
    if isinstance(said, Cancellation):
        return AsnCancelled(asn_id=taken.asn_id, revision=taken.revision)
    return AsnReceived(
        asn_id=taken.asn_id, revision=taken.revision, supplier_id=codes.supplier_of(said.supplier),
        node=codes.nodes[said.node], po_number=said.po_number, carrier=said.carrier, shipped_at=said.shipped_at,
        eta=said.eta and DateRange(earliest=said.eta.earliest, latest=said.eta.latest),
        eta_estimated_from=said.eta_from, cartons=tuple(map(_carton, said.cartons)),
    )  # fmt: skip


def _carton(carton: FileAsnCarton) -> AsnCarton:
    lines = tuple(
        AsnLine(
            sku=x.sku, gtin=x.gtin, qty=x.qty, uom=x.uom, units_per=x.units_per, lot=x.lot, expires_on=x.expires_on,
            po_number=x.po_number,
        )
        for x in carton.lines
    )  # fmt: skip
    return AsnCarton(carton_id=carton.carton_id, lines=lines)


def _tell(tx: Tx, verdict: Verdict, bodies: Iterable[AsnReceived | AsnCancelled], trace: str | None) -> None:
    by = {
        "file_id": verdict.file.file_id, "sender": verdict.file.sender, "answer": verdict.answer,
        "test": verdict.reading.test,
    }  # fmt: skip
    if verdict.faults:
        tx.announce(AsnRefused(**by, faults=tuple(map(_fault, verdict.faults))), trace)
        return
    for body in bodies:
        tx.announce(body, trace)
    taken = tuple(AcknowledgedAsn(asn_id=asn.asn_id, revision=asn.revision) for asn in verdict.taken)
    tx.announce(AsnAcknowledged(**by, asns=taken), trace)


def _fault(fault: Fault) -> FileFault:
    """Cut a fault to what an event has room for."""
    element, value = (text[:500].replace("\0", "") if text else text for text in (fault.element, fault.value))
    return FileFault(segment=fault.segment, element=element, value=value, reason=fault.reason[:500])
