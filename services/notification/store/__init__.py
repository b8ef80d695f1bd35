"""Contacts, promises and notices in PostgreSQL."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import asyncpg

from services.notification.domain.notices import (
    Covered,
    Ending,
    FloorUnits,
    Line,
    LineId,
    News,
    Notice,
    NoticeId,
    OrderId,
    Plan,
    Range,
    Refund,
    Told,
    Unsent,
)
from shared.db.queries import Queries, columns
from shared.messaging.transaction import Tx

FLOOR: Final = ("released", "revoked", "told")
QUERIES: Final = Queries(Path(__file__).parents[1] / "queries.sql")


@dataclass(frozen=True, slots=True)
class Cause:
    """The event because of which a customer is told something."""

    at: datetime
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class Settled:
    """A notice that the mail server took or refused, and the event because of which it was planned."""

    notice: Notice
    state: str
    cause: Cause


async def keep_merchants(tx: Tx, merchants: Collection[tuple[str, int, str, str, str]]) -> None:
    await tx.execute(QUERIES["keep_merchants"], *columns(merchants, 5))


async def keep_products(tx: Tx, products: Collection[tuple[str, int, str]]) -> None:
    await tx.execute(QUERIES["keep_products"], *columns(products, 3))


async def lock_contacts(tx: Tx, orders: Collection[str]) -> None:
    """Lock orders, known or not, so that of two transactions about the same order the second sees the first."""
    await tx.execute(QUERIES["expect_contacts"], list(orders))
    await tx.execute(QUERIES["lock_contacts"], list(orders))


async def merchants_of(tx: Tx, orders: Collection[str]) -> dict[str, str]:
    """Return the merchants of those orders that are known."""
    rows = await tx.fetch(QUERIES["merchants_of"], list(orders))
    return {row["order_id"]: row["merchant"] for row in rows}


async def drop_foreign_contacts(tx: Tx, orders: Collection[str]) -> dict[str, str]:
    """Delete addresses of locked orders that another merchant gave; return these orders and their merchants."""
    rows = await tx.fetch(QUERIES["drop_foreign_contacts"], list(orders))
    return {row["order_id"]: row["merchant"] for row in rows}


async def keep_contacts(tx: Tx, contacts: Collection[tuple[str, int, str, str, str]]) -> None:
    """Store addresses; notices that waited only for an address are due."""
    rows = await tx.fetch(QUERIES["keep_contacts"], *columns(contacts, 5))
    await tx.execute(QUERIES["make_due"], [row["order_id"] for row in rows], tx.now)


async def erase_contacts(tx: Tx, orders: Collection[str]) -> None:
    """Delete addresses; no more notices are sent to them."""
    await tx.execute(QUERIES["erase_contacts"], list(orders))
    await tx.execute(QUERIES["make_undue"], list(orders))


async def unknown_merchants(tx: Tx, merchants: Collection[str]) -> set[str]:
    rows = await tx.fetch(QUERIES["known_merchants"], list(merchants))
    return set(merchants) - {row["merchant"] for row in rows}


async def unknown_skus(tx: Tx, skus: Collection[str]) -> set[str]:
    rows = await tx.fetch(QUERIES["known_skus"], list(skus))
    return set(skus) - {row["sku"] for row in rows}


async def keep_orders(
    tx: Tx, orders: Collection[tuple[str, str, str]], lines: Collection[tuple[str, str, str, int]]
) -> None:
    await tx.execute(QUERIES["keep_orders"], *columns(orders, 3))
    await keep_lines(tx, lines)


async def keep_lines(tx: Tx, lines: Collection[tuple[str, str, str, int | None]]) -> None:
    """Store (order, line, sku, units ordered if known) of known orders."""
    await tx.execute(QUERIES["keep_lines"], *columns(lines, 4))


async def unknown_lines(tx: Tx, lines: Collection[tuple[str, str, str]]) -> set[tuple[str, str, str]]:
    """Return those of these (order, line, sku) that the order did not have: a change of the order made them."""
    rows = await tx.fetch(QUERIES["unknown_lines"], *columns(lines, 3))
    return {(row["order_id"], row["line_id"], row["sku"]) for row in rows}


async def lock_orders(tx: Tx, orders: Collection[str]) -> dict[OrderId, bool]:
    """Lock the known ones of these orders until the transaction ends; return whether their customers can be reached."""
    rows = await tx.fetch(QUERIES["lock_orders"], list(orders))
    return {row["order_id"]: row["reachable"] for row in rows}


async def set_promises(tx: Tx, promises: Collection[tuple[str, str, int, int, Range | None]]) -> None:
    rows = [(*row, ships and ships.earliest, ships and ships.latest) for *row, ships in promises]
    await tx.execute(QUERIES["set_promises"], *columns(rows, 6))


async def add_releases(tx: Tx, released: Collection[tuple[str, str, int, int]]) -> set[tuple[str, str, int]]:
    """Store releases; return the order, line and version of the new ones."""
    rows = await tx.fetch(QUERIES["add_releases"], *columns(released, 4))
    return {(row["order_id"], row["line_id"], row["line_version"]) for row in rows}


async def add_revocations(tx: Tx, revoked: Collection[tuple[str, str, int, int]]) -> None:
    await tx.execute(QUERIES["add_revocations"], *columns(revoked, 4))


async def add_endings(tx: Tx, endings: Collection[tuple[Any, ...]]) -> None:
    """Store (order, line, version, kind, units, units still wanted, reason, alternatives) of ended units."""
    rows = [(*row, json.dumps(alternatives)) for *row, alternatives in endings]
    await tx.execute(QUERIES["add_endings"], *columns(rows, 8))


async def add_refunds(tx: Tx, refunds: Collection[tuple[str, str, str, int, date]]) -> None:
    await tx.execute(QUERIES["add_refunds"], *columns(refunds, 5))


async def add_shipments(tx: Tx, shipped: Collection[tuple[str, str, int, str, int]]) -> None:
    await tx.execute(QUERIES["add_shipments"], *columns(shipped, 5))


async def news(tx: Tx, orders: Collection[OrderId]) -> list[News]:
    """Read everything that decides which notices the customers of locked orders get."""
    lines, unsent = await _lines(tx, orders), await _unsent(tx, orders)
    dropped = {row["order_id"]: row["notices"] for row in await tx.fetch(QUERIES["dropped"], list(orders))}
    return [News(order, lines.get(order, ()), unsent.get(order, ()), dropped.get(order, 0)) for order in orders]


async def _lines(tx: Tx, orders: Collection[OrderId]) -> dict[OrderId, list[Line]]:
    found: dict[OrderId, list[Line]] = defaultdict(list)
    floor: dict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
    for row in await tx.fetch(QUERIES["floor"], list(orders)):
        floor[row["order_id"], row["line_id"], row["ending"]].append((row["line_version"], row["units"]))
    ends, refunds = await _endings(tx, orders), await _refunds(tx, orders)
    for row in await tx.fetch(QUERIES["lines"], list(orders)):
        line = (row["order_id"], row["line_id"])
        ranges = range_of(row["told_earliest"], row["told_latest"])
        told_range = Told(ranges, row["told_by"], row["told_version"]) if row["told_by"] else None
        on_floor = FloorUnits(*(tuple(floor[*line, kind]) for kind in FLOOR))
        ships = range_of(row["earliest"], row["latest"])
        stands = (row["version"], row["units"], ships, told_range, on_floor, row["wanted"])
        found[row["order_id"]].append(Line(row["line_id"], *stands, tuple(ends[line]), tuple(refunds[line])))
    return found


async def _endings(tx: Tx, orders: Collection[OrderId]) -> dict[tuple[str, str], list[Ending]]:
    found: dict[tuple[str, str], list[Ending]] = defaultdict(list)
    for row in await tx.fetch(QUERIES["untold_endings"], list(orders)):
        found[row["order_id"], row["line_id"]].append(Ending(row["line_version"], row["ending"], row["units"]))
    return found


async def _refunds(tx: Tx, orders: Collection[OrderId]) -> dict[tuple[str, str], list[Refund]]:
    found: dict[tuple[str, str], list[Refund]] = defaultdict(list)
    for row in await tx.fetch(QUERIES["untold_refunds"], list(orders)):
        found[row["order_id"], row["line_id"]].append(Refund(row["number"], row["units"], row["due_by"]))
    return found


async def _unsent(tx: Tx, orders: Collection[OrderId]) -> dict[OrderId, list[Unsent]]:
    found: dict[OrderId, list[Unsent]] = defaultdict(list)
    rows = await tx.fetch(QUERIES["unsent"], list(orders))
    for _, group in groupby(rows, key=lambda row: row["notice_id"]):
        records = list(group)
        notice, cause = _notice(records), _cause(records[0])
        sending = records[0]["state"] == "sending"
        found[notice.order_id].append(Unsent(notice, sending, cause.at, cause.traceparent))
    return found


async def record_plans(tx: Tx, plans: Sequence[tuple[Plan, Cause, bool]], waits: Mapping[NoticeId, timedelta]) -> None:
    """Store notices to send, now or after a wait, and those that are superseded; earlier plans stay as they are."""
    planned = {notice.notice_id: notice for plan, _, _ in plans for notice in plan.planned}
    rows = [
        (
            notice.notice_id,
            notice.order_id,
            notice.kind,
            cause.at,
            cause.traceparent,
            tx.now + waits[notice.notice_id] if reachable else None,
        )
        for plan, cause, reachable in plans
        for notice in plan.planned
    ]
    new = await tx.fetch(QUERIES["add_notices"], *columns(rows, 6))
    rows = [row for record in new for row in _lines_of(planned[record["notice_id"]])]
    await tx.execute(QUERIES["add_notice_lines"], *columns(rows, 10))
    others = [(old.notice.notice_id, by) for plan, _, _ in plans for old, by in plan.superseded]
    await tx.execute(QUERIES["supersede"], *columns(others, 2), tx.now)


async def is_anything_due(pool: asyncpg.Pool) -> bool:
    """Return whether a notice is to be sent by now: all that a service with nothing to send asks."""
    return bool(await pool.fetchval(QUERIES["is_anything_due"]))


async def due(tx: Tx, at_most: int) -> list[tuple[NoticeId, OrderId]]:
    rows = await tx.fetch(QUERIES["due"], tx.now, at_most)
    return [(row["notice_id"], row["order_id"]) for row in rows]


async def settle(tx: Tx, states: Collection[tuple[NoticeId, str]]) -> list[Settled]:
    """Store which notices of locked orders were sent or failed; a sent notice's ranges become the told ranges."""
    rows = await tx.fetch(QUERIES["settle"], *columns(states, 2), tx.now)
    groups = [list(group) for _, group in groupby(rows, key=lambda row: row["notice_id"])]
    sent = [group[0]["notice_id"] for group in groups if group[0]["state"] == "sent"]
    await tx.execute(QUERIES["tell_lines"], sent)
    return [Settled(_notice(group), group[0]["state"], _cause(group[0])) for group in groups]


async def tell_otherwise(tx: Tx, told: Collection[tuple[str, str, str]]) -> list[tuple[NoticeId, OrderId]]:
    """Store of which failed notices (notice, by whom, how) customers were told otherwise; return those that are new."""
    rows = await tx.fetch(QUERIES["tell_otherwise"], *columns(told, 3))
    return [(row["notice_id"], row["order_id"]) for row in rows]


async def retry_unsent(tx: Tx, notices: Collection[tuple[NoticeId, bool]]) -> dict[OrderId, Cause]:
    """Plan unsent notices again, now or later; return the orders whose notices must be planned anew."""
    rows = await tx.fetch(QUERIES["retry_unsent"], *columns(notices, 2), tx.now)
    return {row["order_id"]: _cause(row) for row in rows}


async def keep_sending(tx: Tx, notices: Collection[NoticeId]) -> None:
    await tx.execute(QUERIES["keep_sending"], list(notices), tx.now)


def range_of(earliest: date | None, latest: date | None) -> Range | None:
    return Range(earliest, latest) if earliest and latest else None


def _cause(row: asyncpg.Record) -> Cause:
    return Cause(row["caused_at"], row["traceparent"])


def _notice(rows: Sequence[asyncpg.Record]) -> Notice:
    """Make a notice from one row per line."""
    covereds = (
        Covered(
            LineId(row["line_id"]),
            row["line_version"],
            row["units"],
            range_of(row["earliest"], row["latest"]),
            row["returned"],
            row["refund_by"],
            row["refunds"],
        )
        for row in rows
    )
    return Notice(rows[0]["notice_id"], rows[0]["order_id"], rows[0]["kind"], tuple(covereds))


def _lines_of(notice: Notice) -> Iterable[tuple[Any, ...]]:
    for line in notice.lines:
        dates = (line.range.earliest, line.range.latest) if line.range else (None, None)
        subject = (notice.notice_id, notice.order_id, line.line_id, line.line_version)
        yield (*subject, line.units, *dates, line.returned, line.refund_by, line.refunds)
