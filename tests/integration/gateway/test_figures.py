"""Every figure that gateway keeps can be asked."""

from collections.abc import AsyncIterator

import pytest

from services.gateway.app import SERVICE
from shared.testing.until import until
from tests.integration.conftest import World
from tests.integration.gateway.conftest import Headers, Site, site_of
from tests.integration.gateway.story import story


@pytest.fixture
async def told(world: World) -> AsyncIterator[Site]:
    """Return gateway after it has heard the story."""
    async with world.start(SERVICE) as running, site_of(running.consumer.worker) as site:
        records = await world.bus.publish(*story())
        query = "select count(*) = $1 from gateway.inbox where outcome = 'done'"
        await until(lambda: world.admin.fetchval(query, len(records)), timeout=30)
        yield site


async def test_every_figure_of_the_story_can_be_asked_for(told: Site) -> None:
    key = await told.key("read")
    await exceptions_can_be_paged(told, key)
    await a_day_at_the_dock_is_the_nodes_own(told, key)
    await a_truck_and_its_file_are_answered(told, key)
    await a_device_sees_where_its_units_go(told)
    await positions_are_shown(told, key)
    await an_order_shows_what_it_waits_for(told, key)
    await an_order_shows_what_became_of_each_line(told, key)


async def exceptions_can_be_paged(site: Site, key: Headers) -> None:
    first = await site.rows("/v1/exceptions", key, limit=2)
    assert [(row["exception_id"], row["state"]) for row in first] == [("x1", "settled"), ("x2", "open")]
    after = await site.rows("/v1/exceptions", key, limit=2, after="x2")
    assert [row["exception_id"] for row in after] == ["x3"]
    asked = {"state": "open", "class": "unknown_barcode", "subject": "gun/3"}
    (entry,) = await site.rows("/v1/exceptions", key, **asked)
    assert (entry["exception_id"], entry["class"], entry["facts"]) == ("x3", "unknown_barcode", {"node": "ams"})


async def a_day_at_the_dock_is_the_nodes_own(site: Site, key: Headers) -> None:
    monday = await site.rows("/v1/dock", key, node="ams", day="2027-03-08")
    assert [(row["asn_id"], row["state"]) for row in monday] == [
        ("asn-1", "cancelled"), ("asn-2", "no_show"), ("asn-1", "arrived"),
    ]  # fmt: skip
    tuesday = await site.rows("/v1/dock", key, node="ams", day="2027-03-09")
    assert [(row["state"], row["door"]) for row in tuesday] == [("booked", "1"), ("closed", None)]
    truck = await site.rows("/v1/dock", key, asn_id="asn-1")
    assert [row["state"] for row in truck] == ["refused", "cancelled", "arrived", "booked", "closed"]
    assert truck[0]["details"]["next_free"][0]["door"] == "1"
    assert (await site.get("/v1/dock", key, node="xyz", day="2027-03-09")).status_code == 404
    assert (await site.get("/v1/dock", key, node="ams")).status_code == 422


async def a_truck_and_its_file_are_answered(site: Site, key: Headers) -> None:
    (close,) = await site.rows("/v1/asns/closed", key, asn_id="asn-1")
    assert (close["node"], close["lines"][0]["received"], close["lines"][0]["short"]) == ("ams", 9, 1)
    (advice,) = await site.rows("/v1/advices", key, asn_id="asn-1")
    assert (advice["version"], advice["lines"][0]["received"], advice["document"]) == (2, 9, "ST*861")
    (refused,) = await site.rows("/v1/asn-files", key, file_id="f1")
    assert (refused["state"], refused["faults"][0]["element"], refused["answer"]) == ("refused", "SN102", "997 R")
    (taken,) = await site.rows("/v1/asn-files", key, file_id="f2")
    assert (taken["state"], taken["asns"]) == ("acknowledged", [{"asn_id": "asn-1", "revision": 1}])
    assert await site.rows("/v1/asn-files", key, file_id="f3") == []


async def a_device_sees_where_its_units_go(site: Site) -> None:
    gun = await site.key("scan")
    answers = await site.rows("/v1/scan-answers", gun, device_id="gun")
    assert [(row["scan_id"], row["told"]["result"]) for row in answers] == [
        ("gun/2", "accepted"),
        ("gun/1", "accepted"),
    ]
    (first,) = await site.rows("/v1/scan-answers", gun, device_id="gun", scan_id="gun/1")
    assert first["told"]["lane"] == "B"
    assert await site.rows("/v1/scan-answers", gun, device_id="other") == []


async def positions_are_shown(site: Site, key: Headers) -> None:
    (inbound,) = await site.rows("/v1/inbound", key, sku="TEE-M", node="ams")
    assert (inbound["version"], inbound["supplies"][0]["expected_units"]) == (2, 10)
    for order_by, skus in (("value", ["TEE-M", "HAT"]), ("units", ["HAT", "TEE-M"])):
        queues = await site.rows("/v1/queues", key, node="ams", order_by=order_by)
        assert [row["sku"] for row in queues] == skus
    assert len(await site.rows("/v1/queues", key, limit=1)) == 1
    assert await site.rows("/v1/queues", key, node="xyz") == []
    pages = await site.rows("/v1/availability", key, sku="TEE-M")
    assert [(row["node"], row["available_to_sell"]) for row in pages] == [(None, 3), ("ams", 0)]
    (page,) = await site.rows("/v1/availability", key, sku="TEE-M", node="ams")
    assert page["breaks"] == [
        {"up_to_units": 5, "ships": {"earliest": "2027-03-16", "latest": "2027-03-22"}, "is_estimated": False}
    ]
    text = (page["ships_by"], page["valid_until"], page["alternatives"])
    assert text == ("2027-03-22", "2027-03-08T16:00:00+00:00", ["TEE-L"])


async def an_order_shows_what_it_waits_for(site: Site, key: Headers) -> None:
    (line,) = await site.rows("/v1/promises", key, order_id="o1")
    assert (line["promised_units"], line["waiting_units"], line["latest"]) == (4, 3, "2027-03-31")
    (left,) = await site.rows("/v1/promises", key, order_id="o9")
    assert (left["promised_units"], left["waiting_units"]) == (4, 1)
    (again,) = await site.rows("/v1/promises", key, order_id="o2")
    assert (again["promised_units"], again["waiting_units"]) == (2, 1)
    assert await site.rows("/v1/promises", key, order_id="o3") == []


async def an_order_shows_what_became_of_each_line(site: Site, key: Headers) -> None:
    rows = await site.rows("/v1/order-lines", key, order_id="o7")
    units = ("ordered", "waiting", "released", "shipped", "cancelled")
    assert {row["line_id"]: tuple(row[f"{unit}_units"] for unit in units) for row in rows} == {
        "1": (5, 3, 0, 0, 2),
        "2": (3, 0, 0, 0, 0),
        "3": (1, 0, 0, 0, 0),
        "4": (1, 0, 1, 0, 0),
        "9": (None, 3, 0, 0, 0),
    }
    part, swapped, declined, _, new = rows
    assert (part["latest"], part["refund_due_by"]) == ("2027-03-22", "2027-03-22")
    assert swapped["swapped"] == [{"units": 3, "new_line_id": "9"}]
    assert (new["sku"], new["latest"], new["swapped"]) == ("TEE-L", "2027-03-19", [])
    why = {"units": 1, "reason": "it was shown to be out of stock", "alternatives": ["TEE-L"]}
    assert (declined["declined"], new["declined"]) == (why, None)
    (left,) = await site.rows("/v1/order-lines", key, order_id="o9")
    assert (left["waiting_units"], left["shipped_units"]) == (1, 3)
    (again,) = await site.rows("/v1/order-lines", key, order_id="o2")
    assert (again["waiting_units"], again["released_units"]) == (1, 1)
    others = await site.key("read", merchant="bolt")
    assert await site.rows("/v1/order-lines", others, order_id="o7") == []
