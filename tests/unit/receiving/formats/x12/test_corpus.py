"""Files as partners send them, good and bad, each beside what it says: tests/corpus/x12."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.receiving.facts.file_asns import Cancellation, FileAsn, FileReading
from services.receiving.formats import x12
from tests.unit.receiving.formats.answers import sent
from tests.unit.receiving.formats.x12.x12_peer import verdicts

CORPUS = Path(__file__).resolve().parents[4] / "corpus" / "x12"
EXPECTED: dict[str, Any] = json.loads((CORPUS / "expected.json").read_text(encoding="utf-8"))
NOW = datetime(2027, 3, 8, 9, tzinfo=UTC)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_partners_file_reads_as_expected(name: str) -> None:
    reading = x12.read((CORPUS / f"{name}.edi").read_bytes(), NOW)
    assert said_by(reading) == EXPECTED[name]


def test_every_file_has_its_expectation() -> None:
    assert {file.stem for file in CORPUS.glob("*.edi")} == set(EXPECTED)


def said_by(reading: FileReading) -> dict[str, Any]:
    """Return a reading in short: a line of text per carton line, fault and verdict."""
    return {
        "sender": reading.sender,
        "notices": [told(notice) for notice in reading.notices],
        "faults": [" | ".join(str(value) for value in asdict(fault).values()) for fault in reading.faults],
        "verdicts": verdicts(sent(reading)) if reading.answer else [],
        **({"test": True} if reading.test else {}),
    }


def told(one: FileAsn | Cancellation) -> list[str]:
    if isinstance(one, Cancellation):
        return [f"cancelled {one.asn_id} {one.revision} {one.supplier}"]
    head = {name: value for name, value in asdict(one).items() if name not in ("cartons", "back_orders", "eta_from")}
    head["eta"] = f"{one.eta.earliest} to {one.eta.latest}" if one.eta else "no arrival"
    head |= {"eta_from": f"by {one.eta_from}"} if one.eta_from else {}
    lines = [(carton.carton_id, line) for carton in one.cartons for line in carton.lines]
    return [
        " ".join(str(value) for value in head.values()),
        *(" ".join([carton, *(str(value) for value in asdict(line).values())]) for carton, line in lines),
        *(f"back order {order.article} {order.qty}" for order in one.back_orders),
    ]
