"""Earlier calendars and launches on which lines were promised, kept until affected lines are promised anew."""

from collections.abc import Collection
from datetime import date

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.position import PositionKey
from services.allocation.store import QUERIES, read, write
from services.allocation.store.settings import calendar_of
from shared.messaging.transaction import Tx

LaunchRow = tuple[str, date | None, str, str]
Before = tuple[Calendar, date | None, str, str]


async def keep_launches(tx: Tx, changed: Collection[LaunchRow]) -> None:
    """Store (sku, launch until now, reason, cause) of launches that move to another day."""
    if changed:
        await write(tx, "keep_launches", changed)


async def keep_calendars(tx: Tx, changed: Collection[tuple[str, Calendar, str, str]]) -> None:
    """Store (node, calendar until now, reason, cause) of calendars that change."""
    rows = [
        (
            node, was.zone.key, sorted(was.working_days), sorted(was.holidays), was.cut_off, was.rework_days,
            was.orders_per_day, reason, cause,
        )
        for node, was, reason, cause in changed
    ]  # fmt: skip
    await tx.connection.executemany(QUERIES["keep_calendars"], rows)


async def take(tx: Tx, keys: Collection[PositionKey]) -> dict[PositionKey, Before]:
    """Take, once, what changed at locked positions: (calendar before, launch before, reason, cause)."""
    rows = await read(tx, "take_terms", keys)
    return {
        (row["sku"], row["node"]): (calendar_of(row), row["launch_on"], row["reason"], row["cause"]) for row in rows
    }
