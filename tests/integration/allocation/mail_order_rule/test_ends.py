"""Under the rule on delays a line ends by a no, on the floor, or not at all since it shipped; elsewhere it is off."""

from datetime import datetime

from shared.contracts.allocations import BackorderReleased, CancelRefused, LineCancelled, RefundDue, StopRequested
from shared.contracts.orders import OrderLineCancelled
from shared.contracts.shipments import StopAnswered
from shared.testing.builders import a_day, an_order, landed
from tests.integration.allocation.conftest import AT_ONCE, Desk, set_clock
from tests.integration.allocation.stock.test_shipments import shipped
from tests.integration.allocation.support.mail_order_rule import (
    at,
    bounced,
    day_comes,
    handed_over,
    late_until,
    left,
    no,
    refunds,
    sold,
    sold_and_told,
    stands,
    yes,
)


async def test_a_refusal_cancels_at_once_and_the_money_is_due_from_that_day(desk: Desk) -> None:
    await sold_and_told(desk)
    moved = await late_until(desk, a_day(24))
    await desk.hear(left(moved.line_version, at(10)), no(at(11)))

    (due,) = await desk.told(RefundDue)
    assert (due.vests_on, due.due_by, due.reason) == (a_day(11), a_day(22), "the customer does not agree to the delay")
    assert (await desk.waiting(), (await stands(desk))[3]) == ([], "refused")


async def test_a_customers_cancel_is_paid_back_and_one_of_some_units_keeps_the_clock_of_the_others(desk: Desk) -> None:
    await sold_and_told(desk, units=3)
    fields = {"order_id": "o1", "line_id": "1", "changed_at": at(11)}
    await desk.hear(OrderLineCancelled(**fields, change_no=1, units=1))
    assert (await refunds(desk), (await stands(desk))[3]) == ([], None)
    await desk.hear(OrderLineCancelled(**fields, change_no=2, units=2))

    assert await refunds(desk) == [("o1", 2, 3800, a_day(11), a_day(22))]


async def on_the_floor(desk: Desk) -> str:
    """Release both units of o1 and end the day without a shipment; return the id of the stop."""
    await sold_and_told(desk, units=2)
    await desk.hear(landed(2), an_order("o2"))
    assert len(await desk.told(BackorderReleased)) == 1
    await day_comes(desk, at(23))
    (asked,) = await desk.told(StopRequested)
    assert [(x.line_id, x.units) for x in asked.lines] == [("1", 2)]
    return str(asked.stop_id)


async def test_the_clock_runs_on_the_floor_and_a_cancel_there_is_honoured_when_the_units_are_put_back(
    desk: Desk,
) -> None:
    stop_id = await on_the_floor(desk)
    assert (await refunds(desk), await desk.told(LineCancelled)) == ([("o1", 2, 3800, a_day(22), a_day(31))], [])
    await desk.hear(
        StopAnswered(order_id="o1", stop_id=stop_id, line_id="1", units=2, stopped=True, answered_at=at(23))
    )

    (event,) = await desk.told(LineCancelled)
    assert [(x.units, x.left) for x in event.lines] == [(2, 0)]
    assert len(await desk.told(BackorderReleased, "o2")) == 1, "the next in line has them"


async def test_a_cancel_too_late_for_the_floor_is_refused_by_the_shipment(desk: Desk) -> None:
    await on_the_floor(desk)
    await desk.hear(shipped(2, 2))

    (refused,) = await desk.told(CancelRefused)
    assert (refused.change_no, refused.lines[0].units) == (0, 2)


async def test_units_handed_over_in_time_count_as_shipped_and_free_nothing(desk: Desk) -> None:
    await sold_and_told(desk, units=2)
    await desk.hear(landed(2), an_order("o2"))
    await desk.hear(handed_over(2, at(22, 20)))
    assert [row[:2] for row in await desk.waiting()] == [("o2", 1)]
    await day_comes(desk, at(23))

    assert (await desk.told(StopRequested), await refunds(desk)) == ([], [])


async def test_the_rest_of_a_line_shipped_in_part_is_cancelled(desk: Desk) -> None:
    await sold_and_told(desk, units=3)
    await desk.hear(landed(2))
    await desk.hear(handed_over(2, at(19)), shipped(2, 2))
    await day_comes(desk, at(23))

    assert await refunds(desk) == [("o1", 1, 1900, a_day(22), a_day(31))]
    assert [x.units for event in await desk.told(LineCancelled) for x in event.lines] == [1]


async def test_a_shipment_heard_before_its_order_counts(desk: Desk) -> None:
    await desk.know()
    await desk.hear(landed(1))
    await desk.hear(handed_over(1, at(8, 9)))
    await desk.hear(sold())
    await day_comes(desk, at(23))

    assert await refunds(desk) == []


async def test_an_order_of_another_market_is_left_alone(desk: Desk) -> None:
    await sold_and_told(desk, market="NL")
    moved = await late_until(desk, a_day(24))
    await desk.hear(left(moved.line_version, at(10)), handed_over(1, at(10)))
    await day_comes(desk, at(24))

    assert (moved.applicable_by, moved.consent, moved.send_before) == (None, "not_needed", None)
    assert [row[:2] for row in await desk.waiting()] == [("o1", 1)]
    assert await desk.admin.fetchval("select count(*) from rule_states") == 0
    assert await desk.admin.fetchval("select count(*) from rule_facts") == 0


async def test_a_no_cancels_in_any_market_but_no_law_says_when_the_money_is_due(desk: Desk) -> None:
    await sold_and_told(desk, market="NL")
    await desk.hear(no(at(9)))

    assert (await desk.waiting(), await refunds(desk), len(await desk.told(LineCancelled))) == ([], [], 1)


async def test_hearing_everything_twice_changes_nothing(desk: Desk) -> None:
    await sold_and_told(desk, units=3)
    moved = await late_until(desk, a_day(24))
    facts = [left(moved.line_version, at(10)), yes(a_day(31), at(11)), handed_over(1, at(12)), bounced(1, at(12), "n0")]
    first = [record for fact in facts for record in await desk.hear(fact)]
    before = await desk.business()
    await desk.hear(*first)
    await desk.hear(*facts)

    assert await desk.business() == before


async def cancelled_on_the_floor(desk: Desk, units: int, on_floor: int) -> str:
    """Release some units of o1, then cancel the whole line; return the id of the stop."""
    await sold_and_told(desk, units=units)
    await desk.hear(AT_ONCE, landed(on_floor))
    fields = {"order_id": "o1", "line_id": "1", "changed_at": at(11)}
    await desk.hear(OrderLineCancelled(**fields, change_no=1, units=units))
    (asked,) = await desk.told(StopRequested)
    return str(asked.stop_id)


def stopped(stop_id: str, units: int, when: datetime) -> StopAnswered:
    return StopAnswered(order_id="o1", stop_id=stop_id, line_id="1", units=units, stopped=True, answered_at=when)


async def test_a_cancel_after_release_is_paid_back_when_the_floor_has_stopped_it(desk: Desk) -> None:
    stop_id = await cancelled_on_the_floor(desk, 2, 2)
    assert (await refunds(desk), await desk.told(LineCancelled)) == ([], [])
    await desk.hear(stopped(stop_id, 2, at(12)))
    assert await refunds(desk) == [("o1", 2, 3800, a_day(12), a_day(23))]
    assert [x.units for event in await desk.told(LineCancelled) for x in event.lines] == [2]
    assert (await stands(desk))[3] == "cancelled"


async def test_goods_that_the_carrier_took_before_the_floor_could_stop_them_are_not_paid_back(desk: Desk) -> None:
    await cancelled_on_the_floor(desk, 2, 2)
    await desk.hear(handed_over(2, at(11, 1)), shipped(2, 2))
    (refused,) = await desk.told(CancelRefused)
    assert [(x.line_id, x.units) for x in refused.lines] == [("1", 2)]
    await day_comes(desk, at(23))
    assert (await refunds(desk), await desk.told(LineCancelled)) == ([], [])


async def test_of_a_cancel_money_is_due_for_each_unit_once_it_cannot_leave(desk: Desk) -> None:
    """Three of the five wait, and are cancelled at the click; of the two on the floor one is stopped."""
    stop_id = await cancelled_on_the_floor(desk, 5, 2)
    assert await refunds(desk) == [("o1", 3, 5700, a_day(11), a_day(22))]
    await desk.hear(stopped(stop_id, 1, at(12)))
    await desk.hear(handed_over(1, at(12, 1)), shipped(1, 2))
    assert await refunds(desk) == [("o1", 3, 5700, a_day(11), a_day(22)), ("o1", 1, 1900, a_day(12), a_day(23))]
    (refused,) = await desk.told(CancelRefused)
    assert [(x.line_id, x.units) for x in refused.lines] == [("1", 1)]
    await day_comes(desk, at(23))
    assert len(await refunds(desk)) == 2


async def test_units_to_be_stopped_that_no_picker_found_are_paid_back(desk: Desk) -> None:
    await cancelled_on_the_floor(desk, 2, 2)
    await set_clock(desk.admin, at(12))
    await desk.hear(shipped(2, 2, reason="short"))
    assert await refunds(desk) == [("o1", 2, 3800, a_day(12), a_day(23))]
    await day_comes(desk, at(23))
    assert len(await refunds(desk)) == 1


async def test_units_that_pickers_do_not_find_one_after_the_other_are_paid_back_each(desk: Desk) -> None:
    """Each by a cause of its own, so that no reader takes the second for the first."""
    await cancelled_on_the_floor(desk, 2, 2)
    await set_clock(desk.admin, at(12))
    await desk.hear(shipped(1, 2, reason="short"))
    await desk.hear(shipped(1, 3, reason="short"))
    assert await refunds(desk) == [("o1", 1, 1900, a_day(12), a_day(23))] * 2
    assert len({due.cause for due in await desk.told(RefundDue)}) == 2


async def test_a_no_that_the_law_gives_is_paid_back_at_once_whatever_the_floor_does(desk: Desk) -> None:
    await sold_and_told(desk, units=2)
    moved = await late_until(desk, a_day(24))
    await desk.hear(left(moved.line_version, at(9)), landed(2))
    await desk.hear(no(at(11)))
    assert len(await desk.told(StopRequested)) == 1
    assert await refunds(desk) == [("o1", 2, 3800, a_day(11), a_day(22))]
