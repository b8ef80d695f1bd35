"""What a transaction announced reaches its topic, in order per key, once or with the same id again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError

from shared.contracts.receipts import ReceiptPosted
from shared.db.pool import create_pool
from shared.messaging import relay as relay_module
from shared.messaging.faults import is_transient
from shared.messaging.relay import Relay, producer_of
from shared.messaging.transaction import QUERIES, Bell, NotErasable, TooLarge, begin
from shared.testing.until import until
from tests.integration.conftest import World

LOG, LAST = "receipts.v1", "products.v1"


class Office:
    """The outbox of inventory, and the relay that works it in the background."""

    def __init__(self, world: World, pool: asyncpg.Pool) -> None:
        self.world, self.pool, self.bell = world, pool, Bell("inventory_outbox", leading=True)

    async def announce(self, *names: str, topic: str = LOG, key: str = "k") -> None:
        """Commit records, named by their bodies, in one transaction."""
        async with begin(self.pool, "test", self.bell) as tx:
            for name in names:
                tx.send(topic, key.encode(), name.encode(), (("ce_id", name.encode()),))

    @asynccontextmanager
    async def relay(self) -> AsyncIterator[Relay]:
        relay = Relay(self.pool, self.world.bus.bootstrap, self.world.bus.prefix, "inventory", self.bell)
        running = asyncio.ensure_future(relay.run())
        try:
            yield relay
            assert not running.done()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def published(self, topic: str = LOG) -> list[str]:
        """Return the names on a topic, once nothing is unsent."""
        await self.world.settled("inventory")
        return [(record.value or b"-").decode() for record in await self.world.bus.raw(topic)]


@pytest.fixture
async def office(world: World) -> AsyncIterator[Office]:
    """Return an office without relay."""
    pool = await create_pool(world.url_of("inventory"), "inventory")
    yield Office(world, pool)
    await pool.close()


def names(count: int, prefix: str = "") -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]


async def test_each_key_is_published_in_the_order_of_commits(office: Office) -> None:
    async with office.relay():
        await asyncio.gather(*(_tell(office, key) for key in "abcd"))
        announced = await office.published()
    assert len(announced) == 4 * 10 * 100
    for key in "abcd":
        assert [name for name in announced if name.startswith(key)] == names(1000, key)


async def _tell(office: Office, key: str) -> None:
    for batch in range(10):
        await office.announce(*names(1000, key)[batch * 100 : batch * 100 + 100], key=key)


async def test_a_backlog_is_published_in_order(office: Office) -> None:
    await office.announce(*names(5000))
    async with office.relay():
        assert await office.published() == names(5000)
    assert await office.world.admin.fetchval("select count(*) from inventory.outbox") == 0


async def test_a_tombstone_is_a_record_without_a_body_and_headers_may_be_null(office: Office) -> None:
    async with office.relay():
        async with begin(office.pool, "test", office.bell) as tx:
            tx.send("contacts.v1", b"o1", None, (("empty", b""), ("none", None), ("bytes", b"\xff")))
        await office.published("contacts.v1")
        [record] = await office.world.bus.raw("contacts.v1")
    assert (record.key, record.value) == (b"o1", None)
    assert record.headers == (("empty", b""), ("none", None), ("bytes", b"\xff"))


async def test_only_topics_that_take_tombstones_get_records_without_a_body(office: Office) -> None:
    with pytest.raises(NotErasable):
        async with begin(office.pool, "test", office.bell) as tx:
            tx.send(LOG, b"k", None, ())


async def test_a_record_that_the_broker_would_refuse_is_refused_by_us(office: Office) -> None:
    async with begin(office.pool, "test", office.bell) as tx:
        for key, body, header in ((1, 900_001, 1), (900_001, 1, 1), (1, 1, 900_001)):
            with pytest.raises(TooLarge):
                tx.send(LOG, b"k" * key, b"b" * body, (("h", b"h" * header),))
        tx.send(LOG, b"k", b"b" * 899_900, (("h", b"h"),))
    async with office.relay():
        [largest] = await office.published()
    assert len(largest) == 899_900


async def test_events_that_are_made_as_they_are_written_keep_their_place(office: Office) -> None:
    async with begin(office.pool, "test", office.bell) as tx:
        tx.send(LOG, b"k", b"first", ())
        tx.publish_all((ReceiptPosted, "k", {"n": n}, None) for n in range(3))
        tx.send(LOG, b"k", b"last", ())
        tx.publish_all(())
    async with office.relay():
        assert await office.published() == ["first", '{"n":0}', '{"n":1}', '{"n":2}', "last"]


async def test_one_of_them_that_is_too_large_undoes_all_and_leaves_the_connection_whole(office: Office) -> None:
    with pytest.raises(TooLarge):
        async with begin(office.pool, "test", office.bell) as tx:
            tx.publish_all((ReceiptPosted, "k", "x" * size, None) for size in (800_000, 1, 900_001, 1))
    await office.announce("next")
    async with office.relay():
        assert await office.published() == ["next"]


async def test_a_lower_id_that_commits_after_a_higher_one_is_published(office: Office) -> None:
    async with office.relay():
        async with begin(office.pool, "test", office.bell) as slow:
            slow.send(LOG, b"a", b"slow", ())
            await slow.flush()
            await office.announce("quick", key="b")
            assert await office.published() == ["quick"]
        assert await office.published() == ["quick", "slow"]


async def test_a_crash_between_publishing_and_forgetting_only_repeats(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget, crashes = Relay._forget, [OSError("killed")]

    async def crash_once(relay: Relay, sent: list[int]) -> None:
        if sent and crashes:
            raise crashes.pop()
        await forget(relay, sent)

    monkeypatch.setattr(Relay, "_forget", crash_once)
    monkeypatch.setattr(relay_module, "_POLL", 0.05)
    await office.announce(*names(10))
    async with office.relay():
        await office.published()
        records = await office.world.bus.raw(LOG)
    assert [record.value.decode() for record in records] == names(10) * 2
    assert all(dict(record.headers)["ce_id"] == record.value for record in records)


async def test_a_failure_in_the_middle_starts_again_at_the_lowest_row_and_loses_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, failures = AIOKafkaProducer.send, [KafkaTimeoutError()]

    async def fail_once(producer: AIOKafkaProducer, topic: str, body: bytes, **rest: Any) -> Any:
        if body == b"7" and failures:
            raise failures.pop()
        return await send(producer, topic, body, **rest)

    monkeypatch.setattr(AIOKafkaProducer, "send", fail_once)
    monkeypatch.setattr(relay_module, "_POLL", 0.05)
    await office.announce(*names(10))
    async with office.relay():
        assert await office.published() == names(10), "of the first attempt nothing is seen"


async def test_a_record_that_the_broker_did_not_acknowledge_is_not_forgotten(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, failures = AIOKafkaProducer.send, [KafkaTimeoutError()]

    async def lose_once(producer: AIOKafkaProducer, topic: str, body: bytes, **rest: Any) -> Any:
        if body == b"7" and failures:
            lost = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_later(0.1, lost.set_exception, failures.pop())
            return lost
        return await send(producer, topic, body, **rest)

    monkeypatch.setattr(AIOKafkaProducer, "send", lose_once)
    monkeypatch.setattr(relay_module, "_POLL", 0.05)
    await office.announce(*names(10))
    async with office.relay():
        assert await office.published() == names(10)


async def test_an_absent_broker_is_waited_for(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "_POLL", 0.05)
    await office.announce("a")
    async with office.relay() as relay:
        there, relay.bootstrap = relay.bootstrap, "127.0.0.1:1"
        await asyncio.sleep(0.3)
        relay.bootstrap = there
        assert await office.published() == ["a"]


async def test_a_connection_to_the_database_that_is_lost_is_replaced(office: Office) -> None:
    async with office.relay():
        await office.announce("a")
        await office.published()
        await office.world.admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'firstfill_inventory' "
            "and datname = current_database()"
            " and datname = current_database()"
        )
        await until(lambda: _announced(office, "b"))
        assert await office.published() == ["a", "b"]


async def _announced(office: Office, name: str) -> bool:
    try:
        await office.announce(name)
    except Exception as error:
        if not is_transient(error):
            raise
        return False
    return True


async def test_a_leader_that_was_replaced_can_send_nothing_more(office: Office) -> None:
    """Not even what it had in hand when it froze: on a compacted topic that would stay the last for ever."""
    topic = office.world.bus.prefix + LAST
    frozen, next_ = (producer_of(office.world.bus.bootstrap, f"{office.world.bus.prefix}inventory") for _ in range(2))
    await frozen.start()
    await frozen.begin_transaction()
    await frozen.send_and_wait(topic, b"old", key=b"k")
    await next_.start()
    await next_.begin_transaction()
    await next_.send_and_wait(topic, b"new", key=b"k")
    await next_.commit_transaction()
    with pytest.raises(KafkaError):
        await frozen.commit_transaction()
    assert [record.value for record in await office.world.bus.raw(LAST)] == [b"new"]
    await frozen.stop()
    await next_.stop()


async def test_large_events_are_published_a_few_at_once(office: Office) -> None:
    """A transaction of thousands of them would never end in time."""
    for _ in range(4):
        async with begin(office.pool, "test", office.bell) as tx:
            for _ in range(7):
                tx.send(LOG, b"k", b"b" * 890_000, ())
    rows = await office.pool.fetch(QUERIES["unsent"], [], 2000, 8_000_000)
    assert len(rows) == 9
    assert len(await office.pool.fetch(QUERIES["unsent"], [], 2000, 1)) == 1
    async with office.relay():
        assert len(await office.published()) == 28
