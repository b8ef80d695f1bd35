"""A long queue is served in parts, each in a transaction of its own, and nobody new gets units between."""

import pytest

from services.allocation.handlers.decision import allocate
from services.allocation.store import timers
from shared.contracts.allocations import BackorderReleased, LineAllocated
from shared.contracts.availability import AvailabilityChanged
from shared.contracts.promises import BackorderPromised, PromiseMoved, PromiseWithdrawn
from shared.messaging.transaction import begin
from shared.messaging.wire import unpack
from shared.testing.builders import (
    MONDAY,
    a_day,
    a_line,
    a_supply,
    an_inbound,
    an_order,
    landed,
)
from shared.testing.invariants import broken_invariants
from tests.integration.allocation.conftest import Desk, set_clock
from tests.integration.allocation.stock.test_release import minutes, trace


async def test_a_long_queue_is_served_in_slices_and_nobody_new_gets_units_between(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allocate, "SLICE", 2)
    await desk.know()
    await desk.hear(*(an_order(name, completed_at=MONDAY + minutes(n)) for n, name in enumerate("abcde")))
    await desk.hear(landed(7, supply_id=None))
    assert [event.order_id for event in await desk.told(BackorderReleased)] == ["a", "b"]
    assert (await desk.told(AvailabilityChanged, "TEE-M|ams"))[-1].available_to_sell == 0
    await desk.hear(an_order("new", a_line(units=3), completed_at=MONDAY + minutes(9)))
    assert [event.order_id for event in await desk.told(BackorderReleased)] == ["a", "b", "c", "d"]
    await desk.decide_due()
    assert [event.order_id for event in await desk.told(BackorderReleased)] == ["a", "b", "c", "d", "e", "new"]
    assert await desk.waiting() == [("new", 1, None)]


async def test_what_is_left_of_a_receipt_and_put_off_is_still_the_receipts_doing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allocate, "SLICE", 2)
    await desk.know()
    await desk.hear(*(an_order(name, completed_at=MONDAY + minutes(n)) for n, name in enumerate("abc")))
    (receipt,) = await desk.hear(landed(3, supply_id=None))
    async with begin(desk.worker.pool, "test", desk.worker.bell) as tx:
        await timers.put_off(tx, "position", [("TEE-M", "ams")], MONDAY + minutes(10))
    await desk.decide_due()
    assert [event.order_id for event in await desk.told(BackorderReleased)] == ["a", "b"]
    await set_clock(desk.admin, MONDAY + minutes(10))
    await desk.decide_due()
    assert [event.order_id for event in await desk.told(BackorderReleased)] == ["a", "b", "c"]
    rows = await desk.admin.fetch("select headers from outbox where topic = 'allocations.v1' order by id")
    assert trace(dict(unpack(rows[-1]["headers"]))) == trace(dict(receipt.headers))


async def test_many_receipts_at_once_are_served_in_transactions_of_so_many_lines(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allocate, "SLICE", 2)
    monkeypatch.setattr(allocate, "MOST", 3)
    await desk.know("A", "B", "C")
    orders = [
        an_order(f"{sku}{n}", a_line(sku=sku), completed_at=MONDAY + minutes(n)) for sku in "ABC" for n in range(3)
    ]
    await desk.hear(*orders)
    await desk.hear(*(landed(3, supply_id=None, sku=sku) for sku in "ABC"))
    assert [event.order_id for event in await desk.told(BackorderReleased)] == ["A0", "A1", "B0"]
    assert (await desk.told(AvailabilityChanged, "C|ams"))[-1].available_to_sell == 0, "units of C are for who waits"
    await desk.decide_due()
    released = [event.order_id for event in await desk.told(BackorderReleased)]
    assert sorted(released) == [f"{sku}{n}" for sku in "ABC" for n in range(3)]
    assert [name for name in released if name.startswith("C")] == ["C0", "C1", "C2"]


async def test_where_few_wait_for_much_every_line_is_served_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allocate, "MOST", 4)
    await desk.know(*"ABCD")
    await desk.hear(*(landed(9, supply_id=None, sku=sku) for sku in "ABCD"))
    await desk.hear(*(an_order(sku, a_line(sku=sku)) for sku in "ABCD"))
    assert [event.order_id for event in await desk.told(LineAllocated)] == [*"ABCD"]
    assert await desk.told(BackorderPromised) == []


async def test_a_line_whose_day_is_to_come_hears_nothing_while_others_are_served_first(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allocate, "MOST", 1)
    await desk.know("A", "B")
    await desk.hear(landed(2, supply_id=None, sku="B"))
    await desk.hear(an_order("waits", a_line(sku="A")), an_order("later", a_line(sku="B"), ship_not_before=a_day(17)))
    await desk.hear(landed(1, supply_id=None, sku="A"), landed(1, sequence=2, supply_id=None, sku="B"))
    await desk.decide_due()
    assert [event.order_id for event in await desk.told(BackorderReleased)] == ["waits"]
    assert await desk.told(PromiseMoved) == await desk.told(PromiseWithdrawn) == []


async def test_an_order_that_ships_together_is_whole_after_the_transactions_of_its_positions(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allocate, "MOST", 1)
    await desk.know("A", "B")
    both = (a_line("1", "A"), a_line("2", "B"))
    await desk.hear(
        an_order("o", *both, max_shipments=1), an_order("p", a_line(sku="A"), completed_at=MONDAY + minutes(1))
    )
    await desk.hear(landed(2, supply_id=None, sku="A"), landed(1, supply_id=None, sku="B"))
    await desk.decide_due()
    assert sorted(event.order_id for event in await desk.told(BackorderReleased)) == ["o", "p"]
    assert await desk.admin.fetchval("select passed_over from orders where order_id = 'o'") == 0


async def test_a_slice_of_lines_that_can_use_nothing_does_not_keep_units_from_those_behind(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allocate, "SLICE", 2)
    await desk.know()
    strict = (a_line(min_life_days=99),)
    await desk.hear(*(an_order(name, *strict, completed_at=MONDAY + minutes(n)) for n, name in enumerate("abcde")))
    await desk.hear(*(an_order(name, completed_at=MONDAY + minutes(9 + n)) for n, name in enumerate("xyz")))
    await desk.hear(landed(3, supply_id=None, lot="L1", expires_on=a_day(20)))
    await desk.decide_due()
    assert [event.order_id for event in await desk.told(BackorderReleased)] == ["x", "y", "z"]


async def test_lines_of_later_slices_are_told_nothing_before_their_release(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allocate, "SLICE", 2)
    await desk.know()
    await desk.hear(an_inbound(a_supply(units=5)))
    await desk.hear(*(an_order(name, completed_at=MONDAY + minutes(n)) for n, name in enumerate("abcde")))
    pages = len(await desk.told(AvailabilityChanged, "TEE-M|ams"))
    (receipt,) = await desk.hear(landed(5, 1))
    assert len(await desk.told(AvailabilityChanged, "TEE-M|ams")) == pages, "nothing more can be had for the moment"
    assert await broken_invariants(desk.admin, "allocation") == {}
    await desk.hear(an_order("new", completed_at=MONDAY + minutes(9)))
    assert [event.order_id for event in await desk.told(BackorderPromised)] == [*"abcde", "new"]
    await desk.decide_due()
    assert [event.order_id for event in await desk.told(BackorderReleased)] == [*"abcde"]
    rows = await desk.admin.fetch("select headers from outbox where topic = 'allocations.v1' order by id")
    assert trace(dict(unpack(rows[-1]["headers"]))) == trace(dict(receipt.headers)), "it is still the receipt's doing"
    assert await desk.told(PromiseMoved) == await desk.told(PromiseWithdrawn) == []
    assert await desk.waiting() == [("new", 1, None)], "the truck had no unit left for it"
    await desk.check()
    (event,) = await desk.told(BackorderPromised, "new")
    assert event.lines[0].after is None
