"""What arrives before its cause waits for it, and is told then if it is still true."""

from dataclasses import replace
from typing import Any

import pytest

from shared.contracts.notices import NoticeSuperseded
from shared.contracts.shipments import ShippedLine
from shared.messaging.wire import announcement
from shared.testing.allocations import revoked
from shared.testing.builders import (
    MONDAY,
    a_contact,
    a_line,
    a_merchant,
    a_product,
    a_promised_line,
    a_shipment,
    an_order,
    moved,
    promised,
    released,
    withdrawn,
)
from shared.testing.bus import Sent, record_of
from shared.testing.until import until
from tests.integration.notification.conftest import Shop, part


def erased(order_id: str = "o1") -> Sent:
    """Return the tombstone of a contact."""
    topic, key, _, headers = announcement(a_contact(order_id), "test", None, MONDAY)
    return Sent(topic, key, None, headers)


async def test_a_promise_waits_for_its_order_and_that_for_merchant_and_product(shop: Shop) -> None:
    async with shop.start():
        await shop.world.bus.publish(a_contact(), promised())
        await until(lambda: shop.count("parked", "waits_for = 'order:o1'"))
        await shop.world.bus.publish(an_order())
        await until(lambda: shop.count("parked", "waits_for = 'merchant:acme'"))
        await shop.world.bus.publish(a_merchant())
        await until(lambda: shop.count("parked", "waits_for = 'sku:TEE-M'"))
        await shop.world.bus.publish(a_product())
        await shop.reaches(confirmed_sent=1)
        assert await shop.count("parked") == 0


async def test_each_kind_of_news_waits_for_its_order(shop: Shop) -> None:
    async with shop.start():
        await shop.world.bus.publish(a_merchant(), a_product(), a_contact())
        await shop.world.bus.publish(moved(), withdrawn("o2"), released("o3"))
        await until(lambda: shop.count("parked", "true having count(*) = 3"))
        await shop.world.bus.publish(an_order("o1"), an_order("o2"), an_order("o3"))
        await shop.reaches(confirmed_sent=1, confirmed_planned=1, released_planned=1)


async def test_a_release_that_overtook_its_promise_is_all_the_customer_hears(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(released())
        await shop.reaches(released_sent=1)
        await shop.world.bus.publish(promised(), moved())
        await shop.heard(2)
        assert await shop.states() == {"released sent": 1}


async def test_a_notice_waits_for_the_address_and_is_sent_if_still_true(shop: Shop) -> None:
    async with shop.start():
        await shop.world.bus.publish(a_merchant(), a_product(), an_order(), promised())
        await shop.reaches(confirmed_planned=1)
        await shop.world.bus.publish(moved("o1", a_promised_line(2, None)))
        await shop.reaches(confirmed_superseded=1, confirmed_planned=1)
        await shop.world.bus.publish(a_contact())
        await shop.reaches(confirmed_superseded=1, confirmed_sent=1)

    assert "no ship date yet" in part(shop.mail.taken[0], "plain")


async def test_units_shipped_without_a_release_are_not_confirmed(shop: Shop) -> None:
    lines = [a_line("1"), a_line("2", units=3)]
    async with shop.start():
        await shop.world.bus.publish(a_merchant(), a_product(), an_order("o1", *lines), an_order("o2"))
        await shop.world.bus.publish(
            promised("o1", a_promised_line(), a_promised_line(line_id="2", units=3)), promised("o2")
        )
        await shop.reaches(confirmed_planned=2)
        line = ShippedLine(line_id="2", sku="TEE-M", node="ams", units=2)
        gone = ShippedLine(line_id="1", sku="TEE-M", node="ams", units=1)
        await shop.world.bus.publish(a_shipment("o1", gone, line), a_shipment("o2"))
        await shop.reaches(confirmed_superseded=2, confirmed_planned=1)
        await shop.world.bus.publish(a_contact(), a_contact("o2"))
        await shop.reaches(confirmed_superseded=2, confirmed_sent=1)

    (mail,) = shop.mail.taken
    assert "1 of 3 × The TEE-M" in part(mail, "plain")
    assert len(await shop.world.bus.told(NoticeSuperseded)) == 1


async def test_an_erasure_works_whatever_came_before(shop: Shop) -> None:
    """Behind a contact that is broken, one that waits behind it, and one that stands under another order's key."""
    given = a_contact(email="canary-7731@customer.example")
    whole = record_of(given)
    async with shop.start():
        await shop.open()
        broken = replace(whole, body=(whole.body or b"")[:-1], headers=record_of(given).headers)
        elsewhere = replace(record_of(given), key=b"o2")
        again = a_contact(version=3, email="canary-7731@customer.example")
        await shop.world.bus.publish(broken, elsewhere, again)
        await until(lambda: shop.count("parked", "waits_for = 'dead:contacts.v1/o1'"))
        await shop.world.bus.publish(erased())
        await until(lambda: shop.count("contacts", "order_id = 'o1' and email is null"))
        assert await shop.count("parked") == 0
        rows = await shop.world.admin.fetch("select t::text from notification.dead_letters t")
        assert len(rows) == 1  # the one of another key: what it was about was not kept
        assert b"canary-7731".hex() not in str(rows)


async def test_a_contact_on_a_topic_of_others_is_not_kept_there(shop: Shop) -> None:
    stray = replace(record_of(a_contact(email="canary-7731@customer.example")), topic="orders.v1")
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(stray)
        await until(lambda: shop.count("dead_letters"))
        await shop.world.settled("notification")
        rows = await shop.world.admin.fetch("select t::text from notification.dead_letters t")
        copies = await shop.world.bus.raw("orders.v1.notification.dlq")
    assert b"canary-7731".hex() not in str(rows)
    assert "canary-7731" not in str(copies)


async def test_sixty_customers_whose_units_came_back_at_once_are_all_told(shop: Shop) -> None:
    """The revocation comes after the promise that followed it, while nothing can be sent: the notice of it changes."""
    names = [f"o{number}" for number in range(1, 61)]
    async with shop.start():
        await shop.world.bus.publish(a_merchant(), a_product(), *map(an_order, names), *map(a_contact, names))
        await shop.world.bus.publish(*map(promised, names))
        await shop.reaches(confirmed_sent=60)
        await shop.world.bus.publish(*map(released, names))
        await shop.reaches(confirmed_sent=60, released_sent=60)
        await shop.mail.stop()
        await shop.world.bus.publish(*(withdrawn(name, a_promised_line(5, None)) for name in names))
        await shop.reaches(confirmed_sent=60, released_sent=60, moved_planned=60)
        await shop.world.bus.publish(*map(revoked, names))
        await shop.reaches(confirmed_sent=60, released_sent=60, moved_superseded=60, moved_planned=60)
        await shop.mail.start()
        await shop.in_time_reaches(confirmed_sent=60, released_sent=60, moved_superseded=60, moved_sent=60)
        replaced = await shop.world.bus.told(NoticeSuperseded)
    last = {mail["To"].addresses[0].addr_spec: part(mail, "plain") for mail in shop.mail.taken}
    assert len(last) == 60
    assert all("it has to wait again" in text for text in last.values())
    assert not [notice for notice in replaced if notice.superseded_by == notice.notice_id]


async def test_a_shipment_before_its_release_and_promise_is_told_beside_the_release(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(a_shipment("o1"), released(), promised())
        await shop.reaches(released_sent=1, shipped_sent=1)


async def test_an_address_that_another_merchant_gives_is_not_used(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    foreign: dict[str, Any] = {"merchant": "bolt", "email": "canary-7731@customer.example", "version": 5}
    async with shop.start():
        await shop.world.bus.publish(a_contact(**foreign))
        await until(lambda: shop.count("contacts", "email is not null"))
        await shop.world.bus.publish(a_merchant(), a_product(), an_order(), promised())
        await shop.reaches(confirmed_planned=1)
        await shop.world.bus.publish(a_contact())
        await shop.reaches(confirmed_sent=1)
        await shop.world.bus.publish(a_contact(**foreign), moved("o1", a_promised_line(2, None)))
        await shop.in_time_reaches(confirmed_sent=1, moved_sent=1)

    assert {mail["X-Recipients"] for mail in shop.mail.taken} == {"anna+o1@customer.example"}
    announced = capsys.readouterr().out
    assert announced.count("contact of another merchant ignored") == 2
    assert "canary" not in announced


async def test_an_erased_customer_is_told_nothing_more_and_stored_nowhere(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.mail.stop()
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_planned=1)
        await shop.world.bus.publish(erased(), a_contact())  # the old address again, as a new event
        await until(lambda: shop.count("inbox", "topic = 'contacts.v1' having count(*) = 3"))
        await shop.mail.start()
        await shop.world.bus.publish(a_contact("o2"), an_order("o2"), promised("o2"))
        await shop.reaches(confirmed_planned=1, confirmed_sent=1)
        dump = await shop.world.admin.fetch("select * from notification.contacts where order_id = 'o1'")

    assert [message["X-Recipients"] for message in shop.mail.taken] == ["anna+o2@customer.example"]
    assert [(row["email"], row["name"]) for row in dump] == [(None, None)]
