"""On which calendar and launch lines were promised, until those are promised anew who are affected by a change."""

from collections.abc import Collection
from datetime import date

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.position import PositionKey
from services.allocation.store import QUERIES
from services.allocation.store.settings import calendar_of
from shared.db.queries import columns
from shared.messaging.transaction import Tx

LaunchRow = tuple[str, date | None, str, str]
Before = tuple[Calendar, date | None, str, str]


async def keep_launches(tx: Tx, changed: Collection[LaunchRow]) -> None:
    """(sku, launch until now, reason, cause) of launches that are on another day from now on."""
    if changed:
        await tx.connection.execute(QUERIES["keep_launches"], *columns(changed, 4))


async def keep_calendars(tx: Tx, changed: Collection[tuple[str, Calendar, str, str]]) -> None:
    """(node, calendar until now, reason, cause) of calendars that are others from now on."""
    rows = [
        (
            node, was.zone.key, sorted(was.working_days), sorted(was.holidays), was.cut_off, was.rework_days,
            was.orders_per_day, reason, cause,
        )
        for node, was, reason, cause in changed
    ]  # fmt: skip
    await tx.connection.executemany(QUERIES["keep_calendars"], rows)


async def take(tx: Tx, keys: Collection[PositionKey]) -> dict[PositionKey, Before]:
    """Of locked positions whose terms changed: (calendar before, launch before, reason, cause), once."""
    rows = await tx.connection.fetch(QUERIES["take_terms"], *columns(keys, 2))
    return {
        (row["sku"], row["node"]): (calendar_of(row), row["launch_on"], row["reason"], row["cause"]) for row in rows
    }
