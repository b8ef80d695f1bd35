"""What is accepted is never more than there is, larger orders never ship sooner, and a whole agrees with its nodes."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.allocation.domain.acceptance import RequestedLine, Room, decline
from services.allocation.domain.availability import OpenSupply, PageFacts, page_of
from services.allocation.domain.order_route import UNDATED, Offer, Routing, offer, route
from services.allocation.domain.page import Page, State, as_of, must_announce, page_from_text, page_to_text
from services.allocation.domain.policy import AcceptancePolicy
from services.allocation.domain.promise import PromiseTerms, promise
from services.allocation.domain.rollup import rollup
from services.allocation.domain.window import Window
from shared.testing.builders import MONDAY
from tests.effort import cases
from tests.unit.allocation.queues import EVERY_DAY, WEEKDAYS, a_waiting

many = settings(max_examples=cases(100), deadline=None)
FIRST_DAY = WEEKDAYS.next_shipping_day(MONDAY)
KEY = ("TEE-M", "ams")

days = st.integers(-3, 25).map(lambda n: MONDAY.date() + timedelta(days=n))
windows = st.builds(lambda day, wide: Window(day, day + timedelta(days=wide)), days, st.integers(0, 12))
trucks = st.builds(
    OpenSupply,
    st.none() | st.integers(0, 9),
    windows,
    st.none() | st.integers(70, 90),
    st.integers(0, 3),
)
policies = st.builds(
    AcceptancePolicy,
    st.sampled_from([None, True, False]),
    st.booleans(),
    st.none() | st.integers(0, 30),
    st.integers(0, 30),
)
outlooks = st.builds(
    PageFacts,
    st.integers(0, 9),
    st.integers(0, 25),
    st.lists(trucks, max_size=9),
    st.booleans(),
    st.none() | days,
    policies,
    st.integers(0, 2),
)
pages = outlooks.map(lambda outlook: page_of(outlook, WEEKDAYS, MONDAY))
routings = st.builds(
    Routing,
    st.sampled_from("ab"),
    st.sampled_from(["first", "hub", "cheapest"]),
    st.lists(st.sampled_from("abcd"), unique=True).map(tuple),
)
shown = st.sampled_from([None, "in_stock", "preorder", "backorder", "out_of_stock"])


def is_monotone(page: Page) -> bool:
    units = [page_break.up_to_units for page_break in page.breaks]
    firsts, lasts = (
        [page_break.ships.earliest for page_break in page.breaks],
        [page_break.ships.latest for page_break in page.breaks],
    )
    return units == sorted(set(units)) and firsts == sorted(firsts) and lasts == sorted(lasts)


def ships(page: Page, units: int) -> Window | None:
    return next((page_break.ships for page_break in page.breaks if page_break.up_to_units >= units), None)


@many
@given(outlooks)
def test_a_page_says_one_thing_and_larger_orders_never_ship_sooner(outlook: PageFacts) -> None:
    page = page_of(outlook, WEEKDAYS, MONDAY)
    assert (page.state == "in_stock") == (page.available_to_sell > 0)
    assert (page.state == "out_of_stock") == (page.max_orderable == 0)
    assert is_monotone(page)
    assert len(page.breaks) <= 5
    for page_break in page.breaks:
        assert FIRST_DAY <= page_break.ships.earliest <= page_break.ships.latest
        assert WEEKDAYS.ships_on(page_break.ships.latest) == page_break.ships.latest
    if page.breaks:
        assert page.breaks[-1].up_to_units == page.max_orderable


@many
@given(outlooks)
def test_no_more_is_accepted_than_nobody_waits_for_nor_than_the_cap(outlook: PageFacts) -> None:
    page = page_of(outlook, WEEKDAYS, MONDAY)
    later = page.max_orderable - page.available_to_sell
    if outlook.policy.cap_units is not None and later:
        assert outlook.waiting_units + later <= outlook.policy.cap_units
    named = [supply.units for supply in outlook.coming]
    if None not in named and page.state != "preorder":
        assert later <= max(0, sum(filter(None, named)) - outlook.waiting_units)


def completes(coming: list[OpenSupply], units: int) -> Window | None:
    """Return when supplies laid end to end, by their earliest and by their latest, have brought so many units."""
    by_earliest = [
        supply.ready.earliest
        for supply in sorted(coming, key=lambda c: c.ready.earliest)
        for _ in range(supply.units or 0)
    ]
    by_latest = [
        supply.ready.latest for supply in sorted(coming, key=lambda c: c.ready.latest) for _ in range(supply.units or 0)
    ]
    return Window(by_earliest[units - 1], by_latest[units - 1]) if units <= len(by_latest) else None


@many
@given(st.lists(st.builds(OpenSupply, st.integers(1, 9), windows), max_size=6), st.integers(0, 9), st.integers(1, 12))
def test_a_page_and_the_promise_agree(coming: list[OpenSupply], waiting: int, units: int) -> None:
    page = page_of(PageFacts(0, waiting, coming, policy=AcceptancePolicy(longest_wait_days=99)), WEEKDAYS, MONDAY)
    last = promise(
        a_waiting("new", units), completes(coming, waiting + units), 0, None, PromiseTerms(WEEKDAYS, FIRST_DAY)
    )
    told_range = ships(page, units)
    if len(page.breaks) < 5:
        assert told_range == last.after
    elif told_range and last.after:
        assert told_range.earliest <= last.after.earliest <= last.after.latest <= told_range.latest


@many
@given(st.integers(0, 9), st.integers(0, 9), st.lists(st.tuples(st.integers(1, 5), shown), max_size=12))
def test_accepting_gives_no_unit_twice_and_lets_no_more_wait_than_may(
    free: int, may_wait: int, lines: list[tuple[int, State | None]]
) -> None:
    asked = [RequestedLine((f"o{n}", "1"), {KEY: units}, state) for n, (units, state) in enumerate(lines)]
    declined = decline(asked, {KEY: Room(free, may_wait)})
    accepted = sum(line.units[KEY] for line in asked if line.line not in declined)
    assert accepted <= free + may_wait
    for line in asked:
        if line.line in declined and line.shown != "out_of_stock":
            assert accepted + line.units[KEY] > may_wait


@many
@given(st.lists(pages, min_size=1, max_size=4), routings)
def test_a_page_over_all_nodes_shows_what_an_order_gets_that_names_none(nodes: list[Page], routing: Routing) -> None:
    by_node = dict(zip("abcd", nodes, strict=False))
    page = rollup(by_node, routing)
    assert (page.state == "in_stock") == (page.available_to_sell > 0)
    assert (page.state == "out_of_stock") == (page.max_orderable == 0)
    assert is_monotone(page)
    for units in (1, 2, 5, 9):
        node = route({node: [offer(own, units)] for node, own in by_node.items()}, routing)
        gets = offer(by_node[node], units) if node in by_node else Offer("out_of_stock", UNDATED)
        shown_range = ships(page, units)
        if units == 1:
            assert page.state == gets.state
        if gets.state == "out_of_stock":
            assert units > page.max_orderable
        elif shown_range and len(page.breaks) < 5:
            assert gets.ships.latest <= shown_range.latest
            assert units > 1 or gets.ships == shown_range


@many
@given(st.lists(st.builds(OpenSupply, st.integers(0, 9), windows), max_size=2), st.integers(0, 5), st.integers(0, 9))
def test_time_alone_announces_no_page(coming: list[OpenSupply], free: int, later: int) -> None:
    """Two trucks and the stock are five breaks at most: none is folded into the fifth, to come out as days pass."""
    outlook = PageFacts(free, 3, coming, policy=AcceptancePolicy(longest_wait_days=99))
    now = MONDAY + timedelta(days=later)
    first_day = WEEKDAYS.next_shipping_day(now)
    announced, page = page_of(outlook, WEEKDAYS, MONDAY), page_of(outlook, WEEKDAYS, now)
    assert not must_announce(announced, page, first_day)
    assert as_of(announced, first_day) == page


@many
@given(pages, st.integers(0, 20_000))
def test_a_page_is_kept_as_text_and_holds_until_an_instant_ahead(page: Page, minutes: int) -> None:
    assert page_from_text(page_to_text(page)) == page
    now = MONDAY + timedelta(minutes=minutes)
    assert EVERY_DAY.day_at(now).cuts_off_at > now
    assert EVERY_DAY.next_shipping_day(EVERY_DAY.day_at(now).cuts_off_at) > EVERY_DAY.next_shipping_day(now)


def test_a_page_says_days_as_dates() -> None:
    page = page_of(PageFacts(1, 0, []), EVERY_DAY, MONDAY)
    assert isinstance(page_from_text(page_to_text(page)).ships_by, date)
