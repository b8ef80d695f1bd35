"""One order_id stands for one order, and one change_no of a source for one change of it."""

from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.orders import OrderHeld
from shared.testing.builders import a_line, a_product, a_supply, an_inbound, an_order
from tests.integration.allocation.conftest import Desk
from tests.integration.allocation.orders.test_changes import said


async def reused(desk: Desk) -> list[str]:
    """Return the ids that were used again for something else, as told."""
    return [event.subject for event in await desk.told(ExceptionChanged) if event.exception_class == "id_reused"]


async def test_another_order_under_a_known_id_is_named_and_not_served(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_inbound(a_supply()), an_order("o1"))
    await desk.hear(an_order("o1"), an_order("o1", a_line(units=9)))
    assert [row[:2] for row in await desk.waiting()] == [("o1", 1)]
    assert await reused(desk) == ["o1"]


async def test_another_order_in_the_same_batch_is_named_too(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_inbound(a_supply()), an_order("o1"), an_order("o1", a_line(units=9)), an_order("o2"))
    assert [row[:2] for row in await desk.waiting()] == [("o1", 1), ("o2", 1)]
    assert await reused(desk) == ["o1"]


async def test_another_change_under_a_number_that_was_used_is_named(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_inbound(a_supply()), an_order("o1"), OrderHeld(**said(), kind="fraud"))
    await desk.hear(OrderHeld(**said(), kind="fraud"), OrderHeld(**said(), kind="address"))
    assert await reused(desk) == ["test|o1|1"]
    assert await desk.admin.fetchval("select holds from orders") == ["fraud"]


async def test_an_order_that_was_refused_may_be_sent_again_as_it_should_be(desk: Desk) -> None:
    await desk.know()
    await desk.hear(a_product("HAT", merchant="zeta"), an_order("o1", a_line(sku="HAT")))
    assert len(await desk.dead()) == 1
    await desk.admin.execute("delete from dead_letters")
    await desk.hear(an_order("o1"))
    assert ([row[0] for row in await desk.waiting()], await reused(desk)) == (["o1"], [])
