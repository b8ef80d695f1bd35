"""A storm over a whole installation, and a model that looks at the inputs alone: what must have come of them.

The model says units by SKU and line, and what each customer was mailed.
"""

import asyncio
import json
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from typing import Any

import asyncpg

from deploy.invariants.__main__ import check
from deploy.local.addresses import Addresses
from deploy.local.clock import start_clock
from deploy.local.places import session_places
from deploy.local.servers import Servers, running_servers
from deploy.local.services import running_services
from shared.contracts.notices import NoticeSent
from shared.testing.builders import MONDAY
from shared.testing.bus import bus_at
from tests.faults.business import (
    HOT,
    MILD,
    NEAR,
    NEVER,
    Inputs,
    a_day_of_business,
    what_the_floor_answers,
    what_the_floor_does,
)
from tests.faults.chaos import chaos_on, drained, send_all


async def ride_out(servers: Servers, seed: int) -> tuple[Inputs, Counter[str]]:
    """Do a day's business in a storm; return what was said, and what was killed and frozen how often."""
    chance, inputs = random.Random(seed), Inputs()
    with chaos_on(servers, random.Random(seed)) as chaos:
        await send_all(servers, chance, a_day_of_business(chance, inputs), 12)
        chaos.calm.set()
        await drained(servers)
        async with _connected(servers) as admin:
            floor = await what_the_floor_does(chance, inputs, admin)
        chaos.calm.clear()
        await send_all(servers, chance, floor, 6)
        chaos.calm.set()
        await drained(servers)
        async with _connected(servers) as admin:
            answers = await what_the_floor_answers(admin)
        await send_all(servers, chance, answers, 0.5)
        await drained(servers)
    return inputs, chaos.did


def _connected(servers: Servers) -> Any:
    return asyncpg.create_pool(servers.database_url, min_size=0, max_size=1)


async def what_is_wrong(servers: Servers, inputs: Inputs) -> list[str]:
    """Compare what became of everything with what the inputs imply; return what differs, in words."""
    async with _connected(servers) as admin:
        wrong = [line async for line in _units(admin, inputs)]
        wrong += await _lines(admin, inputs)
        rows = await admin.fetch("select order_id, line_id, units::int from allocation.queue")
        waiting = {(row["order_id"], row["line_id"]): row["units"] for row in rows}
        together = await admin.fetch("select order_id, latest from allocation.queue where sku in ($1, $2)", NEAR, NEVER)
        query = "select order_id, kind from notification.notices where state in ('sent', 'planned') order by place"
        notices = await admin.fetch(query)
    wrong += [f"{row['order_id']}: a date although a line has none" for row in together if row["latest"]]
    return wrong + await _mails(servers, inputs, waiting, [(row[0], row[1]) for row in notices])


async def _units(admin: asyncpg.Connection, inputs: Inputs) -> AsyncIterator[str]:
    rows = await admin.fetch("select sku, status, sum(on_hand)::int as units from inventory.balances group by 1, 2")
    balances = {(row["sku"], row["status"]): row["units"] for row in rows}
    for sku in (HOT, MILD, NEAR):
        found = tuple(balances.get((sku, status), 0) for status in ("sellable", "quarantine", "damaged"))
        implied = (inputs.sellable(sku), inputs.of(sku, inputs.shorted), inputs.broken[sku])
        if found != implied:
            yield f"{sku}: on hand {found}, and the inputs say {implied}"
    for sku in (HOT, MILD):
        owned = await admin.fetchval(
            "select (select coalesce(sum(on_floor), 0) from allocation.releases where sku = $1) "
            "+ (select coalesce(sum(claimed), 0) from allocation.queue where sku = $1)", sku,
        )  # fmt: skip
        if owned != (should := min(inputs.wanted(sku), inputs.sellable(sku))):
            yield f"{sku}: customers have {owned} units, and the inputs say {should}"


async def _lines(admin: asyncpg.Connection, inputs: Inputs) -> list[str]:
    rows = await admin.fetch("select order_id, line_id, units::int, cancelled::int, shipped::int from allocation.lines")
    found = {(row["order_id"], row["line_id"]): (row["units"], row["cancelled"], row["shipped"]) for row in rows}
    should = {
        key: (line.units, inputs.cancelled.get(key, 0), inputs.shipped.get(key, 0))
        for order in inputs.orders
        for line in order.lines
        for key in ((order.order_id, line.line_id),)
    }
    return [
        f"{key}: {found.get(key)}, and the inputs say {should.get(key)}"
        for key in sorted(found.keys() | should.keys())
        if found.get(key) != should.get(key)
    ]


async def _mails(
    servers: Servers, inputs: Inputs, waiting: dict[tuple[str, str], int], notices: Iterable[tuple[str, str]]
) -> list[str]:
    """Compare mails with notices: each under its own name, and one for everyone whom something happened to.

    Of the `notices` (order, kind), in the order of what happened, some wait for their time.
    """
    async with bus_at(servers.kafka_bootstrap, "") as bus:
        sent = await bus.told(NoticeSent)
    mailed = {message_from_bytes(file.read_bytes())["Message-ID"] for file in servers.places.mail.glob("*.eml")}
    kinds: dict[str, list[str]] = defaultdict(list)
    for order, kind in notices:
        kinds[order].append(kind)
    wrong = [f"mailed and not told of: {name}" for name in mailed - {notice.message_id for notice in sent}]
    wrong += [f"told of and not mailed: {notice.notice_id}" for notice in sent if notice.message_id not in mailed]
    wrong += [
        f"{order} waits and was told nothing" for order, _ in waiting if not {"confirmed", "moved"} & {*kinds[order]}
    ]
    wrong += [f"{order} was not told of its cancel" for order, _ in inputs.cancelled if "cancelled" not in kinds[order]]
    wrong += [
        f"{order} was told that it is packed, and not that it waits again: {kinds[order]}"
        for (order, line), units in inputs.shorted.items()
        if waiting.get((order, line)) == units
        and len(inputs.line_ids(order)) == 1
        and kinds[order][-1:] == ["released"]
    ]
    return wrong


@contextmanager
def an_installation() -> Iterator[Servers]:
    """Run all services on servers of this test's own, on a Monday."""
    with running_servers(session_places(), print, keep=False) as servers, running_services(servers, print):
        asyncio.run(start_clock(servers.database_url, MONDAY))
        yield servers


def what_a_storm_breaks(seed: int) -> list[str]:
    """Do business in a storm; return what differs from what the inputs imply, and the invariants that do not hold."""
    print(f"seed {seed}")
    with an_installation() as servers:
        inputs, did = asyncio.run(ride_out(servers, seed))
        print(dict(did))
        url = Addresses(**json.loads((servers.places.data / "addresses.json").read_text())).checker
        broken = {name: rows for name, rows in asyncio.run(check(url)).items() if rows}
        return [*asyncio.run(what_is_wrong(servers, inputs)), *map(str, broken.items())]
