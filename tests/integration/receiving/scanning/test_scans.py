"""What happens on the dock floor, one scan after the other: voids, cartons, doubts, receipts without an ASN."""

from typing import Any

import pytest

from shared.contracts.dock import ReceivingClosed
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.products import Pack
from shared.contracts.receipts import ReceiptPosted
from shared.contracts.scan_answers import ScanAnswered
from shared.contracts.scans import CartonClosed, ScanPlaced
from shared.contracts.settings import PolicyUpserted
from shared.testing.builders import (
    MONDAY,
    a_carton,
    a_carton_scan,
    a_close,
    a_day,
    a_node,
    a_product,
    a_scan,
    an_asn,
    an_asn_line,
)
from shared.testing.suppliers import a_purchase_order, an_order_line
from tests.integration.receiving.scanning.conftest import Desk

SELLABLE = ("TEE-M", "sellable")
QUARANTINE = ("TEE-M", "quarantine")
VITAMIN = a_product("VITC", dated=True, packs=(Pack(gtin="09520123450014", units=1, level="each"),))


async def test_a_scan_that_is_taken_back_counts_for_nothing(desk: Desk) -> None:
    await desk.hears(a_node(), a_product(), an_asn(), a_scan("gun/1", 4), a_scan("gun/2", void_of="gun/1"))
    await desk.hears(a_scan("gun/3", void_of="gun/1"), a_scan("gun/4", void_of="gun/2"))
    assert await desk.receipts() == [("gun/1/1", 4, "sellable", None), ("gun/1/1~2", -4, "sellable", "gun/1/1")]
    assert await desk.open() == {("void_unknown", "gun/4")}, "a void is not taken back"
    assert [(scan, result) for scan, result, _ in await desk.answers()] == [
        ("gun/1", "accepted"),
        ("gun/2", "voided"),
        ("gun/3", "voided"),
        ("gun/4", "set_aside"),
    ]


async def test_the_answer_to_a_void_says_of_which_item_how_much_is_left(desk: Desk) -> None:
    await desk.hears(a_node(), a_product(), an_asn(), a_scan("gun/1", 4), a_scan("gun/2", 3))
    await desk.hears(a_scan("gun/3", void_of="gun/1"))
    *_, void = await desk.told(ScanAnswered)
    assert (void.result, void.sku, void.units, void.so_far, void.expected) == ("voided", "TEE-M", 0, 3, 10)


async def test_a_void_may_come_before_its_scan(desk: Desk) -> None:
    await desk.hears(a_node(), a_product(), an_asn(), a_scan("gun/2", void_of="gun/1"))
    assert await desk.open() == {("void_unknown", "gun/2")}
    await desk.hears(a_scan("gun/1", 4))
    assert (await desk.receipts(), await desk.open(), await desk.parked()) == ([], set(), [])


async def test_a_scan_that_waits_may_be_taken_back(desk: Desk) -> None:
    await desk.hears(a_node(), a_product(), a_scan("gun/1", 4), a_scan("gun/2", void_of="gun/1"), an_asn())
    assert (await desk.receipts(), await desk.open(), await desk.parked()) == ([], set(), [])


async def test_the_acceptance_of_a_carton_comes_back_when_its_units_are_taken_back(desk: Desk) -> None:
    await desk.hears(a_node(), a_product(), an_asn(), a_carton_scan("gun/1"))
    await desk.hears(a_scan("gun/2", 9, carton_id="c1"))
    assert await desk.units() == {SELLABLE: 9}
    await desk.hears(a_scan("gun/3", void_of="gun/2"))
    assert await desk.units() == {SELLABLE: 10}
    await desk.hears(a_scan("gun/4", void_of="gun/1"))
    assert await desk.units() == {}


async def test_two_labels_of_a_carton_count_once_until_one_is_taken_back(desk: Desk) -> None:
    await desk.hears(a_node(), a_product(), an_asn(), a_carton_scan("gun/1"), a_carton_scan("gun/2"))
    assert await desk.open() == {("carton_counted_twice", "asn-1/c1")}
    await desk.hears(a_scan("gun/3", void_of="gun/1"))
    assert (await desk.units(), await desk.open()) == ({SELLABLE: 10}, set())


async def test_an_empty_carton_names_what_it_lacks(desk: Desk) -> None:
    closed = CartonClosed(node="ams", asn_id="asn-1", carton_id="c1", device_id="gun", closed_at=MONDAY)
    await desk.hears(a_node(), a_product(), an_asn(), a_scan("gun/1", 7, carton_id="c1"), closed)
    assert [(f["sku"], f["units"]) for f in await desk.facts("carton_short")] == [("TEE-M", "3")]
    await desk.hears(a_scan("gun/2", 3, carton_id="c1"))
    assert await desk.open() == set()


async def test_room_made_by_a_void_goes_to_the_oldest_units_over(desk: Desk) -> None:
    await desk.hears(a_node(), a_product(), an_asn())
    await desk.hears(a_scan("gun/1", 8), a_scan("gun/2", 4), a_scan("gun/3", 3))
    assert await desk.units() == {SELLABLE: 10, QUARANTINE: 5}
    await desk.hears(a_scan("gun/4", void_of="gun/1"))
    assert await desk.units() == {SELLABLE: 7}
    assert (await desk.receipts())[-5:] == [
        ("gun/2/1~2", 2, "sellable", "gun/2/1/quarantine"),
        ("gun/3/1", 3, "sellable", "gun/3/1/quarantine"),
        ("gun/1/1~2", -8, "sellable", "gun/1/1"),
        ("gun/2/1/quarantine~2", -2, "quarantine", "gun/2/1/quarantine"),
        ("gun/3/1/quarantine~2", -3, "quarantine", "gun/3/1/quarantine"),
    ]
    assert await desk.open() == set()


async def test_a_revision_of_more_units_frees_units_over_and_one_of_fewer_takes_nothing(
    desk: Desk,
) -> None:
    await desk.hears(a_node(), a_product(), an_asn(), a_scan("gun/1", 15))
    await desk.hears(an_asn("asn-1", a_carton("c1", an_asn_line(qty=12)), revision=2))
    assert await desk.units() == {SELLABLE: 12, QUARANTINE: 3}
    assert [f["units"] for f in await desk.facts("over")] == ["3"]
    await desk.hears(an_asn("asn-1", a_carton("c1", an_asn_line(qty=5)), revision=3), a_scan("gun/2", 1))
    assert await desk.units() == {SELLABLE: 12, QUARANTINE: 4}


async def test_an_item_that_a_revision_adds_was_never_wrong(desk: Desk) -> None:
    mug = a_product("MUG", packs=(Pack(gtin="00000000000017", units=1, level="each"),))
    await desk.hears(a_node(), a_product(), mug, an_asn(), a_scan("gun/1", 2, gtin="00000000000017"))
    assert await desk.open() == {("not_on_asn", "asn-1/MUG")}
    both = a_carton("c1", an_asn_line(), an_asn_line("MUG", 5))
    await desk.hears(an_asn("asn-1", both, revision=2))
    assert (await desk.units(), await desk.open()) == ({("MUG", "sellable"): 2}, set())


async def test_a_lot_with_two_dates_holds_the_second_until_the_first_is_taken_back(desk: Desk) -> None:
    line = an_asn_line("VITC", 20, lot="L1", expires_on=a_day(31))
    fields = {"gtin": "09520123450014", "lot": "L1"}
    await desk.hears(a_node(), VITAMIN, an_asn("asn-1", a_carton("c1", line)))
    await desk.hears(
        a_scan("gun/1", 3, expires_on=a_day(30), **fields), a_scan("gun/2", 5, expires_on=a_day(31), **fields)
    )
    assert await desk.units() == {("VITC", "sellable"): 3, ("VITC", "quarantine"): 5}
    (facts,) = await desk.facts("lot_with_two_dates")
    assert (facts["expires_on"], facts["other"], facts["units"]) == ("2027-03-30", "2027-03-31", "5")
    await desk.hears(a_scan("gun/3", void_of="gun/1"))
    assert (await desk.units(), await desk.open()) == ({("VITC", "sellable"): 5}, set())


async def test_a_whole_barcode_is_all_that_a_scan_needs(desk: Desk) -> None:
    line = an_asn_line("VITC", 20)
    await desk.hears(a_node(), VITAMIN, an_asn("asn-1", a_carton("095201230000000011", line)))
    await desk.hears(a_scan("gun/1", 2, gtin=None, barcode="]C101095201234500141727033110L1"))
    await desk.hears(a_scan("gun/2", gtin=None, barcode="]C110L1"))
    await desk.hears(a_scan("gun/3", mode="by_carton", gtin=None, barcode="]C100095201230000000011"))
    (first, second) = await desk.told(ReceiptPosted)
    assert (first.units, first.lot, first.expires_on, first.disposition) == (2, "L1", a_day(31), "sellable")
    assert (second.units, second.disposition) == (20, "quarantine"), "the ASN names no lot"
    assert ("barcode_invalid", "gun/2") in await desk.open()


async def test_units_without_an_asn_go_to_the_oldest_order_that_owes(desk: Desk) -> None:
    orders = (a_purchase_order("old", an_order_line(qty=4)), a_purchase_order("new", an_order_line(qty=5, due=12)))
    await desk.hears(a_node(blind_receipts=True), a_product(), *orders, a_scan("gun/1", 6, asn_id=None))
    assert [(r.receipt_id, r.supply_id, r.units) for r in await desk.told(ReceiptPosted)] == [
        ("gun/1/1", "old/1", 4),
        ("gun/1/2", "new/1", 2),
    ]
    await desk.hears(a_scan("gun/2", asn_id=None, void_of="gun/1"), a_scan("gun/3", 7, asn_id=None, po_number="new"))
    assert [(r.supply_id, r.units) for r in (await desk.told(ReceiptPosted))[4:]] == [("new/1", 5), ("old/1", 2)]


async def test_units_without_an_asn_wait_where_they_are_not_allowed(desk: Desk) -> None:
    await desk.hears(a_node(), a_product(), a_scan("gun/1", 6, asn_id=None))
    assert await desk.open() == {("blind_not_allowed", "gun/1")}
    await desk.hears(a_node(version=2, blind_receipts=True))
    assert (await desk.units(), await desk.open()) == ({SELLABLE: 6}, set())


async def test_a_person_places_a_scan_that_nothing_else_can(desk: Desk) -> None:
    placed = ScanPlaced(
        node="ams", scan_id="gun/1", sku="TEE-M", units=3, disposition="quarantine", placed_by="maria", placed_at=MONDAY
    )
    await desk.hears(a_node(), a_product(), placed)
    assert await desk.parked() == ["scan:gun/1"]
    await desk.hears(a_scan("gun/1", gtin="00000000000024", asn_id=None), placed)
    assert (await desk.units(), await desk.open(), await desk.parked()) == ({QUARANTINE: 3}, set(), [])
    await desk.hears(a_scan("gun/2", asn_id=None, void_of="gun/1"))
    assert await desk.units() == {}


async def test_a_late_scan_of_a_closed_truck_counts_and_is_announced(desk: Desk) -> None:
    await desk.hears(a_node(), a_product(), an_asn(), a_scan("gun/1", 6), a_close(), a_scan("gun/2", 4))
    await desk.hears(a_scan("gun/3", void_of="gun/1"))
    assert [closed.lines[0].received for closed in await desk.told(ReceivingClosed)] == [6, 10, 4]


@pytest.mark.parametrize("other", [{"times": 5}, {"barcode": "4006381333931"}, {"void_of": "gun/9"}])
async def test_a_used_counter_is_named_and_the_first_scan_stands(desk: Desk, other: dict[str, Any]) -> None:
    await desk.hears(a_node(), a_product(), an_asn("asn-1", a_carton("c1", an_asn_line(qty=2))), a_scan("gun/1", 4))
    before = await desk.open()
    await desk.hears(a_scan("gun/1", **{"times": 4, **other}))
    assert await desk.open() == before | {("counter_reused", "gun/1")}
    assert await desk.units() == {SELLABLE: 2, QUARANTINE: 2}
    assert (await desk.answers())[-1][1] == "set_aside"


async def test_a_settled_discrepancy_that_returns_is_open_again(desk: Desk) -> None:
    await desk.hears(a_node(), a_product(), an_asn(), a_scan("gun/1", 12), a_scan("gun/2", void_of="gun/1"))
    await desk.hears(a_scan("gun/3", 11))
    announced = [(e.version, e.state) for e in await desk.told(ExceptionChanged)]
    assert announced == [(1, "open"), (2, "settled"), (3, "open")]


DAMAGED = ("TEE-M", "damaged")


@pytest.mark.parametrize("carton", ["c1", None], ids=["of a named carton", "of no carton"])
@pytest.mark.parametrize("label_first", [True, False])
async def test_damage_scanned_by_unit_is_taken_from_the_acceptance_of_its_carton(
    desk: Desk, carton: str | None, label_first: bool
) -> None:
    label, broken = a_carton_scan("gun/1"), a_scan("gun/2", 3, carton_id=carton, disposition="damaged")
    await desk.hears(a_node(), a_product(), an_asn(), *((label, broken) if label_first else (broken, label)))
    assert await desk.units() == {SELLABLE: 7, DAMAGED: 3}
    assert await desk.open() == set()
    await desk.hears(a_scan("gun/3", void_of="gun/2"))
    assert await desk.units() == {SELLABLE: 10}


async def test_damage_that_names_no_carton_is_of_those_still_counted_by_unit_while_the_asn_has_room(desk: Desk) -> None:
    two = an_asn("asn-1", a_carton("c1", an_asn_line(qty=10)), a_carton("c2", an_asn_line(qty=10)))
    await desk.hears(a_node(), a_product(), two, a_carton_scan("gun/1"))
    await desk.hears(a_scan("gun/2", 3, disposition="damaged"), a_scan("gun/3", 7, carton_id="c2"))
    assert await desk.units() == {SELLABLE: 17, DAMAGED: 3}
    await desk.hears(a_scan("gun/4", 3, carton_id="c2"))
    assert await desk.units() == {SELLABLE: 17, DAMAGED: 3}, "c2 is whole: they were of c1"
    more = an_asn("asn-1", a_carton("c1", an_asn_line(qty=10)), a_carton("c2", an_asn_line(qty=13)), revision=2)
    await desk.hears(more)
    assert await desk.units() == {SELLABLE: 20, DAMAGED: 3}


async def test_a_carton_all_of_which_is_damaged_has_nothing_to_sell(desk: Desk) -> None:
    await desk.hears(a_node(), a_product(), an_asn(), a_carton_scan("gun/1"))
    await desk.hears(a_scan("gun/2", 12, carton_id="c1", disposition="damaged"))
    assert await desk.units() == {DAMAGED: 12}


async def test_a_tolerance_that_is_told_after_the_scans_frees_what_was_over(desk: Desk) -> None:
    await desk.hears(a_node(), a_product(), an_asn(), a_scan("gun/1", 12))
    assert await desk.units() == {SELLABLE: 10, QUARANTINE: 2}
    await desk.hears(PolicyUpserted(merchant="acme", version=1, over_percent=10))
    assert await desk.units() == {SELLABLE: 11, QUARANTINE: 1}
    await desk.hears(PolicyUpserted(merchant="acme", sku="TEE-M", version=1, over_percent=20))
    assert (await desk.units(), await desk.open()) == ({SELLABLE: 12}, set())


async def test_a_doubtful_barcode_waits_for_a_person_and_is_never_one_unit(desk: Desk) -> None:
    await desk.hears(a_node(blind_receipts=True), a_product())
    weighed = "]C101040063813339313102001500"
    await desk.hears(a_scan("gun/1", gtin=None, asn_id=None, barcode=weighed))
    assert (await desk.open(), await desk.units()) == ({("barcode_doubtful", "gun/1")}, {})
    await desk.hears(a_scan("gun/2", 2, gtin=None, asn_id=None, barcode="]C1010400638133393130" + "24"))
    assert await desk.units() == {("TEE-M", "sellable"): 48}
