"""What decides about a position besides what waits and what comes."""

from dataclasses import replace
from datetime import date, timedelta

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.facts import PositionFacts, days_of
from services.allocation.domain.policy import Policy
from services.allocation.domain.product import Product
from services.allocation.domain.promise import PromiseTerms
from services.allocation.domain.ship_together import ShippingDays
from shared.testing.builders import MONDAY, a_day
from tests.unit.allocation.queues import EVERY_DAY

TEES = ("TEE", "ams")


def known(launch_on: date | None = None, calendar: Calendar = EVERY_DAY, **policies: Policy) -> PositionFacts:
    """Return what is known of tees on Monday; policies by merchant, for all of their SKUs."""
    product = Product("TEE", "acme", backorderable=True, min_life_days=0, launch_on=launch_on)
    calendars = {"ams": calendar}
    of_merchants = {(merchant, ""): policy for merchant, policy in policies.items()}
    return PositionFacts({}, {"TEE": product}, calendars, of_merchants, days_of(calendars, MONDAY))


def test_today_and_the_day_that_ships_next_are_those_of_the_node() -> None:
    closed = replace(EVERY_DAY, holidays=frozenset({a_day(8)}))
    facts = known(calendar=closed)
    assert (facts.today(TEES), facts.ships_on(TEES)) == (a_day(8), a_day(9))


def test_units_wait_for_the_rest_of_an_order_as_long_as_its_merchant_says() -> None:
    facts = known(acme=Policy(hold_days=3), rival=Policy(hold_days=9))
    assert facts.hold(TEES) == timedelta(days=3)
    assert facts.terms(TEES) == ShippingDays(a_day(8), a_day(11))
    assert facts.terms(TEES, "rival") == ShippingDays(a_day(8), a_day(17))


def test_a_line_is_promised_by_the_calendar_the_launch_and_the_padding() -> None:
    facts = known(launch_on=a_day(20), acme=Policy(padding_days=4))
    assert facts.promise_terms(TEES) == PromiseTerms(EVERY_DAY, a_day(8), a_day(20), 4)


def test_a_sku_has_launched_once_its_day_has_begun() -> None:
    assert known().launched(TEES)
    assert known(launch_on=a_day(8)).launched(TEES)
    assert not known(launch_on=a_day(9)).launched(TEES)
