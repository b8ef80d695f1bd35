"""What happens to customers over days, told on topics to a whole installation and read in their mails."""

import asyncio
import email
import email.policy
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from email.message import MIMEPart

import pytest

from deploy.local.clock import move_clock, time_at
from deploy.local.servers import Servers
from services.notification.domain.schedule import QUIET
from shared.contracts.fields import Fact
from shared.contracts.orders import OrderLine, OrderLineCancelled, OrderPlaced
from shared.contracts.settings import NodeUpserted
from shared.contracts.shipments import PickShorted, ShippedLine
from shared.testing.builders import (
    MONDAY,
    a_carton,
    a_contact,
    a_line,
    a_merchant,
    a_product,
    a_shipment,
    an_asn,
    an_asn_line,
    an_opening,
    an_order,
)
from shared.testing.bus import bus_at
from tests.faults.chaos import drained
from tests.faults.storm import an_installation


class Customers:
    """Customers of an installation, each with one order. Between what they hear of lie eleven minutes."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers

    def hear(self, *facts: Fact) -> None:
        """Let these be told, and wait until they have had all their effects."""
        asyncio.run(self._publish(facts))

    async def _publish(self, facts: tuple[Fact, ...]) -> None:
        async with bus_at(self.servers.kafka_bootstrap, "") as bus:
            await bus.publish(*facts)
        await drained(self.servers)
        await self._wait_until(await time_at(self.servers.database_url) + QUIET + timedelta(minutes=1))

    async def _wait_until(self, at: datetime) -> None:
        await move_clock(self.servers.database_url, at)
        await drained(self.servers)

    def wait_until(self, at: datetime) -> None:
        """Let time pass, and wait until all that it brings has happened."""
        asyncio.run(self._wait_until(at))

    def mails(self, order: str) -> list[str]:
        """Return subject and text of all that a customer got, in order."""
        files = sorted(self.servers.places.mail.glob(f"*anna+{order}@*.eml"))
        found = [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]
        return [f"{mail['Subject']}\n{plain(body)}" for mail in found if (body := mail.get_body(("plain",)))]


@pytest.fixture(scope="module")
def customers() -> Iterator[Customers]:
    """Return customers of a node that ships four orders a day, every day."""
    with an_installation() as servers:
        shop = Customers(servers)
        days = frozenset(range(1, 8))
        node = NodeUpserted(node="ams", version=1, zone="UTC", working_days=days, cut_off=time(23), orders_per_day=4)
        shop.hear(node, a_merchant(), *(a_product(sku, packs=()) for sku in ("TEN", "NEXT", "NEVER", "LAST")))
        yield shop


def plain(body: MIMEPart) -> str:
    """Return a text with plain blanks: CLDR puts thin ones around a dash."""
    return str(body.get_content()).replace("\u2009", " ")


def ordered(order: str, *lines: OrderLine, minute: int = 0, most: int | None = None) -> tuple[OrderPlaced, Fact]:
    """Return an order of a customer who can be reached."""
    at = MONDAY - timedelta(hours=1) + timedelta(minutes=minute)
    return an_order(order, *lines, completed_at=at, max_shipments=most), a_contact(order)


def test_units_that_nobody_has_in_hand_go_to_the_oldest_whose_own_were_not_found(customers: Customers) -> None:
    """Ten lines, ten units, four a day: the first one's is not found, and it is the last who has none from then on."""
    customers.hear(*(fact for n in range(10) for fact in ordered(f"ten{n}", a_line(sku="TEN"), minute=n)))
    customers.hear(an_opening("TEN", 10))
    short = PickShorted(order_id="ten0", short_id="ten", line_id="1", sku="TEN", node="ams", units=1, shorted_at=MONDAY)
    customers.hear(short)
    customers.wait_until(MONDAY.replace(hour=17, minute=1))  # the last one was told of a date today already
    first, last = customers.mails("ten0")[-1], customers.mails("ten9")[-1]
    assert "We said that we pack it, and it has to wait again" in first
    assert "1 × The TEN now ships Tue 9 – Wed 10 Mar" in first
    assert "1 × The TEN has no ship date any more" in last
    for n in range(4, 9):
        assert "now ships " in customers.mails(f"ten{n}")[-1], "younger ones keep what the last can spare"


def test_what_ships_together_is_told_together(customers: Customers) -> None:
    """One line comes this week, of the other nobody knows when: no date for either, in one mail."""
    customers.hear(an_asn("next", a_carton("c1", an_asn_line("NEXT", 5))))
    customers.hear(*ordered("both", a_line("1", "NEXT"), a_line("2", "NEVER"), most=1))
    (mail,) = customers.mails("both")
    assert mail.count("no ship date yet") == 2
    assert "ships " not in mail.partition("\n")[2]


def test_a_cancel_that_the_carrier_was_quicker_than_is_answered_in_one_mail(customers: Customers) -> None:
    customers.hear(an_opening("LAST", 1))
    customers.hear(*ordered("late", a_line(sku="LAST")))
    customers.hear(OrderLineCancelled(order_id="late", change_no=1, changed_at=MONDAY, line_id="1", units=1))
    assert customers.mails("late") == [], "the floor was asked, and has not answered"
    customers.hear(a_shipment("late", ShippedLine(line_id="1", sku="LAST", node="ams", units=1)))
    (mail,) = customers.mails("late")
    assert mail.startswith("Your order #late: we could not do what you asked")
    assert "Because it was shipped before we could stop it" in mail
