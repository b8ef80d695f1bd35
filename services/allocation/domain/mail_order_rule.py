"""The Mail, Internet or Telephone Order Rule: 16 CFR 435, for one order line.

The facts of a line each have the instant at which they happened. `rule_state` puts them in that order, so that they may
arrive in any other. Days are the node's calendar days, as every date of ours, and a day is over at the node's midnight.
T is the day shown when the line was ordered, R the last validly revised one.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal, TypeAlias, assert_never
from zoneinfo import ZoneInfo

from services.allocation.domain.calendar import Calendar

Consent: TypeAlias = Literal["not_needed", "silent_until", "yes_by"]
Cause: TypeAlias = Literal["refused", "no_consent", "no_further_consent", "no_notice", "cancelled"]

MARKETS: Final = frozenset({"US"})
_DAY: Final = timedelta(days=1)
_MONTH: Final = timedelta(days=30)
_REFUND_DAYS: Final = 7
_FRIDAY: Final = 5


@dataclass(frozen=True, slots=True)
class OptionSent:
    """An option notice left for the customer: the line ships by `revised_by`, or nobody can say when (None)."""

    at: datetime
    notice_id: str
    revised_by: date | None


@dataclass(frozen=True, slots=True)
class Bounced:
    """A notice that reached nobody."""

    notice_id: str


@dataclass(frozen=True, slots=True)
class Consented:
    """A yes of the customer to `revised_by`, or to a delay of unknown length (None)."""

    at: datetime
    revised_by: date | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A no of the customer to a delay, or a cancel of the line."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Shipped:
    """Units in the carrier's hands since `at`, which alone is shipment: 16 CFR 435.1(e)."""

    at: datetime
    units: int


Dated: TypeAlias = OptionSent | Consented | Refused | Shipped
Fact: TypeAlias = Dated | Bounced
# At one instant what was shipped is shipped, a notice comes before its answers, and no before yes.
_ORDER: Final = (Shipped, OptionSent, Refused, Consented)


@dataclass(frozen=True, slots=True)
class Ended:
    """An order for `units` that the rule takes as cancelled at an instant, and when the right to the money vested."""

    at: datetime
    vests_on: date
    cause: Cause
    units: int

    @property
    def due_by(self) -> date:
        return refund_due_by(self.vests_on)


@dataclass(frozen=True, slots=True)
class RuleState:
    """The state of a line under the rule.

    `applicable_by` is T or R, whichever is in force; None where the customer agreed to a delay without end. `revised`:
    it is R. `asked`: a yes is awaited. `offered`: the customer has been given the option to cancel.
    """

    zone: ZoneInfo
    applicable_by: date | None
    open_units: int
    revised: bool = False
    asked: bool = False
    offered: bool = False
    ended: Ended | None = None

    @property
    def lapses_on(self) -> date | None:
        """Return the last day to ship without another yes: T or R, or T + 30 where the first notice asked for a yes."""
        if self.applicable_by is None or self.ended or not self.open_units:
            return None
        return self.applicable_by + _MONTH if self.asked and not self.revised else self.applicable_by

    @property
    def due_at(self) -> datetime | None:
        """Return when the line is cancelled: a notice, a yes or a shipment counts only before that instant.

        None where nothing is due any more: all shipped, cancelled, or a delay without end agreed to.
        """
        return end_of(self.lapses_on, self.zone) if self.lapses_on else None


@dataclass(frozen=True, slots=True)
class Delay:
    """A promise that is a delay in law: whether its notice is an option notice, and what silence means.

    `silent_until`: it is a yes until `answer_by`. `yes_by`: it is a no once `answer_by` is over. The notice is valid if
    sent before `send_before`.
    """

    consent: Consent
    revised_by: date | None = None
    answer_by: date | None = None
    send_before: datetime | None = None


NO_DELAY: Final = Delay("not_needed")


def under_the_rule(market: str, markets: Collection[str] = MARKETS) -> bool:
    """Return whether an order's market is one where the rule is on."""
    return market in markets


def shipping_date(completed_at: datetime, zone: ZoneInfo, shown: date | None) -> date:
    """Return T: the latest day shown when ordered, else 30 days after the order was complete: 16 CFR 435.2(a)(1).

    A day that was over before the order was complete stated no time: the page was old.
    """
    completed_on = completed_at.astimezone(zone).date()
    return shown if shown is not None and shown >= completed_on else completed_on + _MONTH


def latest_without_a_yes(shown_ship_by: date) -> date:
    """Return the last day to which silence agrees on a first delay: 30 days after T (16 CFR 435.2(b)(1)(ii))."""
    return shown_ship_by + _MONTH


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a day is over, in UTC; what happens at that instant happens on the next day."""
    return datetime.combine(day + _DAY, time(), zone).astimezone(UTC)


def refund_due_by(vests_on: date) -> date:
    """Return the last day of a refund: 7 working days after the right to it vests (16 CFR 435.1(b)(1)).

    The rule does not define working days. Monday to Friday are counted, holidays too: the earlier day is in time
    whichever way they are read. `vests_on` itself does not count.
    """
    day = vests_on
    for _ in range(_REFUND_DAYS):
        day += _DAY
        while day.isoweekday() > _FRIDAY:
            day += _DAY
    return day


def delay(standing: RuleState, latest: date | None, at: datetime, fell_from_stock: bool = False) -> Delay:
    """Return the delay in law: a latest past T or R, or none (16 CFR 435.2(b)); NO_DELAY if it is none.

    First delay, up to T + 30: silence is a yes (b)(1)(ii). Later or without date: a yes by T + 30, (b)(1)(iii), which
    once asked for in time leaves until T + 30 to ship without it. Past R: a yes by R, (b)(2)(ii). `latest` is what the
    customer is told, padding included. A line that was shown in stock is offered the option whatever its latest.
    """
    if standing.applicable_by is None or standing.lapses_on is None:
        return NO_DELAY
    by, due_at = standing.applicable_by, standing.due_at
    if latest is not None and latest <= by:
        return Delay("silent_until", latest, latest, due_at) if fell_from_stock else NO_DELAY
    if standing.revised:
        return Delay("yes_by", latest, by, due_at)
    if latest is None or latest > by + _MONTH:
        return Delay("yes_by", latest, by + _MONTH, due_at)
    return (
        Delay("silent_until", latest, latest, end_of(by, standing.zone)) if at < end_of(by, standing.zone) else NO_DELAY
    )


def rule_state(shown_ship_by: date, zone: ZoneInfo, units: int, facts: Iterable[Fact], now: datetime) -> RuleState:
    """Return how a line of so many units with this T stands at `now`, in whatever order its facts arrived.

    A fact counts if it happened before the deadline that the facts before it had set. A notice that bounced told
    nobody. A yes to a date is proof that it was told: the option may be given by any means (FTC, Business Guide).
    """
    facts = list(facts)
    dated = _in_order(facts)
    line = RuleState(zone, shown_ship_by, units)
    for fact in dated:
        if line.due_at is not None and fact.at >= line.due_at:
            break
        line = _after(line, fact, dated)
    if line.due_at is not None and line.lapses_on is not None and now >= line.due_at:
        return replace(line, ended=Ended(line.due_at, line.lapses_on, _lapsed(line), line.open_units))
    return line


def _in_order(facts: Collection[Fact]) -> list[Dated]:
    bounced = {fact.notice_id for fact in facts if isinstance(fact, Bounced)}
    dated = [fact for fact in facts if not isinstance(fact, Bounced)]
    return sorted(
        (fact for fact in dated if not (isinstance(fact, OptionSent) and fact.notice_id in bounced)), key=_when
    )


def _when(fact: Dated) -> tuple[datetime, int, date]:
    revised_by = (fact.revised_by or date.max) if isinstance(fact, OptionSent | Consented) else date.min
    return (fact.at, _ORDER.index(type(fact)), revised_by)


def _after(line: RuleState, fact: Dated, dated: Iterable[Dated]) -> RuleState:
    if line.ended or not line.open_units:
        return line
    match fact:
        case Shipped():
            return replace(line, open_units=max(0, line.open_units - fact.units))
        case OptionSent():
            return _told(line, fact)
        case Consented():
            return _agreed(line, fact)
        case Refused():
            return _refused(line, fact, dated)
        case _:
            assert_never(fact)


def _told(line: RuleState, told: OptionSent) -> RuleState:
    """Apply an option: a first one up to T + 30 revises the date by itself; any other only asks."""
    asked = delay(line, told.revised_by, told.at)
    if asked.consent == "silent_until":
        return replace(line, applicable_by=told.revised_by, revised=True, asked=False, offered=True)
    return replace(line, asked=line.asked or asked.consent == "yes_by", offered=True)


def _agreed(line: RuleState, agreed: Consented) -> RuleState:
    """Apply a yes: to a later date it supersedes the deadline (16 CFR 435.2(b)(1)(iv), (b)(2)); else no change."""
    if line.lapses_on is None or (agreed.revised_by is not None and agreed.revised_by <= line.lapses_on):
        return line
    return replace(line, applicable_by=agreed.revised_by, revised=True, asked=False, offered=True)


def _refused(line: RuleState, refused: Refused, dated: Iterable[Dated]) -> RuleState:
    """Apply a no: before shipment it cancels for good, 16 CFR 435.2(c)(1); without an option to cancel it is a favour.

    Units that the floor then cannot stop ship all the same. In time, they refuse a favour; never a right.
    """
    kept = 0 if line.offered else _ships_in_time(line, dated, refused.at)
    if line.open_units <= kept:
        return line
    vests_on = refused.at.astimezone(line.zone).date()
    cause: Cause = "refused" if line.offered else "cancelled"
    return replace(line, ended=Ended(refused.at, vests_on, cause, line.open_units - kept))


def _ships_in_time(line: RuleState, dated: Iterable[Dated], after: datetime) -> int:
    shipped = (fact for fact in dated if isinstance(fact, Shipped))
    return sum(fact.units for fact in shipped if line.due_at is not None and after < fact.at < line.due_at)


def _lapsed(line: RuleState) -> Cause:
    """Return why a line is cancelled at its deadline: 16 CFR 435.2(c)(3), (c)(2), (c)(5)."""
    if line.revised:
        return "no_further_consent"
    return "no_consent" if line.asked else "no_notice"


def too_late_at(standing: RuleState, calendar: Calendar) -> datetime | None:
    """Return the instant from which the node cannot ship in time: its last cut-off before the deadline, in UTC.

    A line that is still there needs another date, and its customer an option, before `due_at`. None as for `due_at`.
    """
    day = standing.lapses_on
    if day is None:
        return None
    while calendar.ships_on(day) != day:
        day -= _DAY
    return datetime.combine(day, calendar.cut_off, calendar.zone).astimezone(UTC)


def look_at(standing: RuleState, calendar: Calendar, now: datetime) -> datetime | None:
    """Return when to look at a line next: when too late to ship in time, unless a yes is awaited; else `due_at`."""
    too_late = too_late_at(standing, calendar)
    return too_late if too_late is not None and now < too_late and not standing.asked else standing.due_at
