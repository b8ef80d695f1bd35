"""Whatever the mail server does, no notice is lost, and a repeat can be recognised by its Message-ID."""

import logging
from collections import Counter
from datetime import datetime
from email.message import EmailMessage

import pytest

from services.notification.domain.letters import Letter
from services.notification.handlers import send
from services.notification.mails.compose import compose
from shared.contracts.exceptions import ExceptionChanged, ExceptionSettleRequested
from shared.contracts.notices import NoticeFailed, NoticeSent
from shared.testing.builders import a_contact, a_merchant, a_promised_line, an_order, moved, promised
from shared.testing.until import until
from tests.integration.notification.conftest import DROP, TARPIT, Shop, part


async def test_a_mail_server_that_is_down_is_waited_for(shop: Shop) -> None:
    await shop.mail.stop()
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_planned=1)
        await shop.mail.start()
        await shop.reaches(confirmed_sent=1)
    assert len(shop.mail.taken) == 1


@pytest.mark.parametrize("answer", ["421 4.3.2 closing", "451 4.7.1 greylisted"])
@pytest.mark.parametrize("step", ["to_recipients", "to_data"])
async def test_a_letter_that_is_not_taken_now_is_sent_later(shop: Shop, step: str, answer: str) -> None:
    getattr(shop.mail, step).append(answer)
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_sent=1)
    assert sum(shop.mail.refused.values()) == 1
    assert len(shop.mail.taken) == 1
    assert len(await shop.world.bus.told(NoticeSent)) == 1


@pytest.mark.parametrize("step", ["to_recipients", "to_data"])
async def test_a_letter_refused_for_good_counts_as_untold(
    shop: Shop, step: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.WARNING)  # as in production
    getattr(shop.mail, step).append("550 5.1.1 <anna+o1@customer.example>: user unknown")
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_failed=1)
        assert await shop.count("lines", "told_by is not null") == 0
        # What moves after that is told as if for the first time, for so it is.
        await shop.world.bus.publish(moved("o1", a_promised_line(2, (19, 25))))
        await shop.reaches(confirmed_failed=1, confirmed_sent=1)
    (failed,) = await shop.world.bus.told(NoticeFailed)
    assert failed.reason == "550 5.1.1"
    assert "mail not sent" in (logged := capsys.readouterr().out)
    assert "customer.example" not in logged + caplog.text


async def test_an_unwritable_address_counts_as_untold_and_delays_nobody(shop: Shop) -> None:
    async with shop.start():
        await shop.world.bus.publish(a_merchant())
        await shop.open()
        await shop.world.bus.publish(an_order("o2"), a_contact("o2", email="a..b@[customer"), promised("o2"))
        await shop.reaches(confirmed_failed=1)
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_failed=1, confirmed_sent=1)


async def test_a_notice_that_cannot_be_written_fails_alone_and_a_person_is_asked(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def composed(letter: Letter, at: datetime, status_page: str) -> EmailMessage:
        if letter.order_id == "o2":
            raise IndexError("whatever the standard library makes of a name")
        return compose(letter, at, status_page)

    monkeypatch.setattr("services.notification.mails.mailer.compose", composed)
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(an_order("o2"), a_contact("o2"), promised("o2"), promised())
        await shop.reaches(confirmed_failed=1, confirmed_sent=1)
        (task,) = await shop.world.bus.told(ExceptionChanged)
        assert (task.exception_class, task.subject, task.state) == ("notice_failed", "o2", "open")
        assert "cannot be written" in task.facts["reason"]
        for why in ("called her", "said twice"):
            await shop.world.bus.publish(ExceptionSettleRequested(exception_id=task.exception_id, by="kim", why=why))
        await until(lambda: shop.count("notices", "told_otherwise_by = 'kim'"))
        await until(lambda: shop.count("inbox", "topic = 'exception-requests.v1' having count(*) = 2"))
        await shop.world.settled("notification")
        _, settled = await shop.world.bus.told(ExceptionChanged)
        assert (settled.state, settled.facts["why"]) == ("settled", "called her")


async def test_a_line_break_in_a_name_adds_no_header(shop: Shop) -> None:
    async with shop.start():
        await shop.world.bus.publish(a_merchant(version=2, name="Acme\r\nBcc: all@acme.example"))
        await until(lambda: shop.count("merchants"))
        await shop.open()
        contact = a_contact(version=2, name="Anna\nSubject: you won\x1b[2J")
        await shop.world.bus.publish(contact)
        await until(lambda: shop.count("contacts", "version = 2"))
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_sent=1)

    (mail,) = shop.mail.taken
    assert mail["Bcc"] is None
    assert mail.get_all("Subject") == ["Your order #o1 is confirmed, and this is when it ships"]
    assert mail["To"].addresses[0].display_name == "Anna Subject: you won [2J"


async def test_a_server_that_answers_too_slowly_delays_nobody_else(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.notification.mails.mailer._PATIENCE", 0.5)
    shop.mail.to_data.append(TARPIT)
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(an_order("o2"), a_contact("o2"), promised(), promised("o2"))
        await until(lambda: shop.count("notices", "state = 'sent'"))
        await until(lambda: shop.count("notices", "state = 'sending' and attempts > 0"))
        await shop.passes(minutes=1)
        await shop.reaches(confirmed_sent=2)
    ids = Counter(shop.mail.ids())
    assert len(ids) == 2
    assert len(await shop.world.bus.told(NoticeSent)) == 2


async def test_a_letter_sent_again_in_doubt_is_the_same_letter(shop: Shop) -> None:
    shop.mail.to_data.append(DROP)
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(promised())
        await until(lambda: shop.mail.taken)
        # It counts as told: what moves meanwhile comes after it, as a move.
        await shop.world.bus.publish(moved("o1", a_promised_line(2, (19, 25))))
        await shop.in_time_reaches(confirmed_sent=1, moved_sent=1)

    first, again, move = shop.mail.taken
    assert first["Message-ID"] == again["Message-ID"] != move["Message-ID"]
    assert part(first, "plain") == part(again, "plain")
    assert len(await shop.world.bus.told(NoticeSent)) == 2


async def test_a_crash_between_the_servers_yes_and_the_commit_loses_nothing(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*_: object) -> None:
        raise RuntimeError("crashed after 250")

    with monkeypatch.context() as patch:
        patch.setattr(send, "_settle", crash)
        async with shop.start():
            await shop.open()
            await shop.world.bus.publish(promised())
            await until(lambda: shop.world.ended)
    assert await shop.states() == {"confirmed sending": 1}
    async with shop.start():
        await shop.reaches(confirmed_sent=1)

    assert len(shop.mail.taken) == 2
    assert len(set(shop.mail.ids())) == 1
    assert len(await shop.world.bus.told(NoticeSent)) == 1


async def test_many_letters_leave_over_few_connections_each_once(shop: Shop) -> None:
    orders = [f"o{number}" for number in range(250)]
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(*(an_order(order_id) for order_id in orders))
        await shop.world.bus.publish(*(a_contact(order_id) for order_id in orders))
        await shop.world.bus.publish(*(promised(order_id) for order_id in orders))
        await shop.reaches(confirmed_sent=250)
    assert sorted(mail["X-Recipients"] for mail in shop.mail.taken) == sorted(
        f"anna+{order_id}@customer.example" for order_id in orders
    )
