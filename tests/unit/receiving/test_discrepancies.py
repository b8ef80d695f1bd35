"""What a person must look at is named once, and settled by itself when what was missing comes."""

from dataclasses import replace
from typing import Any

from services.receiving.domain.discrepancies import (
    Discrepancy,
    ExceptionClass,
    discrepancies_to_announce,
    discrepancy_of,
)
from services.receiving.domain.scanning.scans import reused_scan_id
from tests.unit.receiving.scanning.docks import a_scan


def a_discrepancy(exception_class: ExceptionClass = "unknown_asn", **fields: Any) -> Discrepancy:
    return replace(discrepancy_of(exception_class, "scan", "gun/1", {"gtin": "1", "lot": None}), **fields)


def test_a_discrepancy_is_announced_without_unknown_facts() -> None:
    (discrepancy,) = discrepancies_to_announce([], [a_discrepancy()])
    assert (discrepancy.version, discrepancy.state, discrepancy.facts) == (1, "open", {"gtin": "1"})


def test_a_discrepancy_found_again_is_no_news() -> None:
    assert discrepancies_to_announce([a_discrepancy()], [a_discrepancy(), a_discrepancy()]) == []


def test_a_discrepancy_that_is_gone_is_settled_once() -> None:
    (discrepancy,) = discrepancies_to_announce([a_discrepancy()], [])
    assert (discrepancy.version, discrepancy.state) == (2, "settled")
    assert discrepancies_to_announce([discrepancy], []) == []


def test_a_settled_discrepancy_that_returns_is_open_again() -> None:
    (discrepancy,) = discrepancies_to_announce([a_discrepancy(version=2, state="settled")], [a_discrepancy()])
    assert (discrepancy.version, discrepancy.state) == (3, "open")


def test_a_discrepancy_for_a_person_stays_open_and_is_announced_once() -> None:
    used = a_discrepancy("counter_reused")
    assert discrepancies_to_announce([used], []) == []
    assert discrepancies_to_announce([replace(used, version=2, state="settled")], [used]) == []


def test_a_discrepancy_with_other_facts_is_announced_again() -> None:
    known = a_discrepancy("over")
    (discrepancy,) = discrepancies_to_announce([known], [replace(known, facts={"units": "5"})])
    assert (discrepancy.version, discrepancy.state, discrepancy.facts) == (2, "open", {"units": "5"})


def test_every_reuse_of_a_scan_id_is_named() -> None:
    first, other = a_scan(times=1), a_scan(times=2)
    assert reused_scan_id(first, other).facts["times"] == "2"
    assert reused_scan_id(first, other).exception_id == reused_scan_id(first, other).exception_id
    assert reused_scan_id(first, other).exception_id != reused_scan_id(first, a_scan(times=3)).exception_id
