"""Which lines are still to be promised anew, and the calendars and launches by which they were promised."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Final

import asyncpg

from services.allocation.domain.boundaries import FIRST
from services.allocation.domain.position import PositionKey
from services.allocation.domain.promise import PromiseTerms
from services.allocation.domain.renewal import Renewal
from services.allocation.domain.why import Why
from services.allocation.store import read, write
from services.allocation.store.queue import place_of
from services.allocation.store.settings import calendar_of
from shared.messaging.transaction import Tx

LaunchRow = tuple[str, date | None, str, str]
CalendarRow = tuple[str, int, str, str]
_NOWHERE: Final = (None,) * 4


async def renew_skus(tx: Tx, changed: Collection[LaunchRow]) -> None:
    """Have lines promised anew that another launch moves: (sku, launch until now, reason, cause)."""
    await write(tx, "renew_skus", changed, *FIRST)


async def renew_nodes(tx: Tx, changed: Collection[CalendarRow]) -> None:
    """Have lines promised anew that another calendar moves: (node, version until now, reason, cause)."""
    await write(tx, "renew_nodes", changed, *FIRST)


async def take(tx: Tx, keys: Collection[PositionKey]) -> dict[PositionKey, list[Renewal]]:
    """Take, once, which lines of locked positions are still to be promised anew."""
    found: dict[PositionKey, list[Renewal]] = {}
    for row in await read(tx, "take_renewals", keys):
        found.setdefault((row["sku"], row["node"]), []).append(_renewal(tx, row))
    return found


def _renewal(tx: Tx, row: asyncpg.Record) -> Renewal:
    why, terms, end = Why(row["reason"], row["cause"], row["traceparent"]), None, None
    if row["by_terms"]:
        calendar = calendar_of(row)
        terms = PromiseTerms(calendar, calendar.next_shipping_day(tx.now), row["launch_on"])
    if row["end_queue_at"]:
        end = (row["end_queue_at"], row["end_completed_at"], row["end_order_id"], row["end_line_id"])
    return Renewal(place_of(row), end, why, terms)


async def keep(tx: Tx, left: Mapping[PositionKey, Sequence[Renewal]]) -> None:
    """Write which lines of locked positions are still to be promised anew."""
    rows = [
        (*key, *renewal.begin, *(renewal.end or _NOWHERE), why.reason, why.cause, why.traceparent, *_terms_row(renewal))
        for key, renewals in left.items()
        for renewal in renewals
        for why in (renewal.why,)
    ]
    await write(tx, "keep_renewals", rows)


def _terms_row(one: Renewal) -> tuple[int | None, date | None]:
    terms = one.terms_before
    return (terms.calendar.version, terms.launch_on) if terms else (None, None)
