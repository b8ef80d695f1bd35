"""Notices that are claimed for sending, with everything that stands in their letters."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg

from services.notification.domain.letters import Letter, LetterLine, MailBrand, Option, OtherLine, Parcel, Section
from services.notification.domain.notices import NoticeId, OrderId
from services.notification.store import QUERIES, range_of
from shared.db.queries import columns
from shared.messaging.transaction import Tx
from shared.texts import language_of


async def add_options(tx: Tx, options: Collection[tuple[Any, ...]]) -> None:
    """Store (order, line, version, consent, applicable, revised date, answer by, send before) of delays."""
    if options:
        await tx.execute(QUERIES["add_options"], *columns(options, 8))


async def claim(tx: Tx, orders: Collection[OrderId]) -> list[Letter]:
    """Claim what is to be told of locked orders, and return one letter for each of them."""
    claimed = await tx.fetch(QUERIES["claim"], list(orders), tx.now)
    notices = [row["notice_id"] for row in claimed]
    lines = await _lines(tx, notices)
    sections: dict[OrderId, list[Section]] = defaultdict(list)
    for row in claimed:
        why = (row["caused_at"], row["cause"], row["traceparent"])
        section = Section(row["notice_id"], row["kind"], row["told_since"], tuple(lines[row["notice_id"]]), *why)
        sections[row["order_id"]].append(section)
    others = await _other_lines(tx, notices, sections)
    mails = {row["order_id"]: row["mail_id"] for row in claimed}
    return [
        _letter(row, tx, mails[row["order_id"]], sections[row["order_id"]], others[row["order_id"]])
        for row in await tx.fetch(QUERIES["letter_heads"], list(sections))
    ]


def _letter(
    row: asyncpg.Record, tx: Tx, mail_id: str, sections: Iterable[Section], others: Iterable[OtherLine]
) -> Letter:
    brand = MailBrand(
        row["merchant"], row["sender"], row["colour"], row["button_text"], row["reply_to"], row["logo_url"],
        row["footer"],
    )  # fmt: skip
    zone = ZoneInfo(row["zone"])
    return Letter(
        mail_id, row["order_id"], row["order_number"], brand, row["name"] or "", row["email"] or "", zone,
        tx.now.astimezone(zone).date(), language_of(row["locale"] or "", row["languages"]), row["market"],
        tuple(sections), tuple(others), row["who_mails"] == "shop", row["currency"] or "", row["link_generation"],
    )  # fmt: skip


async def _lines(tx: Tx, notices: Collection[NoticeId]) -> dict[NoticeId, list[LetterLine]]:
    found: dict[NoticeId, list[LetterLine]] = defaultdict(list)
    options = await _options(tx, notices)
    parcels = await _parcels(tx, notices)
    for row in await tx.fetch(QUERIES["letter_lines"], list(notices)):
        ships, told_range = range_of(row["earliest"], row["latest"]), range_of(row["told_earliest"], row["told_latest"])
        subject = (row["line_id"], row["line_version"], row["product"], row["units"], row["ordered"])
        why = (row["reason"], tuple(row["alternatives"]), row["refund_by"], row["refused"], row["refused_because"])
        key = (row["notice_id"], row["line_id"])
        more = (options.get(key), row["preorder"], row["swapped_for"], tuple(parcels[key]), row["refund_amount"])
        line = LetterLine(*subject, ships, told_range, row["returned"], *why, *more)
        found[row["notice_id"]].append(line)
    return found


async def _parcels(tx: Tx, notices: Collection[NoticeId]) -> dict[tuple[NoticeId, str], list[Parcel]]:
    found: dict[tuple[NoticeId, str], list[Parcel]] = defaultdict(list)
    for row in await tx.fetch(QUERIES["parcels"], list(notices)):
        found[row["notice_id"], row["line_id"]].append(Parcel(row["carrier"], row["tracking"], row["tracking_url"]))
    return found


async def _other_lines(
    tx: Tx, notices: Collection[NoticeId], orders: Collection[OrderId]
) -> dict[OrderId, list[OtherLine]]:
    """Return the rest of these orders, as far as its customers know of it."""
    found: dict[OrderId, list[OtherLine]] = defaultdict(list)
    for row in await tx.fetch(QUERIES["other_lines"], list(notices), list(orders)):
        told_range = range_of(row["told_earliest"], row["told_latest"])
        if row["waiting"] and row["is_told"]:
            line = OtherLine(row["product"], row["waiting"], row["ordered"], "waits", told_range)
        elif row["shipped"]:
            line = OtherLine(row["product"], row["shipped"], row["ordered"], "shipped", None)
        elif row["released"]:
            line = OtherLine(row["product"], row["released"], row["ordered"], "packed", None)
        else:
            continue
        found[row["order_id"]].append(line)
    return found


async def _options(tx: Tx, notices: Collection[NoticeId]) -> dict[tuple[NoticeId, str], Option]:
    rows = [dict(row) for row in await tx.fetch(QUERIES["letter_options"], list(notices), tx.now)]
    return {(row.pop("notice_id"), row.pop("line_id")): Option(**row) for row in rows}
