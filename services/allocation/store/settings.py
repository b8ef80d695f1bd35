"""Nodes, merchants and products."""

import json
from collections.abc import Collection
from datetime import date, time
from zoneinfo import ZoneInfo

import asyncpg

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.policy import AcceptancePolicy, Policy
from services.allocation.domain.product import Product
from services.allocation.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx

NodeRow = tuple[str, int, str, list[int], list[date], time, int, int | None]
ProductRow = tuple[str, int, str, bool, int, date | None, str | None, str, int, str | None, int | None, str]
PolicyRow = tuple[str, str, int, int, int, str, bool | None, bool, int | None, int, int]
GroupKey = tuple[str, str]


async def keep_nodes(tx: Tx, nodes: Collection[NodeRow]) -> None:
    await tx.connection.executemany(QUERIES["keep_nodes"], nodes)


async def keep_merchants(tx: Tx, merchants: Collection[tuple[str, int, str]]) -> None:
    await tx.connection.execute(QUERIES["keep_merchants"], *columns(merchants, 3))


async def keep_products(tx: Tx, products: Collection[ProductRow]) -> None:
    await tx.connection.execute(QUERIES["keep_products"], *columns(products, 12))


async def keep_policies(tx: Tx, policies: Collection[PolicyRow]) -> None:
    await tx.connection.execute(QUERIES["keep_policies"], *columns(policies, 11))


async def policies(tx: Tx, merchants: Collection[str]) -> dict[tuple[str, str], Policy]:
    """Read the policies of these merchants, by merchant and SKU; no SKU: of all others."""
    rows = await tx.connection.fetch(QUERIES["policies"], list(merchants))
    return {(row["merchant"], row["sku"]): _policy(row) for row in rows}


def _policy(row: asyncpg.Record) -> Policy:
    accepts = AcceptancePolicy(
        row["backorderable"], row["preorders"], row["cap_units"], row["longest_wait_days"], row["on_time_limit"]
    )
    return Policy(row["hold_days"], row["padding_days"], json.loads(row["head_starts"]), accepts)


async def products(tx: Tx, skus: Collection[str]) -> dict[str, Product]:
    """Read the products of these SKUs."""
    rows = await tx.connection.fetch(QUERIES["products"], list(skus))
    return {row["sku"]: _product(row) for row in rows}


async def products_of_groups(tx: Tx, groups: Collection[GroupKey]) -> list[tuple[Product, frozenset[str]]]:
    """Read the products of these groups (merchant, group), each with the nodes that have it in stock."""
    rows = await tx.connection.fetch(QUERIES["products_of_groups"], *columns(sorted(groups), 2))
    return [(_product(row), frozenset(row["in_stock_at"])) for row in rows]


def _product(row: asyncpg.Record) -> Product:
    return Product(
        row["sku"], row["merchant"], row["backorderable"], row["min_life_days"], row["launch_on"], row["swap_group"],
        json.loads(row["attributes"]), row["price"], row["lead_time_days"], row["on_time_share"],
        json.loads(row["components"]),
    )  # fmt: skip


async def hubs(tx: Tx, merchants: Collection[str]) -> dict[str, str]:
    """Read the hubs from which these merchants' orders ship."""
    rows = await tx.connection.fetch(QUERIES["hubs"], list(merchants))
    return {row["merchant"]: row["hub"] for row in rows}


async def calendars(tx: Tx, nodes: Collection[str]) -> dict[str, Calendar]:
    """Read the calendars of these nodes."""
    rows = await tx.connection.fetch(QUERIES["calendars"], list(nodes))
    return {row["node"]: calendar_of(row) for row in rows}


def calendar_of(row: asyncpg.Record) -> Calendar:
    return Calendar(
        ZoneInfo(row["zone"]),
        frozenset(row["working_days"]),
        frozenset(row["holidays"]),
        row["cut_off"],
        row["rework_days"],
        row["orders_per_day"],
    )
