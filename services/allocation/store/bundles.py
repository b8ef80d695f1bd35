"""Ordered bundles and their components. Whoever changes a bundle has locked its row, after the orders."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from services.allocation.domain.bundle import BundleState, Component
from services.allocation.domain.line import BundleLine, LineKey, PlacedLine
from services.allocation.domain.page import Page, page_from_text
from services.allocation.domain.position import PositionKey
from services.allocation.domain.window import Window
from services.allocation.store import QUERIES, read, write
from shared.messaging.transaction import Tx


@dataclass(frozen=True, slots=True)
class Bundle:
    """An ordered line of a bundle, what was told of it last, and at which version; `promised`: it once was."""

    line: LineKey
    sku: str
    node: str
    units: int
    version: int
    told: BundleState
    promised: bool


async def one_at_a_time(tx: Tx) -> None:
    """Wait for any transaction that makes another bundle known."""
    await tx.execute(QUERIES["one_bundle_at_a_time"])


async def that_name(tx: Tx, skus: Collection[str]) -> dict[str, list[str]]:
    """Return, by SKU, the bundles of which these SKUs are components."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in await tx.fetch(QUERIES["bundles_that_name"], sorted(skus)):
        found[row["component"]].append(row["sku"])
    return found


async def place(tx: Tx, lines: Iterable[PlacedLine]) -> None:
    """Store the bundles of which some of these lines are components."""
    rows = {
        (line.order_id, line.bundle.line_id): (line.bundle.sku, line.node, line.bundle.units,
                                               line.bundle.unit_price, line.bundle.in_parts, line.declined)
        for line in lines
        if line.bundle
    }  # fmt: skip
    await write(tx, "place_bundles", ((*key, *row) for key, row in rows.items()))


async def lock(tx: Tx, lines: Collection[LineKey]) -> dict[LineKey, Bundle]:
    """Lock the bundles that these lines are components of, until the transaction ends."""
    rows = await read(tx, "lock_bundles", lines)
    return {(row["order_id"], row["line_id"]): _bundle(row) for row in rows}


def _bundle(row: asyncpg.Record) -> Bundle:
    state = BundleState(row["whole"], row["cancelled"], row["waiting"], _window(row))
    line = (row["order_id"], row["line_id"])
    return Bundle(line, row["sku"], row["node"], row["units"], row["line_version"], state, row["promised"])


def _window(row: asyncpg.Record) -> Window | None:
    return Window(row["earliest"], row["latest"]) if row["latest"] else None


@dataclass(frozen=True, slots=True)
class Part:
    """The line of a component, and where it waits."""

    line: LineKey
    key: PositionKey
    component: Component


async def parts(tx: Tx, bundles: Collection[LineKey]) -> Mapping[LineKey, Sequence[Part]]:
    """Read the components of locked bundles as they stand."""
    found: dict[LineKey, list[Part]] = defaultdict(list)
    for row in await read(tx, "components_of_bundles", bundles):
        units = (row["per_bundle"], row["gone"], row["cancelled"], row["waiting"])
        component = Component(*units, _window(row), row["owned"])
        line = (row["order_id"], row["line_id"])
        found[row["order_id"], row["ordered_line_id"]].append(Part(line, (row["sku"], row["node"]), component))
    return found


async def tell(tx: Tx, told: Iterable[tuple[LineKey, int, BundleState]]) -> None:
    """Store the state of bundles as announced, and how many times each."""
    rows = [(*line, times, state.whole, state.cancelled, state.waiting) for line, times, state in told]
    await write(tx, "set_bundles", rows)


async def of_orders(tx: Tx, order_ids: Collection[str]) -> dict[LineKey, dict[LineKey, BundleLine]]:
    """Read the bundles of these orders: their components by line."""
    found: dict[LineKey, dict[LineKey, BundleLine]] = defaultdict(dict)
    for row in await tx.fetch(QUERIES["bundles_of_orders"], list(order_ids)):
        bundled = BundleLine(
            row["line_id"], row["sku"], row["units"], row["unit_price"], row["per_bundle"], row["may_ship_in_parts"]
        )
        found[row["order_id"], row["line_id"]][row["order_id"], row["component_line_id"]] = bundled
    return found


async def decide_with(tx: Tx, components: Collection[PositionKey]) -> None:
    """Look again at pages of bundles of which a component's page changed."""
    await write(tx, "decide_bundles_with", sorted(components), tx.now)


async def decide_new(tx: Tx, bundles: Collection[str]) -> None:
    """Look at pages of bundles that changed themselves."""
    await tx.execute(QUERIES["decide_new_bundles"], sorted(bundles), tx.now)


async def pages(tx: Tx, keys: Sequence[PositionKey]) -> dict[PositionKey, Page]:
    """Read the pages of these positions, where they show anything."""
    rows = await read(tx, "pages_of_components", keys)
    return {(row["sku"], row["node"]): page_from_text(row["page"]) for row in rows}
