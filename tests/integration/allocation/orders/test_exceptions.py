"""What support is asked to look at: orders that are passed over, and payments that end before the release."""

from datetime import timedelta
from typing import Any

from shared.contracts.allocations import AllocationRevoked, BackorderReleased
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.fields import MOST_WORTH
from shared.contracts.orders import LineSwapped, OrderLineCancelled, OrderLineChanged, OrderSplit, OrderUnheld
from shared.contracts.queues import QueueChanged
from shared.testing.builders import MONDAY, a_line, a_node, a_supply, an_inbound, an_order, landed
from tests.integration.allocation.conftest import Desk, set_clock
from tests.integration.allocation.orders.test_ship_together import minutes, said

DAY = timedelta(days=1)


async def exceptions(desk: Desk, kind: str) -> list[tuple[str, int, str]]:
    events = await desk.told(ExceptionChanged)
    return [(row.subject, row.version, row.state) for row in events if row.exception_class == kind]


async def passed_over(desk: Desk, times: int) -> None:
    """Let order o1 wait for FAR, while each unit of HOT that lands goes to somebody behind it."""
    await desk.know("HOT", "FAR")
    await desk.hear(an_order("o1", a_line("1", "HOT"), a_line("2", "FAR"), max_shipments=1))
    for n in range(1, times + 1):
        await desk.hear(an_order(f"x{n}", a_line("1", "HOT"), completed_at=MONDAY + minutes(n)))
        await desk.hear(landed(1, n, sku="HOT", supply_id=None))


async def test_a_no_split_order_passed_over_is_offered_a_split(desk: Desk) -> None:
    await passed_over(desk, 1)
    assert await exceptions(desk, "passed_over") == []

    await desk.hear(an_order("x2", a_line("1", "HOT"), completed_at=MONDAY + minutes(2)))
    await desk.hear(landed(1, 2, sku="HOT", supply_id=None))
    assert await exceptions(desk, "passed_over") == [("o1", 1, "open")]
    announced = (await desk.told(ExceptionChanged))[-1]
    assert "OrderSplit" in announced.facts["todo"]


async def test_support_is_asked_once_however_often_the_order_is_passed_over(desk: Desk) -> None:
    await passed_over(desk, 4)
    assert await exceptions(desk, "passed_over") == [("o1", 1, "open")]


async def test_a_split_settles_the_exception(desk: Desk) -> None:
    await passed_over(desk, 2)
    await desk.hear(OrderSplit(**said()))
    assert await exceptions(desk, "passed_over") == [("o1", 1, "open"), ("o1", 2, "settled")]


async def test_a_cancel_of_the_whole_order_settles_the_exception(desk: Desk) -> None:
    await passed_over(desk, 2)
    await desk.hear(*(OrderLineCancelled(**said(n), line_id=str(n), units=1) for n in (1, 2)))
    assert await exceptions(desk, "passed_over") == [("o1", 1, "open"), ("o1", 2, "settled")]


async def authorized(desk: Desk, days: int, **order: Any) -> None:
    """Place an order of two SKUs that ship together, one in stock, with a payment authorised for so many days."""
    await desk.know("A", "B")
    await desk.hear(landed(1, sku="A", supply_id=None), an_inbound(a_supply("s", 5, 10, 12), sku="B"))
    lines = (a_line("1", "A"), a_line("2", "B"))
    await desk.hear(an_order("o1", *lines, max_shipments=1, authorized_until=MONDAY + days * DAY, **order))
    await desk.decide_due()


async def test_the_shop_is_asked_a_day_before_its_authorisation_ends(desk: Desk) -> None:
    await authorized(desk, 5)
    await set_clock(desk.admin, MONDAY + 4 * DAY - minutes(1))
    await desk.decide_due()
    assert await exceptions(desk, "payment_ends") == []

    await set_clock(desk.admin, MONDAY + 4 * DAY)
    await desk.decide_due()
    await desk.decide_due()
    assert await exceptions(desk, "payment_ends") == [("o1", 1, "open")]
    assert await desk.told(AllocationRevoked) == []


async def test_an_order_with_an_expired_authorisation_owns_nothing_until_paid(desk: Desk) -> None:
    await authorized(desk, 5)
    await set_clock(desk.admin, MONDAY + 5 * DAY)
    await desk.decide_due()
    assert await desk.covered() == []
    await desk.hear(landed(5, sku="B", supply_id="s"))
    await desk.decide_due()
    assert await desk.told(BackorderReleased) == []

    await desk.hear(OrderUnheld(**said(), kind="payment"))
    await desk.decide_due()
    (released,) = await desk.told(BackorderReleased)
    assert sorted(line.sku for line in released.lines) == ["A", "B"]
    assert await exceptions(desk, "payment_ends") == [("o1", 1, "open"), ("o1", 2, "settled")]


async def test_a_payment_that_is_authorised_anew_ends_anew(desk: Desk) -> None:
    await authorized(desk, 1)
    await desk.hear(OrderUnheld(**said(), kind="payment", authorized_until=MONDAY + 9 * DAY))
    assert await exceptions(desk, "payment_ends") == [("o1", 1, "open"), ("o1", 2, "settled")]

    await set_clock(desk.admin, MONDAY + 8 * DAY)
    await desk.decide_due()
    assert await exceptions(desk, "payment_ends") == [("o1", 1, "open"), ("o1", 2, "settled"), ("o1", 1, "open")]


async def test_payment_is_not_asked_for_units_on_the_floor(desk: Desk) -> None:
    await desk.know()
    await desk.hear(landed(1, supply_id=None), an_order("o1", a_line(), authorized_until=MONDAY + DAY))
    await desk.decide_due()
    await set_clock(desk.admin, MONDAY + 2 * DAY)
    await desk.decide_due()
    assert await exceptions(desk, "payment_ends") == []


async def test_a_position_that_cannot_be_decided_holds_nobody_up_and_is_tried_again(desk: Desk) -> None:
    await desk.know("BAD", "GOOD", launch_on=MONDAY.date() + DAY)
    await desk.hear(a_node("sfo", zone="UTC"))
    for sku, node in (("BAD", "sfo"), ("GOOD", "ams")):
        stock = landed(1, sku=sku, supply_id=None).model_copy(update={"node": node})
        await desk.hear(an_order(sku, a_line(sku=sku), node=node), stock)
    closed = "array(select '2027-03-01'::date + n from generate_series(0, 400) n)"
    await desk.admin.execute(f"update nodes set holidays = {closed} where node = 'sfo'")
    await set_clock(desk.admin, MONDAY + DAY)
    await desk.decide_due()
    assert [r.order_id for r in await desk.told(BackorderReleased)] == ["GOOD"]

    await desk.admin.execute("update nodes set holidays = '{}' where node = 'sfo'")
    await set_clock(desk.admin, MONDAY + DAY + minutes(10))
    await desk.decide_due()
    assert [r.order_id for r in await desk.told(BackorderReleased)] == ["GOOD", "BAD"]


async def test_a_change_that_makes_a_line_worth_too_much_is_refused_to_a_person(desk: Desk) -> None:
    await desk.know("A", "B")
    await desk.hear(an_order("o1", a_line("1", "A", units=2, unit_price=MOST_WORTH // 2)))
    await desk.hear(OrderLineChanged(**said(1), line_id="1", new_line_id="2", units=5))
    await desk.hear(LineSwapped(**said(2), line_id="1", new_line_id="3", sku="B", unit_price=MOST_WORTH))
    refused = [event for event in await desk.told(ExceptionChanged) if event.exception_class == "request_refused"]
    assert ["units × unit_price" in event.facts["todo"] for event in refused] == [True, True]
    assert await desk.waiting() == [("o1", 2, None)]
    (queue,) = [event for event in await desk.told(QueueChanged) if event.waiting_lines]
    assert queue.waiting_value == MOST_WORTH
