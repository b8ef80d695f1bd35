"""A warehouse system that receives by itself posts receipts: they count as our own scans do."""

from typing import Any

from shared.contracts.dock import ReceivingClosed
from shared.contracts.inbound import InboundChanged
from shared.contracts.receipts import ReceiptPosted
from shared.testing.builders import a_carton, a_close, a_node, a_product, a_receipt, a_scan, an_asn, an_asn_line, landed
from shared.testing.suppliers import a_purchase_order, an_order_line
from tests.integration.receiving.scanning.conftest import Desk

KNOWN = (a_node(blind_receipts=True), a_product())
SIX = a_carton("c1", an_asn_line(qty=6))
FORTY = a_carton("c1", an_asn_line(qty=40))


async def owed(desk: Desk) -> dict[str, int]:
    """Return the units that are still to come, by supply."""
    rows = await desk.admin.fetch(
        "select supply_id, greatest(0, expected_units - received) as units from supplies where not is_closed"
    )
    return {row["supply_id"]: row["units"] for row in rows if row["units"]}


async def inbound(desk: Desk) -> dict[str, int]:
    """Return what the position brings, as told last."""
    announced = (await desk.told(InboundChanged))[-1]
    return {supply.supply_id: supply.expected_units for supply in announced.supplies}


async def closed(desk: Desk) -> list[tuple[int, int, int, int, int]]:
    """Return expected, received, short, over and still owed, of each SKU of the truck as told last."""
    closing = (await desk.told(ReceivingClosed))[-1]
    return [(line.expected, line.received, line.short, line.over, line.owed_on_po) for line in closing.lines]


async def test_what_a_wms_received_of_an_asn_is_neither_short_nor_owed(desk: Desk) -> None:
    await desk.hears(*KNOWN, a_purchase_order("po", an_order_line(qty=10)), an_asn("asn-1", SIX, po_number="po"))
    await desk.hears(a_receipt(units=6), a_close())
    assert await closed(desk) == [(6, 6, 0, 0, 4)]
    assert await owed(desk) == {"po/1": 4}
    assert await desk.told(ReceiptPosted) == []
    assert await desk.open() == set()


async def test_a_line_of_a_purchase_order_that_a_wms_received_leaves_inbound(desk: Desk) -> None:
    await desk.hears(*KNOWN, a_purchase_order("po", an_order_line(qty=10)))
    await desk.hears(a_receipt(supply_id="po/1", units=10))
    assert await inbound(desk) == {"po/1": 10}
    await desk.hears(landed(10, supply_id="po/1"))
    assert await inbound(desk) == {}


async def test_more_than_was_ordered_is_named_until_it_is_taken_back(desk: Desk) -> None:
    await desk.hears(*KNOWN, a_purchase_order("po", an_order_line(qty=10)))
    await desk.hears(a_receipt(supply_id="po/1", units=13))
    assert await desk.open() == {("over", "po/1/TEE-M")}
    await desk.hears(a_receipt("r2", supply_id="po/1", units=-3, corrects="r1"))
    assert await desk.open() == set()


async def test_units_without_a_supply_are_taken_off_what_is_owed_longest(desk: Desk) -> None:
    await desk.hears(*KNOWN, a_purchase_order("new", an_order_line(qty=8, due=20)), a_purchase_order("old"))
    await desk.hears(a_receipt(supply_id=None, units=13))
    assert await owed(desk) == {"new/1": 5}
    await desk.hears(a_receipt("r2", supply_id=None, units=-4, corrects="r1"))
    assert await owed(desk) == {"old/1": 1, "new/1": 8}


async def test_each_receipt_counts_once_and_a_correction_takes_it_back(desk: Desk) -> None:
    first, back = a_receipt(units=6), a_receipt("r2", units=-2, corrects="r1")
    await desk.hears(*KNOWN, an_asn(), back)
    assert await desk.parked() == ["receipt:r1"]
    await desk.hears(first, first)
    await desk.retry()
    await desk.hears(back)
    await desk.hears(a_close())
    assert await closed(desk) == [(10, 4, 6, 0, 0)]


async def test_a_correction_of_more_than_came_is_refused_with_its_reason(desk: Desk) -> None:
    await desk.hears(*KNOWN, an_asn(), a_receipt(units=6))
    await desk.hears(a_receipt("r2", units=-7, corrects="r1"))
    rows = await desk.admin.fetch("delete from dead_letters returning reason")
    assert [row["reason"] for row in rows] == ["units: takes back 7 of receipt r1, of which 6 are left"]


async def test_a_receipt_waits_for_its_asn(desk: Desk) -> None:
    await desk.hears(*KNOWN, a_receipt(units=6))
    assert await desk.parked() == ["asn:asn-1"]
    await desk.hears(an_asn())
    await desk.retry()
    await desk.hears(a_close())
    assert await closed(desk) == [(10, 6, 4, 0, 0)]


async def test_what_a_wms_received_over_is_named_and_leaves_no_room_for_scans(desk: Desk) -> None:
    await desk.hears(*KNOWN, an_asn(), a_scan(times=3), a_receipt(units=9))
    assert await desk.facts("over") == [{"asn_id": "asn-1", "sku": "TEE-M", "expected": "10", "units": "2"}]
    await desk.hears(a_scan("gun/2", times=4))
    assert await desk.units() == {("TEE-M", "sellable"): 3, ("TEE-M", "quarantine"): 4}
    await desk.hears(a_receipt("r2", units=-5, corrects="r1"))
    assert await desk.units() == {("TEE-M", "sellable"): 6, ("TEE-M", "quarantine"): 1}
    await desk.hears(an_asn("asn-1", FORTY, revision=2))
    assert await desk.units() == {("TEE-M", "sellable"): 7}
    assert await desk.open() == set()


async def test_what_the_asn_does_not_list_is_named(desk: Desk) -> None:
    mug: dict[str, Any] = {"sku": "MUG", "units": 2}
    await desk.hears(*KNOWN, a_product("MUG", packs=()), an_asn(), a_receipt(**mug))
    assert await desk.open() == {("not_on_asn", "asn-1/MUG")}


async def test_a_late_receipt_of_a_closed_truck_is_told(desk: Desk) -> None:
    await desk.hears(*KNOWN, an_asn(), a_receipt(units=6, disposition="damaged"), a_close())
    assert await closed(desk) == [(10, 6, 4, 0, 0)]
    await desk.hears(a_receipt("r2", units=4))
    assert await closed(desk) == [(10, 10, 0, 0, 0)]
    assert await desk.open() == set()
