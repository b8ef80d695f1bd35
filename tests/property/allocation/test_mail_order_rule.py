"""Whatever happens to a line under the mail-order rule, and in whatever order it is heard of."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.mail_order_rule import (
    Bounced,
    Consented,
    Fact,
    OptionSent,
    Refused,
    RuleState,
    Shipped,
    delay,
    end_of,
    refund_due_by,
    rule_state,
    too_late_at,
)

NEW_YORK = ZoneInfo("America/New_York")
OFFICE = Calendar(NEW_YORK, frozenset(range(1, 6)), frozenset({date(2027, 5, 31)}), time(16))
T = date(2027, 3, 30)
UNITS = 4
START = datetime(2027, 3, 20, tzinfo=UTC)

# Half days and midnights of New York, so that facts fall on deadlines and on one another.
instants = st.integers(0, 180).map(lambda halves: START + timedelta(hours=4 + 12 * halves))
dates = st.none() | st.integers(-3, 75).map(lambda days: T + timedelta(days=days))
notices = st.sampled_from(["n1", "n2", "n3"])
tolds = st.builds(OptionSent, instants, notices, dates)
answers = st.builds(Consented, instants, dates)
refusals = st.builds(Refused, instants)
shipments = st.builds(Shipped, instants, st.integers(1, UNITS))
facts = st.lists(tolds | answers | refusals | shipments | st.builds(Bounced, notices), max_size=8)
happenings = st.lists(tolds | answers, max_size=6)


def stands(happened: Sequence[Fact], now: datetime) -> RuleState:
    return rule_state(T, NEW_YORK, UNITS, happened, now)


@given(st.data(), facts, instants)
def test_the_order_in_which_facts_are_heard_of_decides_nothing(
    data: st.DataObject, happened: list[Fact], now: datetime
) -> None:
    assert stands(data.draw(st.permutations(happened)), now) == stands(happened, now)


@given(facts, instants)
def test_a_fact_heard_twice_counts_once(happened: list[Fact], now: datetime) -> None:
    again = [fact for fact in happened if not isinstance(fact, Shipped)]
    assert stands([*happened, *again], now) == stands(happened, now)


@given(facts, instants, instants)
def test_a_cancelled_line_stays_cancelled_as_time_passes(happened: list[Fact], now: datetime, later: datetime) -> None:
    now, later = sorted([now, later])
    ended = stands(happened, now).ended
    if ended is not None:
        assert stands(happened, later).ended == ended


@given(facts, instants)
def test_every_line_is_shipped_cancelled_due_or_agreed_to_wait_without_end(happened: list[Fact], now: datetime) -> None:
    line = stands(happened, now)
    assert (line.due_at is None) == (not line.open_units or line.ended is not None or line.applicable_by is None)
    assert line.due_at is None or line.due_at > now
    assert line.ended is None or 0 < line.ended.units <= UNITS


@given(happenings, answers, instants)
def test_a_yes_never_brings_the_end_nearer(
    happened: list[OptionSent | Consented], yes: Consented, now: datetime
) -> None:
    past = [fact for fact in happened if fact.at <= yes.at]
    without, agreed = stands(past, now), stands([*past, yes], now)
    if agreed.ended is not None:
        assert without.ended is not None
        assert agreed.ended.at >= without.ended.at
    if without.due_at is not None and agreed.due_at is not None:
        assert agreed.due_at >= without.due_at


@given(happenings, tolds, instants)
def test_facts_after_the_deadline_do_not_revive_a_line(
    happened: list[OptionSent | Consented], late: OptionSent, now: datetime
) -> None:
    ended = stands(happened, now).ended
    assume(ended is not None)
    assert ended is not None
    after: list[Fact] = [
        replace(late, at=ended.at, notice_id="late"),
        Consented(ended.at, None),
        Shipped(ended.at, UNITS),
    ]
    assert stands([*after, *happened], now).ended == ended


@given(happenings, dates, instants)
def test_a_timely_notice_has_the_effect_its_promise_said(
    happened: list[OptionSent | Consented], latest: date | None, now: datetime
) -> None:
    """Silence after it is a yes until the date where the promise said so, and a no after the day to answer by."""
    past = [fact for fact in happened if fact.at < now]
    before = stands(past, now)
    text = delay(before, latest, now)
    after = stands([*past, OptionSent(now, "new", latest)], now)
    if text.consent == "not_needed":
        assert (after.due_at, after.applicable_by) == (before.due_at, before.applicable_by)
    else:
        assert text.send_before is not None
        assert now < text.send_before
        assert text.answer_by is not None
        assert after.due_at == end_of(text.answer_by, NEW_YORK)
        assert after.asked == (text.consent == "yes_by")


@given(happenings, instants)
def test_a_line_is_too_late_once_its_next_shipping_day_is_past_the_deadline(
    happened: list[OptionSent | Consented], now: datetime
) -> None:
    line = stands(happened, now)
    too_late = too_late_at(line, OFFICE)
    assert (too_late is None) == (line.due_at is None)
    if too_late is not None:
        assert line.lapses_on is not None
        assert (OFFICE.next_shipping_day(now) > line.lapses_on) == (now >= too_late)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_money_is_never_due_on_a_weekend_and_7_working_days_away(vests_on: date) -> None:
    due_by = refund_due_by(vests_on)
    days = [vests_on + timedelta(days=ahead) for ahead in range(1, (due_by - vests_on).days + 1)]
    assert sum(day.weekday() < 5 for day in days) == 7
    assert due_by.weekday() < 5
