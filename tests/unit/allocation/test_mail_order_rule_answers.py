"""The Mail, Internet or Telephone Order Rule, 16 CFR 435: what customers answer, their money, and looking ahead."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.mail_order_rule import (
    Bounced,
    Consented,
    Ended,
    Refused,
    Shipped,
    look_at,
    refund_due_by,
    too_late_at,
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

OFFICE = Calendar(NEW_YORK, frozenset(range(1, 6)), frozenset(), time(16))
RENEWED = (told(R), told(LATER, EARLY + DAY, "n2"))


class TestYes:
    def test_a_yes_before_r_is_over_makes_the_new_r_however_late_it_is_heard(self) -> None:
        yes = Consented(over(R) - JUST_BEFORE, LATER)
        assert ended(*RENEWED, now=over(R)) == ("no_further_consent", 5, R)
        agreed = line(*RENEWED, yes, now=over(R))
        assert (agreed.ended, agreed.applicable_by, agreed.due_at) == (None, LATER, over(LATER))
        assert (agreed.revised, agreed.asked, agreed.offered) == (True, False, True)

    def test_a_yes_when_r_is_over_is_too_late(self) -> None:
        assert ended(*RENEWED, Consented(over(R), LATER), now=over(R)) == ("no_further_consent", 5, R)

    def test_a_yes_to_the_first_notice_counts_until_t_30_is_over(self) -> None:
        assert line(told(LATER), Consented(over(T_30) - JUST_BEFORE, LATER), now=over(T_30)).applicable_by == LATER
        assert ended(told(LATER), Consented(over(T_30), LATER), now=over(T_30)) == ("no_consent", 5, T_30)

    def test_a_yes_to_no_date_at_all_never_lapses(self) -> None:
        assert ended(told(None), Consented(EARLY + DAY, None), now=over(LATER)) is None

    def test_a_yes_given_twice_is_one_yes(self) -> None:
        yes = Consented(EARLY + 2 * DAY, LATER)
        assert line(*RENEWED, yes, yes) == line(*RENEWED, yes)

    def test_a_yes_to_an_older_shorter_delay_takes_nothing_back(self) -> None:
        both = line(*RENEWED, Consented(EARLY + 2 * DAY, LATER), Consented(EARLY + 3 * DAY, R + DAY))
        assert both.applicable_by == LATER

    def test_a_yes_to_one_of_two_renewed_notices_leaves_the_other_to_be_asked_again(self) -> None:
        longer = told(LATER + 9 * DAY, EARLY + 2 * DAY, "n3")
        agreed = line(*RENEWED, longer, Consented(EARLY + 3 * DAY, LATER))
        assert (agreed.applicable_by, agreed.asked) == (LATER, False)

    @pytest.mark.parametrize("revised_by", [T, T_30])
    def test_a_yes_to_a_date_that_needs_none_leaves_the_other_question_open(self, revised_by: date) -> None:
        assert line(told(None), Consented(EARLY + DAY, revised_by)) == line(told(None))

    def test_a_yes_to_a_day_more_than_needs_none_is_held_to_that_day(self) -> None:
        assert line(told(None), Consented(EARLY + DAY, T_30 + DAY)).due_at == over(T_30 + DAY)

    def test_a_yes_to_the_day_in_force_opens_no_option(self) -> None:
        assert line(Consented(EARLY, T)) == line()

    def test_a_yes_by_telephone_after_the_mail_bounced_is_a_yes(self) -> None:
        assert line(told(LATER), Bounced("n1"), Consented(EARLY + DAY, LATER), now=over(T)).applicable_by == LATER

    def test_a_customer_told_by_telephone_had_the_option_to_say_no(self) -> None:
        assert ended(Consented(EARLY, LATER), Refused(EARLY + DAY)) == ("refused", 5, date(2027, 3, 21))

    def test_after_a_yes_a_further_delay_needs_another(self) -> None:
        assert ended(told(LATER), Consented(EARLY + DAY, LATER), now=over(LATER)) == ("no_further_consent", 5, LATER)


class TestNo:
    def test_a_no_to_an_option_cancels_at_once_and_the_money_is_owed_from_that_day(self) -> None:
        late_evening = datetime(2027, 3, 23, 3, 59, tzinfo=UTC)  # 22 March in New York
        assert ended(told(R), Refused(late_evening)) == ("refused", 5, date(2027, 3, 22))
        cancelled = line(told(R), Refused(late_evening))
        assert cancelled.ended == Ended(late_evening, date(2027, 3, 22), "refused", 5)
        assert cancelled.due_at is None

    def test_a_no_before_the_notice_is_a_cancel_like_any_other(self) -> None:
        assert ended(told(R), Refused(EARLY - JUST_BEFORE)) == ("cancelled", 5, date(2027, 3, 20))

    def test_the_first_no_stands(self) -> None:
        again = Refused(EARLY + 9 * DAY)
        assert line(told(R), Refused(EARLY + DAY), again, Consented(EARLY + 2 * DAY, LATER)) == line(
            told(R), Refused(EARLY + DAY)
        )

    def test_a_customer_who_agreed_may_still_cancel_until_shipment(self) -> None:
        assert ended(told(None), Consented(EARLY + DAY, None), Refused(EARLY + 90 * DAY)) == (
            "refused",
            5,
            date(2027, 6, 18),
        )

    def test_a_no_at_the_instant_of_a_yes_is_a_no(self) -> None:
        assert ended(told(LATER), Consented(EARLY + DAY, LATER), Refused(EARLY + DAY), now=over(LATER)) == (
            "refused", 5, date(2027, 3, 21),
        )  # fmt: skip

    def test_a_no_when_the_last_day_is_over_changes_nothing(self) -> None:
        assert ended(told(R), Refused(over(R)), now=over(R)) == ("no_further_consent", 5, R)
        assert ended(told(R), Refused(over(R) - JUST_BEFORE), now=over(R)) == ("refused", 5, R)

    def test_units_in_the_carriers_hands_are_not_cancelled(self) -> None:
        assert ended(told(R), Shipped(EARLY + DAY, 3), Refused(EARLY + DAY)) == ("refused", 2, date(2027, 3, 21))
        assert ended(told(R), Shipped(EARLY + DAY, 5), Refused(EARLY + DAY)) is None

    def test_a_no_to_an_option_before_shipment_is_owed_the_money_though_it_shipped(self) -> None:
        assert ended(told(R), Refused(EARLY + DAY), Shipped(EARLY + 2 * DAY, 3)) == ("refused", 5, date(2027, 3, 21))

    def test_a_cancel_without_a_delay_gets_only_what_the_floor_could_stop(self) -> None:
        cancel = Refused(EARLY)
        assert ended(cancel, Shipped(EARLY + DAY, 3)) == ("cancelled", 2, date(2027, 3, 20))
        assert line(cancel, Shipped(EARLY + DAY, 2), Shipped(EARLY + 2 * DAY, 3)) == line(Shipped(EARLY, 5))
        assert ended(cancel, Shipped(EARLY + DAY, 6)) is None

    def test_a_cancel_without_a_delay_stands_if_it_ships_after_t(self) -> None:
        cancel = Refused(EARLY)
        assert ended(cancel, Shipped(over(T), 3), now=over(LATER)) == ("cancelled", 5, date(2027, 3, 20))
        assert ended(cancel, Shipped(over(T) - JUST_BEFORE, 3), now=over(LATER)) == ("cancelled", 2, date(2027, 3, 20))

    def test_units_shipped_before_such_a_cancel_count_once(self) -> None:
        assert ended(Shipped(EARLY - DAY, 2), Shipped(EARLY, 1), Refused(EARLY)) == ("cancelled", 2, date(2027, 3, 20))


class TestRefund:
    @pytest.mark.parametrize(
        ("vests_on", "due_by"),
        [
            (date(2027, 4, 12), date(2027, 4, 21)),  # Monday: Tuesday to Friday are 4, Monday to Wednesday 3
            (date(2027, 4, 16), date(2027, 4, 27)),  # Friday
            (date(2027, 4, 17), date(2027, 4, 27)),  # Saturday
            (date(2027, 4, 18), date(2027, 4, 27)),  # Sunday
            (date(2027, 4, 14), date(2027, 4, 23)),  # Wednesday, to a Friday
            (date(2027, 4, 15), date(2027, 4, 26)),  # Thursday, over a weekend
            (date(2027, 7, 1), date(2027, 7, 12)),  # Independence Day counts: it was kept on Monday the 5th
        ],
    )
    def test_the_money_is_sent_within_7_days_from_monday_to_friday(self, vests_on: date, due_by: date) -> None:
        assert refund_due_by(vests_on) == due_by
        assert Ended(EARLY, vests_on, "refused", 1).due_by == due_by


class TestLookingAhead:
    def test_a_line_is_too_late_for_t_from_the_cut_off_of_that_day(self) -> None:
        assert too_late_at(line(), OFFICE) == datetime(2027, 3, 30, 20, tzinfo=UTC)

    def test_a_deadline_on_sunday_is_missed_on_friday(self) -> None:
        sunday = line(told(date(2027, 4, 11)))
        assert too_late_at(sunday, OFFICE) == datetime(2027, 4, 9, 20, tzinfo=UTC)

    def test_a_line_without_a_deadline_is_never_too_late(self) -> None:
        shipped = line(Shipped(EARLY, 5))
        assert too_late_at(shipped, OFFICE) is None
        assert look_at(shipped, OFFICE, EARLY) is None

    def test_a_line_is_looked_at_when_too_late_and_again_at_the_deadline(self) -> None:
        too_late = datetime(2027, 3, 30, 20, tzinfo=UTC)
        assert look_at(line(), OFFICE, too_late - JUST_BEFORE) == too_late
        assert look_at(line(), OFFICE, too_late) == over(T)

    def test_a_line_that_awaits_a_yes_is_looked_at_only_at_the_deadline(self) -> None:
        assert look_at(line(told(None)), OFFICE, EARLY) == over(T_30)

    def test_a_node_of_another_zone_has_its_own_cut_off(self) -> None:
        tokyo = replace(OFFICE, zone=ZoneInfo("Asia/Tokyo"))
        assert too_late_at(line(), tokyo) == datetime(2027, 3, 30, 7, tzinfo=UTC)
