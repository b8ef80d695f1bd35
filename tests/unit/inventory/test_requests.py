"""What may be asked of stock, and what it becomes."""

from dataclasses import replace
from datetime import date

import pytest

from services.inventory.domain.ledger import LotPlace, Status
from services.inventory.domain.requests import Request, carry_out, refusal_of
from tests.unit.inventory.stock import COUNTED, HERE, NOON, POSITION, an_empty_ledger

MAY, JUNE = date(2027, 5, 1), date(2027, 6, 1)
L1: LotPlace = (*POSITION, "sellable", "L1")
HOLD = Request("h", "hold", *POSITION, "", 3, "sellable", "quarantine", NOON, "wms/1")
TYPO = Request("t", "lot correction", *POSITION, "L1", None, "sellable", "sellable", NOON, "wms/2")
TEN = an_empty_ledger({HERE: 10})
LOT = an_empty_ledger({L1: 10}, expiries={"L1": MAY})


def test_a_hold_takes_as_many_units_as_it_gives() -> None:
    journal, refused = carry_out(TEN, [HOLD])

    assert refused == []
    assert [(receipt.movement.movement_id, receipt.movement.delta) for receipt in journal.posted] == [
        ("request/h/1", -3),
        ("request/h/2", 3),
    ]
    assert {receipt.sequence for receipt in journal.posted} == {5}


def test_without_units_all_that_are_there_are_meant() -> None:
    journal, _ = carry_out(TEN, [replace(HOLD, units=None)])

    assert journal.after.lots == {HERE: 0, (*POSITION, "quarantine", ""): 10}


def test_each_request_sees_what_the_one_before_it_left() -> None:
    _, refused = carry_out(TEN, [HOLD, replace(HOLD, request_id="i", units=8)])

    assert [(refusal.request.request_id, refusal.there) for refusal in refused] == [("i", 7)]


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("rework", "sellable", "rework"),
        ("sellable", "rework", "rework"),
        ("rework", "damaged", "damage"),
        ("quarantine", "sellable", "unhold"),
        ("sellable", "quarantine", "hold"),
        ("damaged", "quarantine", "correction"),
    ],
)
def test_a_change_of_status_has_its_own_reason(before: Status, after: Status, reason: str) -> None:
    ledger = an_empty_ledger({(*POSITION, before, ""): 3})
    journal, _ = carry_out(ledger, [replace(HOLD, asks="status change", before=before, after=after)])

    assert {receipt.movement.reason for receipt in journal.posted} == {reason}


def test_units_carry_their_expiry_into_another_status() -> None:
    journal, _ = carry_out(LOT, [replace(HOLD, lot="L1")])

    assert [receipt.movement.expires_on for receipt in journal.posted] == [MAY, MAY]


def test_a_corrected_lot_keeps_its_expiry_unless_another_is_given() -> None:
    kept, _ = carry_out(LOT, [replace(TYPO, right_lot="L2")])
    journal, _ = carry_out(LOT, [replace(TYPO, right_lot="L2", right_expires_on=JUNE)])

    assert [receipt.movement.expires_on for receipt in kept.posted] == [MAY, MAY]
    assert [receipt.movement.expires_on for receipt in journal.posted] == [MAY, JUNE]


def test_units_join_a_known_lot_under_its_own_expiry() -> None:
    both = an_empty_ledger({L1: 10, (*POSITION, "quarantine", "L2"): 1}, expiries={"L1": MAY, "L2": JUNE})
    joined, _ = carry_out(both, [replace(TYPO, right_lot="L2")])
    _, refused = carry_out(both, [replace(TYPO, right_lot="L2", right_expires_on=MAY)])

    assert [receipt.movement.expires_on for receipt in joined.posted] == [MAY, JUNE]
    assert "L2 expires on 2027-06-01" in refused[0].instead


def test_a_part_of_a_lot_cannot_have_an_expiry_of_its_own() -> None:
    _, refused = carry_out(LOT, [replace(TYPO, units=4, right_expires_on=JUNE)])

    assert "of the whole lot" in refused[0].instead


def test_a_request_from_before_a_count_was_not_seen_by_it() -> None:
    counted = an_empty_ledger({HERE: 10}, counted={(*POSITION, "quarantine", ""): COUNTED})
    journal, _ = carry_out(counted, [HOLD])

    assert all(receipt.movement.happened_at > COUNTED for receipt in journal.posted)
    assert len({receipt.movement.happened_at for receipt in journal.posted}) == 1


def test_a_refusal_says_what_was_asked_what_is_there_and_the_fix() -> None:
    _, refused = carry_out(TEN, [replace(HOLD, units=11)])
    discrepancy = refusal_of(refused[0])

    assert (discrepancy.exception_class, discrepancy.subject, discrepancy.state) == ("request_refused", "h", "open")
    assert discrepancy.facts["asked"] == "hold of 11 units from sellable to quarantine"
    assert discrepancy.facts["there"] == "10"
    assert discrepancy.facts["todo"].startswith("only 10 units are sellable: ask for 10 at most")
