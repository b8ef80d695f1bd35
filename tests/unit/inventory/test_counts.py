"""How a count is judged, and what it asks for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.inventory.domain.counts import Count, discrepancies_of, take_counts, tolerance_of
from services.inventory.domain.discrepancies import Discrepancy, discrepancies_to_announce
from services.inventory.domain.ledger import Ledger, Sku
from services.inventory.domain.shorts import PickShort, take_shorts
from tests.unit.inventory.stock import COUNTED, HERE, NOON, POSITION, an_empty_ledger

TEN = an_empty_ledger({HERE: 10})
COUNT = Count("c", "blind", None, HERE, None, 10, COUNTED, "wms/1")
HOUR = timedelta(hours=1)


def judged(count: Count, ledger: Ledger = TEN, since: int = 0, percent: int = 0) -> tuple[str, int]:
    """Return the outcome, and what is on hand after it."""
    journal, (judgement,) = take_counts(ledger, [count], {"c": since}, {Sku("TEE"): percent}, {})
    return judgement.outcome, journal.after.units(HERE)


@pytest.mark.parametrize(
    ("units", "percent", "outcome", "left"),
    [(10, 0, "agreed", 10), (9, 0, "differs", 10), (9, 10, "booked", 9), (9, 9, "differs", 10), (11, 10, "booked", 11)],
)
def test_a_blind_count_is_booked_within_the_tolerance(units: int, percent: int, outcome: str, left: int) -> None:
    assert judged(replace(COUNT, units=units), percent=percent) == (outcome, left)


def test_a_recount_is_posted_whatever_it_says() -> None:
    assert judged(replace(COUNT, kind="recount", units=0)) == ("booked", 0)


def test_a_count_is_compared_with_the_ledger_as_of_then() -> None:
    assert judged(replace(COUNT, units=14), since=-4) == ("agreed", 10)
    assert judged(replace(COUNT, kind="recount", units=12), since=-4) == ("booked", 8)


def test_more_than_was_counted_cannot_have_left_since() -> None:
    assert judged(replace(COUNT, kind="recount", units=3), since=-4) == ("too_early", 10)


def test_an_older_count_says_nothing_any_more() -> None:
    counted = an_empty_ledger({HERE: 10}, counted={HERE: COUNTED + HOUR})

    assert judged(replace(COUNT, units=4, kind="recount"), counted) == ("superseded", 10)


def test_a_skus_tolerance_goes_before_the_merchants() -> None:
    policies = {("acme", None): 5, ("acme", "TEE"): 1}

    assert tolerance_of(policies, "acme", Sku("TEE")) == 1
    assert tolerance_of(policies, "acme", Sku("MUG")) == 5
    assert tolerance_of(policies, "other", Sku("TEE")) == 0


def differing() -> list[Discrepancy]:
    """Return what a count of eight asks for where the ledger says ten."""
    _, judgements = take_counts(TEN, [replace(COUNT, units=8)], {"c": 0}, {}, {})
    return discrepancies_of(judgements, [])


def test_a_difference_asks_for_a_recount() -> None:
    (asked,) = differing()

    assert [asked.facts[name] for name in ("counted", "ledger", "difference")] == ["8", "10", "-2"]


@pytest.mark.parametrize(
    ("again", "state"),
    [
        (replace(COUNT, count_id="d", kind="recount", units=7), "settled"),
        (replace(COUNT, count_id="d", units=10, counted_at=COUNTED + HOUR), "settled"),
        (replace(COUNT, count_id="d", kind="recount", counted_at=NOON, recount_of="c"), "settled"),
        (replace(COUNT, count_id="d", kind="recount", counted_at=NOON), "open"),
        (replace(COUNT, count_id="d", kind="recount", place=(*POSITION, "sellable", "L2")), "open"),
    ],
)
def test_a_recount_settles_the_request_for_it(again: Count, state: str) -> None:
    waiting = differing()
    _, judgements = take_counts(TEN, [again], {"d": 0}, {}, {HERE: COUNTED})
    (known,) = [d for d in discrepancies_of(judgements, waiting) if d.subject == "c"]

    assert known.state == state


def test_a_count_that_differs_leaves_a_pickers_short_open() -> None:
    _, asked = take_shorts(TEN, [PickShort("p", *POSITION, "", 2, "o1", "1", NOON, "wms/2")])
    _, judgements = take_counts(TEN, [replace(COUNT, units=5)], {"c": 0}, {}, {})
    _, agreed = take_counts(TEN, [COUNT], {"c": 0}, {}, {})

    assert {d.exception_class: d.state for d in discrepancies_of(judgements, asked)} == {
        "pick_short": "open",
        "count_differs": "open",
    }
    assert [d.state for d in discrepancies_of(agreed, asked)] == ["settled"]


def test_only_changed_discrepancies_are_announced_again() -> None:
    (discrepancy,) = differing()
    known = {discrepancy.exception_id: replace(discrepancy, version=3)}

    assert discrepancies_to_announce(known, [discrepancy]) == []
    assert [again.version for again in discrepancies_to_announce(known, [replace(discrepancy, state="settled")])] == [4]
    assert [first.version for first in discrepancies_to_announce({}, [discrepancy])] == [1]
