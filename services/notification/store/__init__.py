"""Contacts, promises and notices in PostgreSQL."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Final

import asyncpg

from services.notification.domain.notices import Covered, LineId, Notice, NoticeId, OrderId, Range
from shared.db.queries import Queries, columns
from shared.messaging.transaction import Tx

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


async def set_promises(tx: Tx, promises: Collection[tuple[str, str, int, int, Range | None, bool]]) -> None:
    """Store (order, line, version, units, range, whether it is a pre-order) of lines."""
    rows = [(*row, ships and ships.earliest, ships and ships.latest, preorder) for *row, ships, preorder in promises]
    await tx.execute(QUERIES["set_promises"], *columns(rows, 7))


async def add_releases(tx: Tx, released: Collection[tuple[str, str, int, int]]) -> set[tuple[str, str, int]]:
    """Store releases; return the order, line and version of the new ones."""
    rows = await tx.fetch(QUERIES["add_releases"], *columns(released, 4))
    return {(row["order_id"], row["line_id"], row["line_version"]) for row in rows}


async def add_revocations(tx: Tx, revoked: Collection[tuple[str, str, int, int]]) -> None:
    await tx.execute(QUERIES["add_revocations"], *columns(revoked, 4))


async def add_shipments(tx: Tx, shipped: Collection[tuple[str, str, int, str, int, str]]) -> None:
    """Store (order, shipment, place in it, line, units, SKU)."""
    await tx.execute(QUERIES["add_shipments"], *columns(shipped, 6))


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
    return [Settled(read_notice(group), group[0]["state"], read_cause(group[0])) for group in groups]


async def tell_otherwise(tx: Tx, told: Collection[tuple[str, str, str]]) -> list[tuple[NoticeId, OrderId]]:
    """Store of which failed notices (notice, by whom, how) customers were told otherwise; return those that are new."""
    rows = await tx.fetch(QUERIES["tell_otherwise"], *columns(told, 3))
    return [(row["notice_id"], row["order_id"]) for row in rows]


async def retry_unsent(tx: Tx, notices: Collection[tuple[NoticeId, bool]]) -> dict[OrderId, Cause]:
    """Plan unsent notices again, now or later; return the orders whose notices must be planned anew."""
    rows = await tx.fetch(QUERIES["retry_unsent"], *columns(notices, 2), tx.now)
    return {row["order_id"]: read_cause(row) for row in rows}


async def keep_sending(tx: Tx, notices: Collection[NoticeId]) -> None:
    await tx.execute(QUERIES["keep_sending"], list(notices), tx.now)


def range_of(earliest: date | None, latest: date | None) -> Range | None:
    return Range(earliest, latest) if earliest and latest else None


def read_cause(row: asyncpg.Record) -> Cause:
    return Cause(row["caused_at"], row["traceparent"])


def read_notice(rows: Sequence[asyncpg.Record]) -> Notice:
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
            row["refused"],
            row["knows_refused"],
        )
        for row in rows
    )
    return Notice(rows[0]["notice_id"], rows[0]["order_id"], rows[0]["kind"], tuple(covereds))
