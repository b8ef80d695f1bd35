"""A whole installation: from topic to topic (P3), from a scan to a release (P4), and what it costs at rest (P10)."""

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from statistics import median, quantiles
from time import perf_counter, sleep
from typing import Final

import asyncpg
import psutil
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from rich.progress import track

from deploy.local.clock import start_clock
from deploy.local.drain import Readers, wait_until_drained
from deploy.local.places import session_places
from deploy.local.servers import Servers, running_servers
from deploy.local.services import running_services, topics_read_by
from shared.contracts.allocations import BackorderReleased
from shared.contracts.fields import Fact
from shared.contracts.topics import SERVICES, TOPIC_OF
from shared.testing.builders import (
    MONDAY,
    a_carton,
    a_merchant,
    a_node,
    a_product,
    a_receipt,
    a_scan,
    an_asn,
    an_asn_line,
    an_order,
)
from shared.testing.bus import Bus, bus_at
from tests.performance.bench import floors
from tests.performance.bench.bench import Bench, order
from tests.performance.bench.figures import Figure

SCANS: Final = 300
RECEIPTS: Final = 40
TIMES: Final = 5  # as many receipts of each SKU in one run
EACH: Final = 50  # lines that a receipt serves
ON_THE_WAY: Final = ("receiving", "inventory", "allocation")  # from a scan to a release
REST_SECONDS: Final = 20
MOST_MB: Final = 120
MOST_CORE: Final = 0.02
HOPS: Final = ("bench-hop-1", "bench-hop-2", "bench-hop-3", "bench-hop-4")


@contextmanager
def an_installation() -> Iterator[Servers]:
    """Start servers and all services, each as its own process, as `make run` does."""

    def say(text: str) -> None:
        del text

    with running_servers(session_places(), say, keep=False) as servers, running_services(servers, say):
        yield servers


def installation(bench: Bench, asked: Collection[str]) -> list[Figure]:
    """Measure P10 of services that have nothing to do, then P4 and P3 without those that only read the outcome."""
    figures: list[Figure] = []
    with an_installation() as servers:
        if "P10" in asked:
            figures += at_rest(servers)
        servers.supervisor.stop(*(name for name in SERVICES if name not in ON_THE_WAY))
        if "P4" in asked:
            scans = SCANS if bench.smaller == 1 else SCANS // 3
            figures += uvloop.run(scan_to_release(servers, bench.runs, scans))
        if "P3" in asked:
            figures += uvloop.run(sustained(servers, bench))
    return figures


def at_rest(servers: Servers) -> list[Figure]:
    """Return memory and share of a core of each service while nothing happens."""
    processes = [psutil.Process(servers.supervisor.pid(name)) for name in SERVICES]
    for process in processes:
        process.cpu_percent()
    for _ in track(range(REST_SECONDS), "services at rest"):
        sleep(1)
    cores = [process.cpu_percent() / 100 for process in processes]
    memory = [process.memory_info().rss / 1e6 for process in processes]
    return [
        Figure("P10", "memory of the largest service", [max(memory)], [MOST_MB], "MB wanted", "MB", "at most", 1),
        Figure("P10", "core that the busiest idle service uses", [max(cores)], [MOST_CORE], "wanted", "", "at most", 1),
    ]


async def scan_to_release(servers: Servers, runs: int, scans: int) -> list[Figure]:
    """Scan unit by unit what customers wait for, each once the last is released; beside three bare hops."""
    await start_clock(servers.database_url, MONDAY)
    async with bus_at(servers.kafka_bootstrap, "") as bus:
        await bus.publish(a_node(zone="UTC"), a_merchant(), a_product())
        await bus.publish(an_asn("asn-1", cartons=(a_carton("carton-1", an_asn_line(qty=scans)),)))
        at = [MONDAY - timedelta(hours=1) + timedelta(seconds=number) for number in range(scans)]
        await bus.publish(*(an_order(f"o{number}", completed_at=moment) for number, moment in enumerate(at)))
        await all_is_done(servers)
        async with reading(bus.bootstrap, TOPIC_OF[BackorderReleased].name) as consumer:
            ours = [
                await released_by(consumer, bus, 1, a_scan(f"terminal-1/{n}", times=1))
                for n in track(range(scans), "scans")
            ]
    hops = await three_hops(servers, scans)
    return [
        Figure("P4", "scan to release, p50", *fifths(ours, hops, runs, 50), "three hops", "s", "at most", 1.5),
        Figure("P4", "scan to release, p99", *fifths(ours, hops, runs, 99), "three hops", "s", "at most", 3),
    ]


async def all_is_done(servers: Servers) -> None:
    """Wait until none of the services between a scan and a release has anything left to do."""
    readers = Readers({name: topics_read_by(name) for name in ON_THE_WAY}, ON_THE_WAY)
    await wait_until_drained(servers.kafka_bootstrap, servers.database_url, readers, lambda: None)


async def sustained(servers: Servers, bench: Bench) -> list[Figure]:
    """Measure P3: receipts through Kafka, inventory and allocation, beside the slower of Kafka and PostgreSQL alone."""
    skus = [f"p3-{number}" for number in range(bench.size(RECEIPTS))]
    lines = len(skus) * TIMES * EACH
    await start_clock(servers.database_url, MONDAY)
    ours, floor = list[float](), list[float]()
    async with bus_at(servers.kafka_bootstrap, "") as bus:
        await bus.publish(a_node(zone="UTC"), a_merchant(), *(a_product(sku) for sku in skus))
        every = [(sku, number) for number in range(bench.runs * TIMES * EACH) for sku in skus]
        await bus.publish(*(order(sku, number) for sku, number in every))
        await all_is_done(servers)
        for run in track(range(bench.runs), "receipts"):
            ids = range(run * TIMES, (run + 1) * TIMES)
            receipts = [a_receipt(f"{sku}/{number}", sku, EACH, supply_id=None) for number in ids for sku in skus]
            async with reading(bus.bootstrap, TOPIC_OF[BackorderReleased].name) as consumer:
                ours.append(lines / await released_by(consumer, bus, lines, *receipts))
            await all_is_done(servers)
            bare = lines / await floors.relay(servers.kafka_bootstrap, f"bench-bus-{run}", lines)
            async with bench.empty() as connection:
                await floors.fill(connection, len(skus) * TIMES, 2 * EACH)
                floor.append(min(bare, lines / await floors.release(connection, EACH, receipts=False)))
    measured = f"{len(skus) * TIMES} receipts of {EACH}, from topic to topic"
    return [Figure("P3", measured, ours, floor, "of F-bus, F-sql", "lines/s", "at least", 0.5)]


async def released_by(consumer: AIOKafkaConsumer, bus: Bus, lines: int, *facts: Fact) -> float:
    """Return how long it takes from facts to the release of so many lines."""
    began = perf_counter()
    await bus.publish(*facts)
    while lines > 0:
        for records in (await consumer.getmany(timeout_ms=1000)).values():
            lines -= sum(dict(record.headers)["ce_type"] == b"BackorderReleased" for record in records)
    return perf_counter() - began


def fifths(ours: Sequence[float], hops: Sequence[float], runs: int, percent: int) -> tuple[list[float], list[float]]:
    def of(values: Sequence[float]) -> list[float]:
        groups = [values[run::runs] for run in range(runs)]
        if percent == 50:
            return [median(group) for group in groups]
        return [quantiles(group, n=100, method="inclusive")[percent - 1] for group in groups]

    return of(ours), of(hops)


@asynccontextmanager
async def reading(bootstrap: str, topic: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="latest", fetch_max_wait_ms=50)
    await consumer.start()
    try:
        await consumer.seek_to_end()
        yield consumer
    finally:
        await consumer.stop()


async def three_hops(servers: Servers, times: int) -> list[float]:
    """Return how long records take over three hops: each is read, a row is committed, and the next one is published."""
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.kafka_bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1) for topic in HOPS])
    await admin.close()
    async with AsyncExitStack() as stack:
        producer = AIOKafkaProducer(bootstrap_servers=servers.kafka_bootstrap, acks="all")
        await producer.start()
        stack.push_async_callback(producer.stop)
        readers = [await stack.enter_async_context(reading(servers.kafka_bootstrap, topic)) for topic in HOPS[1:]]
        first = await stack.enter_async_context(reading(servers.kafka_bootstrap, HOPS[0]))
        connection = await asyncpg.connect(servers.database_url)
        stack.push_async_callback(connection.close)
        await connection.execute("create table bench_hops (id bigint generated always as identity, body bytea)")
        taken = []
        for _ in track(range(times), "hops"):
            began = perf_counter()
            await producer.send_and_wait(HOPS[0], b"x" * 400)
            for reader, topic in zip((first, *readers[:2]), HOPS[1:], strict=True):
                record = await reader.getone()
                await connection.execute("insert into bench_hops (body) values ($1)", record.value)
                await producer.send_and_wait(topic, record.value)
            await readers[2].getone()
            taken.append(perf_counter() - began)
        return taken
