"""Releases: units in stock that go to the floor for a line, which owns them from then on."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct

from services.allocation.domain.line import LineKey, WaitingLine
from services.allocation.domain.lot import FreeLot
from services.allocation.domain.match import Match
from services.allocation.domain.position import PositionKey
from services.allocation.domain.ship_together import Grants, Group


class Release(Struct, frozen=True, gc=False):
    """All units that a line gets at once, lot by lot."""

    line: WaitingLine
    grants: Sequence[Match[FreeLot]]
    units: int


Releases: TypeAlias = Mapping[PositionKey, Sequence[Release]]


def releases(
    grants: Grants, of_line: Mapping[LineKey, Group], whole: Collection[Group]
) -> dict[PositionKey, list[Release]]:
    """Return what goes to the floor, in order of service: what lines got, together only once all of it is whole.

    What a line got stands together in `grants`.
    """
    return {
        key: [
            Release(own[0].line, own, sum(grant.units for grant in own))
            for own in _by_line(group)
            if own[0].line.line not in of_line or of_line[own[0].line.line] in whole
        ]
        for key, group in grants.items()
    }


def _by_line(grants: Sequence[Match[FreeLot]]) -> Iterator[Sequence[Match[FreeLot]]]:
    begin = 0
    for place in range(1, len(grants) + 1):
        if place == len(grants) or grants[place].line is not grants[begin].line:
            yield grants[begin:place]
            begin = place
