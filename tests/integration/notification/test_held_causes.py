"""A cause that moves many, or far, is told to nobody until a person has looked at it."""

from typing import Any

import pytest

from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.fields import DateRange
from shared.contracts.notices import NoticeSent
from shared.contracts.promises import PromisedLine, PromiseMoved
from shared.contracts.telling_requests import TellingConfirmed, TellingRejected
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
from tests.integration.notification.test_moves import at, mails_by, moves, open_in_amsterdam

MANY = 240
TYPO = "edi/2028"


def in_2028(line_version: int = 2, cause: str = TYPO) -> PromisedLine:
    """Return a line whose truck comes a year later, as somebody typed."""
    ships = DateRange(earliest=a_day(19).replace(year=2028), latest=a_day(25).replace(year=2028))
    return a_promised_line(line_version, after=ships, cause=cause)


async def slips_to_2028(shop: Shop) -> None:
    """Let the truck of many orders be typed as of 2028 at ten to midnight."""
    await open_in_amsterdam(shop, MANY)
    await shop.is_now(at("23:50"))
    await shop.world.bus.publish(*(PromiseMoved(order_id=f"o{n}", lines=(in_2028(),)) for n in range(1, MANY + 1)))
    await shop.reaches(confirmed_sent=MANY, moved_planned=MANY)


async def alarms(shop: Shop, number: int) -> list[ExceptionChanged]:
    """Wait for so many announcements of held causes."""
    await until(lambda: shop.count("held_causes", f"version >= {number}"))
    await shop.world.settled("notification")
    return await shop.world.bus.told(ExceptionChanged)


async def test_a_slip_of_the_finger_alarms_within_a_minute_and_its_correction_is_told_nobody(shop: Shop) -> None:
    async with shop.start():
        await slips_to_2028(shop)
        await shop.passes(seconds=30)
        (alarm,) = await alarms(shop, 1)
        assert (alarm.exception_class, alarm.subject, alarm.state) == ("telling_held", TYPO, "open")
        assert (alarm.facts["lines"], alarm.facts["orders"], alarm.facts["farthest_days"]) == ("240", "240", "369")
        assert (alarm.merchant, alarm.facts["skus"]) == ("acme", "TEE-M")
        assert await mails_by(shop, "06:59", day=9) == 0

        await shop.is_now(at("07:00", 9))
        back = [moved(f"o{n}", a_promised_line(3, (16, 22), cause="edi/right")) for n in range(1, MANY + 1)]
        await shop.world.bus.publish(*back)
        await shop.reaches(confirmed_sent=MANY, moved_superseded=MANY)
        *_, settled = await alarms(shop, 2)
        assert (settled.state, settled.exception_id) == ("settled", alarm.exception_id)
        assert await mails_by(shop, "23:59", day=9) == 0
    assert len(shop.mail.taken) == MANY


async def test_a_confirmed_cause_is_told_at_once_and_its_day_begins_with_that(shop: Shop) -> None:
    async with shop.start():
        await slips_to_2028(shop)
        await shop.passes(seconds=30)
        await alarms(shop, 1)
        await shop.is_now(at("09:00", 9))
        yes = TellingConfirmed(cause=TYPO, by="kim", why="the supplier confirmed it")
        await shop.world.bus.publish(yes, yes)
        await shop.reaches(confirmed_sent=MANY, moved_sent=MANY)
        _, settled = await alarms(shop, 2)
        assert (settled.state, settled.facts["settled_by"], settled.facts["why"]) == (
            "settled", "kim", "the supplier confirmed it",
        )  # fmt: skip
    sent = [notice for notice in await shop.world.bus.told(NoticeSent) if notice.kind == "moved"]
    assert {notice.same_day for notice in sent} == {True}
    assert {notice.caused_at < at("00:00", 9) for notice in sent} == {True}


async def test_of_a_rejected_cause_nobody_is_told_and_it_alarms_again_at_four(shop: Shop) -> None:
    async with shop.start():
        await slips_to_2028(shop)
        await shop.passes(seconds=30)
        await alarms(shop, 1)
        await shop.is_now(at("07:30", 9))
        await shop.world.bus.publish(TellingRejected(cause=TYPO, by="kim", why="typed wrongly"))
        _, settled = await alarms(shop, 2)
        assert settled.state == "settled"
        assert await mails_by(shop, "15:59", day=9) == 0
        await shop.is_now(at("16:00", 9))
        *_, again = await alarms(shop, 3)
        assert (again.state, again.facts["rejected_by"], again.facts["why"]) == ("open", "kim", "typed wrongly")
        assert await mails_by(shop, "17:01", day=9) == 0
        assert await shop.states() == {"confirmed sent": MANY, "moved planned": MANY}


async def test_near_a_legal_date_even_a_held_cause_is_told(shop: Shop) -> None:
    option: dict[str, Any] = {
        "applicable_by": a_day(22), "revised_by": a_day(25), "consent": "yes_by", "answer_by": a_day(25),
        "send_before": at("23:00", 11),
    }  # fmt: skip
    async with shop.start():
        await open_in_amsterdam(shop, 2)
        await moves(shop, "10:00", in_2028().model_copy(update=option))
        await moves(shop, "10:01", in_2028(), order="o2")
        assert await mails_by(shop, "22:59", day=10) == 0
        assert await mails_by(shop, "23:01", day=10) == 1


async def test_what_else_moves_in_the_order_is_told_in_time(shop: Shop) -> None:
    async with shop.start():
        await shop.is_now(at("09:00"))
        await shop.world.bus.publish(a_merchant(zone="Europe/Amsterdam"), a_product())
        await shop.world.bus.publish(an_order("o1", a_line("1"), a_line("2")), a_contact())
        await shop.world.bus.publish(promised("o1", a_promised_line(), a_promised_line(line_id="2")))
        await shop.reaches(confirmed_sent=1)
        await moves(shop, "10:00", in_2028(), a_promised_line(2, (19, 25), "2"))
        assert await mails_by(shop, "10:11") == 1
    assert part(shop.mail.taken[1], "plain").count("now ships") == 1


async def test_who_names_a_cause_that_nobody_holds_hears_that(shop: Shop) -> None:
    async with shop.start():
        await shop.open()
        await shop.world.bus.publish(TellingConfirmed(cause="edi/other", by="kim", why="sure"))
        await until(lambda: shop.count("dead_letters", "reason like 'no cause of this name is held%'"))


@pytest.mark.parametrize("orders", [200, 201])
async def test_two_hundred_lines_are_told_and_one_more_is_held(shop: Shop, orders: int) -> None:
    async with shop.start(), shop.start():
        await open_in_amsterdam(shop, orders)
        await shop.is_now(at("10:00"))
        await shop.world.bus.publish(*(moved(f"o{n}") for n in range(1, orders + 1)))
        await shop.reaches(confirmed_sent=orders, moved_planned=orders)
        assert await mails_by(shop, "10:11") == (orders if orders <= 200 else 0)
