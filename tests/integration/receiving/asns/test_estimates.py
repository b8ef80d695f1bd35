"""A file that does not say when its truck arrives is taken with an estimate that is marked as one."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.advices import AsnAcknowledged, AsnRefused
from shared.contracts.asns import AsnReceived
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.inbound import InboundChanged
from shared.testing.builders import a_node, a_product, an_asn
from shared.testing.suppliers import a_file, a_purchase_order, an_order_line
from tests.integration.receiving.asns.test_files import KNOWN, MILLS
from tests.integration.receiving.conftest import Dock
from tests.unit.receiving.formats.edifact import despatch_advices

CORPUS = Path(__file__).parents[3] / "corpus"
UNDATED = (CORPUS / "x12/no_arrival_said.edi").read_bytes()
DESADV = (CORPUS / "edifact/no-arrival-said.edi").read_bytes()
ASN = "mills/D-1"


async def eta(dock: Dock, asn_id: str = ASN) -> tuple[date, date, str | None]:
    asns: list[Any] = await dock.world.bus.told(AsnReceived, asn_id)
    return asns[-1].eta.earliest, asns[-1].eta.latest, asns[-1].eta_estimated_from


async def test_it_arrives_when_its_purchase_order_is_due(dock: Dock) -> None:
    lines = (an_order_line("1", 10, due=11), an_order_line("2", 4, due=15))
    await dock.hears(*KNOWN, a_purchase_order("PO-8", *lines), a_file(UNDATED))
    assert await eta(dock) == (date(2027, 3, 11), date(2027, 3, 15), "when its purchase order is due")
    (taken,) = await dock.world.bus.told(AsnAcknowledged)
    assert "AK5*A" in taken.answer
    (supply,) = [s for s in (await dock.world.bus.told(InboundChanged))[-1].supplies if s.supply_id == ASN]
    assert supply.is_estimated
    assert "estimated from when its purchase order is due" in supply.reason
    later = (an_order_line("1", 10, due=18), an_order_line("2", 4, due=22))
    await dock.hears(a_purchase_order("PO-8", *later, version=2))
    (moved,) = [s for s in (await dock.world.bus.told(InboundChanged))[-1].supplies if s.supply_id == ASN]
    assert (moved.expected_units, moved.window.earliest) == (supply.expected_units, date(2027, 3, 19))
    assert "estimated from when its purchase order is due" in moved.reason
    lines = (an_order_line("1", 10, due=25), an_order_line("2", 4, due=29))
    await dock.hears(a_purchase_order("PO-8", *lines, version=3), a_file(UNDATED, "file-2"))
    (moved,) = [s for s in (await dock.world.bus.told(InboundChanged))[-1].supplies if s.supply_id == ASN]
    assert moved.window.earliest == date(2027, 3, 26)
    assert len(await dock.world.bus.told(AsnReceived)) == 1, "the same notice is not a correction of itself"


async def test_it_arrives_as_the_last_trucks_of_the_supplier_did(dock: Dock) -> None:
    await dock.hears(*KNOWN, a_purchase_order("PO-8"), *(an_asn(f"asn-{number}") for number in range(4)))
    at = datetime(2027, 2, 1, tzinfo=UTC)
    await dock.world.admin.executemany(
        "insert into receiving.lead_times (asn_id, sku, node, supplier_id, units, ready_at, shipped_to_docked)"
        " values ($1, 'TEE-M', 'ams', 'mills', 10, $2, $3)",
        [(f"asn-{number}", at, days) for number, days in enumerate((3, 4, 6, 3))],
    )
    await dock.hears(a_file(UNDATED))
    assert await eta(dock) == (date(2027, 3, 11), date(2027, 3, 16), "how long the last 4 trucks of this supplier took")
    await dock.world.admin.execute("delete from receiving.lead_times")  # no truck of ours took these


@pytest.mark.parametrize(
    ("content", "form", "place", "sign"), [(UNDATED, "x12", "DTM", "AK5*R"), (DESADV, "edifact", "DTM+17", "+4")]
)
async def test_one_of_which_nothing_tells_is_refused(
    dock: Dock, content: bytes, form: str, place: str, sign: str
) -> None:
    node = a_node(also_known_as=("EAST", despatch_advices.NODE))
    await dock.hears(node, MILLS, a_product(), a_file(content, format=form))
    (refused,) = await dock.world.bus.told(AsnRefused)
    assert [fault.element for fault in refused.faults] == [place]
    assert "neither a purchase order that it names nor earlier trucks" in refused.faults[0].reason
    assert sign in refused.answer
    assert await dock.world.bus.told(AsnReceived) == []


async def test_an_eta_that_cannot_be_right_is_named_until_it_is_mended(dock: Dock) -> None:
    left = datetime(2027, 3, 8, tzinfo=UTC)
    early = an_asn("early", due=(4, 5), shipped_at=left)
    far = an_asn("far", eta={"earliest": "2028-12-01", "latest": "2028-12-02"})
    await dock.hears(*KNOWN, early, far, an_asn("right", due=(8, 8), shipped_at=left))
    await dock.hears(an_asn("early", revision=2, due=(9, 10), shipped_at=left))
    found: list[Any] = await dock.world.bus.told(ExceptionChanged)
    assert sorted((e.subject, e.state, e.facts["why"]) for e in found if e.exception_class == "eta_doubtful") == [
        ("early", "open", "it arrives before it was shipped"),
        ("early", "settled", "it arrives before it was shipped"),
        ("far", "open", "it is more than a year from today"),
    ]
