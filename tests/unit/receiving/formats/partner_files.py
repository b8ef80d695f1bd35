"""Partners' files of the corpus, and what reading one says, short enough to be compared by eye."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.receiving.facts.file_asns import Cancellation, FileAsn, FileAsnLine, FileReading

CORPUS = Path(__file__).resolve().parents[3] / "corpus"
NOW = datetime(2027, 3, 8, 12, 30, tzinfo=UTC)


def files(folder: str) -> list[Path]:
    return sorted(file for file in (CORPUS / folder).iterdir() if file.name != "expected.json")


def expected(folder: str) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads((CORPUS / folder / "expected.json").read_text(encoding="utf-8"))
    return fields


def told(reading: FileReading) -> dict[str, Any]:
    """Return the notices, or the faults as "segment element: value"; the reasons are for people."""
    if reading.faults:
        return {"faults": [f"{fault.segment or ''} {fault.element}: {fault.value}".strip() for fault in reading.faults]}
    return {"notices": [_told(notice) for notice in reading.notices]}


def _told(notice: FileAsn | Cancellation) -> dict[str, Any]:
    if isinstance(notice, Cancellation):
        return {"cancels": notice.asn_id, "revision": notice.revision, "supplier": notice.supplier}
    return {
        "asn_id": notice.asn_id,
        "revision": notice.revision,
        "supplier": notice.supplier,
        "node": notice.node,
        "eta": f"{notice.eta.earliest} {notice.eta.latest}" if notice.eta else None,
        "order, carrier, shipped": f"{notice.po_number} {notice.carrier} {notice.shipped_at}",
        "cartons": {carton.carton_id: [_line(line) for line in carton.lines] for carton in notice.cartons},
    }


def _line(line: FileAsnLine) -> str:
    unit = f"{line.uom} of {line.units_per}" if line.units_per else line.uom
    fields = {"sku": line.sku, "gtin": line.gtin, "lot": line.lot, "expires": line.expires_on, "order": line.po_number}
    return " ".join([f"{line.qty} {unit}", *(f"{name} {value}" for name, value in fields.items() if value)])
