"""Customers hear of what matters to them, once, by a mail that says it."""

from shared.contracts.notices import NoticeSent, NoticeSuperseded
from shared.testing.allocations import revoked
from shared.testing.builders import (
    a_contact,
    a_line,
    a_merchant,
    a_product,
    a_promised_line,
    a_released_line,
    an_order,
    moved,
    promised,
    released,
    withdrawn,
)
from shared.testing.until import until
from tests.integration.notification.conftest import Shop, part


async def test_a_promise_is_confirmed_with_every_waiting_line(shop: Shop) -> None:
    order = an_order("o1", a_line("1", "TEE-M", 3), a_line("2", "MUG"), order_number="1001")
    async with shop.start():
        await shop.world.bus.publish(a_merchant(colour="#aa3300"), a_product(), a_product("MUG", name="Mug <blue>"))
        await shop.world.bus.publish(order, a_contact(name="Anna Ødegård"))
        await shop.world.bus.publish(
            promised("o1", a_promised_line(units=3), a_promised_line(1, None, "2", sku="MUG")),
        )
        await shop.reaches(confirmed_sent=1)

    (mail,) = shop.mail.taken
    assert mail["From"] == "Acme <hello@acme.example>"
    assert mail["To"] == "Anna Ødegård <anna+o1@customer.example>"
    assert mail["Subject"] == "Your order 1001 is confirmed, and this is when it ships"
    assert mail["Date"].datetime.tzinfo is not None
    assert mail["X-Recipients"] == "anna+o1@customer.example"
    text, html = part(mail, "plain"), part(mail, "html")
    assert "3 × The TEE-M ships Tue 16 – Mon 22 Mar" in text
    assert "1 × Mug <blue> has no ship date yet" in text
    assert "<h1>3 × The TEE-M ships Tue 16 – Mon 22 Mar</h1>" in html
    assert "1 × Mug &lt;blue&gt; has no ship date yet" in html
    assert "#aa3300" in html
    (sent,) = await shop.world.bus.told(NoticeSent, "o1")
    assert (sent.kind, sent.message_id) == ("confirmed", mail["Message-ID"])
    assert mail["Message-ID"] == f"<{sent.notice_id}@firstfill>"
    assert [(line.line_id, line.line_version) for line in sent.lines] == [("1", 1), ("2", 1)]


async def test_a_later_date_is_told_once_and_an_earlier_one_never(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_sent=1)
        await shop.world.bus.publish(moved("o1", a_promised_line(2, (10, 15))))
        await shop.heard(2)
        await shop.world.bus.publish(moved("o1", a_promised_line(3, (11, 22))))
        await shop.heard(3)
        assert await shop.states() == {"confirmed sent": 1}
        await shop.world.bus.publish(moved("o1", a_promised_line(4, (19, 25))))
        await shop.in_time_reaches(confirmed_sent=1, moved_sent=1)

    assert len(shop.mail.taken) == 2
    text = part(shop.mail.taken[1], "plain")
    assert "now ships Fri 19 – Thu 25 Mar" in text
    assert "Before: ships Tue 16 – Mon 22 Mar" in text
    assert [len(sent.lines) for sent in await shop.world.bus.told(NoticeSent)] == [1, 1]


async def test_a_lost_date_and_the_next_one_are_told(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_sent=1)
        await shop.world.bus.publish(withdrawn())
        await shop.in_time_reaches(confirmed_sent=1, moved_sent=1)
        await shop.world.bus.publish(moved("o1", a_promised_line(3, (17, 17))))
        await shop.in_time_reaches(confirmed_sent=1, moved_sent=2)

    assert "has no ship date any more" in part(shop.mail.taken[1], "plain")
    assert "now ships on Wed, 17 Mar" in part(shop.mail.taken[2], "plain")


async def test_of_released_units_only_the_release_is_told(shop: Shop) -> None:
    async with shop.start():
        await shop.world.bus.publish(a_merchant(), a_product(), an_order("o1", a_line(units=5)), a_contact())
        await shop.world.bus.publish(promised("o1", a_promised_line(units=5)))
        await shop.reaches(confirmed_sent=1)
        await shop.world.bus.publish(released("o1", a_released_line(2, 3)))
        await shop.reaches(confirmed_sent=1, released_sent=1)
        await shop.world.bus.publish(released("o1", a_released_line(4, 2)))
        await shop.reaches(confirmed_sent=1, released_sent=2)
        await shop.world.bus.publish(moved("o1", a_promised_line(3, (19, 30), units=2)))
        await shop.heard(3)
        assert await shop.states() == {"confirmed sent": 1, "released sent": 2}

    assert [part(mail, "plain").count("3 of 5 × The TEE-M") for mail in shop.mail.taken] == [0, 1, 0]
    assert "2 of 5 × The TEE-M" in part(shop.mail.taken[2], "html")


async def test_a_move_before_the_confirmation_makes_one_confirmation_of_the_newest_range(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.mail.stop()
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_planned=1)
        await shop.world.bus.publish(moved("o1", a_promised_line(2, (19, 25))))
        await shop.reaches(confirmed_superseded=1, confirmed_planned=1)
        await shop.mail.start()
        await shop.reaches(confirmed_superseded=1, confirmed_sent=1)

    (mail,) = shop.mail.taken
    assert "ships Fri 19 – Thu 25 Mar" in part(mail, "plain")
    (superseded,) = await shop.world.bus.told(NoticeSuperseded, "o1")
    (sent,) = await shop.world.bus.told(NoticeSent, "o1")
    assert superseded.superseded_by == sent.notice_id
    assert [(line.line_id, line.line_version) for line in superseded.lines] == [("1", 1)]


async def test_a_move_taken_back_before_it_was_sent_is_not_told(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_sent=1)
        await shop.mail.stop()
        await shop.world.bus.publish(moved("o1", a_promised_line(2, (19, 25))))
        await shop.reaches(confirmed_sent=1, moved_planned=1)
        await shop.world.bus.publish(moved("o1", a_promised_line(3, (16, 22))))
        await shop.reaches(confirmed_sent=1, moved_superseded=1)

    (superseded,) = await shop.world.bus.told(NoticeSuperseded)
    (sent,) = await shop.world.bus.told(NoticeSent)
    assert superseded.superseded_by == sent.notice_id


async def test_a_release_replaces_the_unsent_news_of_a_move(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_sent=1)
        await shop.mail.stop()
        await shop.world.bus.publish(moved())
        await shop.reaches(confirmed_sent=1, moved_planned=1)
        await shop.world.bus.publish(released())
        await shop.reaches(confirmed_sent=1, moved_superseded=1, released_planned=1)
        await shop.mail.start()
        await shop.reaches(confirmed_sent=1, moved_superseded=1, released_sent=1)

    assert shop.mail.subjects()[1:] == ["Your order #o1 is being packed"]


async def test_all_news_delivered_twice_is_told_once(shop: Shop) -> None:
    facts = (a_merchant(), a_product(), an_order(), a_contact(), promised(), moved(), released())
    async with shop.start():
        records = [record for fact in facts[:5] for record in await shop.world.bus.publish(fact)]
        await shop.reaches(confirmed_sent=1)
        records += await shop.world.bus.publish(facts[5])
        await shop.in_time_reaches(confirmed_sent=1, moved_sent=1)
        records += await shop.world.bus.publish(facts[6])
        await shop.in_time_reaches(confirmed_sent=1, moved_sent=1, released_sent=1)
        await shop.world.bus.publish(*records)  # the same events
        await shop.world.bus.publish(*facts)  # the same facts as new events
        await until(lambda: shop.count("inbox", f"source = 'test' having count(*) = {2 * len(facts)}"))
        assert await shop.states() == {"confirmed sent": 1, "moved sent": 1, "released sent": 1}

    assert len(shop.mail.taken) == 3
    assert len(await shop.world.bus.told(NoticeSent)) == 3


async def test_a_customer_told_of_packed_units_hears_that_they_wait_and_of_their_release(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_sent=1)
        await shop.world.bus.publish(released())
        await shop.reaches(confirmed_sent=1, released_sent=1)
        await shop.world.bus.publish(revoked())
        await until(lambda: shop.count("revocations"))
        assert await shop.states() == {"confirmed sent": 1, "released sent": 1}
        await shop.world.bus.publish(moved("o1", a_promised_line(5, (16, 22))))
        await shop.in_time_reaches(confirmed_sent=1, released_sent=1, moved_sent=1)
        await shop.world.bus.publish(released("o1", a_released_line(6)))
        await shop.in_time_reaches(confirmed_sent=1, released_sent=2, moved_sent=1)

    text = part(shop.mail.taken[2], "plain")
    assert "We said that we pack it, and it has to wait again" in text
    assert "now ships Tue 16 – Mon 22 Mar" in text


async def test_units_found_again_before_the_mail_left_are_not_mentioned(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_sent=1)
        await shop.world.bus.publish(released())
        await shop.reaches(confirmed_sent=1, released_sent=1)
        await shop.mail.stop()
        await shop.world.bus.publish(revoked())
        await until(lambda: shop.count("revocations"))
        await shop.world.bus.publish(moved("o1", a_promised_line(5, (19, 25))))
        await shop.reaches(confirmed_sent=1, released_sent=1, moved_planned=1)
        await shop.world.bus.publish(released("o1", a_released_line(6)))
        await until(lambda: shop.count("notices", "kind = 'moved' and state = 'superseded'"))
        await until(shop.all_sent)
        # If the move was being tried at that moment, the release was planned too, and dropped once the try had failed.
        assert await shop.count("notices", "state = 'sent'") == 2


async def test_lots_that_change_on_the_floor_are_no_news(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(promised(), released())
        await until(lambda: shop.count("notices", "kind = 'released' and state = 'sent'"))
        await shop.world.bus.publish(released("o1", a_released_line(4, again=True)), revoked("o2"))
        await until(lambda: shop.count("parked", "waits_for = 'order:o2'"))
        assert await shop.count("releases") == 1
