"""Troubles that pass by themselves are waited out: nothing is lost, nothing doubled, nothing dead-lettered."""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from shared.messaging import faults
from shared.messaging.service import Settings, running
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event
from shared.testing.builders import a_product, a_receipt
from shared.testing.until import until
from tests.integration.conftest import World
from tests.integration.messaging.line import Line, line_to
from tests.integration.messaging.probe import Probe


def through(line: Line, world: World) -> Settings:
    """Return the settings of inventory, with its database at the end of a line."""
    parts = urlsplit(world.url_of("inventory"))
    url = parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{line.port}").geturl()
    return Settings(kafka_bootstrap_servers=world.bus.bootstrap, database_url=url, topic_prefix=world.bus.prefix)


async def test_a_connection_lost_in_the_middle_of_a_handler_costs_nothing(probe: Probe) -> None:
    async def lose_it_once(tx: Tx, _: Sequence[Event[Any]]) -> None:
        if len(probe.calls) == 1:
            await probe.aside("select pg_terminate_backend($1)", tx.connection.get_server_pid())

    probe.on = lose_it_once
    await probe.world.bus.publish(a_receipt("r1"), a_receipt("r2"))
    async with probe.running():
        await probe.has_done("r1", "r2")
    assert probe.calls == [["r1", "r2"], ["r1", "r2"]]
    assert await probe.count("dead_letters") == 0
    assert probe.world.ended == []


async def test_a_transaction_that_the_server_aborts_is_repeated_whole(probe: Probe) -> None:
    troubles = ["40001", "40P01", "53300", "57P01", "08006"]  # more than the three tries of an error of our own

    async def trouble(tx: Tx, _: Sequence[Event[Any]]) -> None:
        await tx.connection.execute("insert into probe (name) values ('half done')")
        if troubles:
            await tx.connection.execute(f"do $$ begin raise exception using errcode = '{troubles.pop()}'; end $$")

    probe.on = trouble
    await probe.world.bus.publish(a_receipt("r1"), a_receipt("r2"))
    async with probe.running():
        await probe.has_done("half done", "r1", "r2")
    assert probe.calls == [["r1", "r2"]] * 6
    assert await probe.count("dead_letters") == 0


async def test_two_transactions_that_wait_for_each_other_both_happen(probe: Probe) -> None:
    await probe.world.admin.execute("insert into products values ('A', 1, 'm', false, 0), ('B', 1, 'm', false, 0)")
    met, waiting = asyncio.Event(), asyncio.Event()

    async def deadlock_once(tx: Tx, _: Sequence[Event[Any]]) -> None:
        await tx.connection.execute("update products set version = 2 where sku = 'A'")
        met.set()
        if len(probe.calls) == 1:
            await waiting.wait()
        await tx.connection.execute("update products set version = 2 where sku = 'B'")

    async def the_other_way_round() -> None:
        other = await asyncpg.connect(probe.world.admin_url, server_settings={"deadlock_timeout": "20s"})
        async with other.transaction():
            await other.execute("update inventory.products set version = 3 where sku = 'B'")
            await met.wait()
            asyncio.get_running_loop().call_later(0.1, waiting.set)
            await other.execute("update inventory.products set version = 3 where sku = 'A'")
        await other.close()

    probe.on = deadlock_once
    await probe.world.bus.publish(a_receipt("r1"))
    async with probe.running():
        await the_other_way_round()
        await probe.has_done("r1")
    assert len(probe.calls) == 2
    assert await probe.world.admin.fetchval("select array_agg(version) from products") == [2, 2]


async def test_a_network_cut_loses_nothing_and_ends_processes_without_a_lease(
    probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "_LONGEST", 0.2)
    world = probe.world
    parts = urlsplit(world.url_of("inventory"))
    async with line_to(parts.hostname or "", parts.port or 0) as line:

        async def cut_once(_: Tx, __: Sequence[Event[Any]]) -> None:
            if len(probe.calls) == 1:
                line.cut()

        async def live() -> None:
            async with running(probe.service, through(line, world), world.ended.append):
                await until(lambda: bool(world.ended))
                assert "lost the lease" in world.ended[0]
                await line.join()
                await probe.has_done("r1")

        probe.on = cut_once
        await world.bus.publish(a_receipt("r1"))
        living = asyncio.ensure_future(live())
        await asyncio.sleep(0.5)  # PostgreSQL is not there when the service starts
        assert not living.done()
        await line.join()
        await living
    assert await probe.count("dead_letters") == 0


async def test_a_migration_under_a_running_service_costs_nothing(probe: Probe) -> None:
    async def read_products(tx: Tx, _: Sequence[Event[Any]]) -> None:
        await tx.connection.fetch("select * from products")

    probe.on = read_products
    async with probe.running():
        await probe.world.bus.publish(a_product("A"))
        await probe.has_done("A/1")
        await probe.aside("alter table products add column colour text")
        await probe.world.bus.publish(a_product("B"), a_product("C"))
        await probe.has_done("A/1", "B/1", "C/1")
    assert await probe.count("dead_letters") == 0


async def test_connections_lost_while_idle_cost_nothing(
    probe: Probe, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """asyncpg hands out connections of which it has read the last words and not yet the end."""
    monkeypatch.setattr(faults, "_ATTEMPTS", 1)
    world = probe.world
    parts = urlsplit(world.url_of("inventory"))
    async with line_to(parts.hostname or "", parts.port or 0, lingers=0.3) as line:
        await line.join()
        async with running(probe.service, through(line, world), world.ended.append) as at_work:
            pool = at_work.consumer.worker.pool
            await asyncio.gather(*(pool.execute("select pg_sleep(0.1) -- idle soon") for _ in range(4)))
            idle = await world.admin.fetchval(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = 'firstfill_inventory' "
                "and datname = current_database() and pid <> $1",
                at_work.lease.server_pid,
            )
            await world.bus.publish(a_receipt("r1"))
            await probe.has_done("r1")
    assert idle >= 3
    assert "a batch comes again" not in capsys.readouterr().out
    assert await probe.count("dead_letters") == 0
    assert world.ended == []
