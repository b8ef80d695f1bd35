"""Previews asked of the running gateway: `make preview`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import asyncpg
import httpx
from rich.console import Console
from rich.table import Table

from deploy.local.addresses import Addresses
from deploy.local.places import CannotRun
from services.gateway.keys import create_key
from services.gateway.store.callers import revoke_key
from shared.db.pool import create_pool

Json = dict[str, Any]
NOT_ON: Final = "nothing answers here; start `make run` in another terminal first"
_LAST: Final = (
    "select order_id, line_id from allocation.queue where sku = $1 and node = $2 "
    "order by queue_at desc, completed_at desc, order_id desc, line_id desc limit 1"
)
_LISTED: Final = 12
_COLOURS: Final = {
    "loses_units": "red",
    "loses_date": "red",
    "later": "yellow",
    "earlier": "green",
    "released": "bold green",
    "first_date": "cyan",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The preview that a person asks for; the rest is chosen from what waits and comes."""

    supply: str
    days: int
    sku: str
    node: str
    units: int
    order: str
    line: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Gateway, by a key of its own, and the database behind it."""

    client: httpx.AsyncClient
    database: str

    async def get(self, path: str, **asked: str | int) -> Json:
        return _answer(await self.client.get(path, params=asked))

    async def preview(self, what: str, body: Json) -> Json:
        return _answer(await self.client.post(f"/v1/previews/{what}", json=body))


async def show_previews(console: Console, addresses: Addresses, wanted: Wanted) -> None:
    """Show a truck that slips, a receipt and a move: who would gain and who would lose."""
    try:
        async with _desk(addresses) as desk:
            await _slip(console, desk, wanted)
            sku, node = await _position(desk, wanted)
            title = f"what if {wanted.units} units of {sku} came to {node} now"
            _show(console, title, await desk.preview("receipt", {"sku": sku, "node": node, "units": wanted.units}))
            await _move(console, desk, wanted, sku, node)
    except (httpx.HTTPError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        raise CannotRun(NOT_ON) from None


@asynccontextmanager
async def _desk(addresses: Addresses) -> AsyncIterator[Desk]:
    """Open a desk with a key that ends with the question."""
    async with await create_pool(addresses.database, "gateway", size=1) as pool:
        key = await create_key(pool, "make preview", frozenset({"read", "admin"}))
        headers = {"Authorization": f"Bearer {key.text()}"}
        try:
            async with httpx.AsyncClient(base_url=addresses.gateway, headers=headers, trust_env=False) as client:
                yield Desk(client, addresses.database)
        finally:
            await revoke_key(pool, key.prefix)


def _answer(answer: httpx.Response) -> Json:
    if answer.is_success:
        return dict(answer.json())
    fault = answer.json()["errors"][0]
    raise CannotRun(f"{fault['field'] or 'gateway'}: {fault['reason']}; {fault['fix']}")


async def _slip(console: Console, desk: Desk, wanted: Wanted) -> None:
    supply = wanted.supply or await _biggest(desk)
    if not supply:
        console.print("nothing is on its way: no truck can slip", style="dim")
        return
    answer = await desk.preview("asn-slip", {"supply_id": supply, "later_by_days": wanted.days})
    _show(console, f"what if {supply} came {wanted.days} days later", answer)


async def _biggest(desk: Desk) -> str:
    """Return the supply that brings most units."""
    units: dict[str, int] = {}
    for row in (await desk.get("/v1/inbound", limit=1000))["inbound"]:
        for entry in row["supplies"]:
            units[entry["supply_id"]] = units.get(entry["supply_id"], 0) + entry["expected_units"]
    return max(units, key=lambda name: units[name], default="")


async def _position(desk: Desk, wanted: Wanted) -> tuple[str, str]:
    """Return the position asked for, else the one for which most units wait."""
    if wanted.sku and wanted.node:
        return wanted.sku, wanted.node
    rows = (await desk.get("/v1/queues", order_by="units", limit=1000))["queues"]
    own = [row for row in rows if wanted.sku in ("", row["sku"]) and wanted.node in ("", row["node"])]
    if not own:
        raise CannotRun("nobody waits: order something first, or say SKU and NODE")
    return own[0]["sku"], own[0]["node"]


async def _move(console: Console, desk: Desk, wanted: Wanted, sku: str, node: str) -> None:
    order, line = (wanted.order, wanted.line) if wanted.order else await _last(desk, sku, node)
    if not order:
        console.print(f"nobody waits for {sku} at {node}: no line can be moved", style="dim")
        return
    stands = (await desk.get(f"/v1/orders/{order}/lines/{line}/queue", limit=_LISTED))["waiting"]
    answer = await desk.preview("move", {"order_id": order, "line_id": line})
    _show(console, f"what if line {line} of order {order} were moved to the front", answer)
    if stands:
        _show_queue(console, order, line, stands)


async def _last(desk: Desk, sku: str, node: str) -> tuple[str, str]:
    admin = await asyncpg.connect(desk.database)
    try:
        row = await admin.fetchrow(_LAST, sku, node)
    finally:
        await admin.close()
    return (row["order_id"], row["line_id"]) if row else ("", "")


def _show(console: Console, title: str, told: Json) -> None:
    """Print losers first, and in the end how many there are of each."""
    console.print(f"\n{title}", style="bold", markup=False)
    if not told["lines"] and not told["pages"]:
        console.print("nobody would notice", style="dim")
    if told["lines"]:
        console.print(_lines(told))
        console.print(_totals(told))
    if told["pages"]:
        console.print(_pages(told["pages"]))
    if told["undecided"]:
        console.print(f"{told['undecided']:,} more positions were not tried", style="dim")


def _lines(told: Json) -> Table:
    table = Table("", "order", "line", "SKU", "node", "units", "from", "to", "days", box=None, pad_edge=False)
    for row in told["lines"][:_LISTED]:
        table.add_row(
            row["what"].replace("_", " "), row["order_id"], row["line_id"], row["sku"], row["node"],
            str(row["units"]), _range(row["before"]), _range(row["after"]), f"{row['days']:+}" if row["days"] else "",
            style=_COLOURS[row["what"]],
        )  # fmt: skip
    return table


def _totals(told: Json) -> str:
    counted = [
        f"[{_COLOURS[kind]}]{kind.replace('_', ' ')}[/]: {_many(n['lines'], 'line')}, {_many(n['units'], 'unit')}"
        + (f", {n['days']:+,} days together" if n["days"] else "")
        for kind, n in told["totals"].items()
        if n["lines"]
    ]
    more = len(told["lines"]) + told["more_lines"] - _LISTED
    return " · ".join([*counted, *([f"[dim]{more:,} more[/]"] if more > 0 else [])])


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _pages(pages: list[Json]) -> Table:
    table = Table("page", "node", "from", "to", box=None, pad_edge=False)
    for page in pages[:_LISTED]:
        table.add_row(page["sku"], page["node"] or "all", _page(page["before"]), _page(page["after"]))
    return table


def _page(page: Json | None) -> str:
    if page is None:
        return ""
    ships = f", ships by {page['ships_by']}" if page["ships_by"] else ""
    return f"{page['state']}, {page['available_to_sell']} to sell{ships}"


def _show_queue(console: Console, order: str, line: str, stands: Json) -> None:
    comes = f", waits for {stands['supply']['supply_id']}" if stands["supply"] else ""
    console.print(
        f"\nwho is before line {line} of order {order}: {_many(stands['lines_before'], 'line')}, "
        f"{_many(stands['units_before'], 'unit')}{comes}; none that joins more than "
        f"{stands['overtaken_within_hours']:g} h after it goes before it",
        style="bold", markup=False, soft_wrap=True,
    )  # fmt: skip
    table = Table("order", "line", "units", "complete at", "why", box=None, pad_edge=False)
    for row in stands["before"]:
        table.add_row(row["order_id"], row["line_id"], str(row["units"]), row["completed_at"], row["why"])
    console.print(table)
    for why in stands["not_eligible"]:
        console.print(f"it may own no units: {why}", style="yellow", markup=False)


def _range(days: Json | None) -> str:
    return f"{days['earliest']} – {days['latest']}" if days else ""


def run(console: Console, addresses: Addresses, wanted: Wanted) -> None:
    """Show previews in a terminal."""
    asyncio.run(show_previews(console, addresses, wanted))
