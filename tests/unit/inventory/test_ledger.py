"""The ledger's rules."""

from dataclasses import replace
from datetime import date, timedelta

from services.inventory.domain.ledger import LotPlace, QuarantinedLot, by_position, effective_at
from services.inventory.domain.post_movements import post
from tests.unit.inventory.stock import COUNTED, HERE, NOON, POSITION, an_empty_ledger, move

EMPTY = an_empty_ledger()


def test_all_movements_of_a_position_share_its_next_sequence() -> None:
    journal, _ = post(EMPTY, [[move(3, "a")], [move(2, "b")]])

    assert [(receipt.sequence, receipt.place) for receipt in journal.posted] == [(5, 1), (5, 2)]
    assert journal.after.sequences == {POSITION: 5}


def test_each_movement_names_the_units_on_hand_after_it() -> None:
    journal, _ = post(EMPTY, [[move(3, lot="A")], [move(2, lot="B")], [move(1, status="damaged")]])

    assert [receipt.on_hand for receipt in journal.posted] == [3, 5, 1]


def test_no_more_units_leave_a_lot_than_it_holds() -> None:
    journal, short = post(EMPTY, [[move(3, lot="A")], [move(-2, lot="B")]])

    assert [receipt.movement.delta for receipt in journal.posted] == [3]
    assert [(row.event, row.lot) for row in short] == [(1, (*POSITION, "sellable", "B"))]
    assert journal.after.lots == {(*POSITION, "sellable", "A"): 3}


def test_an_event_is_posted_whole_or_not_at_all() -> None:
    journal, short = post(EMPTY, [[move(3, lot="A")], [move(-1, lot="A"), move(-1, lot="B")]])

    assert len(journal.posted) == 1
    assert len(short) == 1
    assert journal.after.lots == {(*POSITION, "sellable", "A"): 3}


def test_units_may_leave_that_came_in_the_same_batch() -> None:
    journal, short = post(EMPTY, [[move(3)], [move(-3)]])

    assert short == []
    assert journal.after.balances == {(*POSITION, "sellable"): 0}


def test_a_position_that_nothing_was_posted_to_keeps_its_sequence() -> None:
    journal, short = post(EMPTY, [[move(-1)]])

    assert (journal.after.sequences, journal.posted, len(short)) == ({}, [], 1)


def test_the_news_of_a_position_are_its_movements_in_order() -> None:
    journal, _ = post(EMPTY, [[move(1)], [move(2)], [move(3)]])

    assert [receipt.movement.delta for receipt in by_position(journal.posted)[POSITION]] == [1, 2, 3]


def test_a_movement_seen_by_a_count_changes_nothing_when_heard_later() -> None:
    counted = an_empty_ledger({HERE: 8}, counted={HERE: COUNTED})
    journal, _ = post(counted, [[move(-2, at=NOON)], [move(5, at=COUNTED)]])

    assert [(receipt.movement.reason, receipt.movement.delta) for receipt in journal.posted] == [
        ("count", 2),
        ("receipt", -2),
        ("receipt", 5),
        ("count", -5),
    ]
    assert journal.after.lots == {HERE: 8}


def test_a_movement_after_a_count_counts() -> None:
    counted = an_empty_ledger({HERE: 8}, counted={HERE: COUNTED})
    journal, _ = post(counted, [[move(-2, at=COUNTED + timedelta(seconds=1))]])

    assert journal.after.lots == {HERE: 6}


def test_units_that_a_count_has_seen_leave_need_not_be_there() -> None:
    counted = an_empty_ledger({HERE: 0}, counted={HERE: COUNTED})
    journal, short = post(counted, [[move(-2, at=NOON)]])

    assert (short, journal.after.lots) == ([], {HERE: 0})


def test_a_movement_before_the_opening_is_part_of_it() -> None:
    opened = an_empty_ledger({HERE: 40}, opened={POSITION: COUNTED})
    journal, _ = post(opened, [[move(5, "a", at=NOON)], [move(5, "b", at=COUNTED)]])

    assert journal.after.lots == {HERE: 45}


def test_a_lot_keeps_its_first_expiry() -> None:
    first, other = date(2027, 5, 1), date(2027, 6, 1)
    journal, _ = post(EMPTY, [[move(3, lot="A", expires_on=first)], [move(2, lot="A", expires_on=other)]])

    assert [receipt.movement.expires_on for receipt in journal.posted] == [first, first]


def test_a_request_from_before_a_count_takes_effect_after_it() -> None:
    counted = an_empty_ledger({HERE: 8}, counted={HERE: COUNTED})

    assert effective_at(counted, NOON, HERE) > COUNTED
    assert effective_at(EMPTY, NOON, HERE) == NOON


def test_two_late_shipments_do_not_take_the_same_units_back_twice() -> None:
    kept_at: LotPlace = (*POSITION, "quarantine", "")
    ledger = replace(an_empty_ledger({kept_at: 5}), kept={(*POSITION, ""): QuarantinedLot(NOON, others=2)})
    journal, short = post(ledger, [[replace(move(-2, name), reason="ship")] for name in ("a", "b")])

    assert [row.event for row in short] == [1]
    assert journal.after.lots == {kept_at: 3, HERE: 0}


def test_a_void_takes_nothing_back_from_quarantine() -> None:
    kept_at: LotPlace = (*POSITION, "quarantine", "")
    ledger = replace(an_empty_ledger({kept_at: 5}), kept={(*POSITION, ""): QuarantinedLot(NOON, others=0)})

    assert [short.event for short in post(ledger, [[move(-2)]])[1]] == [0]


def test_units_are_taken_back_when_they_were_put_away_and_not_before_they_were_shipped() -> None:
    ledger = an_empty_ledger({(*POSITION, "quarantine", ""): 5})
    put_away = NOON + timedelta(hours=1)
    for at in (NOON, NOON + timedelta(hours=2)):
        kept = replace(ledger, kept={(*POSITION, ""): QuarantinedLot(put_away, others=0)})
        journal, _ = post(kept, [[replace(move(-2, at=at), reason="ship")]])
        assert [receipt.movement.happened_at for receipt in journal.posted] == [max(at, put_away)] * 2 + [at]
