"""The ledger's rules."""

from services.inventory.domain import Ledger, Movement, Node, Sku, Status, by_position, post

POSITION = (Sku("TEE"), Node("ams"))
EMPTY = Ledger({POSITION: 4}, {}, {})


def move(delta: int, name: str = "m", lot: str = "", status: Status = "sellable") -> Movement:
    return Movement(f"{name}/{delta}/{lot}", *POSITION, "receipt", status, delta, "dock/1", lot)


def test_all_movements_of_a_position_share_its_next_sequence() -> None:
    after, posted, _ = post(EMPTY, [[move(3, "a")], [move(2, "b")]])

    assert [(one.sequence, one.place) for one in posted] == [(5, 1), (5, 2)]
    assert after.sequences == {POSITION: 5}


def test_each_movement_says_what_is_on_hand_after_it_in_its_status() -> None:
    _, posted, _ = post(EMPTY, [[move(3, lot="A")], [move(2, lot="B")], [move(1, status="damaged")]])

    assert [one.on_hand for one in posted] == [3, 5, 1]


def test_more_units_than_a_lot_holds_cannot_leave_it() -> None:
    after, posted, short = post(EMPTY, [[move(3, lot="A")], [move(-2, lot="B")]])

    assert [one.movement.delta for one in posted] == [3]
    assert [(one.event, one.lot) for one in short] == [(1, (*POSITION, "sellable", "B"))]
    assert after.lots == {(*POSITION, "sellable", "A"): 3}


def test_an_event_is_posted_whole_or_not_at_all() -> None:
    after, posted, short = post(EMPTY, [[move(3, lot="A")], [move(-1, lot="A"), move(-1, lot="B")]])

    assert len(posted) == 1
    assert len(short) == 1
    assert after.lots == {(*POSITION, "sellable", "A"): 3}


def test_units_may_leave_that_came_in_the_same_batch() -> None:
    after, _, short = post(EMPTY, [[move(3)], [move(-3)]])

    assert short == []
    assert after.balances == {(*POSITION, "sellable"): 0}


def test_a_position_that_nothing_was_posted_to_keeps_its_sequence() -> None:
    after, posted, short = post(EMPTY, [[move(-1)]])

    assert (after.sequences, posted, len(short)) == ({}, [], 1)


def test_the_news_of_a_position_are_its_movements_in_order() -> None:
    _, posted, _ = post(EMPTY, [[move(1)], [move(2)], [move(3)]])

    assert [one.movement.delta for one in by_position(posted)[POSITION]] == [1, 2, 3]
