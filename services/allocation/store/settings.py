"""Nodes, merchants and products."""

import json
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import date, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import asyncpg

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.order_route import Routing
from services.allocation.domain.place import TimeLimits
from services.allocation.domain.policy import AcceptancePolicy, Policy
from services.allocation.domain.product import Product
from services.allocation.store import QUERIES, read, write
from shared.messaging.transaction import Tx

NodeRow = tuple[str, int, str, list[int], list[date], time, int, int | None]
ProductRow = tuple[str, int, str, bool, int, date | None, str | None, str, int, str | None, int | None, str]
MerchantRow = tuple[str, int, str, str, str]
PolicyRow = tuple[str, str, int, int, int, str, bool | None, bool, int | None, int, int, int, int, int, int]
GroupKey = tuple[str, str]
S = TypeVar("S")


async def _once(
    tx: Tx, kind: str, names: Collection[str], read: Callable[[Tx, Sequence[str]], Awaitable[dict[str, S]]]
) -> dict[str, S]:
    """Read settings of a kind once in a transaction: only those that it has not asked for before."""
    kept = tx.kept.setdefault(kind, {})
    if missing := [name for name in names if name not in kept]:
        kept |= await read(tx, missing)
    return {name: kept[name] for name in names if name in kept}


def forget(tx: Tx, kind: str) -> None:
    """Read settings of a kind again, since they were changed."""
    tx.kept.pop(kind, None)


async def keep_nodes(tx: Tx, nodes: Collection[NodeRow]) -> None:
    await tx.connection.executemany(QUERIES["keep_nodes"], nodes)
    forget(tx, "calendars")


async def keep_merchants(tx: Tx, merchants: Collection[MerchantRow]) -> None:
    await write(tx, "keep_merchants", merchants)
    forget(tx, "routings")


async def newer_products(tx: Tx, told: Collection[tuple[str, int]]) -> set[tuple[str, int]]:
    """Return those (SKU, version) that are news."""
    return {(row["sku"], row["version"]) for row in await read(tx, "newer_products", sorted(told))}


async def keep_products(tx: Tx, products: Collection[ProductRow]) -> None:
    await write(tx, "keep_products", products)
    forget(tx, "products")


async def keep_policies(tx: Tx, policies: Collection[PolicyRow]) -> None:
    await write(tx, "keep_policies", policies)
    forget(tx, "policies")


async def policies(tx: Tx, merchants: Collection[str]) -> dict[tuple[str, str], Policy]:
    """Read the policies of these merchants, by merchant and SKU; no SKU: of all others."""
    found = await _once(tx, "policies", merchants, _policies)
    return {key: policy for of_merchant in found.values() for key, policy in of_merchant.items()}


async def _policies(tx: Tx, merchants: Sequence[str]) -> dict[str, dict[tuple[str, str], Policy]]:
    found: dict[str, dict[tuple[str, str], Policy]] = {merchant: {} for merchant in merchants}
    for row in await tx.fetch(QUERIES["policies"], merchants):
        found[row["merchant"]][row["merchant"], row["sku"]] = _policy(row)
    return found


def _policy(row: asyncpg.Record) -> Policy:
    accepts = AcceptancePolicy(
        row["backorderable"], row["preorders"], row["cap_units"], row["longest_wait_days"], row["on_time_limit"],
        row["buffer_units"],
    )  # fmt: skip
    times = TimeLimits(timedelta(minutes=row["ahead_minutes"]), timedelta(days=row["back_days"]))
    head_starts = json.loads(row["head_starts"])
    return Policy(row["hold_days"], row["padding_days"], head_starts, accepts, times, row["gather_minutes"])


async def products(tx: Tx, skus: Collection[str]) -> dict[str, Product]:
    """Read the products of these SKUs."""
    return await _once(tx, "products", skus, _products)


async def _products(tx: Tx, skus: Sequence[str]) -> dict[str, Product]:
    return {row["sku"]: _product(row) for row in await tx.fetch(QUERIES["products"], skus)}


async def products_of_groups(tx: Tx, groups: Collection[GroupKey]) -> list[tuple[Product, frozenset[str]]]:
    """Read the products of these groups (merchant, group), each with the nodes that have it in stock."""
    rows = await read(tx, "products_of_groups", sorted(groups))
    return [(_product(row), frozenset(row["in_stock_at"])) for row in rows]


def _product(row: asyncpg.Record) -> Product:
    return Product(
        row["sku"], row["merchant"], row["backorderable"], row["min_life_days"], row["launch_on"], row["swap_group"],
        json.loads(row["attributes"]), row["price"], row["lead_time_days"], row["on_time_share"],
        json.loads(row["components"]),
    )  # fmt: skip


async def routings(tx: Tx, merchants: Collection[str]) -> dict[str, Routing]:
    """Read from where these merchants' orders ship that name no node."""
    return await _once(tx, "routings", merchants, _routings)


async def _routings(tx: Tx, merchants: Sequence[str]) -> dict[str, Routing]:
    rows = await tx.fetch(QUERIES["routings"], merchants)
    return {row["merchant"]: Routing(row["hub"], row["routing"], tuple(json.loads(row["nodes"]))) for row in rows}


async def calendars(tx: Tx, nodes: Collection[str]) -> dict[str, Calendar]:
    """Read the calendars of these nodes."""
    return await _once(tx, "calendars", nodes, _calendars)


async def _calendars(tx: Tx, nodes: Sequence[str]) -> dict[str, Calendar]:
    return {row["node"]: calendar_of(row) for row in await tx.fetch(QUERIES["calendars"], nodes)}


def calendar_of(row: asyncpg.Record) -> Calendar:
    return Calendar(
        ZoneInfo(row["zone"]),
        frozenset(row["working_days"]),
        frozenset(row["holidays"]),
        row["cut_off"],
        row["rework_days"],
        row["orders_per_day"],
        row["version"],
    )
