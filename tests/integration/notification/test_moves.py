"""Customers hear of moves once, the same day, and of a slip of the finger never."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared.contracts.notices import NoticeSent
from shared.contracts.promises import PromisedLine
from shared.contracts.settings import Channel
from shared.messaging.wire import Headers, announcement
from shared.testing.builders import (
    a_contact,
    a_day,
    a_line,
    a_merchant,
    a_product,
    a_promised_line,
    an_order,
    moved,
    promised,
)
from shared.testing.until import until
from tests.integration.notification.conftest import Shop, part

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def at(clock: str, day: int = 8) -> datetime:
    """Return a moment of March 2027 in Amsterdam."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2027, 3, day, hour, minute, tzinfo=AMSTERDAM).astimezone(UTC)


async def open_in_amsterdam(shop: Shop, orders: int = 1, **fields: Any) -> None:
    """Let customers in Amsterdam be told of their dates at nine o'clock."""
    await shop.is_now(at("09:00"))
    names = [f"o{number}" for number in range(1, orders + 1)]
    await shop.world.bus.publish(a_merchant(zone="Europe/Amsterdam", **fields), a_product())
    await shop.world.bus.publish(*(fact for name in names for fact in (an_order(name), a_contact(name))))
    await shop.world.bus.publish(*(promised(name) for name in names))
    await shop.reaches(confirmed_sent=orders)


async def moves(shop: Shop, clock: str, *lines: PromisedLine, day: int = 8, order: str = "o1") -> None:
    """Let an order's dates move at a time, and wait until it is known."""
    await shop.is_now(at(clock, day))
    await shop.world.bus.publish(moved(order, *lines))
    await shop.heard(max(line.line_version for line in lines), order)


async def mails_by(shop: Shop, clock: str, day: int = 8) -> int:
    """Return how many notices of moves were sent by a time."""
    await shop.is_now(at(clock, day))
    due = "state in ('planned', 'sending') and reachable and due_at <= notification.clock()"
    await until(lambda: shop.count("notices", f"not exists (select from notification.notices where {due}) limit 1"))
    await shop.world.settled("notification")
    return await shop.count("notices", "kind = 'moved' and state = 'sent'")


async def test_two_slips_within_ten_minutes_are_one_mail_and_a_third_is_told_at_five(shop: Shop) -> None:
    async with shop.start():
        await open_in_amsterdam(shop)
        await moves(shop, "10:00", a_promised_line(2, (19, 25)))
        await moves(shop, "10:08", a_promised_line(3, (22, 26)))
        assert await mails_by(shop, "10:09") == 0
        assert await mails_by(shop, "10:11") == 1
        await moves(shop, "11:00", a_promised_line(4, (23, 29)))
        await moves(shop, "12:00", a_promised_line(5, (24, 30)))
        assert await mails_by(shop, "16:59") == 1
        assert await mails_by(shop, "17:01") == 2
        await moves(shop, "18:00", a_promised_line(6, (25, 31)))
        assert await mails_by(shop, "23:49") == 2
        assert await mails_by(shop, "23:51") == 3

        await shop.world.settled("notification")
    assert "Mon 22 – Fri 26 Mar" in part(shop.mail.taken[1], "plain")
    assert "Wed 24 – Tue 30 Mar" in part(shop.mail.taken[2], "plain")
    sent = [notice for notice in await shop.world.bus.told(NoticeSent, "o1") if notice.kind == "moved"]
    assert [(notice.same_day, notice.zone, notice.cause) for notice in sent] == 3 * [
        (True, "Europe/Amsterdam", "edi/asn-1")
    ]
    assert abs(sent[1].caused_at - at("11:00")) < timedelta(minutes=1), "the first of what it tells"


async def test_what_the_supplier_said_before_midnight_is_told_late_after_an_outage(shop: Shop) -> None:
    *_, headers = announcement(an_order("the supplier's word"), "edi", None, at("22:00"))
    said_at_ten = f"edi/{identity_of(headers)}"
    async with shop.start():
        await open_in_amsterdam(shop)
        await moves(shop, "00:30", a_promised_line(2, (19, 25), cause=said_at_ten), day=9)
        assert await mails_by(shop, "00:32", day=9) == 1, "the quiet window is over"
    sent = (await shop.world.bus.told(NoticeSent, "o1"))[-1]
    assert (sent.caused_at, sent.same_day) == (at("22:00"), False)


def identity_of(headers: Headers) -> str:
    return (dict(headers)["ce_id"] or b"").decode()


async def test_dates_that_go_back_and_forth_are_no_news(shop: Shop) -> None:
    async with shop.start():
        await open_in_amsterdam(shop)
        for place, ships in enumerate([(19, 25), (16, 22)] * 3):
            await moves(shop, f"10:0{place}", a_promised_line(2 + place, ships))
        assert await mails_by(shop, "23:59") == 0


async def test_an_earlier_date_is_told_when_it_is_sure_and_much_earlier(shop: Shop) -> None:
    async with shop.start():
        await open_in_amsterdam(shop)
        await moves(shop, "10:00", a_promised_line(2, (10, 12)))
        assert await mails_by(shop, "12:00") == 0
        await moves(shop, "13:00", a_promised_line(3, (10, 12), sure=True))
        assert await mails_by(shop, "13:11") == 1


async def test_a_move_at_five_to_midnight_is_told_after_it_and_is_still_on_time(shop: Shop) -> None:
    async with shop.start():
        await open_in_amsterdam(shop)
        await moves(shop, "23:55", a_promised_line(2, (19, 25)))
        assert await mails_by(shop, "23:59") == 0
        assert await mails_by(shop, "00:06", day=9) == 1
    (sent,) = [notice for notice in await shop.world.bus.told(NoticeSent) if notice.kind == "moved"]
    assert sent.same_day


async def test_what_waits_too_long_is_known_to_be_late(shop: Shop) -> None:
    async with shop.start():
        await open_in_amsterdam(shop)
        await shop.mail.stop()
        await moves(shop, "20:00", a_promised_line(2, (19, 25)))
        await shop.is_now(at("08:00", 9))
        await shop.mail.start()
        await shop.reaches(confirmed_sent=1, moved_sent=1)
    (sent,) = [notice for notice in await shop.world.bus.told(NoticeSent) if notice.kind == "moved"]
    assert sent.same_day is False


async def test_the_customers_own_zone_comes_first_and_then_that_of_the_address(shop: Shop) -> None:
    async with shop.start():
        await shop.world.bus.publish(a_merchant(zone="Europe/Amsterdam"), a_product())
        texas: dict[str, Any] = {"country": "US", "region": "TX"}
        await shop.world.bus.publish(*(an_order(name, ship_to=texas) for name in ("o1", "o2")), an_order("o3"))
        await shop.world.bus.publish(a_contact("o1", time_zone="Asia/Tokyo"), a_contact("o2"), a_contact("o3"))
        await shop.world.bus.publish(promised("o1"), promised("o2"), promised("o3"))
        await shop.reaches(confirmed_sent=3)
    zones = {notice.order_id: notice.zone for notice in await shop.world.bus.told(NoticeSent)}
    assert zones == {"o1": "Asia/Tokyo", "o2": "America/Chicago", "o3": "Europe/Amsterdam"}


async def test_a_restart_forgets_no_timer(shop: Shop) -> None:
    async with shop.start():
        await open_in_amsterdam(shop)
        await moves(shop, "10:00", a_promised_line(2, (19, 25)))
    await shop.is_now(at("10:11"))
    async with shop.start():
        await shop.reaches(confirmed_sent=1, moved_sent=1)


async def test_a_move_near_a_legal_date_is_told_at_once(shop: Shop) -> None:
    option: dict[str, Any] = {
        "applicable_by": a_day(22), "revised_by": a_day(25), "consent": "silent_until", "answer_by": a_day(25),
    }  # fmt: skip
    async with shop.start():
        await open_in_amsterdam(shop)
        near = a_promised_line(2, (19, 25), send_before=at("20:00", 9), **option)
        await moves(shop, "21:00", near)
        assert await mails_by(shop, "21:01") == 1


async def test_the_customers_of_a_channel_that_the_merchant_keeps_to_itself_are_told_nothing(shop: Shop) -> None:
    async with shop.start():
        channels = (Channel(channel="wholesale", mails="none"),)
        await shop.world.bus.publish(a_merchant(who_mails=channels), a_product())
        await shop.world.bus.publish(an_order("o1", channel="wholesale"), an_order("o2"), a_contact(), a_contact("o2"))
        await shop.world.bus.publish(promised("o1"), promised("o2"))
        await shop.reaches(confirmed_sent=1)
        await shop.heard(1)
    assert [mail["X-Recipients"] for mail in shop.mail.taken] == ["anna+o2@customer.example"]


@pytest.mark.parametrize(("send_before", "told_at"), [(None, "17:01"), (at("10:20", 9), "10:21")])
async def test_a_second_cause_waits_for_the_evening_but_not_past_a_legal_date(
    shop: Shop, send_before: datetime | None, told_at: str
) -> None:
    option: dict[str, Any] = {"applicable_by": a_day(22), "consent": "silent_until", "answer_by": a_day(25)}
    async with shop.start():
        await shop.is_now(at("09:00"))
        await shop.world.bus.publish(a_merchant(zone="Europe/Amsterdam"), a_product())
        await shop.world.bus.publish(an_order("o1", a_line("1"), a_line("2")), a_contact())
        await shop.world.bus.publish(promised("o1", a_promised_line(), a_promised_line(line_id="2")))
        await shop.reaches(confirmed_sent=1)
        await moves(shop, "10:00", a_promised_line(2, (19, 25)))
        await shop.is_now(at("10:09") + timedelta(seconds=40))
        second = a_promised_line(2, (19, 25), "2", cause="edi/other", send_before=send_before, **option)
        await shop.world.bus.publish(moved("o1", second))
        await shop.heard(2, line_id="2")
        await shop.is_now(at("10:10") + timedelta(seconds=5))
        await until(lambda: shop.count("notices", "kind = 'moved' and state = 'sent'"))
        assert await mails_by(shop, "10:12") == 1
        assert await mails_by(shop, told_at) == 2
