"""What decides about the notices of orders, and their plans."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.notification.domain.notices import (
    FloorUnits,
    Line,
    News,
    Notice,
    NoticeId,
    OrderId,
    Refused,
    Told,
    Unsent,
)
from services.notification.domain.schedule import Schedule
from services.notification.store import QUERIES, Cause, endings, range_of, read_cause, read_notice
from shared.db.queries import columns
from shared.messaging.transaction import Tx


@dataclass(frozen=True, slots=True)
class Planned:
    """A notice to send, because of a cause, at its time and if its customer can be reached."""

    notice: Notice
    cause: Cause
    reachable: bool
    schedule: Schedule


FLOOR: Final = ("released", "revoked", "told")


async def news(tx: Tx, orders: Collection[OrderId]) -> list[News]:
    """Read everything that decides which notices the customers of locked orders get."""
    lines, (unsent, failed) = await _lines(tx, orders), await _unsent(tx, orders)
    dropped = {
        row["order_id"]: (row["notices"], row["brought_by_time"])
        for row in await tx.fetch(QUERIES["dropped"], list(orders))
    }
    return [
        News(
            order, lines.get(order, ()), unsent.get(order, ()), dropped.get(order, (0, 0))[0], ZoneInfo(row["zone"]),
            row["moved_told_at"], row["is_told"], ZoneInfo(row["merchant_zone"]), row["told_at"], row["reminded_at"],
            row["reminders"], row["wants_reminders"], failed.get(order, ()), dropped.get(order, (0, 0))[1],
        )
        for row in await tx.fetch(QUERIES["customers"], list(orders))
        for order in [OrderId(row["order_id"])]
    ]  # fmt: skip


async def _lines(tx: Tx, orders: Collection[OrderId]) -> dict[OrderId, list[Line]]:
    found: dict[OrderId, list[Line]] = defaultdict(list)
    floor: dict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
    for row in await tx.fetch(QUERIES["floor"], list(orders)):
        floor[row["order_id"], row["line_id"], row["ending"]].append((row["line_version"], row["units"]))
    ends, refunds, refused = (
        await endings.of_orders(tx, orders), await endings.refunds(tx, orders), await endings.refused(tx, orders)
    )  # fmt: skip
    for row in await tx.fetch(QUERIES["lines"], list(orders)):
        line = (row["order_id"], row["line_id"])
        ranges = range_of(row["told_earliest"], row["told_latest"])
        told_range = Told(ranges, row["told_by"], row["told_version"], row["told_at"]) if row["told_by"] else None
        on_floor = FloorUnits(*(tuple(floor[*line, kind]) for kind in FLOOR))
        ships = range_of(row["earliest"], row["latest"])
        stands = (row["version"], row["units"], ships, told_range, on_floor, row["wanted"])
        ended = (tuple(ends[line]), tuple(refunds[line]), refused.get(line, Refused()))
        why = (row["cause"], row["unpadded"], row["sure"], row["send_before"])
        left_us = (row["shipped"], row["knows_shipped"], row["knows_late"], row["ordered"])
        found[row["order_id"]].append(Line(row["line_id"], *stands, *ended, *why, *left_us))
    return found


async def _unsent(
    tx: Tx, orders: Collection[OrderId]
) -> tuple[dict[OrderId, list[Unsent]], dict[OrderId, list[Notice]]]:
    """Return the unsent notices of orders, and those that failed."""
    found: dict[OrderId, list[Unsent]] = defaultdict(list)
    failed: dict[OrderId, list[Notice]] = defaultdict(list)
    rows = await tx.fetch(QUERIES["unsent"], list(orders))
    for _, group in groupby(rows, key=lambda row: row["notice_id"]):
        records = list(group)
        notice, cause, state = read_notice(records), read_cause(records[0]), records[0]["state"]
        if state == "failed":
            failed[notice.order_id].append(notice)
            continue
        sending = state in ("sending", "handed")
        found[notice.order_id].append(Unsent(notice, sending, cause.at, cause.traceparent, records[0]["held"]))
    return found, failed


async def record_plans(
    tx: Tx, planned: Collection[Planned], superseded: Collection[tuple[NoticeId, NoticeId | None]]
) -> set[NoticeId]:
    """Store notices to send, and those that are superseded; return the new ones. Earlier plans stay as they are."""
    by_id = {plan.notice.notice_id: plan.notice for plan in planned}
    rows = [
        (
            plan.notice.notice_id, plan.notice.order_id, plan.notice.kind, plan.notice.cause or plan.cause.name,
            plan.cause.at, plan.cause.traceparent, plan.reachable, plan.schedule.send_at, plan.schedule.urgent_at,
            plan.schedule.alarm_at,
        )
        for plan in planned
    ]  # fmt: skip
    new = await tx.fetch(QUERIES["add_notices"], *columns(rows, 10))
    rows = [row for record in new for row in _lines_of(by_id[record["notice_id"]])]
    await tx.execute(QUERIES["add_notice_lines"], *columns(rows, 14))
    await tx.execute(QUERIES["supersede"], *columns(superseded, 2), tx.now)
    return {record["notice_id"] for record in new}


async def reschedule(tx: Tx, kept: Collection[tuple[NoticeId, datetime]]) -> None:
    """Store the times of unsent notices that stay, where they are others now."""
    await tx.execute(QUERIES["reschedule"], *columns(kept, 2))


def _lines_of(notice: Notice) -> Iterable[tuple[Any, ...]]:
    for line in notice.lines:
        dates = (line.range.earliest, line.range.latest) if line.range else (None, None)
        subject = (notice.notice_id, notice.order_id, line.line_id, line.line_version)
        ends = (line.refund_by, line.refunds, line.refused, line.knows_refused, line.knows_shipped, line.refund_amount)
        yield (*subject, line.units, *dates, line.returned, *ends)
