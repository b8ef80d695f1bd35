"""Nothing that a producer puts on a topic stops a partition, or makes a record of another one pass unseen."""

from dataclasses import replace

import pytest
from aiokafka import AIOKafkaProducer

from shared.messaging.replay import replay
from shared.messaging.service import Running
from shared.messaging.wire import unpack
from shared.testing.builders import a_receipt, a_shipment, an_opening
from shared.testing.bus import Sent, record_of
from shared.testing.until import until
from tests.integration.messaging.probe import Probe
from tests.integration.messaging.raw import CODECS, batch_of, packed, produce, renamed

NAMED = b"x-trace-by-agent"
NOT_UTF_8 = b"x-trace-\xff\xfe-agent"


def with_a_header(receipt: str) -> Sent:
    """Return a receipt with a header of a partner's own."""
    record = record_of(a_receipt(receipt))
    return replace(record, headers=(*record.headers, (NAMED.decode(), b"whatever")))


async def test_a_header_name_that_is_not_utf_8_costs_its_record_alone(probe: Probe) -> None:
    good = [f"r{number}" for number in range(40)]
    await probe.world.bus.publish(*(a_receipt(name, sku=f"S{name}") for name in good[:20]))
    batch = batch_of([record_of(a_receipt("before")), with_a_header("odd"), record_of(a_receipt("after"))])
    await produce(probe.world, "receipts.v1", 0, renamed(batch, NAMED, NOT_UTF_8))
    await probe.world.bus.publish(*(a_receipt(name, sku=f"S{name}") for name in good[20:]))
    await probe.world.bus.publish(an_opening("A"), a_shipment("o1"))
    async with probe.running() as at_work:
        await _has_done(probe, *good, "before", "after", "open/A/ams", "o1/ship")
        await _has_done_as_well(probe, at_work)


async def _has_done_as_well(probe: Probe, at_work: Running) -> None:
    """Look at the dead letter, and hand it back as an operator would once they have seen that the header is no harm."""
    row = await probe.world.admin.fetchrow("select * from dead_letters")
    assert row is not None
    assert row["reason"] == "the name of a header is not UTF-8"
    assert row["body"] == record_of(a_receipt("odd")).body
    assert (r"x-trace-\xff\xfe-agent", b"whatever") in unpack(row["headers"])
    [copy] = await probe.dead_copies("receipts.v1")
    assert copy.value == row["body"]
    assert (await at_work.health())["ready"]
    await replay(at_work.consumer.worker.pool)
    await until(lambda: _knows(probe, "odd"))


@pytest.mark.parametrize("codec", CODECS)
async def test_one_odd_record_in_a_compressed_batch_dies_alone(probe: Probe, codec: str) -> None:
    """Changed before it is packed: what a broker checks of a compressed batch is whole."""
    records = [record_of(a_receipt(f"r{number}")) for number in range(5)]
    records[2] = with_a_header("odd")
    plain = renamed(batch_of(records), NAMED, NOT_UTF_8)
    await produce(probe.world, "receipts.v1", 1, packed(plain, codec))
    await probe.world.bus.publish(an_opening("A"))
    async with probe.running():
        await _has_done(probe, "r0", "r1", "r3", "r4", "open/A/ams")
    assert list((await probe.reasons()).values()) == ["the name of a header is not UTF-8"]


@pytest.mark.parametrize("codec", CODECS)
async def test_every_way_to_compress_is_read(probe: Probe, codec: str) -> None:
    await produce(probe.world, "receipts.v1", 0, batch_of([record_of(a_receipt("r1"))], codec))
    async with probe.running():
        await probe.has_done("r1")


@pytest.mark.parametrize("beside", ["an odd record", "good ones"])
async def test_an_aborted_transaction_has_no_effect(probe: Probe, beside: str) -> None:
    """Beside an odd record, what was fetched with it is read again by rules of our own."""
    topic = f"{probe.world.bus.prefix}receipts.v1"
    producer = AIOKafkaProducer(bootstrap_servers=probe.world.bus.bootstrap, transactional_id=f"{topic}-shop")
    await producer.start()
    for name in ("r1", "aborted", "r2"):
        record = record_of(a_receipt(name))
        await producer.begin_transaction()
        await producer.send_and_wait(topic, record.body, record.key, 0, headers=list(record.headers))
        await (producer.abort_transaction() if name == "aborted" else producer.commit_transaction())
    await producer.stop()
    if beside == "an odd record":
        await produce(probe.world, "receipts.v1", 0, renamed(batch_of([with_a_header("odd")]), NAMED, NOT_UTF_8))
    async with probe.running():
        await probe.has_done("r1", "r2")
        await probe.world.bus.publish(an_opening("A"))
        await probe.has_done("r1", "r2", "open/A/ams")
        await probe.has(1 if beside == "an odd record" else 0, "dead_letters")


async def _has_done(probe: Probe, *names: str) -> None:
    await until(lambda: _are_done(probe, set(names)))
    assert len(await probe.done()) == len(names)


async def _are_done(probe: Probe, names: set[str]) -> bool:
    return set(await probe.done()) == names


async def _knows(probe: Probe, name: str) -> bool:
    return name in await probe.done()
