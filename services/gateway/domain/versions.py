"""Read models: of several things said about one subject, the newest is true."""

from collections.abc import Callable, Hashable, Iterable
from datetime import datetime
from typing import TypeVar

T = TypeVar("T")
V = TypeVar("V", int, datetime)


def newest(said: Iterable[T], subject: Callable[[T], Hashable], version: Callable[[T], V]) -> list[T]:
    """The highest version said about each subject, whatever order they were said in."""
    best: dict[Hashable, T] = {}
    for row in said:
        known = best.get(subject(row))
        if known is None or version(row) > version(known):
            best[subject(row)] = row
    return list(best.values())
