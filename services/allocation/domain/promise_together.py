"""Lines that ship together are promised together: the latest of their own ranges, and none if one has none."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from msgspec.structs import replace

from services.allocation.domain.bundle import latest_of
from services.allocation.domain.claim import KeptFor
from services.allocation.domain.line import LineKey, WaitingLine
from services.allocation.domain.position import PositionKey
from services.allocation.domain.promise import Promise
from services.allocation.domain.ship_together import Group
from services.allocation.domain.supply import SupplyKey
from services.allocation.domain.window import Window


@dataclass(frozen=True, slots=True)
class TogetherLine:
    """A waiting line, the group that it ships with, and the range of its `own` supplies; what covers it is `kept_for`.

    A line that ships alone is a group of its own.
    """

    key: PositionKey
    line: WaitingLine
    group: Group
    own: Window | None = None
    kept_for: KeptFor | None = None

    def own_range(self, now: Promise | None) -> Window | None:
        """Return its own range from now on: what stock keeps for the rest of its group has none."""
        if not self.line.uncovered and self.kept_for == "rest":
            return None
        return now.after if now else self.own


@dataclass(frozen=True, slots=True)
class GroupPromises:
    """The promises of lines by position, and for each that is promised anew the line of its group that ships last.

    `elsewhere` are the last lines of groups that wait at other positions, too, and are to be looked at as a whole.
    """

    promises: Mapping[PositionKey, Sequence[Promise]]
    decided_by: Mapping[LineKey, LineKey]
    elsewhere: Collection[LineKey]


def promise_together(
    waiting: Iterable[TogetherLine],
    decided: Collection[PositionKey],
    alone: Mapping[LineKey, Promise],
    joined: Collection[LineKey],
    supplies: Mapping[LineKey, SupplyKey | None],
) -> GroupPromises:
    """Promise groups of which something changed; `alone` are the promises of lines as if each shipped by itself.

    A group of which a line waits at a position that is not `decided` here keeps what it was promised until all of its
    positions are, so that its customer hears once; only a line that joined or waits for other units is promised at
    once. `joined` are those that wait for more units than before, `supplies` what will serve each here. A group that
    stock covers whole ships when what it keeps for the load of a day does.
    """
    groups: dict[Group, list[TogetherLine]] = defaultdict(list)
    for line in waiting:
        groups[line.group].append(line)
    promises: dict[PositionKey, list[Promise]] = defaultdict(list)
    decided_by: dict[LineKey, LineKey] = {}
    elsewhere: set[LineKey] = set()
    for group in groups.values():
        own = {line.line.line: line.own_range(alone.get(line.line.line)) for line in group}
        last = max(group, key=lambda line: _ends(line, own[line.line.line])).line.line
        rest = [own[line.line.line] for line in group if line.line.uncovered]
        window = latest_of(rest or [ready for ready in own.values() if ready])
        is_known = window is not None or bool(rest)
        is_whole = all(line.key in decided for line in group)
        if not is_whole:
            elsewhere.add(last)
        for line in group:
            if line.key not in decided:
                continue
            promise = _promise(line, alone.get(line.line.line), own[line.line.line], is_new=line.line.line in joined)
            if is_known and (is_whole or promise.joined or promise.other_units):
                promise = _with_last(promise, window, alone.get(last), supplies.get(last))
                decided_by[line.line.line] = last
            if promise.told or promise.own != line.own:
                promises[line.key].append(promise)
    return GroupPromises(promises, decided_by, elsewhere)


def _ends(line: TogetherLine, own: Window | None) -> tuple[bool, date]:
    """Return when a line is ready, later than all that stock covers; who waits without a date comes last."""
    return (line.line.uncovered > 0, own.latest if own else date.max)


def _promise(line: TogetherLine, now: Promise | None, own: Window | None, *, is_new: bool) -> Promise:
    """Return the promise of a line that keeps its range: only its own may be another."""
    kept = line.line.promised
    if now:
        return replace(now, line=line.line, after=kept, own=own)
    return Promise(line.line, kept, None, None, joined=is_new, own=own)


def _with_last(promise: Promise, window: Window | None, last: Promise | None, supply: SupplyKey | None) -> Promise:
    """Return the promise of the range of its group, which the supply of the last line decides."""
    unpadded = last.unpadded if last and last.after == window else window
    return replace(promise, after=window, unpadded=unpadded, supply=supply)
