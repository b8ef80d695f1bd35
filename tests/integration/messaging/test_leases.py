"""Processes of one service share its partitions, each under a name of its own, and one of them leads."""

import asyncio
import re
import time
from collections.abc import Callable

import pytest

from shared.messaging import leases
from shared.messaging.leases import Lease, NoSlot
from shared.testing.builders import a_receipt
from shared.testing.until import until
from tests.integration.messaging.probe import Probe


async def test_two_processes_share_partitions_and_each_event_happens_once(probe: Probe) -> None:
    prefix = probe.world.bus.prefix
    async with probe.running() as running, probe.running() as two:
        assert [running.lease.member, two.lease.member] == [f"{prefix}inventory-0", f"{prefix}inventory-1"]
        await until(lambda: bool(two.consumer.subscriber.consumer.assignment()))
        await until(lambda: len(running.consumer.subscriber.consumer.assignment()) == 5)
        names = [f"r{number}" for number in range(200)]
        await probe.world.bus.publish(*(a_receipt(name, sku=name) for name in names))
        await until(lambda: _all_done(probe, names))
        assert len(two.consumer.subscriber.consumer.assignment()) == 5
    assert len(await probe.done()) == 200
    assert probe.world.ended == []


async def _all_done(probe: Probe, names: list[str]) -> bool:
    return set(await probe.done()) == set(names)


async def test_one_process_leads_and_another_takes_over_when_it_is_gone(probe: Probe) -> None:
    async with probe.running() as standby_for_now:
        await until(standby_for_now.lease.leading.is_set)
        async with probe.running() as second:
            await asyncio.sleep(1.5)  # it has asked for the lead at least once more
            assert not second.lease.leading.is_set()
            pid = standby_for_now.lease.server_pid
            await probe.world.admin.execute("select pg_terminate_backend($1)", pid)
            await until(second.lease.leading.is_set)
            await until(lambda: bool(probe.world.ended))
    assert f"lost the lease of {probe.world.bus.prefix}inventory-0" in probe.world.ended[0]


async def test_a_process_that_lost_its_lease_ends_and_its_name_is_free(probe: Probe) -> None:
    async with probe.running() as at_work:
        await probe.world.admin.execute("select pg_terminate_backend($1)", at_work.lease.server_pid)
        await until(lambda: bool(probe.world.ended))
        assert "PostgreSQL ended the connection, or is shut down" in probe.world.ended[0]
        url, group = probe.world.url_of("inventory"), at_work.lease.group
        successor = await taken(url, group)
        assert successor.slot == 0
        await successor.give_back()


async def taken(url: str, group: str = "group", lost: Callable[[str], None] = lambda _: None) -> Lease:
    lease = Lease(url, "inventory", group, lost, lost)
    await lease.take()
    return lease


async def test_a_process_silent_for_five_seconds_loses_its_lease_and_is_told_why(
    probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "_PING", 6)
    url, lost = probe.world.url_of("inventory"), list[str]()
    sleeper = await taken(url, lost=lost.append)
    await until(lambda: bool(lost), every=0.2)
    why = r"this process stood still for \d\.\d s; after 5 s PostgreSQL gives its place to another"
    assert re.fullmatch(rf"lost the lease of group-0: {why}", lost[0])
    successor = await taken(url)
    assert successor.slot == 0
    await successor.give_back()
    await sleeper.give_back()


async def test_an_event_loop_that_is_blocked_keeps_its_lease(probe: Probe) -> None:
    url, lost = probe.world.url_of("inventory"), list[str]()
    busy = await taken(url, lost=lost.append)
    time.sleep(7)  # noqa: ASYNC251 the very thing that must do no harm
    assert lost == []
    other = await taken(url)
    assert (busy.slot, other.slot) == (0, 1)
    await until(busy.leading.is_set)
    await other.give_back()
    await busy.give_back()


async def test_the_65th_process_finds_no_slot(probe: Probe) -> None:
    await probe.world.admin.execute("select pg_advisory_lock(hashtext('group'), slot) from generate_series(0, 63) slot")
    with pytest.raises(NoSlot):
        await taken(probe.world.url_of("inventory"))


async def test_groups_do_not_share_slots(probe: Probe) -> None:
    url = probe.world.url_of("inventory")
    first, second = await taken(url, "a"), await taken(url, "b")
    assert (first.member, second.member) == ("a-0", "b-0")
    await first.give_back()
    await second.give_back()
