"""Orders that did not leave by the last day that their customers were told."""

from collections.abc import Collection

import asyncpg

from services.notification.store import QUERIES
from shared.messaging.transaction import Tx


async def alarm_late(tx: Tx) -> list[asyncpg.Record]:
    """Return the late orders of which a person must hear now, and store that they do."""
    return await tx.fetch(QUERIES["alarm_late"], tx.now)


async def settle_late(tx: Tx) -> list[asyncpg.Record]:
    """Return the late orders that left since a person heard of them, and store that they did."""
    return await tx.fetch(QUERIES["settle_late"])


async def settle_late_by_hand(tx: Tx, notices: Collection[str]) -> list[asyncpg.Record]:
    """Return those of the late orders that a person has dealt with, and store that they have."""
    return await tx.fetch(QUERIES["settle_late_by_hand"], list(notices))
