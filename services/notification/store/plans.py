"""What decides about the notices of orders, and their plans."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any, Final

from services.notification.domain.notices import (
    FloorUnits,
    Line,
    News,
    Notice,
    NoticeId,
    OrderId,
    Plan,
    Refused,
    Told,
    Unsent,
)
from services.notification.store import QUERIES, Cause, endings, range_of, read_cause, read_notice
from shared.db.queries import columns
from shared.messaging.transaction import Tx

FLOOR: Final = ("released", "revoked", "told")


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
    ends, refunds, refused = (
        await endings.of_orders(tx, orders), await endings.refunds(tx, orders), await endings.refused(tx, orders)
    )  # fmt: skip
    for row in await tx.fetch(QUERIES["lines"], list(orders)):
        line = (row["order_id"], row["line_id"])
        ranges = range_of(row["told_earliest"], row["told_latest"])
        told_range = Told(ranges, row["told_by"], row["told_version"]) if row["told_by"] else None
        on_floor = FloorUnits(*(tuple(floor[*line, kind]) for kind in FLOOR))
        ships = range_of(row["earliest"], row["latest"])
        stands = (row["version"], row["units"], ships, told_range, on_floor, row["wanted"])
        ended = (tuple(ends[line]), tuple(refunds[line]), refused.get(line, Refused()))
        found[row["order_id"]].append(Line(row["line_id"], *stands, *ended))
    return found


async def _unsent(tx: Tx, orders: Collection[OrderId]) -> dict[OrderId, list[Unsent]]:
    found: dict[OrderId, list[Unsent]] = defaultdict(list)
    rows = await tx.fetch(QUERIES["unsent"], list(orders))
    for _, group in groupby(rows, key=lambda row: row["notice_id"]):
        records = list(group)
        notice, cause = read_notice(records), read_cause(records[0])
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
    await tx.execute(QUERIES["add_notice_lines"], *columns(rows, 12))
    others = [(old.notice.notice_id, by) for plan, _, _ in plans for old, by in plan.superseded]
    await tx.execute(QUERIES["supersede"], *columns(others, 2), tx.now)


def _lines_of(notice: Notice) -> Iterable[tuple[Any, ...]]:
    for line in notice.lines:
        dates = (line.range.earliest, line.range.latest) if line.range else (None, None)
        subject = (notice.notice_id, notice.order_id, line.line_id, line.line_version)
        ends = (line.refund_by, line.refunds, line.refused, line.knows_refused)
        yield (*subject, line.units, *dates, line.returned, *ends)
