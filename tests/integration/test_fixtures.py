"""The fixtures give every test its own database and topics on real servers."""

from __future__ import annotations

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.testing.until import until
from tests.conftest import Databases


@pytest.mark.parametrize("_time", [1, 2])
async def test_each_test_has_an_unchanged_schema(database: str, _time: int) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute("create table only_here(id int)")
    await connection.close()


@pytest.mark.parametrize("_time", [1, 2])
async def test_each_test_finds_empty_tables_and_counts_from_one(database: str, _time: int) -> None:
    connection = await asyncpg.connect(database)
    row = "insert into inventory.outbox (topic, key, headers) values ('t', '', '') returning id"
    assert await connection.fetchval(row) == 1
    await connection.close()


async def test_connections_left_by_a_test_are_ended(databases: Databases) -> None:
    database = await databases.take()
    left = await asyncpg.connect(database)
    await left.execute("insert into inventory.outbox (topic, key, headers) values ('t', '', '')")
    await databases.give_back(database)
    assert left.is_closed()


async def test_a_record_comes_back_from_a_topic_of_this_test(
    kafka_server: str, kafka_admin: AIOKafkaAdminClient, topic_prefix: str
) -> None:
    topic = topic_prefix + "receipts.v1"
    await kafka_admin.create_topics([NewTopic(topic, 1, 1)])
    async with AIOKafkaProducer(bootstrap_servers=kafka_server) as producer:
        await producer.send_and_wait(topic, b"ten units")
    async with AIOKafkaConsumer(topic, bootstrap_servers=kafka_server, auto_offset_reset="earliest") as consumer:
        assert (await consumer.getone()).value == b"ten units"


async def test_waiting_returns_the_first_true_value() -> None:
    values = iter([0, 0, 3])
    assert await until(lambda: next(values)) == 3


async def test_waiting_in_vain_names_the_condition_and_its_last_value() -> None:
    async def units_on_hand() -> int:
        return 0

    with pytest.raises(AssertionError, match=r"still 0: .*units_on_hand"):
        await until(units_on_hand, timeout=0.05)
