"""The local clock, which starts on a given day and can be moved forward. Nothing outside a local run can do that."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import asyncpg

from deploy.local.places import CannotRun
from shared.contracts.topics import SERVICES

_LAST_YEAR: Final = 2198  # dates are told up to 2199, and promises lie ahead of the clock
_NOW: Final = "select now() + ahead from public.local_clock"


def next_monday(zone: str, now: datetime) -> datetime:
    """Return eight o'clock on the Monday after `now`, in the zone."""
    today = now.astimezone(ZoneInfo(zone)).date()
    monday = today + timedelta(days=7 - today.weekday())
    return datetime(monday.year, monday.month, monday.day, 8, tzinfo=ZoneInfo(zone))


async def make_movable(admin: asyncpg.Connection) -> None:
    """Let every service's clock() follow one table; a clock that was moved before keeps its time."""
    await admin.execute("create table if not exists public.local_clock (ahead interval not null)")
    await admin.execute(
        "insert into public.local_clock select interval '0' where not exists (select from public.local_clock)"
    )
    await admin.execute("grant select on public.local_clock to public")
    for service in SERVICES:
        await admin.execute(
            f"create or replace function {service}.clock() returns timestamptz language sql stable as "
            "'select now() + ahead from public.local_clock'"
        )


async def time_at(admin_url: str) -> datetime:
    """Return the time of the local clock."""
    async with _connected(admin_url) as admin:
        now: datetime = await admin.fetchval(_NOW)
        return now


async def start_clock(admin_url: str, at: datetime) -> None:
    """Set the time, unless it is later already."""
    async with _connected(admin_url) as admin:
        await admin.execute("update public.local_clock set ahead = greatest(ahead, $1 - now())", at)


async def move_clock(admin_url: str, to: datetime) -> None:
    """Set the time; only forward, because what happened cannot be undone."""
    if to.year > _LAST_YEAR:
        raise CannotRun(f"the clock goes no further than the year {_LAST_YEAR}: no event tells a date after 2199")
    async with _connected(admin_url) as admin:
        now = await admin.fetchval(_NOW)
        if to <= now:
            raise CannotRun(f"it is {now:%Y-%m-%d %H:%M} UTC already; the clock only moves forward")
        await admin.execute("update public.local_clock set ahead = $1 - now()", to)


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()
