"""What arrives before its cause waits for it, and is told then if it is still true."""

from shared.messaging.wire import announcement
from shared.testing.builders import (
    MONDAY,
    a_contact,
    a_merchant,
    a_product,
    a_promised_line,
    an_order,
    moved,
    promised,
    released,
    withdrawn,
)
from shared.testing.bus import Sent
from shared.testing.until import until
from tests.integration.notification.conftest import Shop, part


def erased(order_id: str = "o1") -> Sent:
    """The tombstone of a contact."""
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


async def test_a_notice_waits_for_the_address_and_is_sent_while_it_is_true(shop: Shop) -> None:
    async with shop.start():
        await shop.world.bus.publish(a_merchant(), a_product(), an_order(), promised())
        await shop.reaches(confirmed_planned=1)
        await shop.world.bus.publish(moved("o1", a_promised_line(2, None)))
        await shop.reaches(confirmed_superseded=1, confirmed_planned=1)
        await shop.world.bus.publish(a_contact())
        await shop.reaches(confirmed_superseded=1, confirmed_sent=1)

    assert "no ship date yet" in part(shop.mail.taken[0], "plain")


async def test_whoever_is_erased_is_told_nothing_more_and_stands_nowhere(shop: Shop) -> None:
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
