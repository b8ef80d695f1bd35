"""An event that comes before what it needs waits, and goes on in order when that is there."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.products import ProductUpserted
from shared.contracts.receipts import ReceiptPosted
from shared.messaging import sweep
from shared.messaging.replay import discard_waiting
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event
from shared.messaging.worker import Worker
from shared.testing.builders import a_product, a_receipt
from shared.testing.bus import record_of
from shared.testing.until import until
from tests.integration.messaging.probe import Hook, Probe, failing_on


def needing_products() -> Hook:
    """Let receipts wait for their product, as inventory's do."""

    async def hook(tx: Tx, events: Sequence[Event[Any]]) -> None:
        for event in events:
            if isinstance(event.body, ProductUpserted):
                await tx.connection.execute("insert into products values ($1, 1, 'acme', false, 0)", event.body.sku)
                tx.arrived(f"sku:{event.body.sku}")
            elif isinstance(event.body, ReceiptPosted) and not await tx.connection.fetchval(
                "select exists (select from products where sku = $1)", event.body.sku
            ):
                tx.park(event, f"sku:{event.body.sku}")

    return hook


@pytest.fixture(autouse=True)
def _needy(probe: Probe) -> None:
    probe.on = needing_products()


async def test_parked_events_go_on_in_order_once_what_they_wait_for_arrives(probe: Probe) -> None:
    async with probe.running():
        await probe.world.bus.publish(*(a_receipt(f"r{number}", "A") for number in range(5)), a_receipt("x", "X"))
        await probe.has(6, "parked")
        assert await probe.done() == []
        await probe.world.bus.publish(a_product("A"))
        await probe.has_done("A/1", "r0", "r1", "r2", "r3", "r4")
    assert await probe.count("parked") == 1
    assert await probe.world.admin.fetchval("select outcome from inbox where event_id in (select event_id from parked)")
    assert await probe.world.admin.fetchval("select count(*) from inbox where outcome = 'parked'") == 1


async def test_parked_events_go_on_at_once_without_the_sweep(probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "_EVERY", 3600)
    async with probe.running():
        await probe.world.bus.publish(a_receipt("r1", "A"))
        await probe.has(1, "parked")
        await probe.world.bus.publish(a_product("A"))
        await probe.has_done("A/1", "r1")


async def test_a_parked_event_delivered_again_stays_one(probe: Probe) -> None:
    again = record_of(a_receipt("r1", "A"))
    async with probe.running():
        await probe.world.bus.publish(again, again)
        await probe.has(1, "parked")
        await probe.world.bus.publish(again, a_product("A"))
        await probe.has_done("A/1", "r1")


async def test_the_leader_finds_events_whose_need_came_meanwhile(probe: Probe) -> None:
    """The cause commits after the look and before the parking: nobody will wake the event."""

    async def too_late(tx: Tx, events: Sequence[Event[Any]]) -> None:
        await needing_products()(tx, events)
        await probe.aside("insert into products values ('A', 1, 'acme', false, 0) on conflict do nothing")

    probe.on = too_late
    async with probe.running():
        await probe.world.bus.publish(a_receipt("r1", "A"), a_receipt("r2", "A"))
        await probe.has(2, "parked")
        await probe.has_done("r1", "r2")


async def test_events_woken_before_a_crash_go_on_after_it(probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as crash:
        crash.setattr(Worker, "handle_due", _not_any_more)
        async with probe.running():
            await probe.world.bus.publish(a_receipt("r1", "A"), a_receipt("r2", "A"))
            await probe.has(2, "parked")
            await probe.world.bus.publish(a_product("A"))
            await probe.has_done("A/1")
    assert await probe.count("parked") == 2
    async with probe.running():
        await probe.has_done("A/1", "r1", "r2")


async def _not_any_more(_: Worker) -> bool:
    return False


async def test_many_parked_events_go_on_in_one_go(probe: Probe) -> None:
    names = [f"r{number}" for number in range(2500)]
    async with probe.running():
        await probe.world.bus.publish(*(a_receipt(name, "A") for name in names))
        await probe.has(2500, "parked")
        await probe.world.bus.publish(a_product("A"))
        await probe.has_done("A/1", *names)


async def test_one_that_fails_when_its_turn_comes_dies_alone(probe: Probe) -> None:
    fail = failing_on("r2")

    async def hook(tx: Tx, events: Sequence[Event[Any]]) -> None:
        await needing_products()(tx, events)
        if await tx.connection.fetchval("select count(*) > 0 from products"):
            await fail(tx, events)

    probe.on = hook
    async with probe.running():
        await probe.world.bus.publish(*(a_receipt(f"r{number}", "A") for number in range(4)))
        await probe.has(4, "parked")
        await probe.world.bus.publish(a_product("A"))
        await probe.has_done("A/1", "r0", "r1", "r3")
        await probe.has(0, "parked")
    assert await probe.reasons() == {"A|ams": "Mishap: cannot take r2"}


async def test_each_vain_try_waits_longer_and_keeps_the_first_parking_time(
    probe: Probe,
) -> None:
    async with probe.running() as at_work:
        await probe.world.bus.publish(a_receipt("r1", "A"))
        await probe.has(1, "parked")
        parked_at = await probe.world.admin.fetchval(
            "update parked set parked_at = now() - interval '11 minutes', attempts = 40, retry_at = now() "
            "returning parked_at"
        )
        await until(lambda: probe.world.admin.fetchval("select attempts > 40 from parked"))
        row = await probe.world.admin.fetchrow("select parked_at, retry_at - now() as pause from parked")
        assert row is not None
        assert row["parked_at"] == parked_at
        assert timedelta(minutes=9) < row["pause"] <= timedelta(minutes=10)
        await sweep.look_around(at_work.consumer.worker)
        await sweep.look_around(at_work.consumer.worker)
        await probe.world.bus.publish(a_product("A"))
        await probe.has(0, "parked")
        await sweep.look_around(at_work.consumer.worker)
        await probe.has(0, "outbox")
    named = await probe.world.bus.told(ExceptionChanged)
    assert [(e.exception_class, e.subject, e.facts["events"], e.state) for e in named] == [
        ("waits_too_long", "sku:A", "1", "open"), ("waits_too_long", "sku:A", "1", "settled"),
    ]  # fmt: skip


async def test_what_never_comes_is_given_up_by_name_and_not_heard_again(probe: Probe) -> None:
    lost = [record_of(a_receipt(f"r{number}", "LOST")) for number in range(2)]
    await probe.world.bus.publish(*lost, a_receipt("r9", "LATE"))
    async with probe.running() as at_work:
        await probe.has(3, "parked")
        pool = at_work.consumer.worker.pool
        assert await discard_waiting(pool, "sku:NONE", "mary", "no such") == []
        given_up = await discard_waiting(pool, "sku:LOST", "mary", "a SKU of the old shop")
        assert [row["key"] for row in given_up] == [b"LOST|ams", b"LOST|ams"]
        await probe.world.bus.publish(*lost, a_product("LATE"))
        await probe.has_done("LATE/1", "r9")
    assert await probe.count("parked") == 0
    rows = await probe.world.admin.fetch("select distinct reason, discarded_by, why from discarded")
    assert [tuple(row) for row in rows] == [("waited for sku:LOST", "mary", "a SKU of the old shop")]
