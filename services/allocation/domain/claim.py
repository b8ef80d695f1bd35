"""Claims: units in stock that cover a waiting line until it can be released, and what they are kept for.

A claim is a line's place in the queue against free stock: it holds no lot, and whoever stands behind gets none of those
units. Lots are chosen at release.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Literal, TypeAlias

from msgspec import Struct

from services.allocation.domain.line import LineKey, WaitingLine
from services.allocation.domain.lot import ComingLot, FreeLot, last_day, lives_long_enough
from services.allocation.domain.match import Match
from services.allocation.domain.place import Place
from services.allocation.domain.position import PositionKey
from services.allocation.domain.promise import Promise
from services.allocation.domain.release import Releases
from services.allocation.domain.ship_together import Grants, Group, OpenLine, units_given

KeptFor: TypeAlias = Literal["rest", "load", "truck"]


class Claim(Struct, frozen=True, gc=False):
    """Units in stock that a line has from now on, and what they are kept for; none where stock covers none.

    They are of the units that it still waits for, `released` ones not among them. What is kept for more of its truck
    is released then (`kept_until`) in any case.
    """

    line: WaitingLine
    units: int
    kept_for: KeptFor | None
    released: int = 0
    kept_until: datetime | None = None

    @property
    def covers_all(self) -> bool:
        """Return whether stock covers all that the line still waits for."""
        return 0 < self.units == self.line.units - self.released


def may_stay(
    free: Sequence[FreeLot], claimed: int, longest_life: int, first_latest: date | None, ships_on: date
) -> bool:
    """Return whether claims of a position stay as they are, as far as units and days go.

    They do while all free units are claimed, none more, each lives long enough for whoever asks for the most days, and
    no line that is covered was promised a day that is over.
    """
    return (
        sum(lot.units for lot in free) == claimed
        and all(lives_long_enough(lot, longest_life, ships_on) for lot in free)
        and (first_latest is None or first_latest >= ships_on)
    )


def fits_until(claims: Iterable[Claim], free: Iterable[FreeLot], ships_on: date) -> date | None:
    """Return the first day after which a free lot is too old for a covered line; None where none ever is."""
    lives = {claim.line.min_life_days for claim in claims if claim.units}
    days = {day for lot in free for life in lives if (day := last_day(lot, life))}
    return min((day for day in days if day >= ships_on), default=None)


def in_one_queue(covered: Sequence[WaitingLine], waiting: Sequence[WaitingLine]) -> list[WaitingLine]:
    """Return covered lines and the next in line in one order of service, each once."""
    if not covered:
        return list(waiting)
    every = {line.line: line for line in (*covered, *waiting)}
    return sorted(every.values(), key=lambda line: line.place)


def may_go(groups: Mapping[Group, Sequence[OpenLine]], grants: Grants) -> dict[LineKey, int]:
    """Return how many units of each line that ships with others may be released.

    Those are the units of whole bundles, or of a whole order: none while something of it is decided elsewhere.
    """
    if not groups:
        return {}
    got = units_given(grants)
    found: dict[LineKey, int] = {}
    for lines in filter(None, groups.values()):
        left_out = max(
            line.left_out(got.get(line.line, 0)) if line.position in grants else line.left_out_while_elsewhere()
            for line in lines
        )
        found |= {line.line: line.wanted(left_out) for line in lines}
    return found


def claims(
    queues: Mapping[PositionKey, Sequence[WaitingLine]],
    grants: Grants,
    released: Releases,
    going: Mapping[LineKey, int],
    gathered: Mapping[LineKey, datetime],
) -> dict[PositionKey, list[Claim]]:
    """Return what stock covers of lines and is not released, and which lines it covers no more.

    `going` are units of lines that ship with others which could be released: what of these is not waits for a load.
    Lines that are `gathered` wait for more of their truck, until then.
    """
    found: dict[PositionKey, list[Claim]] = {}
    for key, queue in queues.items():
        if _is_all_released(key, grants, released) and not any(line.claimed for line in queue):
            continue
        gone = {release.line.line: release.units for release in released.get(key, ())}
        got = units_given({key: grants.get(key, ())})
        for line in queue:
            left = gone.get(line.line, 0)
            units = got.get(line.line, 0) - left
            if units or (line.claimed and not left):
                until = gathered.get(line.line)
                kept_for = _kept_for(going.get(line.line, line.units) > left, until) if units else None
                found.setdefault(key, []).append(Claim(line, units, kept_for, left, until))
    return found


def _kept_for(is_going: bool, until: datetime | None) -> KeptFor:
    if until:
        return "truck"
    return "load" if is_going else "rest"


def _is_all_released(key: PositionKey, grants: Grants, released: Releases) -> bool:
    given = sum(grant.units for grant in grants.get(key, ()))
    return given == sum(release.units for release in released.get(key, ()))


def idle(
    lots: Sequence[FreeLot],
    grants: Sequence[Match[FreeLot]],
    queue: Iterable[WaitingLine],
    min_life_days: int,
    ships_on: date,
) -> int:
    """Return free units that new customers could have; none where they fit nobody who may have some."""
    got = units_given({("", ""): grants})
    if any(not line.together and got.get(line.line, 0) < line.units for line in queue):
        return 0
    fit = {lot.lot: lot.units for lot in lots if lives_long_enough(lot, min_life_days, ships_on)}
    return sum(fit.values()) - sum(grant.units for grant in grants if grant.source.lot in fit)


def idle_lots(
    lots: Sequence[FreeLot], grants: Sequence[Match[FreeLot]], min_life_days: int, ships_on: date
) -> tuple[ComingLot, ...]:
    """Return when free units expire that new customers could have, as far as that is known."""
    got: dict[str, int] = defaultdict(int)
    for grant in grants:
        got[grant.source.lot] += grant.units
    fit = (lot for lot in lots if lives_long_enough(lot, min_life_days, ships_on))
    left = ((lot.expires_on, lot.units - got[lot.lot]) for lot in fit)
    return tuple(ComingLot(expires_on, units) for expires_on, units in left if expires_on and units)


def must_promise(claim: Claim, first_day: date) -> bool:
    """Return whether a covered line is promised anew: it is covered whole, and that is new or its day is over.

    What is kept for a rest ships with it, and has no range of its own.
    """
    line = claim.line
    if not claim.covers_all or claim.kept_for == "rest":
        return False
    is_over = line.promised is not None and line.promised.latest < first_day
    return claim.units > line.claimed or is_over


def orders_ahead(new: Mapping[PositionKey, Sequence[Claim]], kept: Mapping[str, int]) -> dict[tuple[str, str], int]:
    """Return, by node and order, how many orders go before those that wait for a load anew.

    `kept` orders of a node wait for a load, the new ones among them. New ones go in order of service after all others.
    """
    found: dict[tuple[str, str], int] = {}
    turns: dict[str, dict[str, Place]] = defaultdict(dict)
    for (_, node), group in new.items():
        for claim in (claim for claim in group if claim.kept_for == "load"):
            first = turns[node].get(claim.line.order_id, claim.line.place)
            turns[node][claim.line.order_id] = min(first, claim.line.place)
    for node, orders in turns.items():
        before = max(0, kept.get(node, 0) - len(orders))
        for number, order_id in enumerate(sorted(orders, key=lambda order_id: orders[order_id])):
            found[node, order_id] = before + number
    return found


def first_latest(claims: Iterable[Claim], promises: Iterable[Promise]) -> date | None:
    """Return the first day that a covered line is promised from now on; None where none is."""
    promised = {claim.line.line: claim.line.promised for claim in claims if claim.units}
    promised |= {line_promise.line.line: line_promise.after for line_promise in promises}
    return min((window.latest for window in promised.values() if window), default=None)
