"""Handlers that accept files of ASNs whole, or refuse them whole with the reasons."""

import asyncio
from base64 import b64decode
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import accumulate
from typing import Final

from pydantic import ValidationError

from services.receiving.domain.asns import files as domain
from services.receiving.domain.asns.files import AsnFile, Codes, Verdict
from services.receiving.facts.file_asns import Cancellation, Fault, FileAsn, FileAsnCarton, FileReading
from services.receiving.formats import asn_json, edifact, x12
from services.receiving.store.asns import files
from shared.contracts.advices import AcknowledgedAsn, AsnAcknowledged, AsnRefused, FileFault
from shared.contracts.asns import LARGEST_FILE, AsnCancelled, AsnCarton, AsnFileReceived, AsnLine, AsnReceived
from shared.contracts.fields import DateRange
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

_READERS: Final = {"x12": x12.read, "edifact": edifact.read, "json": asn_json.read}
_TURN: Final = "turn:files"
_LARGEST: Final = 850_000  # bytes of one event, below what a record may be


async def take_files(tx: Tx, received: Sequence[Event[AsnFileReceived]]) -> None:
    """Announce the ASNs of sound files, and answer each file; the same id is the same file for ever."""
    fresh: dict[str, Event[AsnFileReceived]] = {}
    for event in received:
        fresh.setdefault(event.body.file_id, event)
    known = await files.known_files(tx, fresh)
    to_read = _first_few(tx, [event for file_id, event in fresh.items() if file_id not in known])
    # In a thread, so that other work of this process goes on meanwhile.
    read = [await asyncio.to_thread(_read, event, tx.now) for event in to_read.values()]
    codes = await _codes(tx, [reading for _, reading in read])
    read = [(file, await asyncio.to_thread(_refused, file, reading, codes, tx.now)) for file, reading in read]
    digests = {file.file_id: sha256(file.content).digest() for file, _ in read}
    again = await files.accepted_before(tx, digests)
    verdicts = []
    for file, reading in read:
        verdict, bodies = _judged(file, reading, codes, again)
        verdicts.append(verdict)
        _tell(tx, verdict, bodies, to_read[file.file_id].traceparent)
    await files.keep_files(tx, verdicts)


def _first_few(tx: Tx, events: Sequence[Event[AsnFileReceived]]) -> dict[str, Event[AsnFileReceived]]:
    """Return as many files as may be read while the database waits; the others follow right after this one."""
    sizes = accumulate(len(event.body.content) * 3 // 4 for event in events)
    few = max(1, sum(size <= LARGEST_FILE for size in sizes))
    for event in events[few:]:
        tx.park(event, _TURN)
        tx.arrived(_TURN)
    return {event.body.file_id: event for event in events[:few]}


def _read(event: Event[AsnFileReceived], now: datetime) -> tuple[AsnFile, FileReading]:
    body = event.body
    content = b64decode(body.content)
    file = AsnFile(body.file_id, body.sender, body.name, body.format, content, body.received_at)
    return file, _READERS[body.format](content, now)


def _refused(file: AsnFile, reading: FileReading, codes: Codes, now: datetime) -> FileReading:
    """Read a file with an unknown node again, so that its answer refuses it there."""
    unknown = domain.unknown_nodes(reading, codes)
    return _READERS[file.format](file.content, now, unknown) if unknown else reading


async def _codes(tx: Tx, readings: Iterable[FileReading]) -> Codes:
    notices = [notice for reading in readings for notice in reading.notices]
    nodes = {notice.node for notice in notices if isinstance(notice, FileAsn)}
    return await files.codes(tx, {notice.supplier for notice in notices}, nodes)


def _judged(
    file: AsnFile, reading: FileReading, codes: Codes, again: Collection[str]
) -> tuple[Verdict, list[AsnReceived | AsnCancelled]]:
    """Return a file's verdict and the events to announce; a notice that fits into no event is a fault too."""
    verdict = domain.judge(file, reading, codes, again=file.file_id in again)
    if verdict.faults or verdict.again:
        return verdict, []
    try:
        bodies = [_body(notice, codes) for notice in reading.notices]
    except ValidationError as error:
        faults = [Fault(e["msg"], element=".".join(map(str, e["loc"]))) for e in error.errors(include_input=False)]
        return Verdict(file, reading, tuple(faults)), []
    large = [body.asn_id for body in bodies if len(body.model_dump_json(exclude_none=True).encode()) > _LARGEST]
    if large:
        reason = "this notice is too large for one event: announce its cartons in several notices"
        return Verdict(file, reading, tuple(Fault(reason, value=asn_id) for asn_id in large)), []
    return verdict, bodies


def _body(said: FileAsn | Cancellation, codes: Codes) -> AsnReceived | AsnCancelled:
    asn_id = domain.asn_id_of(said, codes)
    if isinstance(said, Cancellation):
        return AsnCancelled(asn_id=asn_id, revision=said.revision)
    return AsnReceived(
        asn_id=asn_id, revision=said.revision, supplier_id=codes.supplier_of(said.supplier),
        node=codes.nodes[said.node], po_number=said.po_number, carrier=said.carrier, shipped_at=said.shipped_at,
        eta=DateRange(earliest=said.eta.earliest, latest=said.eta.latest), cartons=tuple(map(_carton, said.cartons)),
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
    by = {"file_id": verdict.file.file_id, "sender": verdict.file.sender, "answer": verdict.answer}
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
