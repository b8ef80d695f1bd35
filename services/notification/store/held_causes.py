"""Causes that are held until a person confirms them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.notification.domain.schedule import MOST_LINES, CauseState
from services.notification.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx


@dataclass(frozen=True, slots=True)
class HeldCause:
    """A cause of which nobody is told until a person confirms it, or was not; and what was said of it."""

    cause: str
    version: int
    state: CauseState
    lines: int
    farthest: int | None
    merchant: str | None
    zone: str
    held_at: datetime
    alarm_at: datetime | None
    decided_at: datetime | None
    decided_by: str | None
    why: str | None


@dataclass(frozen=True, slots=True)
class KnownCause:
    """What is said of a cause so far, and the zone of its merchant."""

    state: CauseState
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class MovedBy:
    """Whom a cause moves: lines, orders, the first of them, some SKUs, and the merchant if it is one alone."""

    lines: int
    orders: int
    first_order: str
    skus: list[str]
    merchant: str | None


async def lock_causes(tx: Tx, causes: Collection[str]) -> dict[str, KnownCause]:
    """Lock causes until the transaction ends; return those that are held or were."""
    await tx.fetch(QUERIES["lock_causes"], list(causes))
    rows = await tx.fetch(QUERIES["causes"], list(causes))
    return {row["cause"]: KnownCause(row["state"], ZoneInfo(row["zone"])) for row in rows}


async def count_moves(tx: Tx, causes: Collection[str]) -> dict[str, int]:
    """Return how many lines are to be told of each cause, as far as that matters."""
    rows = await tx.fetch(QUERIES["count_moves"], list(causes), MOST_LINES + 1)
    return {row["cause"]: row["lines"] for row in rows}


async def hold_causes(tx: Tx, found: Sequence[tuple[str, int, int | None, str]], alarm_at: datetime) -> None:
    """Store causes to hold: (cause, lines, days of the farthest move, zone)."""
    await tx.execute(QUERIES["hold_causes"], *columns(found, 4), tx.now, alarm_at)


async def hold_notices(tx: Tx, causes: Collection[str]) -> None:
    await tx.execute(QUERIES["hold_notices"], list(causes))


async def causes_to_look_at(tx: Tx) -> list[str]:
    """Return held causes that alarm now, or of which nobody is to be told any more."""
    return [row["cause"] for row in await tx.fetch(QUERIES["causes_to_look_at"], tx.now)]


async def moved_by(tx: Tx, causes: Collection[str]) -> dict[str, MovedBy]:
    """Return whom locked causes move; a cause of which nobody is to be told is left out."""
    rows = [dict(row) for row in await tx.fetch(QUERIES["moved_by"], list(causes))]
    return {row.pop("cause"): MovedBy(**row) for row in rows}


async def alarm(tx: Tx, found: Collection[tuple[str, int, str | None, datetime]]) -> list[HeldCause]:
    """Store that held causes alarm: (cause, lines, merchant, next alarm); without lines a cause is over."""
    return [HeldCause(**row) for row in await tx.fetch(QUERIES["alarm"], *columns(found, 4))]


async def decide_causes(tx: Tx, requests: Collection[tuple[str, CauseState, str, str, datetime]]) -> list[HeldCause]:
    """Store what people said of locked causes: (cause, state, by whom, why, next alarm); return what it changed."""
    causes, states, people, reasons, alarms = columns(requests, 5)
    rows = await tx.fetch(QUERIES["decide_causes"], causes, states, people, reasons, tx.now, alarms)
    return [HeldCause(**row) for row in rows]


async def free_notices(tx: Tx, causes: Collection[str]) -> None:
    await tx.execute(QUERIES["free_notices"], list(causes), tx.now)
