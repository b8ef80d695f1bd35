"""Files as large as partners may send."""

from shared.contracts.advices import AsnRefused
from shared.contracts.asns import LARGEST_FILE
from shared.testing.builders import a_node
from shared.testing.suppliers import a_file
from tests.integration.receiving.scanning.conftest import Desk
from tests.unit.receiving.formats.x12 import x12_files

EAST = a_node(also_known_as=("EAST",))


def a_long_notice(lines: int, po_number: str = "PO-8", sku: str = "S{}") -> bytes:
    """Return an 856 of so many SKUs in one carton."""
    items = [s for n in range(lines) for s in (f"HL*{n + 4}*3*I", f"LIN**SK*{sku.format(n)}", "SN1**1*EA")]
    body = x12_files.a_notice(order=("HL*2*1*O", f"PRF*{po_number}"))
    return x12_files.a_file([*body[: -len(x12_files.ITEM)], *items])


async def test_a_notice_that_fits_in_letters_but_not_in_bytes_is_refused(desk: Desk) -> None:
    await desk.hears(EAST, a_file(a_long_notice(7_500, "Ж" * 30)))
    (refused,) = await desk.told(AsnRefused)
    assert "too large for one event" in refused.faults[0].reason


async def test_large_files_that_come_together_are_read_one_step_after_the_other_in_their_order(desk: Desk) -> None:
    names = [f"file-{n}" for n in range(8)]
    await desk.hears(EAST)
    await desk.hears_at_once(*(a_file(a_long_notice(5_000 if n < 6 else 1, "|"), f"file-{n}") for n in range(8)))
    assert [event.file_id for event in await desk.told(AsnRefused)] == names
    steps = await desk.admin.fetch("select sum(length(content)) as bytes from files group by xmin")
    assert max(step["bytes"] for step in steps) <= LARGEST_FILE
    assert len(steps) < 6, "small ones are read together"
    assert await desk.parked() == []
