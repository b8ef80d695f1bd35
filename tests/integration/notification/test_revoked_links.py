"""Links to the status page that went astray are followed by others."""

import re

from services.notification.app import notification
from shared.contracts.order_links import OrderLink, link_keys, link_of
from shared.contracts.orders import LinksRevoked
from shared.testing.builders import MONDAY, a_promised_line, promised, released
from shared.testing.until import until
from tests.integration.notification.conftest import Shop, part

KEYS = "a:" + "k" * 32


def link_in(text: str) -> OrderLink | None:
    found = re.search(r"https://orders\.acme\.example/o/([\w.-]+)", text)
    return link_of(found[1], link_keys(KEYS)) if found else None


async def test_mails_after_a_revocation_carry_links_of_the_next_generation(shop: Shop) -> None:
    portal = {"portal_url": "https://orders.acme.example", "link_keys": KEYS}
    settings = shop.mail.settings().model_copy(update=portal)
    async with shop.world.start(notification(settings)):
        await shop.open()
        await shop.world.bus.publish(promised("o1", a_promised_line()))
        await shop.reaches(confirmed_sent=1)
        second = LinksRevoked(order_id="o1", generation=2, by="kim", revoked_at=MONDAY)
        await shop.world.bus.publish(second.model_copy(update={"generation": 3}), second)
        await until(lambda: shop.count("orders", "link_generation = 3"))
        await shop.world.bus.publish(released("o1"))
        await shop.reaches(confirmed_sent=1, released_sent=1)
    assert [link_in(part(mail, "plain")) for mail in shop.mail.taken] == [OrderLink("o1"), OrderLink("o1", 3)]
