"""Whatever comes first, and however often: the same units, the same inbound, the same figures in the end."""

import random
from typing import Any

import pytest

from services.receiving.app import SERVICE
from shared.contracts.dock import ReceivingClosed
from shared.contracts.fields import Fact
from shared.contracts.products import Pack
from shared.testing.builders import (
    a_carton,
    a_carton_scan,
    a_close,
    a_day,
    a_node,
    a_product,
    a_scan,
    an_asn,
    an_asn_line,
    landed,
)
from shared.testing.until import until
from tests.integration.receiving.conftest import Dock

CASE = "14006381333938"
DATED: dict[str, Any] = {"lot": "L1", "expires_on": a_day(31)}
BARCODE = Pack(gtin="09520123450014", units=1, level="each")

NODE, SHIRT, VITAMIN = a_node(), a_product(), a_product("VITC", dated=True, packs=(BARCODE,))
ASN = an_asn(
    "asn-1",
    a_carton("c1", an_asn_line(), an_asn_line("VITC", 5, **DATED)),
    a_carton("c2", an_asn_line(None, 2, gtin=CASE, uom="case")),
)
SCANS = (
    a_carton_scan("gun/1", "c1"),
    a_scan("gun/2", 2, gtin=CASE, carton_id="c2"),
    a_scan("gun/3", 3, carton_id="c2"),
    a_scan("gun/4", 1, carton_id="c2", disposition="damaged"),
)
CLOSE = a_close()
STOCK = (
    landed(34, 1),
    landed(3, 2, status="quarantine"),
    landed(1, 3, status="damaged"),
    landed(5, 1, sku="VITC"),
)
KNOWN: tuple[Fact, ...] = (NODE, SHIRT, VITAMIN)
ORDERS: dict[str, tuple[Fact, ...]] = {
    "in order": (*KNOWN, ASN, *SCANS, *STOCK, CLOSE),
    "close before the stock": (*KNOWN, ASN, *SCANS, CLOSE, *STOCK),
    "close before the last scans": (*KNOWN, ASN, *SCANS[:1], CLOSE, *SCANS[1:], *STOCK),
    "close before the ASN": (*KNOWN, CLOSE, ASN, *SCANS, *STOCK),
    "scans before the ASN": (*KNOWN, *SCANS, ASN, *STOCK, CLOSE),
    "scans before the products": (NODE, *SCANS, ASN, SHIRT, VITAMIN, *STOCK, CLOSE),
    "ASN before one product": (NODE, SHIRT, ASN, *SCANS, CLOSE, VITAMIN, *STOCK),
    "ASN before its products": (NODE, ASN, VITAMIN, SHIRT, *SCANS, *STOCK, CLOSE),
    "ASN before the node": (SHIRT, VITAMIN, ASN, *SCANS, NODE, *STOCK, CLOSE),
    "stock before all": (*STOCK, *KNOWN, ASN, *SCANS, CLOSE),
    "stock before the scans": (*KNOWN, ASN, *STOCK, CLOSE, *SCANS),
    "backwards": (*STOCK, CLOSE, *SCANS[::-1], ASN, VITAMIN, SHIRT, NODE),
}


async def assert_all_came_out_right(dock: Dock) -> None:
    """Check what the supplies brought, what is still to come, and what the truck came to."""
    rows = await dock.world.admin.fetch(
        "select sku, expected_units, sellable, quarantine, damaged, stocked, landed from receiving.supplies"
        " order by sku"
    )
    assert [tuple(row) for row in rows] == [("TEE-M", 34, 34, 3, 1, 38, True), ("VITC", 5, 5, 0, 0, 5, True)]
    units: dict[tuple[str, str], int] = {}
    for sku, number, disposition in (await dock.receipts()).values():
        units[sku, disposition] = units.get((sku, disposition), 0) + number
    assert units == {
        ("TEE-M", "sellable"): 34,
        ("TEE-M", "quarantine"): 3,
        ("TEE-M", "damaged"): 1,
        ("VITC", "sellable"): 5,
    }
    for row in await dock.world.admin.fetch("select sku, version from receiving.positions"):
        news = await dock.inbound(f"{row['sku']}|ams")
        assert [version for version, _, _ in news] == list(range(1, row["version"] + 1))
        assert [supplies for _, supplies, _ in news][-1:] in ([{}], [])  # none if all was in stock when it was expected
    closed = (await dock.world.bus.told(ReceivingClosed))[-1]
    assert [(x.sku, x.expected, x.received, x.damaged) for x in closed.lines] == [
        ("TEE-M", 34, 38, 1),
        ("VITC", 5, 5, 0),
    ]
    assert await dock.world.admin.fetchval(
        "select array_agg(distinct exception_class) from receiving.discrepancies where state = 'open'"
    ) == ["over"]
    assert await dock.waiting() == []


@pytest.mark.parametrize("order", ORDERS)
async def test_news_in_any_order(dock: Dock, order: str) -> None:
    await dock.hears(*ORDERS[order])
    await assert_all_came_out_right(dock)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_everything_three_times_and_shuffled_ends_the_same(dock: Dock, seed: int) -> None:
    chance = random.Random(seed)
    await dock.hears_at_once(*chance.sample(ORDERS["in order"] * 3, 3 * len(ORDERS["in order"])))
    await assert_all_came_out_right(dock)


async def test_two_processes_share_the_work(dock: Dock) -> None:
    chance = random.Random(4)
    async with dock.world.start(SERVICE):
        await dock.hears_at_once(*chance.sample(ORDERS["in order"] * 5, 5 * len(ORDERS["in order"])))
        # What one process parked while the other committed its cause is tried again a moment later.
        await until(lambda: dock.world.admin.fetchval("select not exists (select from receiving.parked)"))
        await dock.idle()
        await assert_all_came_out_right(dock)


async def test_a_replay_of_everything_changes_nothing(dock: Dock) -> None:
    facts = ORDERS["close before the last scans"]
    records = await dock.hears(*facts)
    rows, event = await dock.rows(), await everything_told(dock)
    await dock.hears_at_once(*records)  # the same events
    await dock.hears_at_once(*facts)  # the same facts as new events
    await dock.world.admin.execute("delete from receiving.inbox")
    await dock.hears_at_once(*records)  # the same events, when nobody remembers them
    assert await dock.rows() == rows
    assert await everything_told(dock) == event
    await assert_all_came_out_right(dock)


async def everything_told(dock: Dock) -> dict[str, int]:
    """Return how many records are on each topic that receiving writes."""
    topics = ("inbound.v1", "receipts.v1", "dock.v1", "advices.v1", "exceptions.v1")
    return {topic: len(await dock.world.bus.raw(topic)) for topic in topics}
