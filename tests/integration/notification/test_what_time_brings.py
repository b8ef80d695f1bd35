"""What leaves, what is late, what is still on track and what was swapped: each is told once, in its words."""

from datetime import UTC, datetime, timedelta

from shared.contracts.exceptions import ExceptionChanged, ExceptionSettleRequested
from shared.contracts.fields import DateRange
from shared.contracts.notices import NoticeSent
from shared.contracts.orders import RemindersDeclined
from shared.contracts.shipments import ShippedLine
from shared.testing.allocations import a_cancelled_line, cancelled
from shared.testing.builders import (
    MONDAY,
    a_contact,
    a_day,
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


async def test_a_parcel_is_told_with_its_carrier_and_the_next_one_too(shop: Shop) -> None:
    async with shop.start():
        await shop.world.bus.publish(a_merchant(), a_product(), an_order("o1", a_line(units=3)), a_contact())
        await shop.world.bus.publish(promised("o1", a_promised_line(units=3)))
        await shop.reaches(confirmed_sent=1)
        await shop.world.bus.publish(released("o1", a_released_line(2, 3)))
        await until(lambda: shop.count("notices", "kind = 'released' and state = 'sent'"))
        first_parcel, rest = (ShippedLine(line_id="1", sku="TEE-M", node="ams", units=units) for units in (2, 1))
        await shop.world.bus.publish(a_shipment("o1", first_parcel))
        await until(lambda: shop.count("notices", "kind = 'shipped' and state = 'sent'"))
        await shop.world.bus.publish(
            a_shipment("o1", first_parcel), a_shipment("o1", rest, shipment_id="b", tracking="3S2")
        )
        await until(lambda: shop.count("notices", "kind = 'shipped' and state = 'sent' having count(*) = 2"))
        assert await shop.count("notices", "kind = 'late' and state <> 'superseded'") == 0

    first, second = (part(mail, "plain") for mail in shop.mail.taken[-2:])
    assert first.startswith("2 of 3 × The TEE-M has shipped\n")
    assert "With postnl, tracking number 3S1" in first
    assert "With postnl, tracking number 3S2" in second
    assert "3S1" not in second


async def test_a_confirmation_says_nothing_of_parcels_that_left_before_it(shop: Shop) -> None:
    url = "https://postnl.example/3S1"
    async with shop.start():
        await shop.world.bus.publish(a_merchant(), a_product(), an_order("o1", a_line(units=3)), a_contact())
        sold = ShippedLine(line_id="1", sku="TEE-M", node="ams", units=1)
        await shop.world.bus.publish(a_shipment("o1", sold, tracking_url=url))
        await until(lambda: shop.count("shipments"))
        await shop.world.bus.publish(promised("o1", a_promised_line(units=2)))
        await shop.reaches(confirmed_sent=1)
    assert url not in part(shop.mail.taken[0], "html") + part(shop.mail.taken[0], "plain")


async def test_what_was_sold_from_stock_is_the_shops_to_tell(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(a_shipment())
        await until(lambda: shop.count("shipments"))
        assert await shop.states() == {}


async def test_packed_and_sent_at_once_is_one_mail_that_it_has_left(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_sent=1)
        await shop.mail.stop()
        await shop.world.bus.publish(released(), a_shipment())
        await until(lambda: shop.count("notices", "kind in ('released', 'shipped') having count(*) = 2"))
        await shop.mail.start()
        await until(lambda: shop.count("notices", "kind = 'shipped' and state = 'sent'"))
    text = part(shop.mail.taken[1], "plain")
    assert "1 × The TEE-M has shipped" in text
    assert "is being packed" not in text
    assert len(shop.mail.taken) == 2


async def test_an_order_that_did_not_leave_alarms_at_midnight_and_is_told_in_the_morning(shop: Shop) -> None:
    async with shop.start():
        await shop.world.bus.publish(a_merchant(zone="Europe/Amsterdam"), a_product(), an_order(), a_contact())
        await shop.world.bus.publish(promised("o1", a_promised_line(1, (9, 10))))
        await shop.reaches(confirmed_sent=1)
        await shop.world.bus.publish(released())
        await shop.reaches(confirmed_sent=1, released_sent=1)
        await shop.is_now(MONDAY.replace(day=10, hour=22, minute=59))
        assert await shop.count("notices", "alarm = 'open'") == 0
        await shop.is_now(MONDAY.replace(day=10, hour=23, minute=1))
        await until(lambda: shop.count("notices", "alarm = 'open'"))
        assert await shop.count("notices", "kind = 'late' and state = 'sent'") == 0
        await shop.is_now(MONDAY.replace(day=11, hour=8, minute=1))
        await shop.reaches(confirmed_sent=1, released_sent=1, late_sent=1)
        await shop.world.bus.publish(a_shipment())
        await shop.reaches(confirmed_sent=1, released_sent=1, late_sent=1, shipped_sent=1)
        await until(lambda: shop.count("notices", "alarm = 'settled'"))
        await shop.world.settled("notification")
        opened, settled = await shop.world.bus.told(ExceptionChanged)
    assert (opened.exception_class, opened.subject, opened.facts["told_by"]) == ("ships_late", "o1", "2027-03-10")
    assert (settled.exception_id, settled.state) == (opened.exception_id, "settled")
    assert part(shop.mail.taken[2], "plain").startswith(
        "1 × The TEE-M has not shipped yet: it was to ship by Wed, 10 Mar"
    )


async def test_a_person_settles_a_late_order(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(promised("o1", a_promised_line(1, (9, 10))))
        await shop.reaches(confirmed_sent=1)
        await shop.world.bus.publish(released())
        await until(lambda: shop.count("notices", "alarm_at is not null"))
        await shop.is_now(MONDAY.replace(day=11, hour=1))
        await until(lambda: shop.count("notices", "alarm = 'open'"))
        await shop.world.settled("notification")
        (opened,) = await shop.world.bus.told(ExceptionChanged)
        await shop.world.bus.publish(
            ExceptionSettleRequested(exception_id=opened.exception_id, by="kim", why="it left, the scanner was broken")
        )
        await until(lambda: shop.count("notices", "alarm = 'settled'"))
        await shop.world.settled("notification")
        _, settled = await shop.world.bus.told(ExceptionChanged)
    assert settled.facts == {"settled_by": "kim", "why": "it left, the scanner was broken"}


async def test_who_waits_for_months_hears_half_way_that_all_is_on_track_until_they_decline_it(shop: Shop) -> None:
    far = DateRange(earliest=a_day(8).replace(month=7), latest=a_day(12).replace(month=7))
    async with shop.start():
        await shop.world.bus.publish(a_merchant(), a_product(), an_order("o1"), an_order("o2"))
        await shop.world.bus.publish(a_contact("o1"), a_contact("o2", locale="de-DE"))
        await shop.world.bus.publish(*(promised(name, a_promised_line(after=far)) for name in ("o1", "o2")))
        await shop.reaches(confirmed_sent=2)
        await until(lambda: shop.count("notices", "kind = 'on_track' having count(*) = 2"))
        await shop.is_now(MONDAY + timedelta(days=60))
        await shop.world.bus.publish(RemindersDeclined(order_id="o1", declined_at=MONDAY))
        await until(lambda: shop.count("notices", "kind = 'on_track' and state = 'superseded'"))
        await shop.is_now(MONDAY + timedelta(days=62))
        await until(lambda: shop.count("notices", "kind = 'on_track' and state = 'sent'"))
        await shop.world.settled("notification")
    *_, mail = shop.mail.taken
    assert mail["Subject"] == "Ihre Bestellung #o2: weiterhin wie zugesagt"
    assert part(mail, "plain").startswith("1 × The TEE-M: Versand weiterhin Do., 8. – Mo., 12. Juli\n")
    (sent,) = [notice for notice in await shop.world.bus.told(NoticeSent) if notice.kind == "on_track"]
    assert sent.caused_at == datetime(2027, 5, 8, 9, tzinfo=UTC), "time itself is its cause"


async def test_a_swap_is_told_with_what_comes_instead_and_when(shop: Shop) -> None:
    async with shop.start():
        await shop.world.bus.publish(a_merchant(), a_product(), a_product("TEE-L"), an_order(), a_contact())
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_sent=1)
        await shop.world.bus.publish(cancelled("o1", a_cancelled_line(2, 1, new_line_id="9")))
        await until(lambda: shop.count("notices", "kind = 'swapped' and state = 'planned'"))
        await shop.world.bus.publish(promised("o1", a_promised_line(1, (18, 19), "9", sku="TEE-L")))
        await shop.reaches(confirmed_sent=2, swapped_sent=1)
    text = part(shop.mail.taken[1], "plain")
    assert "1 × The TEE-M is replaced, as you asked\n" in text
    assert "You get The TEE-L instead" in text
    assert "1 × The TEE-L ships Thu 18 – Fri 19 Mar" in text
    assert len(shop.mail.taken) == 2
