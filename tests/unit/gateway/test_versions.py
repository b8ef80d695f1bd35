"""Of what has a version, the newest counts."""

from itertools import permutations
from typing import NamedTuple

import pytest

from services.gateway.domain.versions import newest_versions


class Said(NamedTuple):
    """Something said about a subject."""

    subject: str
    version: int
    words: str = ""


def newest_of(*saids: Said) -> list[Said]:
    return newest_versions(saids, lambda row: row.subject, lambda row: row.version)


@pytest.mark.parametrize("said", list(permutations([Said("a", 1), Said("a", 3), Said("a", 2)])))
def test_the_highest_version_counts_whenever_it_arrives(said: tuple[Said, ...]) -> None:
    assert newest_of(*said) == [Said("a", 3)]


def test_each_subject_has_its_own_versions() -> None:
    assert newest_of(Said("a", 2), Said("b", 1)) == [Said("a", 2), Said("b", 1)]


def test_of_one_version_heard_twice_the_first_stays() -> None:
    assert newest_of(Said("a", 1, "first"), Said("a", 1, "again")) == [Said("a", 1, "first")]
