"""Whatever is posted: sums hold, nothing is negative, the sequence has no gap."""

from collections import Counter
from datetime import UTC, datetime
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from services.inventory.domain.ledger import Ledger, Movement, Node, Sku, Status
from services.inventory.domain.post_movements import post

movements = st.builds(
    Movement,
    movement_id=st.uuids().map(str),
    sku=st.sampled_from([Sku("A"), Sku("B")]),
    node=st.just(Node("ams")),
    reason=st.just("receipt"),
    status=st.sampled_from(get_args(Status)),
    delta=st.integers(-5, 8).filter(bool),
    happened_at=st.just(datetime(2027, 3, 8, tzinfo=UTC)),
    cause=st.just("test/1"),
    lot=st.sampled_from(["", "L1"]),
)
batches = st.lists(st.lists(st.lists(movements, min_size=1, max_size=3), max_size=6), max_size=5)


@given(batches)
def test_on_hand_is_the_sum_of_movements(batches: list[list[list[Movement]]]) -> None:
    sequences = {(Sku(sku), Node("ams")): 0 for sku in "AB"}
    ledger, every = Ledger(dict(sequences)), []
    for batch in batches:
        journal, short = post(ledger, batch)
        posted, ledger = journal.posted, journal.after
        for position, sequence in ledger.sequences.items():
            assert sequence == sequences[position] + 1
            sequences[position] = sequence
        ledger = Ledger(dict(sequences), ledger.balances, ledger.lots, ledger.expiries)
        assert len(posted) + sum(len(batch[row.event]) for row in short) == sum(map(len, batch))
        every += posted

    by_lot, by_status = Counter[object](), Counter[object]()
    for receipt in every:
        by_lot[receipt.movement.lot_place] += receipt.movement.delta
        by_status[receipt.movement.place] += receipt.movement.delta
        assert receipt.on_hand == by_status[receipt.movement.place]
    assert all(units >= 0 for units in ledger.lots.values())
    assert by_lot == Counter(ledger.lots)
    assert by_status == Counter(ledger.balances)
