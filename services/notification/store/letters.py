"""Notices that are claimed for sending, with everything that stands in their letters."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any
from zoneinfo import ZoneInfo

from services.notification.domain.letters import Letter, LetterLine, Option
from services.notification.domain.notices import NoticeId
from services.notification.store import QUERIES, range_of
from shared.db.queries import columns
from shared.messaging.transaction import Tx


async def add_options(tx: Tx, options: Collection[tuple[Any, ...]]) -> None:
    """Store (order, line, version, consent, applicable, revised date, answer by, send before) of delays."""
    if options:
        await tx.execute(QUERIES["add_options"], *columns(options, 8))


async def claim(tx: Tx, notices: Collection[NoticeId]) -> list[Letter]:
    """Claim notices of locked orders for sending, and return their letters."""
    claimed = await tx.fetch(QUERIES["claim"], list(notices))
    fields: dict[NoticeId, list[LetterLine]] = defaultdict(list)
    options = await _options(tx, notices)
    for row in await tx.fetch(QUERIES["letter_lines"], [row["notice_id"] for row in claimed]):
        ships, told_range = range_of(row["earliest"], row["latest"]), range_of(row["told_earliest"], row["told_latest"])
        why = (row["reason"], tuple(row["alternatives"]), row["refund_by"])
        fields[row["notice_id"]].append(
            LetterLine(
                row["product"],
                row["units"],
                row["ordered"],
                ships,
                told_range,
                row["returned"],
                *why,
                refused=row["refused"],
                refused_because=row["refused_because"],
                option=options.get((row["notice_id"], row["line_id"])),
                preorder=row["preorder"],
            )
        )
    return [Letter(**{**row, "zone": ZoneInfo(row["zone"])}, lines=tuple(fields[row["notice_id"]])) for row in claimed]


async def _options(tx: Tx, notices: Collection[NoticeId]) -> dict[tuple[NoticeId, str], Option]:
    rows = [dict(row) for row in await tx.fetch(QUERIES["letter_options"], list(notices), tx.now)]
    return {(row.pop("notice_id"), row.pop("line_id")): Option(**row) for row in rows}
