"""Orders to the United States: a delay gives the option to cancel in time, or the line is cancelled and paid back."""

from datetime import date

import pytest

from shared.contracts.allocations import ConsentRefused, LineCancelled
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.orders import Shown
from shared.contracts.promises import BackorderPromised, PromiseMoved
from shared.testing.builders import a_day, a_supply, an_inbound, an_order
from tests.integration.allocation.conftest import Desk, set_clock
from tests.integration.allocation.support.mail_order_rule import (
    at,
    bounced,
    day_comes,
    late_until,
    left,
    promises,
    refunds,
    sold,
    sold_and_told,
    stands,
    yes,
)

T_30 = date(2027, 4, 21)


async def test_a_date_up_to_the_day_shown_is_no_delay(desk: Desk) -> None:
    await sold_and_told(desk)

    (event,) = await desk.told(BackorderPromised)
    assert (event.lines[0].applicable_by, event.lines[0].consent) == (a_day(22), "not_needed")
    assert (event.lines[0].answer_by, event.lines[0].send_before) == (None, None)
    assert await stands(desk) == (a_day(22), False, False, None)


async def test_a_first_delay_asks_for_silence_and_says_until_when(desk: Desk) -> None:
    await sold_and_told(desk)
    moved = await late_until(desk, a_day(24))

    assert (moved.after and moved.after.latest, moved.applicable_by) == (a_day(26), a_day(22))
    assert (moved.consent, moved.revised_by, moved.answer_by) == ("silent_until", a_day(26), a_day(26))
    assert moved.send_before == at(23)


async def test_silence_on_a_timely_notice_keeps_the_order_until_the_revised_date(desk: Desk) -> None:
    await sold_and_told(desk)
    moved = await late_until(desk, a_day(24))
    await desk.hear(left(moved.line_version, at(10)))
    await day_comes(desk, at(23, 8))

    assert await stands(desk) == (a_day(26), False, True, None)
    assert (await desk.told(LineCancelled), await refunds(desk)) == ([], [])


async def test_a_delay_not_told_by_the_day_shown_cancels_and_refunds_within_seven_working_days(
    desk: Desk,
) -> None:
    await sold_and_told(desk, units=2)
    await late_until(desk, a_day(24))
    await day_comes(desk, at(22, 23))
    assert await desk.told(LineCancelled) == []
    await day_comes(desk, at(23))

    (event,) = await desk.told(LineCancelled)
    assert [(x.units, x.left) for x in event.lines] == [(2, 0)]
    assert await refunds(desk) == [("o1", 2, 3800, a_day(22), a_day(31))]
    assert (await desk.waiting(), (await stands(desk))[3]) == ([], "no_notice")


async def test_the_units_of_a_cancelled_line_are_promised_to_the_next_at_once(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_inbound(a_supply(units=1, earliest=24, latest=25), a_supply("far", 9, 29, 30)))
    await desk.hear(sold(), an_order("o2"))
    assert [row[2] for row in await desk.waiting()] == [(24, 25), (29, 30)]
    await day_comes(desk, at(23))

    assert await desk.waiting() == [("o2", 1, (24, 25))]


async def test_a_notice_that_leaves_when_the_day_is_over_is_too_late(desk: Desk) -> None:
    await sold_and_told(desk)
    moved = await late_until(desk, a_day(24))
    await desk.hear(left(moved.line_version, at(23)))
    await day_comes(desk, at(23))

    assert (await stands(desk))[3] == "no_notice"


async def test_a_timely_notice_counts_however_late_it_is_heard_of(
    desk: Desk,
) -> None:
    await sold_and_told(desk)
    moved = await late_until(desk, a_day(24))
    await set_clock(desk.admin, at(23, 1))
    await desk.hear(left(moved.line_version, at(22, 23)))
    await desk.decide_due()

    assert await stands(desk) == (a_day(26), False, True, None)


async def test_a_bounced_notice_does_not_count(desk: Desk) -> None:
    await sold_and_told(desk)
    moved = await late_until(desk, a_day(24))
    await desk.hear(bounced(moved.line_version, at(11)), left(moved.line_version, at(10)))
    assert await stands(desk) == (a_day(22), False, False, None)
    await day_comes(desk, at(23))

    assert (await stands(desk))[3] == "no_notice"


async def test_a_bounce_heard_after_the_day_shown_cancels(desk: Desk) -> None:
    await sold_and_told(desk)
    moved = await late_until(desk, a_day(24))
    await desk.hear(left(moved.line_version, at(10)))
    await day_comes(desk, at(24))
    await desk.hear(bounced(moved.line_version, at(24)))
    await desk.decide_due()

    assert await refunds(desk) == [("o1", 1, 1900, a_day(22), a_day(31))]


@pytest.mark.parametrize("latest", [date(2027, 4, 26), None])
async def test_a_delay_beyond_thirty_days_or_without_a_date_needs_a_yes_within_thirty_days(
    desk: Desk, latest: date | None
) -> None:
    await sold_and_told(desk)
    moved = await late_until(desk, latest)
    assert (moved.consent, moved.answer_by, moved.send_before) == ("yes_by", T_30, at(23))
    await desk.hear(left(moved.line_version, at(10)))
    await day_comes(desk, at(21, 23, 4))
    assert (await refunds(desk), (await stands(desk))[:2]) == ([], (a_day(22), True))
    await day_comes(desk, at(22, 0, 4))

    assert await refunds(desk) == [("o1", 1, 1900, T_30, date(2027, 4, 30))]
    assert (await stands(desk))[3] == "no_consent"


async def test_a_yes_to_a_late_date_keeps_the_order_until_then(desk: Desk) -> None:
    await sold_and_told(desk)
    moved = await late_until(desk, date(2027, 4, 26))
    await desk.hear(left(moved.line_version, at(10)), yes(moved.revised_by, at(12)))
    await day_comes(desk, at(22, 8, 4))

    assert await stands(desk) == (date(2027, 4, 26), False, True, None)


async def test_a_yes_before_the_deadline_wins_though_it_is_heard_of_later(desk: Desk) -> None:
    await sold_and_told(desk)
    moved = await late_until(desk, date(2027, 4, 26))
    await desk.hear(left(moved.line_version, at(10)))
    await set_clock(desk.admin, at(22, 8, 4))
    await desk.hear(yes(moved.revised_by, at(21, 23, 4)))
    await desk.decide_due()

    assert (await stands(desk), await refunds(desk)) == ((date(2027, 4, 26), False, True, None), [])


async def test_a_yes_after_the_cancel_does_not_bring_the_line_back(desk: Desk) -> None:
    await sold_and_told(desk)
    moved = await late_until(desk, date(2027, 4, 26))
    await desk.hear(left(moved.line_version, at(10)))
    await day_comes(desk, at(22, 8, 4))
    await desk.hear(yes(moved.revised_by, at(21, 23, 4)))
    await desk.decide_due()

    assert ((await stands(desk))[3], len(await refunds(desk))) == ("no_consent", 1)
    (found,) = await desk.told(ExceptionChanged)
    assert (found.exception_class, found.subject, found.facts["line"]) == ("consent_after_cancel", "o1", "1")
    (refused,) = await desk.told(ConsentRefused)
    assert [(x.line_id, x.units, x.reason) for x in refused.lines] == [
        ("1", 1, "we had cancelled them on 21 April, before your answer came"),
    ]  # fmt: skip


async def test_past_the_revised_date_silence_is_a_no(desk: Desk) -> None:
    await sold_and_told(desk)
    moved = await late_until(desk, a_day(24))
    await desk.hear(left(moved.line_version, at(10)))
    again = await late_until(desk, a_day(29))
    assert (again.consent, again.applicable_by, again.answer_by) == ("yes_by", a_day(26), a_day(26))
    await desk.hear(left(again.line_version, at(11), "n2"))
    await day_comes(desk, at(27))

    assert await refunds(desk) == [("o1", 1, 1900, a_day(26), date(2027, 4, 6))]
    assert (await stands(desk))[3] == "no_further_consent"


async def test_the_padding_of_a_later_date_never_asks_for_a_yes(desk: Desk) -> None:
    await sold_and_told(desk)
    moved = await late_until(desk, date(2027, 4, 20))

    assert (moved.after and moved.after.latest, moved.consent) == (T_30, "silent_until")


async def test_a_line_too_late_to_ship_in_time_is_promised_anew_the_same_day(desk: Desk) -> None:
    await sold_and_told(desk)
    await day_comes(desk, at(22, 15))
    assert await desk.told(PromiseMoved) == []
    await day_comes(desk, at(22, 16))

    (moved,) = await promises(desk)
    assert (moved.after and moved.after.latest, moved.consent) == (a_day(25), "silent_until")
    assert moved.send_before == at(23)


async def test_a_line_shown_in_stock_that_waits_gets_the_option_with_its_confirmation(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_inbound(a_supply()))
    await desk.hear(sold(shown=Shown(state="in_stock", latest=a_day(23))))

    (event,) = await desk.told(BackorderPromised)
    assert (event.lines[0].consent, event.lines[0].answer_by) == ("silent_until", a_day(22))
    await desk.hear(left(1, at(8, 9)))
    assert await stands(desk) == (a_day(23), False, True, None)


async def test_without_a_day_shown_thirty_days_are_counted_from_the_order(desk: Desk) -> None:
    await desk.know()
    await desk.hear(sold(shown=None))

    assert await stands(desk) == (date(2027, 4, 7), False, False, None)
