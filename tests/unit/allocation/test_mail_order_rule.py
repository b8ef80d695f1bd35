"""The Mail, Internet or Telephone Order Rule, 16 CFR 435: dates shown, notices and deadlines."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.allocation.domain.mail_order_rule import (
    NO_DELAY,
    Bounced,
    Cause,
    Consented,
    Delay,
    Ended,
    Fact,
    Refused,
    RuleState,
    Shipped,
    delay,
    refund_due_by,
    shipping_date,
    under_the_rule,
)
from tests.unit.allocation.rule_facts import (
    DAY,
    EARLY,
    JUST_BEFORE,
    LATER,
    NEW_YORK,
    T_30,
    R,
    T,
    ended,
    line,
    over,
    told,
)


class TestWhichOrders:
    def test_the_rule_is_on_for_the_united_states(self) -> None:
        assert under_the_rule("US")
        assert not under_the_rule("NL")

    def test_the_rule_can_be_on_for_another_market(self) -> None:
        assert under_the_rule("PR", {"US", "PR"})
        assert not under_the_rule("US", {"PR"})


class TestTheDateShown:
    completed = datetime(2027, 3, 1, 4, 30, tzinfo=UTC)  # still 28 February in New York

    def test_the_date_shown_when_ordered_is_t(self) -> None:
        assert shipping_date(self.completed, NEW_YORK, T) == T

    def test_without_one_t_is_30_days_after_the_order_was_complete_counted_in_the_nodes_days(self) -> None:
        assert shipping_date(self.completed, NEW_YORK, None) == date(2027, 3, 30)
        assert shipping_date(self.completed, ZoneInfo("UTC"), None) == date(2027, 3, 31)

    def test_a_line_shown_to_ship_on_its_order_day_is_held_to_it(self) -> None:
        assert shipping_date(self.completed, NEW_YORK, date(2027, 2, 28)) == date(2027, 2, 28)

    def test_a_date_that_was_over_when_the_order_was_complete_was_no_date(self) -> None:
        assert shipping_date(self.completed, NEW_YORK, date(2027, 2, 27)) == date(2027, 3, 30)

    def test_a_day_is_over_at_the_nodes_midnight_summer_time_or_not(self) -> None:
        assert over(date(2027, 3, 13)) == datetime(2027, 3, 14, 5, tzinfo=UTC)
        assert over(date(2027, 3, 14)) == datetime(2027, 3, 15, 4, tzinfo=UTC)


class TestWhatAPromiseIsInLaw:
    def test_a_latest_up_to_t_is_no_delay(self) -> None:
        assert delay(line(), T, EARLY) == NO_DELAY == Delay("not_needed", None, None, None)

    @pytest.mark.parametrize("latest", [T + DAY, T_30])
    def test_a_first_delay_up_to_30_days_asks_for_silence_by_a_notice_sent_before_t_is_over(self, latest: date) -> None:
        assert delay(line(), latest, EARLY) == Delay("silent_until", latest, latest, over(T))

    @pytest.mark.parametrize("latest", [T_30 + DAY, None])
    def test_a_first_delay_beyond_or_without_a_date_asks_for_a_yes_by_t_30(self, latest: date | None) -> None:
        assert delay(line(), latest, EARLY) == Delay("yes_by", latest, T_30, over(T))

    @pytest.mark.parametrize("latest", [R + DAY, T_30, LATER, None])
    def test_any_delay_past_r_asks_for_a_yes_by_r(self, latest: date | None) -> None:
        assert delay(line(told(R)), latest, EARLY) == Delay("yes_by", latest, R, over(R))

    def test_a_latest_up_to_r_is_no_delay(self) -> None:
        assert delay(line(told(R)), R, EARLY) == NO_DELAY

    def test_after_a_yes_was_asked_for_a_shipment_by_t_30_needs_none(self) -> None:
        asked = line(told(None))
        assert delay(asked, T_30, over(T)) == NO_DELAY
        assert delay(asked, T_30 + DAY, over(T)) == Delay("yes_by", T_30 + DAY, T_30, over(T_30))

    def test_a_date_found_before_t_is_an_option_again_and_silence_is_enough(self) -> None:
        asked = line(told(None))
        assert delay(asked, R, over(T) - JUST_BEFORE) == Delay("silent_until", R, R, over(T))

    def test_a_waiting_line_shown_in_stock_gets_an_option_notice_though_it_keeps_t(self) -> None:
        assert delay(line(), T, EARLY, fell_from_stock=True) == Delay("silent_until", T, T, over(T))
        assert delay(line(), T_30 + DAY, EARLY, fell_from_stock=True).consent == "yes_by"

    def test_that_notice_does_not_shorten_t_or_use_up_the_first_delay(self) -> None:
        fallen = line(told(T - DAY))
        assert (fallen.applicable_by, fallen.offered, fallen.revised) == (T, True, False)
        assert delay(fallen, T + DAY, EARLY).consent == "silent_until"

    def test_a_line_that_has_shipped_or_is_cancelled_is_not_delayed(self) -> None:
        assert delay(line(Shipped(EARLY, 5)), LATER, EARLY) == NO_DELAY
        assert delay(line(Refused(EARLY)), LATER, EARLY) == NO_DELAY

    def test_a_customer_who_agreed_to_wait_without_end_is_not_asked_again(self) -> None:
        waiting = line(told(None), Consented(EARLY + DAY, None))
        assert (waiting.applicable_by, waiting.lapses_on, waiting.due_at) == (None, None, None)
        assert delay(waiting, LATER, EARLY) == NO_DELAY


class TestTold:
    def test_a_delay_that_nobody_was_told_of_leaves_t(self) -> None:
        assert line() == RuleState(NEW_YORK, T, 5)
        assert (line().lapses_on, line().due_at) == (T, over(T))

    @pytest.mark.parametrize("revised_by", [T + DAY, T_30])
    def test_a_first_notice_in_time_makes_r(self, revised_by: date) -> None:
        revised = line(told(revised_by, over(T) - JUST_BEFORE))
        assert revised == RuleState(NEW_YORK, revised_by, 5, revised=True, asked=False, offered=True)
        assert revised.due_at == over(revised_by)

    def test_a_notice_sent_when_t_is_over_tells_nobody_anything(self) -> None:
        assert ended(told(R, over(T)), now=over(T)) == ("no_notice", 5, T)

    def test_a_bounced_notice_does_not_count(self) -> None:
        assert line(told(R), Bounced("n1")) == line()
        assert ended(Bounced("n1"), told(R), now=over(T)) == ("no_notice", 5, T)

    def test_another_notice_of_the_same_date_still_counts(self) -> None:
        assert line(told(R), Bounced("n1"), told(R, EARLY + DAY, "n2")).applicable_by == R

    @pytest.mark.parametrize("revised_by", [T_30 + DAY, None])
    def test_a_notice_that_asks_for_a_yes_leaves_t_and_gives_30_days(self, revised_by: date | None) -> None:
        asked = line(told(revised_by))
        assert asked == RuleState(NEW_YORK, T, 5, revised=False, asked=True, offered=True)
        assert (asked.lapses_on, asked.due_at) == (T_30, over(T_30))

    def test_a_renewed_notice_leaves_r_until_the_yes(self) -> None:
        asked = line(told(R), told(LATER, EARLY + DAY, "n2"))
        assert (asked.applicable_by, asked.asked, asked.due_at) == (R, True, over(R))

    @pytest.mark.parametrize("date_of_the_other", [R, None])
    def test_of_two_notices_at_one_instant_the_nearer_date_counts_first(self, date_of_the_other: date | None) -> None:
        nearer, farther = told(T + DAY, notice_id="n2"), told(date_of_the_other)
        assert line(nearer, farther) == line(farther, nearer)
        assert (line(nearer, farther).applicable_by, line(nearer, farther).asked) == (T + DAY, True)

    def test_a_notice_of_an_earlier_date_does_not_take_the_question_back(self) -> None:
        asked = line(told(None), told(T, EARLY + DAY, "n2"))
        assert (asked.asked, asked.due_at) == (True, over(T_30))

    def test_a_date_found_before_t_replaces_the_yes_that_was_asked_for(self) -> None:
        found = line(told(None), told(R, over(T) - JUST_BEFORE, "n2"))
        assert (found.applicable_by, found.asked, found.due_at) == (R, False, over(R))

    def test_a_date_found_after_t_does_not(self) -> None:
        found = line(told(None), told(R, over(T), "n2"))
        assert (found.applicable_by, found.asked, found.due_at) == (T, True, over(T_30))


class TestDeadlines:
    @pytest.mark.parametrize(
        ("facts", "last_day", "cause"),
        [
            ((), T, "no_notice"),
            ((told(R),), R, "no_further_consent"),
            ((told(R), told(LATER, EARLY + DAY, "n2")), R, "no_further_consent"),
            ((told(R), told(LATER, over(R), "n2")), R, "no_further_consent"),
            ((told(LATER),), T_30, "no_consent"),
            ((told(None),), T_30, "no_consent"),
            ((told(LATER), Consented(over(T_30) - JUST_BEFORE, LATER)), LATER, "no_further_consent"),
        ],
    )
    def test_an_unshipped_line_is_cancelled_when_its_last_day_is_over(
        self, facts: tuple[Fact, ...], last_day: date, cause: Cause
    ) -> None:
        assert ended(*facts, now=over(last_day) - JUST_BEFORE) is None
        assert ended(*facts, now=over(last_day)) == (cause, 5, last_day)

    def test_the_cancel_happens_then_however_late_anyone_looks(self) -> None:
        end = line(now=over(LATER)).ended
        assert end == Ended(over(T), T, "no_notice", 5)
        assert end.due_by == refund_due_by(T)

    def test_a_cancelled_line_has_nothing_due_any_more(self) -> None:
        assert line(now=over(T)).due_at is None

    def test_shipping_before_the_deadline_needs_no_answer(self) -> None:
        in_time = Shipped(over(T_30) - JUST_BEFORE, 5)
        assert ended(told(None), in_time, now=over(LATER)) is None
        assert line(told(None), in_time, now=over(LATER)).due_at is None

    def test_a_shipment_after_the_last_day_is_late(self) -> None:
        assert ended(told(None), Shipped(over(T_30), 5), now=over(LATER)) == ("no_consent", 5, T_30)

    def test_the_rest_of_a_line_shipped_in_part_is_cancelled(self) -> None:
        assert ended(Shipped(EARLY, 2), Shipped(EARLY, 2), now=over(T)) == ("no_notice", 1, T)

    def test_more_shipped_than_ordered_leaves_nothing(self) -> None:
        assert line(Shipped(EARLY, 6), now=over(T)).open_units == 0
        assert ended(Shipped(EARLY, 6), now=over(T)) is None
