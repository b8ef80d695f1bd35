"""Keys, merchants of ids, and answers to requests."""

from collections.abc import Collection
from typing import cast

import asyncpg

from services.gateway.domain.callers import Caller
from services.gateway.store import QUERIES
from shared.messaging.transaction import Tx

Bound = list[str] | None  # the only ones that are looked at; None is all


async def key_in_force(pool: asyncpg.Pool, prefix: str) -> tuple[Caller, bytes] | None:
    """Read who holds the key and the hash of its secret; None where it is unknown or revoked."""
    row = await pool.fetchrow(QUERIES["key_in_force"], prefix)
    if row is None:
        return None
    merchants, nodes = (frozenset(row[of]) if row[of] is not None else None for of in ("merchants", "nodes"))
    actor = f"key/{row['prefix']}"
    return Caller(actor, row["name"], frozenset(row["scopes"]), merchants, nodes, row["rate"]), row["secret_hash"]


async def make_key(pool: asyncpg.Pool, prefix: str, secret_hash: bytes, holder: Caller) -> None:
    await pool.execute(
        QUERIES["make_key"], prefix, secret_hash, sorted(holder.scopes), *holder.bounds(), holder.rate, holder.name
    )


async def keys(pool: asyncpg.Pool) -> list[asyncpg.Record]:
    """Read prefix, scopes, merchants, nodes, rate, name, when it was made and when it was revoked."""
    return await pool.fetch(QUERIES["keys"])


async def revoke_key(pool: asyncpg.Pool, prefix: str) -> bool:
    """Revoke a key; return False where no such key is in force."""
    return await pool.fetchval(QUERIES["revoke_key"], prefix) is not None


async def keep_answer(tx: Tx, request: bytes, content: bytes, answer: str) -> bool:
    """Store an answer; return False where the request was answered before. Waits while another answers it."""
    return await tx.connection.fetchval(QUERIES["keep_answer"], request, content, answer) is not None


async def answer_kept(tx: Tx, request: bytes) -> tuple[bytes, str] | None:
    """Read the seal of a request, and its answer."""
    row = await tx.connection.fetchrow(QUERIES["answer_kept"], request)
    return (row["content"], row["answer"]) if row else None


async def forget_answers(pool: asyncpg.Pool) -> None:
    await pool.execute(QUERIES["forget_answers"])


async def claim_sku(tx: Tx, sku: str, merchant: str) -> bool:
    """Return whether the SKU is the merchant's, from now on if it was nobody's."""
    return await tx.connection.fetchval(QUERIES["claim_sku"], sku, merchant) is not None


async def claim_order(tx: Tx, order_id: str, merchant: str) -> bool:
    """Return whether the order is the merchant's, from now on if it was nobody's."""
    return await tx.connection.fetchval(QUERIES["claim_order"], order_id, merchant) is not None


async def merchant_of_order(tx: Tx, order_id: str) -> str | None:
    """Return whose order it is; None is not known."""
    return cast("str | None", await tx.connection.fetchval(QUERIES["merchant_of_order"], order_id))


async def merchants_of(tx: Tx, skus: Collection[str]) -> dict[str, tuple[str, bool]]:
    """Return the merchants of those of these SKUs that are known, and whether they are bundles."""
    rows = await tx.fetch(QUERIES["merchants_of"], sorted(skus))
    return {row["sku"]: (row["merchant"], row["is_bundle"]) for row in rows}


async def is_held_back(tx: Tx, cause: str, merchants: Bound, nodes: Bound) -> bool:
    """Return whether customers of some merchants and nodes wait for a person's word before they hear of a cause."""
    return bool(await tx.connection.fetchval(QUERIES["is_held_back"], cause, merchants, nodes))


async def knows_exception(tx: Tx, exception_id: str, merchants: Bound, nodes: Bound) -> bool:
    """Return whether there is such an exception at some merchants and nodes."""
    return bool(await tx.connection.fetchval(QUERIES["knows_exception"], exception_id, merchants, nodes))


async def knows_truck(tx: Tx, asn_id: str, nodes: Bound) -> bool:
    """Return whether a truck was booked, or has arrived, at some nodes."""
    return bool(await tx.connection.fetchval(QUERIES["knows_truck"], asn_id, nodes))


async def knows_node(tx: Tx, node: str) -> bool:
    return bool(await tx.connection.fetchval(QUERIES["knows_node"], node))


async def knows_merchant(tx: Tx, merchant: str) -> bool:
    return bool(await tx.connection.fetchval(QUERIES["knows_merchant"], merchant))


async def sells_to(tx: Tx, merchant: str, market: str) -> bool:
    """Return whether a merchant sells to a market."""
    return bool(await tx.connection.fetchval(QUERIES["sells_to"], merchant, market))


async def knows_priority(tx: Tx, merchant: str, priority: str) -> bool:
    """Return whether a policy of the merchant gives the priority a head start."""
    return bool(await tx.connection.fetchval(QUERIES["knows_priority"], merchant, priority))


async def bundle_of(tx: Tx, sku: str) -> str | None:
    """Return a bundle that a SKU is a component of."""
    return cast("str | None", await tx.connection.fetchval(QUERIES["bundle_of"], sku))
