"""Units of one line that land one after another from one truck go to the floor together, in one parcel."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from services.allocation.domain.calendar import NodeDay
from services.allocation.domain.line import LineKey
from services.allocation.domain.release import Release

_BEFORE_CUT_OFF: Final = timedelta(minutes=1)


def gather_until(now: datetime, minutes: int, day: NodeDay) -> datetime:
    """Return until when units are gathered that a line begins to get now: so many minutes, never past the cut-off."""
    return min(now + timedelta(minutes=minutes), day.cuts_off_at - _BEFORE_CUT_OFF)


def gather(
    releases: Iterable[Release], until: datetime, new: Collection[LineKey], now: datetime
) -> Mapping[LineKey, datetime]:
    """Return the lines whose units stay for now, since more of their truck is to come, and until when.

    Lines of which nothing was gathered before are so `until` then. A line that gets all it waits for goes at once, and
    so do `new` ones, which did not wait for the truck. What ships with others waits for these anyway.
    """
    found: dict[LineKey, datetime] = {}
    for release in releases:
        line = release.line
        if line.together or line.line in new or release.units == line.units:
            continue
        line_until = line.kept_until or until
        if line_until > now:
            found[line.line] = line_until
    return found
