"""Versions of read models: of several facts about one subject, the newest is true."""

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from typing import TypeVar

T = TypeVar("T")
V = TypeVar("V", int, datetime)


def newest_versions(said: Iterable[T], subject: Callable[[T], Hashable], version: Callable[[T], V]) -> list[T]:
    """Return the highest version of each subject, in whatever order they came."""
    best: dict[Hashable, T] = {}
    for fact in said:
        known = best.get(subject(fact))
        if known is None or version(fact) > version(known):
            best[subject(fact)] = fact
    return list(best.values())
