"""The local clock: starts on a given day and can be moved forward. Nothing outside a local run can do that."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg

from deploy.local.places import CannotRun
from shared.contracts.topics import SERVICES


def next_monday(zone: str, now: datetime) -> datetime:
    """Eight o'clock on the Monday after `now`, in the zone."""
    today = now.astimezone(ZoneInfo(zone)).date()
    monday = today + timedelta(days=7 - today.weekday())
    return datetime(monday.year, monday.month, monday.day, 8, tzinfo=ZoneInfo(zone))


async def make_movable(admin: asyncpg.Connection) -> None:
    """Lets every service's clock() follow one table; a clock that was moved before keeps its time."""
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


async def move_clock(admin_url: str, to: datetime) -> None:
    """Sets the time; only forward, because what happened cannot be undone."""
    admin = await asyncpg.connect(admin_url)
    try:
        await _move(admin, to)
    finally:
        await admin.close()


async def _move(admin: asyncpg.Connection, to: datetime) -> None:
    now: datetime = await admin.fetchval("select now() + ahead from public.local_clock")
    if to <= now:
        raise CannotRun(f"it is {now:%Y-%m-%d %H:%M} UTC already; the clock only moves forward")
    await admin.execute("update public.local_clock set ahead = $1 - now()", to)
