"""EDIFACT: despatch advices are read and answered with a CONTRL, receiving advices are written.

A file that is not sound in every part is refused whole, with everything that is wrong with it. The answer says what we
did: of a refused file nothing was taken, so every interchange in it is rejected (4), and so is each of its messages,
the sound ones without an error of their own; of an accepted one everything is acknowledged (7).
"""

from datetime import datetime

from services.receiving.facts.file_asns import (
    FOR_ANOTHER,
    NO_OBJECTIONS,
    Cancellation,
    FileAsn,
    FileReading,
    Objections,
)
from services.receiving.formats.edifact.acknowledgement import acknowledged
from services.receiving.formats.edifact.despatch import notice_of
from services.receiving.formats.edifact.findings import DUPLICATE, NOT_THE_RECEIVER, EdifactSegment, Findings
from services.receiving.formats.edifact.interchange import RECEIVER, SENDER, interchanges_of
from services.receiving.formats.edifact.receiving_advice import advise, read_advice
from services.receiving.formats.edifact.syntax import segments_of

__all__ = ["advise", "read", "read_advice"]


def read(content: bytes, now: datetime, objections: Objections = NO_OBJECTIONS) -> FileReading:
    """Read all notices of a file of one or more interchanges, or all its faults, and the CONTRL to send back.

    Segments count from 1 in the file, UNA left out. The answer is ready to be sent as UTF-8. What stands in the
    `objections` is a fault. A test (UNB 0035) is answered as one, and nothing of it is taken.
    """
    findings = Findings(objections)
    found = interchanges_of(segments_of(content, findings), findings)
    fields: dict[tuple[str, int], EdifactSegment] = {}
    notices: list[FileAsn | Cancellation] = []
    for interchange in found:
        if objections.is_for_another(interchange.head.said(RECEIVER)):
            findings.add(NOT_THE_RECEIVER, FOR_ANOTHER, interchange.head, RECEIVER)
        for message in interchange.messages:
            if notice := notice_of(message, interchange.head, findings):
                notices.append(notice)
                _said_once(notice, message.head, fields, findings)
    sender, receiver = [found[0].head.said(party) or None for party in (SENDER, RECEIVER)] if found else (None, None)
    answer = acknowledged(found, findings, now)
    if findings.all:
        return FileReading(sender, faults=findings.faults(), answer=answer, receiver=receiver)
    head = found[0].head
    return FileReading(
        sender, tuple(notices), answer=answer, receiver=receiver, test=found[0].test,
        qualifiers=(head.at(2, 2), head.at(3, 2)),
    )  # fmt: skip


def _said_once(
    notice: FileAsn | Cancellation,
    head: EdifactSegment,
    said: dict[tuple[str, int], EdifactSegment],
    findings: Findings,
) -> None:
    first = said.setdefault((notice.asn_id, notice.revision), head)
    if first is not head:
        reason = f"the message at segment {first.number} is the same revision of this despatch advice: send it once"
        findings.add(DUPLICATE, reason, head, value=notice.asn_id)
