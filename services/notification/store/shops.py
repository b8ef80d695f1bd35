"""Notices that shops tell their customers by themselves."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.notification.domain.notices import NoticeId, OrderId
from services.notification.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx


@dataclass(frozen=True, slots=True)
class HandedNotice:
    """A notice that a shop is to tell by itself, since when, and the customer's zone."""

    notice_id: NoticeId
    order_id: OrderId
    told_since: datetime
    zone: ZoneInfo


async def hand_over(tx: Tx, due: Collection[tuple[NoticeId, datetime]]) -> None:
    """Store that shops tell these notices by themselves, each until an instant."""
    await tx.execute(QUERIES["hand_over"], *columns(due, 2))


async def handed(tx: Tx, notices: Collection[NoticeId]) -> list[HandedNotice]:
    """Return those of these notices that a shop was to tell and has not."""
    rows = await tx.fetch(QUERIES["handed"], list(notices))
    return [HandedNotice(row["notice_id"], row["order_id"], row["told_since"], ZoneInfo(row["zone"])) for row in rows]
