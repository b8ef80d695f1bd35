"""Files of twenty thousand lines are read in one pass: four times as many lines take about four times as long."""

import time
from collections.abc import Callable
from datetime import datetime

import pytest

from services.receiving.facts.file_asns import FileAsn, FileReading
from services.receiving.formats import edifact, x12
from tests.unit.receiving.formats.edifact.despatch_advices import LIN, despatch
from tests.unit.receiving.formats.partner_files import NOW
from tests.unit.receiving.formats.x12.x12_files import BSN, SHIPMENT, a_file


def an_856(lines: int) -> bytes:
    items = [
        row for n in range(2, lines + 2) for row in (f"HL*{n}*1*I", f"LIN**SK*S{n}", f"SN1**{n}*EA", "DTM*036*20280131")
    ]
    return a_file([BSN, *SHIPMENT, *items, f"CTT*{lines + 1}"])


def a_desadv(lines: int) -> bytes:
    packages = [part for n in range(lines) for part in (f"CPS+{n + 2}+1", f"GIN+ML+{n}", LIN, "QTY+12:1")]
    return despatch("CPS+1", *packages)


@pytest.mark.parametrize(("file", "read"), [(an_856, x12.read), (a_desadv, edifact.read)], ids=["x12", "edifact"])
def test_a_file_of_four_times_as_many_lines_takes_about_four_times_as_long(
    file: Callable[[int], bytes], read: Callable[[bytes, datetime], FileReading]
) -> None:
    small, large = seconds(file(5_000), read, 5_000), seconds(file(20_000), read, 20_000)
    assert large < 10
    assert large < 12 * max(small, 0.05)


def seconds(content: bytes, read: Callable[[bytes, datetime], FileReading], lines: int) -> float:
    """Return processor time, which a busy machine does not stretch."""
    began = time.process_time()
    (notice,) = read(content, NOW).notices
    took = time.process_time() - began
    assert isinstance(notice, FileAsn)
    assert sum(len(carton.lines) for carton in notice.cartons) == lines
    return took
