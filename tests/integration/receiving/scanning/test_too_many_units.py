"""A barcode in the field for the quantity, a pack of a million: more units than there are, named and never lost."""

import json

from shared.contracts.advices import AsnRefused
from shared.contracts.dock import ReceivingClosed
from shared.contracts.inbound import InboundChanged
from shared.contracts.products import Pack
from shared.contracts.scan_answers import ScanAnswered
from shared.testing.builders import GTIN, a_carton, a_close, a_node, a_product, a_scan, an_asn, an_asn_line
from shared.testing.suppliers import a_file, a_purchase_order, an_order_line
from tests.integration.receiving.scanning.conftest import Desk

MOST = 1_000_000_000
HUGE = a_product(packs=(Pack(gtin=GTIN, units=12_000_000, level="case"),))
MENDED = a_product(version=2, packs=(Pack(gtin=GTIN, units=12, level="case"),))
MUG = a_product("MUG", packs=())


async def test_a_scan_of_too_many_units_is_named_and_counts_when_its_pack_is_mended(desk: Desk) -> None:
    await desk.hears(a_node(), HUGE, an_asn("asn-1", a_carton("c1", an_asn_line(qty=1200))), a_scan("gun/1", 100))
    (answer,) = await desk.told(ScanAnswered)
    assert (answer.result, answer.exceptions, answer.units) == ("waiting", ("pack_unknown",), 0)
    (facts,) = await desk.facts("pack_unknown")
    assert (facts["units"], facts["most"]) == ("1200000000", "1000000000")
    await desk.hears(MENDED)
    assert (await desk.units(), await desk.open()) == ({("TEE-M", "sellable"): 1200}, set())


async def test_a_line_of_too_many_units_waits_alone_until_its_pack_is_mended(desk: Desk) -> None:
    lines = (an_asn_line(qty=100, uom="case"), an_asn_line("MUG", 5))
    await desk.hears(a_node(), HUGE, MUG, an_asn("asn-1", a_carton("c1", *lines)))
    await desk.hears(a_purchase_order("po", an_order_line(qty=100, uom="case")))
    assert [(news.sku, news.supplies[0].expected_units) for news in await desk.told(InboundChanged)] == [("MUG", 5)]
    assert await desk.open() == {("pack_unknown", "asn-1")}
    await desk.hears(MENDED)
    last = (await desk.told(InboundChanged))[-1]
    assert {supply.supply_id: supply.expected_units for supply in last.supplies} == {"asn-1": 1200, "po/1": 1200}
    assert await desk.open() == set()


async def test_sums_of_mistaken_figures_are_announced_as_the_maximum(desk: Desk) -> None:
    lines = (an_asn_line(qty=MOST), an_asn_line(qty=MOST))
    await desk.hears(a_node(), a_product(), an_asn("asn-1", a_carton("c1", *lines)))
    await desk.hears(*(a_scan(f"gun/{n}", MOST) for n in range(3)), a_close())
    *_, answer = await desk.told(ScanAnswered)
    assert (answer.units, answer.so_far, answer.expected) == (MOST, MOST, MOST)
    (line,) = (await desk.told(ReceivingClosed))[0].lines
    assert (line.expected, line.received, line.over) == (MOST, MOST, MOST)
    assert await desk.admin.fetchval("select sum(units) from receipts") == 3 * MOST


async def test_a_file_with_too_many_units_is_refused_at_its_place(desk: Desk) -> None:
    fields = {
        "asn_id": "asn-1", "revision": 1, "supplier_id": "mills", "node": "ams",
        "eta": {"earliest": "2027-03-09", "latest": "2027-03-10"},
        "cartons": [{"carton_id": "c1", "lines": [{"sku": "TEE-M", "qty": MOST, "uom": "case", "units_per": 2}]}],
    }  # fmt: skip
    await desk.hears(a_node(), a_file(json.dumps(fields).encode(), format="json"))
    (refused,) = await desk.told(AsnRefused)
    assert [fault.element for fault in refused.faults] == ["cartons.0.lines.0"]
    assert "at most 1,000,000,000 units: mend one of them, or split the line" in refused.faults[0].reason
