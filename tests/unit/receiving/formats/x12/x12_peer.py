"""mock-edi, another maker's trading partner: what it reads in our answers, and the notices that it writes."""

from datetime import datetime
from typing import Any

from mockedi import envelope, transactions, validate, x12

SHIPMENT = {"shipment_id": "SHP-1", "scac": "UPSN", "shipped_on": "2027-03-08", "bol": "BOL-1", "cartons": 2}


def verdicts(answer: str) -> list[str]:
    """Return the AK segments of all 997s in an answer."""
    sets = [message for text in x12.split(answer) for _, message in x12.parse(text).messages()]
    return [
        "*".join([parsed.tag, *parsed.elements])
        for row in sets
        for parsed in row.segments
        if parsed.tag.startswith("AK")
    ]


def complaints(text: str) -> list[str]:
    """Return what the peer finds wrong with the envelopes and the known sets of a file."""
    reports = [validate.validate(x12.parse(row)) for row in x12.split(text) if row.strip()]
    envelopes = [finding.note for report in reports for finding in report.interchange_findings]
    groups = [note for report in reports for errors in report.group_errors.values() for _, note in errors]
    sets = [note for report in reports for message in report.messages for _, note in message.set_errors]
    elements = [
        element.note
        for report in reports
        for message in report.messages
        for segment in message.segments
        for element in segment.elements
    ]
    return [*envelopes, *groups, *sets, *elements]


def ship_notice(lines: list[dict[str, Any]], arrives: str, at: datetime) -> bytes:
    """Return an 856 as the peer writes it, with the day of arrival, which it leaves out."""
    us = transactions.Party(name="Cotton Mills", identifier="MILLS-01", street="1 Mill Rd", city="Fall River")
    order = {"po_number": "PO-8", "ordered_on": "2027-03-01", "ship_to_name": "East", "ship_to_id": "EAST"}
    body = transactions.write_despatch("X12", us, {}, order, lines, SHIPMENT, at)
    body.insert(2, envelope.seg("DTM", "017", arrives))
    message = x12.message("856", "0001", body)
    whole = x12.wrap([message], "MILLS", "FIRSTFILL", "000000101", "1", "SH", moment=at)
    return str(x12.render(whole)).encode()
