"""What comes without an ASN in the name of a purchase order, before that order is known."""

from itertools import permutations
from typing import Any

import pytest

from shared.contracts.settings import PolicyUpserted
from shared.testing.builders import a_node, a_product, a_scan
from shared.testing.suppliers import a_purchase_order, an_order_line
from tests.integration.receiving.scanning.conftest import Desk

KNOWN = (a_node(blind_receipts=True), a_product())


async def owed(desk: Desk) -> dict[str, int]:
    """Return the units that are still to come, by supply."""
    rows = await desk.admin.fetch("select supply_id, greatest(0, expected_units - received) as units from supplies")
    return {row["supply_id"]: row["units"] for row in rows}


async def test_an_order_that_becomes_known_after_its_goods_owes_only_the_rest(desk: Desk) -> None:
    await desk.hears(*KNOWN, a_scan("gun/1", 4, asn_id=None, po_number="po"), a_purchase_order())
    assert await owed(desk) == {"po/1": 6}
    assert await desk.units() == {("TEE-M", "sellable"): 4}
    await desk.hears(a_scan("gun/2", 5, asn_id=None, po_number="po"), a_purchase_order(version=2))
    assert await owed(desk) == {"po/1": 1}
    await desk.hears(a_scan("gun/3", asn_id=None, void_of="gun/1"))
    assert await owed(desk) == {"po/1": 5}


async def test_orders_and_blind_receipts_in_any_order_owe_the_same(desk: Desk) -> None:
    lines = (an_order_line("1", 3), an_order_line("2", 10, due=12))
    facts = (
        a_purchase_order("po", *lines),
        a_scan("gun/1", 4, asn_id=None, po_number="po"),
        a_scan("gun/2", 2, asn_id=None, po_number="po", disposition="damaged"),
        a_scan("gun/3", asn_id=None, void_of="gun/1"),
    )
    for order in permutations(facts):
        await desk.empty()
        await desk.hears(*KNOWN, a_purchase_order("old"), *order, *order)
        left = await owed(desk)
        assert (left["old/1"], left["po/1"] + left["po/2"]) == (10, 11), order
        await desk.check()


async def test_an_order_that_learns_how_its_goods_are_counted_owes_only_the_rest(desk: Desk) -> None:
    order = a_purchase_order("po", an_order_line(qty=1, uom="inner"))
    await desk.hears(*KNOWN, a_scan("gun/1", 4, asn_id=None, po_number="po"), order)
    assert await owed(desk) == {}
    inner = a_purchase_order("po", an_order_line(qty=1, uom="inner", units_per=6), version=2)
    await desk.hears(inner)
    assert await owed(desk) == {"po/1": 2}


@pytest.mark.parametrize("po_number", [None, "po"])
async def test_blind_scans_beyond_what_purchase_orders_owe_wait_in_quarantine(
    desk: Desk, po_number: str | None
) -> None:
    of_order: dict[str, Any] = {"asn_id": None, "po_number": po_number}
    await desk.hears(*KNOWN, a_purchase_order("po", an_order_line(qty=192)), a_scan("gun/1", 150, **of_order))
    await desk.hears(a_scan("gun/2", 90, **of_order))
    assert await desk.units() == {("TEE-M", "sellable"): 192, ("TEE-M", "quarantine"): 48}
    assert [(fact["sku"], fact["units"]) for fact in await desk.facts("over")] == [("TEE-M", "48")]
    await desk.hears(a_scan("gun/3", **of_order, void_of="gun/2"))
    assert (await desk.units(), await desk.open()) == ({("TEE-M", "sellable"): 150}, set())
    assert await owed(desk) == {"po/1": 42}


async def test_what_is_tolerated_over_a_purchase_order_is_sellable_in_all(desk: Desk) -> None:
    await desk.hears(
        *KNOWN,
        PolicyUpserted(merchant="acme", version=1, over_percent=10),
        a_purchase_order("po", an_order_line(qty=100)),
    )
    await desk.hears(*(a_scan(f"gun/{number}", 36, asn_id=None) for number in (1, 2, 3, 4)))
    assert await desk.units() == {("TEE-M", "sellable"): 110, ("TEE-M", "quarantine"): 34}


async def test_without_any_purchase_order_a_blind_receipt_is_limited_by_nothing(desk: Desk) -> None:
    await desk.hears(*KNOWN, a_purchase_order("po", an_order_line(qty=5, sku="MUG")), a_scan(times=240, asn_id=None))
    assert await desk.units() == {("TEE-M", "sellable"): 240}
