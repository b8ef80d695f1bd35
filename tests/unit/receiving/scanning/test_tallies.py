"""Units within what the ASN allows are sellable, the rest is over; what changes is posted."""

from dataclasses import replace

import pytest

from services.receiving.domain.purchase_orders.purchase_orders import Owed
from services.receiving.domain.scanning.blind_receipts import share_out, units_over
from services.receiving.domain.scanning.cartons import Carton, carton_of, counted_twice, shortages, states_of_labels
from services.receiving.domain.scanning.lanes import Lane, after_shipping, direction_in_words, lane_for
from services.receiving.domain.scanning.lots import hold_or_free, lots_with_two_dates
from services.receiving.domain.scanning.scans import KeptScan, state_of_void
from services.receiving.domain.scanning.tallies import (
    Part,
    Posted,
    Tally,
    all_sellable,
    promote,
    receipts_for,
    recount,
    sellable_limit,
    tally_discrepancies,
)
from tests.unit.receiving.scanning.docks import AMS, ASN, TEE, a_carton_scan, a_line, a_scan, an_open_line, march
from tests.unit.receiving.scanning.floors import a_part

KEY = (ASN, TEE, AMS)


def test_a_tolerance_is_rounded_down() -> None:
    assert [sellable_limit(10, 0), sellable_limit(10, 10), sellable_limit(19, 10), sellable_limit(0, 100)] == [
        10,
        11,
        20,
        0,
    ]


@pytest.mark.parametrize(
    ("tally", "gone", "come", "most", "then"),
    [
        (Tally(), [], [a_part(units=8)], 10, (Tally(8, 8, 8, 10), 8)),
        (Tally(8, 8, 8, 10), [], [a_part(units=5)], 10, (Tally(13, 13, 10, 10), 2)),
        (Tally(13, 13, 10, 10), [a_part(units=8, sellable=8)], [], 10, (Tally(5, 5, 5, 10), 3)),
        (Tally(13, 13, 10, 10), [], [], 12, (Tally(13, 13, 12, 12), 2)),
        (Tally(8, 8, 8, 10), [], [], 3, (Tally(8, 8, 8, 8), 0)),
        (Tally(8, 8, 8, 8), [], [a_part(units=1)], 3, (Tally(9, 9, 8, 8), 0)),
        (Tally(), [], [a_part(wished="damaged")], 10, (Tally(10, 0, 0, 10), 0)),
    ],
)
def test_good_units_are_sellable_as_far_as_allowed(
    tally: Tally, gone: list[Part], come: list[Part], most: int, then: tuple[Tally, int]
) -> None:
    assert recount(tally, gone, come, most) == then


def test_room_goes_to_the_oldest_over_first() -> None:
    over = [a_part("a", 5, sellable=2), a_part("b", 4), a_part("c", 1)]
    assert [(part.scan_id, part.sellable) for part in promote(over, 5)] == [("a", 5), ("b", 2)]


def test_units_over_or_not_announced_are_named_for_the_asn() -> None:
    (over,) = tally_discrepancies(KEY, Tally(13, 13, 10, 10), 10, 10)
    assert (over.exception_class, over.subject, over.facts["units"]) == ("over", f"{ASN}/{TEE}", "3")
    (wrong,) = tally_discrepancies(KEY, Tally(2, 2, 0, 0), 0, 0)
    assert (wrong.exception_class, wrong.facts["units"]) == ("not_on_asn", "2")
    assert tally_discrepancies(KEY, Tally(10, 10, 10, 10), 10, 10) == []


def test_a_part_is_posted_by_disposition() -> None:
    part = a_part("gun/1", 13, sellable=10)
    announced = [(r.receipt_id, r.units, r.disposition, r.corrects) for r in receipts_for({}, {part.key: part}, {})]
    assert announced == [("gun/1/1/quarantine", 3, "quarantine", None), ("gun/1/1", 10, "sellable", None)]


def test_units_taken_back_name_their_receipt() -> None:
    part = a_part("gun/1", 10, sellable=10)
    posted = {part.key: {"sellable": [Posted("gun/1/1", 1, 10, "B")]}}
    (back,) = receipts_for({part.key: part}, {}, posted)
    assert (back.receipt_id, back.units, back.corrects, back.lane) == ("gun/1/1~2", -10, "gun/1/1", "B")


def test_promoted_units_move_without_being_missing_meanwhile() -> None:
    part = a_part("gun/1", 13, sellable=10)
    posted = {part.key: {"sellable": [Posted("gun/1/1", 1, 10)], "quarantine": [Posted("gun/1/1/quarantine", 1, 3)]}}
    receipts = receipts_for({part.key: part}, {part.key: replace(part, sellable=12)}, posted)
    assert [(r.units, r.disposition, r.corrects) for r in receipts] == [
        (2, "sellable", "gun/1/1/quarantine"),
        (-2, "quarantine", "gun/1/1/quarantine"),
    ]


def test_names_of_receipts_never_grow_too_long() -> None:
    part = a_part("x" * 200, 12, sellable=10)
    names = {receipt.receipt_id for receipt in receipts_for({}, {part.key: part}, {})}
    assert len(names) == 2
    assert max(map(len, names)) <= 200


def test_without_an_asn_all_good_units_are_sellable() -> None:
    assert [all_sellable(a_part(asn_id=None, wished=w)).sellable for w in ("sellable", "damaged")] == [10, 0]


def test_one_lot_has_one_date() -> None:
    held = hold_or_free(a_part(sellable=10, lot="L1", expires_on=march(30)))
    assert (held.good, held.sellable) == (False, 0)
    assert hold_or_free(held).good
    (odd,) = lots_with_two_dates((TEE, AMS, "L1"), march(31), {march(30): 10})
    assert (odd.facts["expires_on"], odd.facts["other"], odd.facts["units"]) == ("2027-03-31", "2027-03-30", "10")


def test_the_first_of_two_labels_counts_and_unit_scans_replace_both() -> None:
    labels = tuple(KeptScan(a_carton_scan(name), "counted", 1, "c1") for name in ("b", "a"))
    assert states_of_labels(Carton(labels)) == {"a": "counted", "b": "set_aside"}
    assert set(states_of_labels(Carton(labels, by_unit=True)).values()) == {"replaced"}
    (odd,) = counted_twice((ASN, "c1"), Carton(labels))
    assert (odd.exception_class, odd.subject) == ("carton_counted_twice", f"{ASN}/c1")
    assert counted_twice((ASN, "c1"), Carton(labels, by_unit=True)) == []


def test_an_empty_carton_lacks_its_uncounted_units() -> None:
    lines = [a_line(1, units=10), a_line(2, units=2)]
    (short,) = shortages((ASN, "c1"), Carton(by_unit=True), lines, {TEE: 9})
    assert (short.facts["expected"], short.facts["units"]) == ("12", "3")
    assert shortages((ASN, "c1"), Carton(by_unit=True), lines, {TEE: 12}) == []
    by_label = Carton((KeptScan(a_carton_scan(), "counted", 1, "c1"),))
    assert shortages((ASN, "c1"), by_label, lines, {TEE: 12}) == []


@pytest.mark.parametrize(
    ("text", "carton"),
    [
        ("00095201230000000011", "095201230000000011"),
        ("095201230000000011", "095201230000000011"),
        ("00095201230000000012", "00095201230000000012"),
        (" CTN-1 ", "CTN-1"),
    ],
)
def test_an_sscc_with_its_ai_is_the_same_carton(text: str, carton: str) -> None:
    assert carton_of(text) == carton


def test_a_void_waits_for_its_scan_and_takes_back_no_void() -> None:
    assert state_of_void(None) == "waiting"
    assert state_of_void(a_scan()) == "void"
    assert state_of_void(a_scan(void_of="gun/0")) == "set_aside"


def test_units_without_an_asn_go_to_the_oldest_order_that_owes() -> None:
    owed = {(TEE, AMS): Owed((an_open_line("old/1", 4, 9), an_open_line("new/1", 5, 12)))}
    parts = [(a_part("a", 6, asn_id=None), None), (a_part("b", 7, asn_id=None), "new")]
    shares = [[(part.line, part.supply_id, part.units) for part in group] for group in share_out(parts, owed)]
    assert shares == [[(1, "old/1", 4), (2, "new/1", 2)], [(1, "new/1", 3), (2, None, 4)]]


def test_units_for_an_order_that_is_not_known_yet_are_taken_from_no_other() -> None:
    owed = {(TEE, AMS): Owed((an_open_line("old/1", 4, 9),))}
    parts = [(a_part("a", 3, asn_id=None), "to come"), (a_part("b", 5, asn_id=None), None)]
    shares = [[(part.supply_id, part.units) for part in group] for group in share_out(parts, owed, {"to come"})]
    assert shares == [[(None, 3)], [("old/1", 4), (None, 1)]]


def test_what_purchase_orders_do_not_owe_is_over_beyond_the_tolerated_units() -> None:
    owed = {(TEE, AMS): Owed((an_open_line("old/1", 4, 9),), limited=True, last_supply="new/1", over=2)}
    parts = [(a_part("a", 5, asn_id=None), None), (a_part("b", 3, asn_id=None), None)]
    groups = share_out([*parts, (a_part("c", 1, asn_id=None, wished="damaged"), None)], owed)
    assert [[(part.supply_id, part.units, part.wished) for part in group] for group in groups] == [
        [("old/1", 4, "sellable"), ("new/1", 1, "sellable")],
        [("new/1", 1, "sellable"), (None, 2, "quarantine")],
        [(None, 1, "damaged")],
    ]
    assert [units_over([part], group) for (part, _), group in zip(parts, groups, strict=False)] == [0, 2]


def test_units_go_to_the_first_lane_with_room_while_customers_wait() -> None:
    lanes = [Lane("A", 10, 8), Lane("B", 10, 0)]
    assert [lane_for(2, 5, lanes), lane_for(3, 5, lanes), lane_for(11, 5, lanes), lane_for(1, 0, lanes)] == [
        "A",
        "B",
        None,
        None,
    ]
    assert (direction_in_words("B", 38), direction_in_words(None, 38)) == ("lane B, 38 waiting", "putaway")


def test_shipped_units_leave_lanes_in_their_order() -> None:
    assert after_shipping({"A": 3, "B": 5}, 4) == {"A": 0, "B": 4}
    assert after_shipping({"A": 3}, 9) == {"A": 0}
