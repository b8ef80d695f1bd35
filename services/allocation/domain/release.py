"""Releases: units in stock that go to the floor for a line, which owns them from then on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from services.allocation.domain.line import LineKey, WaitingLine
from services.allocation.domain.lot import FreeLot
from services.allocation.domain.match import Match
from services.allocation.domain.position import PositionKey
from services.allocation.domain.ship_together import Grants


class Release(Struct, frozen=True, gc=False):
    """All units that a line gets at once, lot by lot."""

    line: WaitingLine
    grants: Sequence[Match[FreeLot]]
    units: int


Releases: TypeAlias = Mapping[PositionKey, Sequence[Release]]


def releases(grants: Grants, going: Mapping[LineKey, int]) -> dict[PositionKey, list[Release]]:
    """Return what goes to the floor, in order of service: what lines got, if they ship with others only so many units.

    What a line got stands together in `grants`.
    """
    return {
        key: [
            release
            for own in _by_line(group)
            if (release := _release(own, going.get(own[0].line.line) if going else None)).units
        ]
        for key, group in grants.items()
    }


def _release(grants: Sequence[Match[FreeLot]], most: int | None) -> Release:
    units = sum(grant.units for grant in grants)
    if most is None or units <= most:
        return Release(grants[0].line, grants, units)
    first = list(_first_units(grants, most))
    return Release(grants[0].line, first, most)


def _first_units(grants: Sequence[Match[FreeLot]], units: int) -> Iterator[Match[FreeLot]]:
    for grant in grants:
        if units:
            taken = min(units, grant.units)
            units -= taken
            yield grant if taken == grant.units else replace(grant, units=taken)


def _by_line(grants: Sequence[Match[FreeLot]]) -> Iterator[Sequence[Match[FreeLot]]]:
    begin = 0
    for place in range(1, len(grants) + 1):
        if place == len(grants) or grants[place].line is not grants[begin].line:
            yield grants[begin:place]
            begin = place
