"""A delay in law is told as an option: what silence means, until when, and how to cancel."""

from datetime import timedelta
from typing import Any

from shared.contracts.notices import NoticeSent
from shared.contracts.promises import PromisedLine
from shared.testing.builders import MONDAY, a_day, a_promised_line, moved, promised, withdrawn
from tests.integration.notification.conftest import Shop, part


def asking(line_version: int, ships: tuple[int, int] | None = (19, 25), **fields: Any) -> PromisedLine:
    """Return a promise later than the 22nd, by which the line was shown to ship: silence is a yes until the 25th."""
    return a_promised_line(
        line_version, ships,
        **{
            "applicable_by": a_day(22), "revised_by": a_day(ships[1]) if ships else None, "consent": "silent_until",
            "answer_by": a_day(25), "send_before": MONDAY + timedelta(days=30), **fields,
        },
    )  # fmt: skip


async def the_text(shop: Shop) -> str:
    """Return the last mail, without its line breaks; the HTML says the same."""
    text, html = (" ".join(part(shop.mail.taken[-1], kind).split()) for kind in ("plain", "html"))
    asks = [sentence for sentence in text.split(". ") if "answer this mail" in sentence]
    assert all(sentence.strip(" .").split(" Anna")[0] in html for sentence in asks)
    return text


async def test_a_notice_says_until_when_silence_is_a_yes_and_how_to_cancel(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_sent=1)
        await shop.world.bus.publish(moved("o1", asking(2)))
        await shop.in_time_reaches(confirmed_sent=1, moved_sent=1)

    text = await the_text(shop)
    assert "now ships Fri 19 – Thu 25 Mar" in text
    assert "It was to ship by Mon, 22 Mar. You may cancel it now" in text, "whether a date was shown or not"
    assert "If we hear nothing from you, we take it that you agree to wait until Thu, 25 Mar." in text
    sent = (await shop.world.bus.told(NoticeSent, "o1"))[-1]
    assert [(line.line_id, line.line_version) for line in sent.lines] == [("1", 2)]


async def test_a_notice_says_until_when_silence_is_a_no_and_why_there_is_no_date(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(promised())
        await shop.reaches(confirmed_sent=1)
        await shop.world.bus.publish(
            withdrawn("o1", asking(2, None, consent="yes_by", answer_by=a_day(31), reason="ASN asn-1 was cancelled"))
        )
        await shop.in_time_reaches(confirmed_sent=1, moved_sent=1)

    text = await the_text(shop)
    assert "We cannot say when it ships, because no delivery with enough of it has been announced to us." in text
    assert "If we hear nothing from you by Wed, 31 Mar, and it has not shipped by then, we cancel it" in text


async def test_a_customer_shown_stock_gets_the_option_with_the_confirmation(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(promised("o1", asking(1, (16, 22), answer_by=a_day(22))))
        await shop.reaches(confirmed_sent=1)

    assert "You were shown that it is in stock. You may cancel it now" in await the_text(shop)


async def test_an_option_that_would_leave_too_late_is_not_promised(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        late = MONDAY - timedelta(minutes=1)
        await shop.world.bus.publish(promised("o1", asking(1, send_before=late)))
        await shop.reaches(confirmed_sent=1)

    assert "answer this mail" not in await the_text(shop)


async def test_a_promise_that_is_no_delay_in_law_asks_nothing(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(promised("o1", a_promised_line(applicable_by=a_day(22))))
        await shop.reaches(confirmed_sent=1)

    assert "answer this mail" not in await the_text(shop)
