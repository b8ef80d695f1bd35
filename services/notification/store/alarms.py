"""What a person hears of when it is time: orders that ship late, customers whom their shop did not tell."""

from collections.abc import Collection
from typing import Any

from services.notification.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx


async def alarm_notices(tx: Tx) -> list[dict[str, Any]]:
    """Return the notices of which a person must hear now, and store that they do."""
    return [dict(row) for row in await tx.fetch(QUERIES["alarm_notices"], tx.now)]


async def settle_alarms(tx: Tx) -> list[dict[str, Any]]:
    """Return the notices of which a person heard and that are in order since, and store that they are."""
    return [dict(row) for row in await tx.fetch(QUERIES["settle_alarms"])]


async def settle_alarms_by_hand(tx: Tx, told: Collection[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """Return those of these notices (notice, by whom, how) that a person has dealt with, and store that they have."""
    return [dict(row) for row in await tx.fetch(QUERIES["settle_alarms_by_hand"], *columns(told, 3), tx.now)]
