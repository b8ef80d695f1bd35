"""Customers hear of a bundle as the one line that they ordered."""

from typing import Any

import pytest

from shared.contracts.allocations import OfBundle
from shared.contracts.notices import NoticeSent
from shared.contracts.shipments import ShipmentConfirmed, ShippedLine
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


def a_component(sku: str, line_version: int, whole: int, units: int = 2, per_bundle: int = 1) -> Any:
    """Return a released component of line 1, with which so many bundles are whole."""
    bundle = OfBundle(line_id="1", line_version=line_version, sku="KIT", units=whole, components=2)
    return a_released_line(1, units, f"1/{sku}", sku=sku, bundle=bundle, per_bundle=per_bundle)


def a_parcel(name: str, **units: int) -> ShipmentConfirmed:
    """Return a parcel with so many units of components of line 1."""
    parts = [ShippedLine(line_id=f"1/{sku}", sku=sku, node="ams", units=n) for sku, n in units.items()]
    return a_shipment("o1", *parts, shipment_id=name, tracking=f"track-{name}")


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


@pytest.mark.parametrize("first", ["the release", "the parcels"])
async def test_a_bundle_has_shipped_once_the_last_of_its_components_has(shop: Shop, first: str) -> None:
    async with shop.start():
        await shop.world.bus.publish(a_merchant(), a_product("KIT"), a_product("TENT"), a_product("MAT"))
        await shop.world.bus.publish(an_order("o1", a_line("1", "KIT", 2)), a_contact())
        await shop.world.bus.publish(promised("o1", a_promised_line(2, (9, 10), sku="KIT")))
        await shop.reaches(confirmed_sent=1)
        release = released("o1", a_component("TENT", 3, 2), a_component("MAT", 3, 2, units=4, per_bundle=2))
        parcels = (a_parcel("p1", MAT=3), a_parcel("p2", TENT=1), a_parcel("p3", TENT=1, MAT=1))
        if first == "the release":
            await shop.world.bus.publish(release)
            await shop.reaches(confirmed_sent=1, released_sent=1)
            for parcel in parcels[:2]:
                await shop.world.bus.publish(parcel)
            await shop.reaches(confirmed_sent=1, released_sent=1, shipped_sent=1)
            assert "1 of 2 × The KIT has shipped" in part(shop.mail.taken[-1], "plain")
            assert all(f"track-{name}" in part(shop.mail.taken[-1], "plain") for name in ("p1", "p2"))
            await shop.world.bus.publish(parcels[2])
            await shop.reaches(confirmed_sent=1, released_sent=1, shipped_sent=2)
            assert "track-p3" in part(shop.mail.taken[-1], "plain")
            assert "track-p2" not in part(shop.mail.taken[-1], "plain")
        else:
            await shop.world.bus.publish(*parcels)
            await until(lambda: shop.count("inbox", "topic = 'shipments.v1' having count(*) = 3"))
            assert await shop.states() == {"confirmed sent": 1}
            await shop.world.bus.publish(release)
            await until(lambda: shop.count("notices", "kind = 'shipped' and state = 'sent'"))
            assert "2 × The KIT" in part(shop.mail.taken[-1], "plain")
        await shop.passes(days=7)
        assert await shop.count("notices", "kind = 'late' and (state = 'sent' or alarm is not null)") == 0
        assert await shop.count("lines") == 1, "nobody ordered the components"


async def test_a_bundle_of_which_a_component_stays_is_late(shop: Shop) -> None:
    async with shop.start():
        await shop.world.bus.publish(a_merchant(), a_product("KIT"), a_product("TENT"), a_product("MAT"))
        await shop.world.bus.publish(an_order("o1", a_line("1", "KIT")), a_contact())
        await shop.world.bus.publish(promised("o1", a_promised_line(1, (9, 10), sku="KIT")))
        await shop.reaches(confirmed_sent=1)
        await shop.world.bus.publish(released("o1", a_component("TENT", 3, 1, 1), a_component("MAT", 3, 1, 1)))
        await shop.reaches(confirmed_sent=1, released_sent=1)
        await shop.world.bus.publish(a_parcel("p1", TENT=1))
        await until(lambda: shop.count("inbox", "topic = 'shipments.v1'"))
        await shop.passes(days=7)
        await until(lambda: shop.count("notices", "kind = 'late' and alarm = 'open'"))
        await shop.world.bus.publish(a_parcel("p2", MAT=1))
        await until(lambda: shop.count("notices", "kind = 'shipped' and state = 'sent'"))
        await until(lambda: shop.count("notices", "kind = 'late' and alarm = 'settled'"))
