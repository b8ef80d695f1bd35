"""Whatever order scans and news come in: the same units per disposition, and dates that never go backwards."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.receiving.domain import counting
from services.receiving.domain.asns import Line
from services.receiving.domain.calendar import Calendar, Window, add_working_days, ready_window
from services.receiving.domain.counting import Dock, Receipt
from services.receiving.domain.discrepancies import Discrepancy, found, news_of
from services.receiving.domain.scans import Kept, Scan
from tests.unit.receiving.docks import CASE, EACH, VITAMIN, VITAMIN_EACH, a_carton_scan, a_dock, a_line, a_scan, march

LOT: dict[str, Any] = {"lot": "L1", "expires_on": march(31)}
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
CALENDARS = st.builds(Calendar, st.frozensets(st.integers(1, 7), min_size=1), st.frozensets(DAYS))

SKUS: tuple[dict[str, Any], ...] = ({}, {"sku": VITAMIN})
LINES = st.lists(
    st.tuples(st.sampled_from(("by label", "by unit")), st.integers(1, 30), st.sampled_from(SKUS)),
    min_size=1,
    max_size=6,
).map(lambda some: [a_line(n, units=u, carton_id=c, **LOT, **sku) for n, (c, u, sku) in enumerate(some, 1)])

UNIT_SCANS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "times": st.integers(1, 12),
        "gtin": st.sampled_from((EACH, CASE, VITAMIN_EACH, "00000000000017")),
        "disposition": st.sampled_from(("sellable", "damaged")),
        "carton_id": st.sampled_from((None, "by unit")),
        "lot": st.sampled_from((None, "L1")),
        "expires_on": st.just(march(31)),
    }
)
SCANS = st.tuples(st.lists(UNIT_SCANS, max_size=8), st.integers(0, 2)).map(
    lambda some: (
        [a_scan(f"gun/{n}", **said) for n, said in enumerate(some[0])]
        + [a_carton_scan(f"label/{n}", "by label") for n in range(some[1])]
    )
)


def received(dock: Dock, batches: Sequence[Sequence[Scan]]) -> list[Receipt]:
    """The receipts of scans that come in batches, some of them again and again, as the service keeps them."""
    kept: dict[str, Kept] = {}
    receipts: list[Receipt] = []
    for batch in batches:
        fresh = {scan.scan_id: kept.get(scan.scan_id, Kept(scan)) for scan in batch}
        for one in counting.count(dock, [k for k in fresh.values() if k.state == "waiting"]):
            done = frozenset(receipt.line for receipt in one.receipts) | fresh[one.scan.scan_id].lines
            kept[one.scan.scan_id] = Kept(one.scan, one.state, one.revision, done)
            receipts += one.receipts
            _remember(dock, one)
    return receipts


def _remember(dock: Dock, one: counting.Count) -> None:
    for receipt in one.receipts:
        if receipt.disposition == "sellable":
            tally = dock.tallies[receipt.supply_id, receipt.sku]
            dock.tallies[receipt.supply_id, receipt.sku] = counting.Tally(
                tally.expected, tally.sellable + receipt.units
            )
    if one.revision and one.scan.asn_id and one.scan.carton_id:
        key = (one.scan.asn_id, one.scan.carton_id)
        dock.counters.setdefault(key, counting.Counter(one.scan.mode, one.scan.scan_id))


def by_disposition(receipts: Sequence[Receipt]) -> Counter[tuple[str, str]]:
    units: Counter[tuple[str, str]] = Counter()
    for receipt in receipts:
        units[receipt.sku, receipt.disposition] += receipt.units
    return units


@given(LINES, SCANS, st.randoms(use_true_random=False))
def test_scans_in_any_order_and_number_end_in_the_same_units(
    lines: list[Line], scans: list[Scan], chance: random.Random
) -> None:
    once = received(a_dock(*lines), [scans])
    again = chance.sample(scans * 3, len(scans) * 3)
    cuts = sorted(chance.choices(range(len(again) + 1), k=3))
    batches = [again[start:end] for start, end in zip([0, *cuts], [*cuts, len(again)], strict=True)]
    assert by_disposition(received(a_dock(*lines), batches)) == by_disposition(once)


@given(LINES, SCANS)
def test_no_more_is_sellable_than_was_announced_and_no_unit_is_lost(lines: list[Line], scans: list[Scan]) -> None:
    dock = a_dock(*lines)
    receipts = received(dock, [scans])
    assert all(tally.sellable <= tally.expected for tally in dock.tallies.values())
    assert len({receipt.receipt_id for receipt in receipts}) == len(receipts)
    packs = {EACH: 1, CASE: 12, VITAMIN_EACH: 1}
    for scan in scans:
        mine = sum(receipt.units for receipt in receipts if receipt.scan_id == scan.scan_id)
        known_carton = scan.carton_id is None or any(line.carton_id == scan.carton_id for line in lines)
        if scan.mode == "by_unit":
            assert mine == scan.times * packs.get(scan.gtin or "", 0) * known_carton


@given(DAYS, st.integers(0, 15), st.integers(0, 15), CALENDARS)
def test_working_days_add_up(day: date, some: int, more: int, calendar: Calendar) -> None:
    then = add_working_days(day, some, calendar)
    assert add_working_days(then, more, calendar) == add_working_days(day, some + more, calendar)
    assert then == day if some == 0 else calendar.works_on(then)


@given(DAYS, st.integers(1, 15), CALENDARS)
def test_days_on_which_nobody_works_count_for_nothing(day: date, some: int, calendar: Calendar) -> None:
    assert (add_working_days(day, some, calendar) - day).days >= some
    between = (
        date.fromordinal(n) for n in range(day.toordinal() + 1, add_working_days(day, some, calendar).toordinal() + 1)
    )
    assert sum(map(calendar.works_on, between)) == some


@given(st.tuples(DAYS, DAYS).map(sorted), st.tuples(DAYS, DAYS).map(sorted), CALENDARS)
def test_a_truck_that_is_due_later_is_never_ready_earlier(
    one: list[date], other: list[date], calendar: Calendar
) -> None:
    first, second = ready_window(Window(*one), calendar), ready_window(Window(*other), calendar)
    assert first.earliest <= first.latest
    assert (one[0] < other[0]) <= (first.earliest <= second.earliest)
    assert (one[1] < other[1]) <= (first.latest <= second.latest)


@given(st.lists(st.lists(st.sampled_from(("unknown_asn", "pack_unknown", "over")), max_size=4), max_size=6))
def test_what_is_open_is_what_was_found_last_or_needs_a_person(rounds: list[list[Any]]) -> None:
    known: dict[str, Discrepancy] = {}
    for now in rounds:
        news = news_of(known.values(), [found(one, "scan", "gun/1", {}) for one in now])
        assert all(
            one.version == (known[one.exception_id].version if one.exception_id in known else 0) + 1 for one in news
        )
        known |= {one.exception_id: one for one in news}
        standing = {one.exception_class for one in known.values() if one.state == "open"}
        assert standing - {"over"} == set(now) - {"over"}
    assert ("over" in {one.exception_class for one in known.values()}) == any("over" in now for now in rounds)
