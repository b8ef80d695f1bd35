"""Suppliers' X12 files: 856 ship notices read, each answered with a 997, and 861 receiving advices written.

What the standard leaves open is decided here, and said where it is done:

- A file is read whole or refused whole (`read`). Sets of a refused file that were fine themselves are rejected without
  a code of their own (acknowledging). An unreadable envelope, and a 997, get no answer.
- Text is UTF-8, or else Latin-1. Values keep their case; codes and tags are upper case (segments, elements).
- A notice is its sender's: N1*SU, VN or SF, or else GS02. It goes to one node, N1*ST. It must say when it arrives;
  nothing is guessed from when it was shipped. Its revision is BSN03 and BSN04; purposes 00, 04 and 05 tell all of it,
  01 takes it back (shipments).
- ISA15 T is a test: it is answered as one, and nothing of it is taken (envelopes).
- Times without a zone are UTC (elements).
- A line's SKU is our own number; a seller's counts only where there is no barcode either. Eaches are one unit each
  whatever PO4 says, cases hold what PO4 says, and an unknown unit of measure is refused (articles).
- Without a package the carton is the tare, or else the shipment (cartons). Sub-lines (SLN) only describe.
"""

from datetime import datetime
from typing import Final

from services.receiving.facts.file_asns import (
    FOR_ANOTHER,
    NO_OBJECTIONS,
    Cancellation,
    FileAsn,
    FileReading,
    Objections,
)
from services.receiving.formats.x12.acknowledgement import acknowledge
from services.receiving.formats.x12.elements import BAD_CODE
from services.receiving.formats.x12.envelopes import Kind, check
from services.receiving.formats.x12.faults import UNKNOWN_RECEIVER, Faults
from services.receiving.formats.x12.interchange import X12Interchange, assemble, sets_of
from services.receiving.formats.x12.receiving_advice import NotAnAdvice, advise, read_advice
from services.receiving.formats.x12.shipments import notice

__all__ = ["NotAnAdvice", "advise", "read", "read_advice"]

_SHIP_NOTICES: Final = Kind("SH", "856", "ship notices")


def read(content: bytes, now: datetime, objections: Objections = NO_OBJECTIONS) -> FileReading:
    """Read a supplier's file: all its notices, or every fault for which it is refused whole (at most twenty).

    `now` dates the 997. Text is UTF-8, or else Latin-1. What stands in the `objections` is a fault.
    """
    faults = Faults(objections)
    interchanges = assemble(content, faults)
    check(interchanges, _SHIP_NOTICES, faults)
    for interchange in interchanges:
        if objections.is_for_another(interchange.header.get(8)):
            faults.of_file(FOR_ANOTHER, interchange.header, 8, UNKNOWN_RECEIVER)
    notices = _notices(interchanges, faults)
    if not notices and not faults:
        faults.of_file(
            "the file holds no ship notice (856)", interchanges[0].header if interchanges else None, code="024"
        )
    sender, receiver = [interchanges[0].header.get(at) or None for at in (6, 8)] if interchanges else (None, None)
    answer = acknowledge(interchanges, faults.found, now)
    if faults:
        return FileReading(sender, faults=faults.told(), answer=answer, receiver=receiver)
    head = interchanges[0].header
    return FileReading(
        sender, notices, answer=answer, receiver=receiver, test=interchanges[0].test,
        qualifiers=(head.get(5), head.get(7)),
    )  # fmt: skip


def _notices(interchanges: list[X12Interchange], faults: Faults) -> tuple[FileAsn | Cancellation, ...]:
    fields: dict[tuple[str, int], FileAsn | Cancellation] = {}
    for group, document in sets_of(interchanges):
        if faults.full or document.header.get(1) != _SHIP_NOTICES.number:
            continue
        file_asn = notice(faults, group, document)
        if file_asn and (file_asn.asn_id, file_asn.revision) in fields:
            faults.of_element(
                BAD_CODE, "this notice came before in this file, of the same date and time", document.body[0], 2
            )
        elif file_asn:
            fields[file_asn.asn_id, file_asn.revision] = file_asn
    return tuple(fields.values())
