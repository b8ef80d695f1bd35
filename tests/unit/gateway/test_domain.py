"""Of what has a version, the newest counts."""

from collections.abc import Iterable
from itertools import permutations

import pytest

from services.gateway.domain import Finding, newest


def a_finding(version: int, exception_id: str = "x1", state: str = "open") -> Finding:
    return Finding(exception_id, version, "over", "scan 7", "{}", state)


@pytest.mark.parametrize("told", permutations([a_finding(1), a_finding(3, state="settled"), a_finding(2)]))
def test_the_highest_version_counts_whenever_it_arrives(told: Iterable[Finding]) -> None:
    assert newest(told) == [a_finding(3, state="settled")]


def test_each_subject_has_its_own_versions() -> None:
    assert newest([a_finding(2), a_finding(1, "x2")]) == [a_finding(2), a_finding(1, "x2")]


def test_of_one_version_told_twice_the_first_stays() -> None:
    assert newest([a_finding(1), a_finding(1, state="settled")]) == [a_finding(1)]
