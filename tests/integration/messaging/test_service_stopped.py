"""A deploy that handles nothing stops, says so and tries again by itself; one bad merchant or source stops nobody."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from shared.contracts.exceptions import ExceptionChanged
from shared.messaging.service import Running
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event
from shared.testing.builders import a_receipt
from shared.testing.bus import record_of
from shared.testing.until import until
from tests.integration.messaging.probe import Mishap, Probe, failing_on
from tests.integration.messaging.test_consumer import committed

MERCHANTS = ("acme", "rival", "zeta")
NAMES = [f"r{number}" for number in range(30)]


async def fails(_: Tx, __: Sequence[Event[Any]]) -> None:
    raise Mishap("a deploy that cannot even read")


def of_merchants() -> list[Any]:
    return [a_receipt(name, sku=f"{MERCHANTS[place % 3]}/{name}") for place, name in enumerate(NAMES)]


async def test_a_bad_deploy_stops_and_the_mended_one_goes_on(probe: Probe, kafka_admin: AIOKafkaAdminClient) -> None:
    probe.on = fails
    await probe.world.bus.publish(*of_merchants())
    async with probe.running() as bad_deploy:
        assert (await bad_deploy.health())["ready"]
        await until(lambda: bad_deploy.consumer.stopped)
        health = await bad_deploy.health()
        assert not health["ready"]
        assert "20 events in a row" in health["stopped"]
        assert "--list" in health["stopped"]
        assert await probe.count("dead_letters") == 21
        assert await committed(probe.world, kafka_admin) == 0
        await until(lambda: bad_deploy.consumer.subscriber.consumer is None)  # it stands in nobody's way
        await until(lambda: not bad_deploy.lease.leading.is_set())
        async with probe.world.start(probe.service) as good_deploy:
            await until(good_deploy.lease.leading.is_set)
            probe.on = failing_on()
            await until(lambda: _are_done(probe, 9))
            [stopped, goes_on] = await until(lambda: _exceptions(probe, 2))
    assert [stopped.state, goes_on.state] == ["open", "settled"]
    assert (stopped.exception_class, stopped.subject) == ("service_stopped", "inventory")
    assert "20 events in a row" in stopped.facts["why"]
    assert await probe.count("dead_letters") == 21


async def test_what_stopped_tries_again_by_itself(probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.messaging.consumer.REST", 0.5)
    probe.on = fails
    await probe.world.bus.publish(*of_merchants())
    async with probe.running() as at_work:
        await until(lambda: at_work.consumer.stopped)
        await probe.has(23, "dead_letters")  # one more each time, not twenty
        probe.on = failing_on()
        await until(lambda: _is_ready(at_work))
        await until(lambda: _are_done_and_dead(probe, 30))
        assert [each.state for each in await until(lambda: _exceptions(probe, 2))] == ["open", "settled"]


@pytest.mark.parametrize("which", ["handled", "readable"])
async def test_what_one_merchant_says_stops_nobody(probe: Probe, which: str) -> None:
    bad = [record_of(a_receipt(f"bad{number}", sku=f"rival/{number}")) for number in range(60)]
    if which == "readable":
        bad = [type(each)(each.topic, each.key, b"{", each.headers) for each in bad]
    probe.on = failing_on(*(f"bad{number}" for number in range(60)))
    await probe.world.bus.publish(*bad[:30], a_receipt("good"), *bad[30:])
    async with probe.running() as at_work:
        await probe.has(60, "dead_letters")
        await probe.has_done("good")
        assert (await at_work.health())["ready"]


async def test_what_fails_in_a_row_is_tried_once_each(probe: Probe) -> None:
    names = [f"bad{number}" for number in range(40)]
    probe.on = failing_on(*names)
    await probe.world.bus.publish(*(a_receipt(name, sku=f"rival/{name}") for name in names))
    async with probe.running():
        await probe.has(40, "dead_letters")
    alone = Counter(call[0] for call in probe.calls if len(call) == 1)
    assert sorted(alone[name] for name in names) == [1] * 19 + [3] * 21


async def _are_done(probe: Probe, number: int) -> bool:
    return len(await probe.done()) == number


async def _are_done_and_dead(probe: Probe, number: int) -> bool:
    return len(await probe.done()) + await probe.count("dead_letters") == number


async def _is_ready(at_work: Running) -> bool:
    return bool((await at_work.health())["ready"])


async def _exceptions(probe: Probe, number: int) -> list[ExceptionChanged]:
    """Return what was told of a stop, once it is so many."""
    found = await probe.world.bus.told(ExceptionChanged)
    return found if len(found) == number else []
