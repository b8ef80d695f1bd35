"""Customers hear of a bundle as the one line that they ordered."""

from typing import Any

from shared.contracts.allocations import OfBundle
from shared.contracts.notices import NoticeSent
from shared.contracts.products import Component
from shared.contracts.shipments import ShippedLine
from shared.testing.builders import (
    a_contact,
    a_line,
    a_merchant,
    a_product,
    a_promised_line,
    a_released_line,
    a_shipment,
    an_order,
    promised,
    released,
)
from shared.testing.until import until
from tests.integration.notification.conftest import Shop, part


def a_component(sku: str, line_version: int, whole: int) -> Any:
    """Return a released component of line 1, with which so many bundles are whole."""
    bundle = OfBundle(line_id="1", line_version=line_version, sku="KIT", units=whole)
    return a_released_line(1, 2, f"1/{sku}", sku=sku, bundle=bundle)


async def test_a_bundle_is_told_once_when_it_is_whole(shop: Shop) -> None:
    async with shop.start():
        await shop.world.bus.publish(a_merchant(), a_product("KIT"), a_product("TENT"), a_product("MAT"))
        await shop.world.bus.publish(an_order("o1", a_line("1", "KIT", 2)), a_contact())
        await shop.world.bus.publish(promised("o1", a_promised_line(units=2, sku="KIT")))
        await shop.reaches(confirmed_sent=1)
        await shop.world.bus.publish(released("o1", a_component("MAT", 2, 0)))
        await shop.world.bus.publish(released("o1", a_component("TENT", 3, 2), a_component("MAT", 3, 2)))
        await shop.reaches(confirmed_sent=1, released_sent=1)

    *_, mail = shop.mail.taken
    assert "2 × The KIT" in part(mail, "plain")
    assert "TENT" not in part(mail, "plain")
    *_, sent = await shop.world.bus.told(NoticeSent, "o1")
    assert [(line.line_id, line.line_version) for line in sent.lines] == [("1", 3)]


async def test_a_bundle_whose_components_shipped_is_not_late(shop: Shop) -> None:
    async with shop.start():
        components = (Component(sku="TENT", units=1), Component(sku="MAT", units=2))
        await shop.world.bus.publish(a_merchant(), a_product("KIT", components=components), a_product("TENT"))
        await shop.world.bus.publish(a_product("MAT"), an_order("o1", a_line("1", "KIT")), a_contact())
        await shop.world.bus.publish(promised("o1", a_promised_line(1, (9, 10), sku="KIT")))
        await shop.reaches(confirmed_sent=1)
        await shop.world.bus.publish(released("o1", a_component("TENT", 3, 1), a_component("MAT", 3, 1)))
        await shop.reaches(confirmed_sent=1, released_sent=1)
        parts = [ShippedLine(line_id=f"1/{sku}", sku=sku, node="ams", units=1) for sku in ("TENT", "MAT")]
        await shop.world.bus.publish(a_shipment("o1", *parts))
        await until(lambda: shop.count("inbox", "topic = 'shipments.v1'"))
        await shop.passes(days=7)
        assert await shop.count("notices", "kind = 'late' or alarm is not null") == 0
        assert await shop.count("lines") == 1, "nobody ordered the components"
