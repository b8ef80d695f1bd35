"""What is on its way decides what is promised; a receipt moves nobody away and back."""

from datetime import timedelta

import pytest

from shared.contracts.promises import PromisedLine, PromiseMoved, PromiseWithdrawn
from shared.testing.builders import MONDAY, a_day, a_line, a_supply, an_inbound, an_order, landed
from tests.integration.allocation.conftest import Desk

NEAR, FAR = a_supply("near", 3, 16, 17), a_supply("far", 9, 23, 24)


async def in_line(desk: Desk, orders: int, *supplies: object) -> None:
    """Place orders a, b, c … of one unit each, promised by these supplies."""
    await desk.know()
    await desk.hear(an_inbound(*supplies))  # type: ignore[arg-type]
    names = [chr(ord("a") + n) for n in range(orders)]
    await desk.hear(*(an_order(name, completed_at=MONDAY + timedelta(minutes=n)) for n, name in enumerate(names)))


async def moves(desk: Desk) -> dict[str, list[PromisedLine]]:
    """Return the moves that each order was told of."""
    announced: dict[str, list[PromisedLine]] = {}
    for event in [*await desk.told(PromiseMoved), *await desk.told(PromiseWithdrawn)]:
        announced.setdefault(event.order_id, []).extend(event.lines)
    return announced


async def test_a_slip_moves_exactly_the_lines_of_its_supply(desk: Desk) -> None:
    await in_line(desk, 5, NEAR, FAR)
    slipped = a_supply("far", 9, 26, 29, cause="edi/far/2", reason="far slips")
    await desk.hear(an_inbound(NEAR, slipped, version=2))
    announced = await moves(desk)
    assert set(announced) == {"d", "e"}
    (line,) = announced["d"]
    assert (line.before and line.before.latest, line.after and line.after.latest) == (a_day(24), a_day(29))
    assert (line.cause, line.reason, line.supply_id) == ("edi/far/2", "far slips", "far")


async def test_an_asn_that_comes_early_moves_its_lines_to_an_earlier_range(desk: Desk) -> None:
    await in_line(desk, 4, NEAR, FAR)
    await desk.hear(an_inbound(a_supply("near", 3, 10, 12), FAR, version=2))
    announced = await moves(desk)
    assert {order: lines[0].after and lines[0].after.latest for order, lines in announced.items()} == dict.fromkeys(
        "abc", a_day(12)
    )


async def test_two_supplies_that_move_at_once_each_say_why(desk: Desk) -> None:
    await in_line(desk, 4, NEAR, FAR)
    near = a_supply("near", 3, 17, 18, cause="edi/near/2", reason="near slips")
    far = a_supply("far", 9, 26, 29, cause="edi/far/2", reason="far slips")
    await desk.hear(an_inbound(near, far, version=2))
    assert {order: lines[0].cause for order, lines in (await moves(desk)).items()} == {
        **dict.fromkeys("abc", "edi/near/2"),
        "d": "edi/far/2",
    }


async def test_a_line_pushed_onto_a_truck_that_did_not_move_hears_of_the_one_that_did(desk: Desk) -> None:
    await in_line(desk, 1, a_supply("near", 1, 16, 17), FAR)
    await desk.hear(an_inbound(a_supply("near", 1, 30, 31, cause="edi/near/2"), FAR, version=2))
    ((line,),) = (await moves(desk)).values()
    assert (line.supply_id, line.cause) == ("far", "edi/near/2")


async def test_units_that_landed_damaged_move_exactly_the_lines_no_longer_covered(desk: Desk) -> None:
    await in_line(desk, 4, NEAR, FAR)
    await desk.hear(landed(2, 1, supply_id="near"))
    assert await moves(desk) == {}
    await desk.hear(landed(1, 2, supply_id="near", status="damaged"))
    announced = await moves(desk)
    assert list(announced) == ["c"]
    assert [line.after and line.after.latest for line in announced["c"]] == [a_day(24)]
    assert await desk.waiting() == [("c", 1, (23, 24)), ("d", 1, (23, 24))]


@pytest.mark.parametrize("stock_first", [True, False])
async def test_a_close_moves_exactly_the_short_lines_whichever_news_comes_first(desk: Desk, stock_first: bool) -> None:
    """Three were expected, two came, one of them damaged."""
    await in_line(desk, 5, NEAR, FAR)
    stock = [landed(1, 1, supply_id="near"), landed(1, 2, supply_id="near", status="damaged")]
    close = an_inbound(a_supply("near", 2, 16, 17), FAR, version=2)
    for fact in [*stock, close] if stock_first else [close, *stock]:
        await desk.hear(fact)
    announced = await moves(desk)
    assert {order: [line.after and line.after.latest for line in lines] for order, lines in announced.items()} == {
        "b": [a_day(24)],
        "c": [a_day(24)],
    }
    assert await desk.waiting() == [(name, 1, (23, 24)) for name in "bcde"]


async def test_the_newest_applicable_news_of_a_batch_counts(desk: Desk) -> None:
    await in_line(desk, 4, NEAR, FAR)
    await desk.hear(
        an_inbound(FAR, version=4, after_sequence=1),
        an_inbound(a_supply("near", 3, 17, 18), FAR, version=3),
        an_inbound(a_supply("near", 3, 30, 31), FAR, version=2),
    )
    assert [line.after and line.after.latest for line in (await moves(desk))["a"]] == [a_day(18)]
    assert await desk.parked() == ["stock:TEE-M|ams:1"]
    await desk.hear(landed(3, 1, supply_id="near"))
    assert await desk.parked() == []
    assert await desk.waiting() == [("d", 1, (23, 24))]


async def test_old_news_of_inbound_changes_nothing(desk: Desk) -> None:
    await in_line(desk, 1, NEAR)
    await desk.hear(an_inbound(a_supply("near", 3, 30, 31), version=3))
    before = await desk.business()
    await desk.hear(an_inbound(NEAR, version=2), an_inbound(version=1), an_inbound(NEAR, version=3))
    assert await desk.business() == before


async def test_a_supply_dropped_and_announced_again_keeps_its_landed_units(desk: Desk) -> None:
    await in_line(desk, 4, a_supply("near", 3))
    await desk.hear(landed(2, 1, supply_id="near"))
    await desk.hear(an_inbound(version=2))
    await desk.hear(landed(1, 2, supply_id="near"))
    await desk.hear(an_inbound(a_supply("near", 4), version=3))
    assert await desk.waiting() == [("d", 1, (16, 22))]
    ((expected, stocked),) = await desk.admin.fetch("select expected, stocked from supplies")
    assert (expected, stocked) == (4, 3)


async def test_units_of_a_supply_may_land_before_it_is_announced(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_order("a", a_line(units=5)))
    await desk.hear(landed(2, 1, supply_id="near"))
    await desk.hear(an_inbound(NEAR))
    assert await desk.waiting() == [("a", 3, None)], "one of three units is still to come"
    await desk.hear(an_inbound(a_supply("near", 5, 16, 17), version=2))
    assert await desk.waiting() == [("a", 3, (16, 17))]


async def test_a_truck_that_brought_all_or_more_promises_nothing(desk: Desk) -> None:
    await in_line(desk, 5, NEAR)
    await desk.hear(landed(4, 1, supply_id="near"))
    assert await desk.waiting() == [("e", 1, None)]


async def test_a_truck_that_lands_out_of_turn_brings_those_behind_forward(desk: Desk) -> None:
    """The far truck lands first: it serves the head of the queue, and the near one comes to those behind."""
    await in_line(desk, 5, NEAR, FAR)
    await desk.hear(landed(2, 1, supply_id="far"))
    announced = await moves(desk)
    assert {order: lines[0].after and lines[0].after.latest for order, lines in announced.items()} == {
        "d": a_day(17),
        "e": a_day(17),
    }


async def test_an_order_that_was_complete_earlier_takes_its_place_and_moves_the_last(desk: Desk) -> None:
    await in_line(desk, 3, NEAR, FAR)
    await desk.hear(an_order("late news", completed_at=MONDAY - timedelta(minutes=1)))
    assert list(await moves(desk)) == ["c"]
    assert [name for name, _, _ in await desk.waiting()] == ["late news", "a", "b", "c"]
