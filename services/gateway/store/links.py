"""Links to the status pages of orders: which are in force."""

from datetime import datetime

import asyncpg

from services.gateway.store import QUERIES
from shared.messaging.transaction import Tx


async def merchant_of_link(pool: asyncpg.Pool, order_id: str, generation: int) -> str | None:
    """Return whose order a link leads to; None where it was revoked, or its order ended 90 days ago."""
    merchant: str | None = await pool.fetchval(QUERIES["merchant_of_link"], order_id, generation)
    return merchant


async def revoke_links(tx: Tx, order_id: str, at: datetime) -> int:
    """Revoke all links to an order that were sent until now; return the generation of those to come."""
    generation: int = await tx.connection.fetchval(QUERIES["revoke_links"], order_id, at)
    return generation
