"""Processes of one service share its partitions, each under a name of its own, and one of them leads."""

import asyncio

import asyncpg
import pytest

from shared.messaging import leases
from shared.messaging.leases import Lease, NoSlot
from shared.testing.builders import a_receipt
from shared.testing.until import until
from tests.integration.messaging.probe import Probe


async def test_two_processes_share_partitions_and_each_event_happens_once(probe: Probe) -> None:
    prefix = probe.world.bus.prefix
    async with probe.running() as one, probe.running() as two:
        assert [one.lease.member, two.lease.member] == [f"{prefix}inventory-0", f"{prefix}inventory-1"]
        await until(lambda: bool(two.consumer.subscriber.consumer.assignment()))
        await until(lambda: len(one.consumer.subscriber.consumer.assignment()) == 5)
        names = [f"r{number}" for number in range(200)]
        await probe.world.bus.publish(*(a_receipt(name, sku=name) for name in names))
        await until(lambda: _all_done(probe, names))
        assert len(two.consumer.subscriber.consumer.assignment()) == 5
    assert len(await probe.done()) == 200
    assert probe.world.ended == []


async def _all_done(probe: Probe, names: list[str]) -> bool:
    return set(await probe.done()) == set(names)


async def test_only_one_process_leads_and_the_other_takes_over_when_it_is_gone(probe: Probe) -> None:
    async with probe.running() as standby_for_now:
        await until(standby_for_now.lease.leading.is_set)
        async with probe.running() as second:
            await asyncio.sleep(1.5)  # it has asked for the lead at least once more
            assert not second.lease.leading.is_set()
            await standby_for_now.lease.give_back()
            await until(second.lease.leading.is_set)
            await until(lambda: bool(probe.world.ended))
    assert f"lost the lease of {probe.world.bus.prefix}inventory-0" in probe.world.ended[0]


async def test_a_process_that_lost_its_lease_ends_and_its_name_is_free(probe: Probe) -> None:
    async with probe.running() as at_work:
        await probe.world.admin.execute("select pg_terminate_backend($1)", at_work.lease.connection.get_server_pid())
        await until(lambda: bool(probe.world.ended))
        url, group = probe.world.url_of("inventory"), at_work.lease.group
        successor = await Lease.take(url, "inventory", group)
        assert successor.slot == 0
        await successor.give_back()


async def test_a_process_that_sleeps_loses_its_lease_after_three_seconds(
    probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "_PING", 60)
    url = probe.world.url_of("inventory")
    sleeper = await Lease.take(url, "inventory", "group")
    assert await sleeper.connection.fetchval("show idle_session_timeout") == "3s"
    await until(lambda: _first_slot_is_free(url), every=0.2)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        await sleeper.connection.fetchval("select 1")


async def _first_slot_is_free(url: str) -> bool:
    lease = await Lease.take(url, "inventory", "group")
    await lease.give_back()
    return lease.slot == 0


async def test_the_65th_process_is_told_that_there_is_no_slot(probe: Probe) -> None:
    await probe.world.admin.execute("select pg_advisory_lock(hashtext('group'), slot) from generate_series(0, 63) slot")
    with pytest.raises(NoSlot):
        await Lease.take(probe.world.url_of("inventory"), "inventory", "group")


async def test_groups_do_not_share_slots(probe: Probe) -> None:
    url = probe.world.url_of("inventory")
    one, other = await Lease.take(url, "inventory", "a"), await Lease.take(url, "inventory", "b")
    assert (one.member, other.member) == ("a-0", "b-0")
    await one.give_back()
    await other.give_back()
