"""Whoever delivers: what did not arrive told nobody, what a shop told counts, and what is erased is gone."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from services.notification.app import notification
from services.notification.handlers import bounces
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.notices import NoticeBounced, NoticeDue, NoticeFailed, NoticeSent
from shared.contracts.settings import Channel
from shared.testing.builders import (
    MONDAY,
    a_contact,
    a_merchant,
    a_product,
    a_promised_line,
    an_order,
    moved,
    promised,
)
from shared.testing.bus import record_of
from shared.testing.until import until
from tests.integration.notification.conftest import Shop, part
from tests.integration.notification.test_order_of_news import erased
from tests.unit.notification.test_bounces import a_report


async def bounced(shop: Shop, message_id: str, order_id: str = "o1") -> None:
    """Let a provider report that a mail did not arrive."""
    await shop.world.bus.publish(
        NoticeBounced(order_id=order_id, message_id=message_id, status="5.1.1", bounced_at=MONDAY)
    )


async def test_a_mail_that_bounced_told_nobody_and_a_person_is_asked(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_sent=1)
        await shop.world.bus.publish(moved())
        await shop.in_time_reaches(confirmed_sent=1, moved_sent=1)
        await bounced(shop, shop.mail.ids()[1])
        await bounced(shop, shop.mail.ids()[1])
        await shop.reaches(confirmed_sent=1, moved_failed=1)
        line = await shop.world.admin.fetchrow("select told_version, told_latest from notification.lines")
        assert line is not None
        assert line["told_version"] == 1, "what they know is what did arrive"
        (failed,) = await shop.world.bus.told(NoticeFailed)
        (task,) = await shop.world.bus.told(ExceptionChanged)
    assert (failed.kind, failed.reason, [x.line_version for x in failed.lines]) == ("moved", "bounced: 5.1.1", [2])
    assert (task.exception_class, task.subject, task.state) == ("notice_failed", "o1", "open")


async def test_whoever_gives_another_address_is_told_there(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_sent=1)
        await bounced(shop, shop.mail.ids()[0])
        await shop.reaches(confirmed_failed=1)
        await shop.world.bus.publish(a_contact(version=2))
        await until(lambda: shop.count("contacts", "version = 2"))
        assert await shop.states() == {"confirmed failed": 1}, "the same address again helps nobody"
        await shop.world.bus.publish(a_contact(version=3, email="anna@new.example"))
        await shop.reaches(confirmed_superseded=1, confirmed_sent=1)
        _, settled = await shop.world.bus.told(ExceptionChanged)
    assert shop.mail.taken[-1]["X-Recipients"] == "anna@new.example"
    assert settled.state == "settled"


async def test_reports_in_the_folder_are_read_and_put_away(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounces, "_POLL", 0.1)
    new = tmp_path / "new"
    new.mkdir()
    settings = shop.mail.settings().model_copy(
        update={"bounce_folder": str(tmp_path), "bounce_address": "bounces@firstfill.example"}
    )
    async with shop.world.start(notification(settings)):
        await shop.open()
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_sent=1)
        (new / "1.holiday").write_bytes(b"Subject: away\n\nuntil Monday")
        (new / "2.report").write_bytes(a_report(message_id=shop.mail.ids()[0]))
        (new / "3.of-another").write_bytes(a_report())
        await shop.reaches(confirmed_failed=1)
        await until(lambda: not list(new.iterdir()))
    assert len(list((tmp_path / "cur").iterdir())) == 3
    mail_id = shop.mail.ids()[0].strip("<>").partition("@")[0]
    assert shop.mail.senders == [f"bounces+{mail_id}@firstfill.example"]


async def test_a_report_that_comes_before_the_mail_servers_own_answer_waits_for_it(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        shop.mail.may_answer.clear()
        await shop.world.bus.publish(promised())
        await until(lambda: shop.mail.taken)
        await bounced(shop, shop.mail.ids()[0])
        await until(lambda: shop.count("parked"))
        assert await shop.states() == {"confirmed sending": 1}
        shop.mail.may_answer.set()
        await shop.reaches(confirmed_failed=1)
        sent, failed = await until(partial(told_twice, shop))
    assert (type(sent), type(failed)) == (NoticeSent, NoticeFailed)


async def told_twice(shop: Shop) -> list[NoticeSent | NoticeFailed]:
    notices = [*await shop.world.bus.told(NoticeSent), *await shop.world.bus.told(NoticeFailed)]
    return notices if len(notices) == 2 else []


async def test_a_customer_erased_while_their_mail_is_sent_is_stored_nowhere(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        shop.mail.may_answer.clear()
        await shop.world.bus.publish(promised())
        await until(lambda: shop.mail.taken)
        await shop.world.bus.publish(erased())
        await until(lambda: shop.count("contacts", "email is null"))
        shop.mail.may_answer.set()
        await shop.reaches(confirmed_sent=1)
        assert await shop.count("mails") == await shop.count("mails", "content is null") == 1


async def open_shop_that_mails(shop: Shop) -> NoticeDue:
    """Let a shop that mails for itself get its first notice; return it."""
    channels = (Channel(channel="web", mails="shop"),)
    await shop.world.bus.publish(a_merchant(who_mails=channels), a_product(), an_order(), promised())
    await shop.reaches(confirmed_handed=1)
    (due,) = await shop.world.bus.told(NoticeDue)
    assert isinstance(due, NoticeDue)
    return due


def told_by_the_shop(due: NoticeDue, **fields: Any) -> NoticeSent:
    shared = due.model_dump(include={"order_id", "notice_id", "kind", "lines", "caused_at", "cause"})
    return NoticeSent(
        **{**shared, "sent_at": MONDAY + timedelta(minutes=5), "message_id": "<1@shop.example>", **fields}
    )


async def test_a_shop_that_mails_for_itself_gets_what_is_due_and_its_word_counts(shop: Shop) -> None:
    async with shop.start():
        due = await open_shop_that_mails(shop)
        assert due.blocks[0].sentence.replace("\u2009", " ") == "1 × The TEE-M ships Tue 16 – Mon 22 Mar"
        assert (due.language, due.subject) == ("en", "Your order #o1 is confirmed, and this is when it ships")
        await shop.passes(minutes=6)
        sent = told_by_the_shop(due)
        await shop.world.bus.publish(sent, sent)
        await shop.reaches(confirmed_sent=1)
        await shop.world.bus.publish(moved())
        await shop.in_time_reaches(confirmed_sent=1, moved_handed=1)
        _, due = sorted(await shop.world.bus.told(NoticeDue), key=lambda due: due.kind)
        later = told_by_the_shop(due, sent_at=MONDAY + timedelta(hours=1))
        await shop.world.bus.publish(later)
        await shop.reaches(confirmed_sent=1, moved_sent=1)
        await shop.passes(days=2)
        await until(lambda: shop.world.admin.fetchval("select not exists (select from notification.outbox)"))
        assert await shop.count("notices", "alarm is not null") == 0, "what was told in time alarms nobody"
    assert shop.mail.taken == [], "nobody is told twice"
    assert await shop.world.bus.told(NoticeSent) == [sent, sent, later], "nothing is said in the shop's place"


async def test_a_shop_that_does_not_tell_its_customer_by_the_end_of_the_day_is_a_task(shop: Shop) -> None:
    async with shop.start():
        due = await open_shop_that_mails(shop)
        assert due.due_by == MONDAY.replace(day=9, hour=0)
        await shop.is_now(MONDAY.replace(hour=23, minute=59))
        assert await shop.count("notices", "alarm = 'open'") == 0
        await shop.is_now(MONDAY.replace(day=9, hour=0, minute=1))
        await until(lambda: shop.count("notices", "alarm = 'open'"))
        await shop.world.bus.publish(told_by_the_shop(due, sent_at=MONDAY.replace(day=9, hour=0, minute=1)))
        await until(lambda: shop.count("notices", "alarm = 'settled' and state = 'sent' and not same_day"))
        await shop.world.settled("notification")
        opened, settled = await shop.world.bus.told(ExceptionChanged)
    assert (opened.exception_class, opened.subject, opened.merchant) == ("notice_overdue", "o1", "acme")
    assert (settled.exception_id, settled.state) == (opened.exception_id, "settled")


async def test_a_shop_that_cannot_tell_its_customer_says_so(shop: Shop) -> None:
    async with shop.start():
        due = await open_shop_that_mails(shop)
        shared = due.model_dump(include={"order_id", "notice_id", "kind", "lines", "caused_at"})
        await shop.world.bus.publish(NoticeFailed(**shared, failed_at=MONDAY, reason="no consent"))
        await shop.reaches(confirmed_failed=1)
        (task,) = await shop.world.bus.told(ExceptionChanged)
    assert task.exception_class == "notice_failed"


async def test_our_own_word_is_not_taken_for_a_shops(shop: Shop) -> None:
    async with shop.start():
        due = await open_shop_that_mails(shop)
        await shop.world.bus.publish(record_of(told_by_the_shop(due), source="firstfill/notification"))
        await until(lambda: shop.count("inbox", "topic = 'notices.v1'"))
        assert await shop.states() == {"confirmed handed": 1}


async def test_a_mail_server_away_for_an_hour_loses_nothing(shop: Shop) -> None:
    orders = [f"o{number}" for number in range(60)]
    async with shop.start():
        await shop.open()
        await shop.mail.stop()
        for minutes in range(0, 60, 10):
            names = orders[minutes : minutes + 10]
            await shop.world.bus.publish(*(fact for name in names for fact in (an_order(name), a_contact(name))))
            await shop.world.bus.publish(*(promised(name) for name in names))
            await until(partial(shop.count, "notices", f"true having count(*) = {minutes + 10}"))
            await shop.passes(minutes=10)
        await shop.mail.start()
        await shop.reaches(confirmed_sent=60)
    assert sorted(mail["X-Recipients"] for mail in shop.mail.taken) == sorted(
        f"anna+{name}@customer.example" for name in orders
    )
    assert len(await shop.world.bus.told(NoticeSent)) == 60


async def test_sixty_shorts_at_once_tell_every_customer_exactly_once(shop: Shop) -> None:
    """A count takes sixty units: their promises move one by one, over two processes."""
    orders = [f"o{number}" for number in range(60)]
    async with shop.start(), shop.start():
        await shop.open()
        await shop.world.bus.publish(*(fact for name in orders[1:] for fact in (an_order(name), a_contact(name))))
        await shop.world.bus.publish(*(promised(name) for name in orders))
        await until(lambda: shop.count("notices", "kind = 'confirmed' and state = 'sent' having count(*) = 59"))
        for version in range(2, 6):
            lines = [
                a_promised_line(version, (17 + version, 24 + version), cause=f"floor/short-{n}") for n in range(60)
            ]
            await shop.world.bus.publish(*(moved(name, line) for name, line in zip(orders[1:], lines[1:], strict=True)))
        await until(lambda: shop.count("lines", "promise_version = 5 having count(*) = 59"))
        await shop.passes(minutes=11)
        await until(lambda: shop.count("notices", "kind = 'moved' and state = 'sent' having count(*) = 59"))
    recipients = [mail["X-Recipients"] for mail in shop.mail.taken if "has changed" in mail["Subject"]]
    assert sorted(recipients) == sorted(f"anna+{name}@customer.example" for name in orders[1:])
    assert all("Mon 22 – Mon 29 Mar" in part(mail, "plain") for mail in shop.mail.taken if "changed" in mail["Subject"])
