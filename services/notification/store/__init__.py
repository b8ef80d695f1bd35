"""Contacts, promises and notices in PostgreSQL."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import asyncpg

from services.notification.domain.notices import Covered, LineId, Notice, NoticeId, OrderId, Range
from shared.db.queries import Queries, columns
from shared.messaging.transaction import Tx

QUERIES: Final = Queries(Path(__file__).parent.with_name("queries"))


@dataclass(frozen=True, slots=True)
class Cause:
    """The event because of which a customer is told something, by its source and id."""

    name: str
    at: datetime
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class Settled:
    """A notice that the mail server took or refused, and the event because of which it was planned."""

    notice: Notice
    state: str
    cause: Cause
    merchant: str
    mail_id: str
    zone: str | None
    same_day: bool | None


@dataclass(frozen=True, slots=True)
class FailedNotice:
    """A notice that told nobody, since when, and because of which event it was planned."""

    notice_id: NoticeId
    order_id: OrderId
    merchant: str
    failed_at: datetime
    cause: Cause


async def keep_merchants(tx: Tx, merchants: Collection[tuple[Any, ...]]) -> None:
    """Store merchants.

    Each is (merchant, version, name, sender, colours of buttons and of their text, logo, footer, reply-to, languages,
    currency, zone, who mails by channel).
    """
    rows = [
        (*row, json.dumps(languages), currency, zone, json.dumps(who_mails))
        for *row, languages, currency, zone, who_mails in merchants
    ]
    await tx.execute(QUERIES["keep_merchants"], *columns(rows, 13))


async def keep_products(tx: Tx, products: Collection[tuple[str, int, str]]) -> None:
    """Store (SKU, version, name)."""
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


async def keep_contacts(tx: Tx, contacts: Collection[tuple[str, int, str, str, str, str, str | None]]) -> set[str]:
    """Store (order, version, email, name, merchant, locale, zone); return the orders that had another address.

    What waited only for an address waits no longer.
    """
    rows = await tx.fetch(QUERIES["keep_contacts"], *columns(contacts, 7))
    await tx.execute(QUERIES["make_reachable"], [row["order_id"] for row in rows])
    return {row["order_id"] for row in rows if row["is_another"]}


async def erase_contacts(tx: Tx, orders: Collection[str]) -> None:
    """Delete addresses and what mails to them said; no more notices are sent to them."""
    await tx.execute(QUERIES["erase_contacts"], list(orders))
    await tx.execute(QUERIES["erase_mails"], list(orders))
    await tx.execute(QUERIES["make_unreachable"], list(orders))


async def revoke_links(tx: Tx, generations: Mapping[str, int]) -> None:
    """Store which links to orders are in force."""
    await tx.execute(QUERIES["revoke_links"], list(generations), list(generations.values()))


async def decline_reminders(tx: Tx, orders: Collection[str]) -> None:
    await tx.execute(QUERIES["decline_reminders"], list(orders))


async def unknown_merchants(tx: Tx, merchants: Collection[str]) -> set[str]:
    rows = await tx.fetch(QUERIES["known_merchants"], list(merchants))
    return set(merchants) - {row["merchant"] for row in rows}


async def unknown_skus(tx: Tx, skus: Collection[str]) -> set[str]:
    rows = await tx.fetch(QUERIES["known_skus"], list(skus))
    return set(skus) - {row["sku"] for row in rows}


async def keep_orders(
    tx: Tx,
    orders: Collection[tuple[str, str, str, str, str, str | None]],
    lines: Collection[tuple[str, str, str, int]],
) -> None:
    """Store orders (order, merchant, number, market, channel, zone if known) and their lines."""
    await tx.execute(QUERIES["keep_orders"], *columns(orders, 6))
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


async def set_promises(tx: Tx, promises: Collection[tuple[Any, ...]]) -> None:
    """Store (order, line, version, units, earliest, latest, is a pre-order, unpadded latest, is sure, cause)."""
    await tx.execute(QUERIES["set_promises"], *columns(promises, 10))


async def add_releases(tx: Tx, released: Collection[tuple[str, str, int, int]]) -> set[tuple[str, str, int]]:
    """Store releases; return the order, line and version of the new ones."""
    rows = await tx.fetch(QUERIES["add_releases"], *columns(released, 4))
    return {(row["order_id"], row["line_id"], row["line_version"]) for row in rows}


async def add_revocations(tx: Tx, revoked: Collection[tuple[str, str, int, int]]) -> None:
    await tx.execute(QUERIES["add_revocations"], *columns(revoked, 4))


async def add_shipments(tx: Tx, shipped: Collection[tuple[str, str, int, str, int, str, str, str, str]]) -> None:
    """Store (order, shipment, place in it, line or component, units, SKU, carrier, tracking number and address)."""
    await tx.execute(QUERIES["add_shipments"], *columns(shipped, 9))


async def add_components(tx: Tx, components: Collection[tuple[str, str, str, str, int, int]]) -> None:
    """Store (order, component's line, SKU, line of its bundle, units in one bundle, components of the bundle)."""
    await tx.execute(QUERIES["add_components"], *columns(components, 6))


async def is_anything_due(pool: asyncpg.Pool) -> bool:
    """Return whether a notice is to be sent by now: all that a service with nothing to send asks."""
    return bool(await pool.fetchval(QUERIES["is_anything_due"]))


async def due(tx: Tx, at_most: int) -> list[OrderId]:
    """Return orders whose customers are to be told something by now."""
    rows = await tx.fetch(QUERIES["due"], tx.now, at_most)
    return list(dict.fromkeys(row["order_id"] for row in rows))


async def settle(tx: Tx, answers: Collection[tuple[NoticeId, str, str, bool]]) -> list[Settled]:
    """Store which notices of locked orders were sent or failed: (notice, state, customer's zone, told the same day).

    A sent notice's ranges become the told ranges.
    """
    notices, states, zones, same_days = columns(answers, 4)
    rows = await tx.fetch(QUERIES["settle"], notices, states, tx.now, zones, same_days)
    found = _settled(rows)
    await tx.execute(QUERIES["tell_lines"], [x.notice.notice_id for x in found if x.state == "sent"])
    return found


def _settled(rows: Sequence[asyncpg.Record]) -> list[Settled]:
    """Make settled notices from one row per line."""
    groups = [list(group) for _, group in groupby(rows, key=lambda row: row["notice_id"])]
    return [
        Settled(
            read_notice(group),
            row["state"],
            read_cause(row),
            row["merchant"],
            row["mail_id"],
            row["zone"],
            row["same_day"],
        )
        for group in groups
        for row in group[:1]
    ]


async def keep_mails(tx: Tx, mails: Collection[tuple[str, OrderId, str]]) -> None:
    """Store mails as they were sent: (mail, order, content as JSON)."""
    await tx.execute(QUERIES["keep_mails"], *columns(mails, 3), tx.now)


async def orders_of_mails(tx: Tx, mails: Collection[str]) -> dict[str, tuple[OrderId, bool]]:
    """Return which orders mails are about, and whether we know yet that the server took them."""
    rows = await tx.fetch(QUERIES["orders_of_mails"], list(mails))
    return {row["mail_id"]: (row["order_id"], row["state"] == "sent") for row in rows}


async def bounce(tx: Tx, mails: Collection[str], orders: Collection[OrderId]) -> list[Settled]:
    """Store that mails of locked orders did not arrive; what they told of is as it was told before them."""
    rows = await tx.fetch(QUERIES["bounce"], list(mails), list(orders), tx.now)
    found = _settled(rows)
    await tx.execute(QUERIES["untell_lines"], [settled.notice.notice_id for settled in found], list(orders))
    return found


async def give_up_failed(tx: Tx, orders: Collection[str]) -> list[FailedNotice]:
    """Store that failed notices of locked orders are told anew; return them."""
    return [_failed(row) for row in await tx.fetch(QUERIES["give_up_failed"], list(orders), tx.now)]


def _failed(row: asyncpg.Record) -> FailedNotice:
    return FailedNotice(row["notice_id"], row["order_id"], row["merchant"], row["failed_at"], read_cause(row))


async def tell_otherwise(tx: Tx, told: Collection[tuple[str, str, str]]) -> list[FailedNotice]:
    """Store of which failed notices (notice, by whom, how) customers were told otherwise; return those that are new."""
    return [_failed(row) for row in await tx.fetch(QUERIES["tell_otherwise"], *columns(told, 3))]


async def retry_unsent(tx: Tx, notices: Collection[tuple[NoticeId, bool]]) -> dict[OrderId, Cause]:
    """Plan unsent notices again, now or later; return the orders whose notices must be planned anew."""
    rows = await tx.fetch(QUERIES["retry_unsent"], *columns(notices, 2), tx.now)
    return {row["order_id"]: read_cause(row) for row in rows}


async def keep_sending(tx: Tx, notices: Collection[NoticeId]) -> None:
    await tx.execute(QUERIES["keep_sending"], list(notices), tx.now)


def range_of(earliest: date | None, latest: date | None) -> Range | None:
    return Range(earliest, latest) if earliest and latest else None


def read_cause(row: asyncpg.Record) -> Cause:
    return Cause(row["cause"], row["caused_at"], row["traceparent"])


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
            row["knows_shipped"],
            row["refund_amount"],
        )
        for row in rows
    )
    first = rows[0]
    cause = first["cause"] if first["kind"] == "moved" else ""
    return Notice(first["notice_id"], first["order_id"], first["kind"], tuple(covereds), cause)
