"""The queue in order of service. Whoever changes or reads it has locked the position first."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import asyncpg
from msgspec import Struct
from msgspec.structs import fields

from services.allocation.domain.boundaries import Delta, Mark
from services.allocation.domain.claim import Claim
from services.allocation.domain.line import LineKey, PlacedLine, WaitingLine
from services.allocation.domain.place import Place
from services.allocation.domain.position import PositionKey
from services.allocation.domain.promise import Promise
from services.allocation.domain.promise_together import TogetherLine
from services.allocation.domain.release import Releases
from services.allocation.domain.renewal import Segment
from services.allocation.domain.window import Window
from services.allocation.store import QUERIES, read, write
from shared.db.queries import columns
from shared.messaging.transaction import Tx

_JOINING: Final = (
    "sku", "node", "queue_at", "completed_at", "order_id", "line_id", "units", "min_life_days", "unit_price", "gate_on",
    "ships_together", "is_eligible", "line_version",
)  # fmt: skip
_OF_LINE: Final = 2 + len(fields(WaitingLine))


class NotWaiting(Exception):
    """A line cannot wait for fewer units than it waits for."""


class Wait(Struct, frozen=True, gc=False):
    """A line that waits for `delta` units more or less than before; `units` it still waits for.

    Stock covers `claimed` of them, `claim_delta` more or less than before; `change` is of what it does not cover.
    `promised`: it was promised a range before.
    """

    key: PositionKey
    line: LineKey
    units: int
    delta: int
    claimed: int
    claim_delta: int
    change: Delta
    unit_price: int
    gate_on: date | None
    eligible: bool
    promised: bool

    @property
    def waited(self) -> bool:
        return self.units > self.delta

    @property
    def is_new(self) -> bool:
        """Return whether a line joins that never waited before."""
        return not self.waited and not self.promised


@dataclass(frozen=True, slots=True)
class JoiningLine:
    """A placed line that waits for so many units for the first time, not before `gate_on`.

    `together`: only with the rest of its order. It may not get units yet unless it is `eligible`.
    """

    placed: PlacedLine
    units: int
    gate_on: date | None
    together: bool
    eligible: bool


async def join(tx: Tx, lines: Collection[JoiningLine]) -> dict[PositionKey, list[Wait]]:
    """Let lines of orders that were just placed wait, each at its place."""
    found: dict[PositionKey, list[Wait]] = {}
    rows = []
    for line in lines:
        placed, units, gate_on, eligible = line.placed, line.units, line.gate_on, line.eligible
        place = (placed.queue_at, placed.completed_at, placed.order_id, placed.line_id)
        terms = (placed.min_life_days, placed.unit_price, gate_on, line.together, eligible)
        rows.append((*placed.key, *place, units, *terms, 0))
        change = Delta(place, units, 1)
        found.setdefault(placed.key, []).append(
            Wait(
                placed.key, placed.line, units, units, 0, 0, change, placed.unit_price, gate_on, eligible,
                promised=False,
            )
        )  # fmt: skip
    await tx.copy("queue", _JOINING, rows)
    return found


async def wait(tx: Tx, units: Mapping[LineKey, int]) -> list[Wait]:
    """Let lines wait for so many units more or, where negative, less: first for fewer that stock does not cover."""
    longer = [(*line, n) for line, n in units.items() if n > 0]
    rows = await read(tx, "wait_longer", longer, tx.now)
    waits = wait_rows(rows)
    if less := [(*line, -n) for line, n in units.items() if n < 0]:
        gone = await read(tx, "wait_no_more", less)
        fewer = await read(tx, "wait_less", less) if len(gone) < len(less) else []
        if len(gone) + len(fewer) < len(less):
            raise NotWaiting
        waits += wait_rows(gone) + wait_rows(fewer)
    return waits


async def leave(tx: Tx, releases: Releases, claims: Mapping[PositionKey, Sequence[Claim]]) -> None:
    """Take what is released of lines out of the queue; of what they still wait for, stock covers what they claim."""
    kept = {claim.line.line: claim for group in claims.values() for claim in group if claim.released}
    whole, part = [], []
    for group in releases.values():
        for release in group:
            line = release.line
            if release.units == line.units:
                whole.append(line.address)
            else:
                claim = kept.get(line.line)
                part.append((line.address, release.units, *((claim.units, claim.kept_for) if claim else (0, None))))
    if whole and await tx.execute(QUERIES["leave_queue"], whole) != f"DELETE {len(whole)}":
        raise NotWaiting
    await write(tx, "leave_in_part", part)


@dataclass(frozen=True, slots=True)
class Claims:
    """The lines at a position that stock covers: whether some wait for a rest or a truck, their first promised day.

    `longest_life` is how many days units of some must have left, at most. `has_older`: a line stands before the last of
    them that could be served and is not covered.
    """

    waits_for_rest: bool
    first_latest: date | None
    longest_life: int
    has_older: bool


async def claims_at(tx: Tx, keys: Collection[PositionKey]) -> dict[PositionKey, Claims]:
    """Read what stands against leaving the covered lines of positions as they are."""
    rows = await read(tx, "claims_at", keys)
    return {
        (row["sku"], row["node"]): Claims(
            row["waits_for_rest"], row["first_latest"], row["longest_life"], row["has_older"]
        )
        for row in rows
    }


async def last_covered(tx: Tx, keys: Collection[PositionKey]) -> dict[PositionKey, datetime]:
    """Return where the last line stands (`queue_at`) that stock covers at each of these positions, if it covers one."""
    rows = await read(tx, "last_covered", keys)
    return {(row["sku"], row["node"]): row["queue_at"] for row in rows}


async def covered_lines(tx: Tx, keys: Collection[PositionKey]) -> dict[PositionKey, list[WaitingLine]]:
    """Read the lines of positions that stock covers, in order of service; what customers were told is left out."""
    found: dict[PositionKey, list[WaitingLine]] = {key: [] for key in keys}
    for row in await read(tx, "covered_lines", keys):
        found[row[0], row[1]].append(_waiting(row))
    return found


async def claim(tx: Tx, claims: Iterable[tuple[PositionKey, Claim]]) -> list[Wait]:
    """Mark lines of which nothing is released as covered by so many units in stock; none: no more."""
    rows = [
        (*key, *claim.line.place, claim.units, claim.kept_for, claim.kept_until)
        for key, claim in claims
        if not claim.released
    ]
    return wait_rows(await read(tx, "claim", rows))


def wait_rows(rows: Iterable[asyncpg.Record]) -> list[Wait]:
    """Read changes of queues as statements return them."""
    return [_wait(row) for row in rows]


def _wait(row: asyncpg.Record) -> Wait:
    sku, node, order_id, line_id = row["sku"], row["node"], row["order_id"], row["line_id"]
    units, delta, claimed, claim_delta = row["units"], row["delta"], row["claimed"], row["claim_delta"]
    now = units - claimed
    before = now - delta + claim_delta
    change = Delta((row["queue_at"], row["completed_at"], order_id, line_id), now - before, (now > 0) - (before > 0))
    return Wait(
        (sku, node), (order_id, line_id), units, delta, claimed, claim_delta, change, row["unit_price"],
        row["gate_on"], row["is_eligible"], row["promised"],
    )  # fmt: skip


def place_of(row: asyncpg.Record) -> Place:
    return (row["queue_at"], row["completed_at"], row["order_id"], row["line_id"])


async def next_in_line(tx: Tx, most: Mapping[PositionKey, int]) -> dict[PositionKey, list[WaitingLine]]:
    """Read the first eligible lines of positions that stock does not cover, as many as asked of each.

    What their customers were told, and T of the rule on delays, is left out.
    """
    found: dict[PositionKey, list[WaitingLine]] = {key: [] for key in most}
    rows = columns(((*key, lines) for key, lines in most.items()), 3)
    for row in await tx.fetch(QUERIES["next_in_line"], *rows):
        found[row[0], row[1]].append(_waiting(row))
    return found


async def lines_at(tx: Tx, lines: Collection[LineKey]) -> list[tuple[PositionKey, WaitingLine]]:
    """Read those of these lines that wait, and where."""
    rows = await read(tx, "lines_at", lines)
    return [((row["sku"], row["node"]), _waiting(row)) for row in rows]


async def lines_in(tx: Tx, segments: Sequence[tuple[PositionKey, Segment, int]]) -> list[tuple[int, int, WaitingLine]]:
    """Read as many lines of segments of queues: (number of the segment, lines of it that wait before, the line)."""
    rows = [
        (*key, *segment.begin, *(segment.end or (None,) * 4), number, most)
        for number, (key, segment, most) in enumerate(segments)
    ]
    found = await read(tx, "lines_in", rows)
    return [(row["segment"], row["lines_before"], _waiting(row)) for row in found]


async def waits_between(tx: Tx, spans: Collection[tuple[PositionKey, Mark, Place]]) -> dict[LineKey, tuple[int, int]]:
    """Count the lines and the units that wait from a mark up to each of these places."""
    rows = [(*key, *_place(mark), *place) for key, mark, place in spans]
    found = await read(tx, "waits_between", rows)
    return {(row["order_id"], row["line_id"]): (row["lines"], row["units"]) for row in found}


async def longer_lives(
    tx: Tx, min_life_days: Mapping[PositionKey, int], most: int
) -> dict[PositionKey, list[tuple[WaitingLine, str | None]]]:
    """Read the first lines of positions that ask for more days of life, and which supply each was promised from."""
    found: dict[PositionKey, list[tuple[WaitingLine, str | None]]] = {}
    rows = [(*key, days) for key, days in min_life_days.items()]
    for row in await read(tx, "longer_lives", rows, most):
        found.setdefault((row["sku"], row["node"]), []).append((WaitingLine(*row[2:-1]), row["supply_id"]))
    return found


def _place(mark: Mark) -> Place | tuple[None, None, None, None]:
    return mark.place or (None, None, None, None)


def _waiting(row: asyncpg.Record) -> WaitingLine:
    """Read a line as statements return it, after its position; what its customer knows comes last, if that is asked."""
    return WaitingLine(*row[2:_OF_LINE])


async def lines_together(tx: Tx, order_ids: Collection[str], parting: Collection[str]) -> list[TogetherLine]:
    """Read the waiting lines of orders that ship with others or did; of `parting` orders one more parcel goes now."""
    rows = await tx.fetch(QUERIES["lines_together"], sorted(order_ids), sorted(parting)) if order_ids else ()
    return [_together(row) for row in rows]


def _together(row: asyncpg.Record) -> TogetherLine:
    line = _waiting(row)
    own = Window(row["own_earliest"], row["own_latest"]) if row["own_latest"] else None
    bundle = (line.order_id, row["bundle_line_id"]) if row["bundle_line_id"] else line.line
    group = line.order_id if row["is_last_parcel"] else bundle
    return TogetherLine((row["sku"], row["node"]), line, group, own, row["kept_for"])


async def promise(tx: Tx, promises: Iterable[tuple[PositionKey, Promise, int]]) -> None:
    """Write what waiting lines are promised from now on, each at a version of the line."""
    by_address, by_place = [], []
    for key, line_promise, version in promises:
        line, after = line_promise.line, line_promise.after
        if line.address and not line.together:
            by_address.append((line.address, *days(after), version))
        else:
            by_place.append((*key, *line.place, *days(after), *days(line_promise.own), version))
    await write(tx, "promise_by_address", by_address)
    await write(tx, "promise_queue", by_place)


def days(window: Window | None) -> tuple[object, object]:
    return (window.earliest, window.latest) if window else (None, None)
