"""Lines under 16 CFR 435 for tests: T is 30 March 2027, in New York."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.allocation.domain.mail_order_rule import Cause, Fact, OptionSent, RuleState, end_of, rule_state

NEW_YORK: Final = ZoneInfo("America/New_York")
T: Final = date(2027, 3, 30)
R: Final = date(2027, 4, 12)
T_30: Final = date(2027, 4, 29)
LATER: Final = date(2027, 5, 20)
DAY: Final = timedelta(days=1)
JUST_BEFORE: Final = timedelta(microseconds=1)
EARLY: Final = datetime(2027, 3, 20, 15, tzinfo=UTC)


def over(day: date) -> datetime:
    return end_of(day, NEW_YORK)


def told(revised_by: date | None, at: datetime = EARLY, notice_id: str = "n1") -> OptionSent:
    return OptionSent(at, notice_id, revised_by)


def line(*facts: Fact, units: int = 5, now: datetime = EARLY) -> RuleState:
    """Return how a line of 5 units stands, a while before T unless `now` says else."""
    return rule_state(T, NEW_YORK, units, facts, now)


def ended(*facts: Fact, now: datetime = EARLY) -> tuple[Cause, int, date] | None:
    """Return why it is cancelled, for how many units, and since when the money is owed."""
    end = line(*facts, now=now).ended
    return (end.cause, end.units, end.vests_on) if end else None
