"""The figures of the shift, beside what the files imply."""

import asyncio
from collections import Counter
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import asyncpg
from rich.console import Console
from rich.table import Table

from deploy.local.expected_figures import Expected
from deploy.local.sample_files import rows
from shared.db.queries import Queries

_QUERIES: Final = Queries(Path(__file__).with_name("summary.sql"))
_COLUMNS: Final = ("received", "released", "shipped", "free")
_NUMBERS: Final = MappingProxyType(
    {
        "made": "promises made",
        "moved": "promises moved",
        "kept": "promises kept",
        "out_of_turn": "lines served out of turn",
        "same_day": "notices told on the same day",
        "told_later": "notices that wait for the evening",
        "held": "notices held back for a person",
    }
)


async def actual(admin_url: str) -> Expected:
    """Return the figures as the services have them."""
    database = await asyncpg.connect(admin_url)
    try:
        rows = {name: await database.fetch(_QUERIES[name]) for name in (*_COLUMNS, "notices")}
        numbers = {name: await database.fetchval(_QUERIES[name]) for name in _NUMBERS}
    finally:
        await database.close()
    counted = {name: Counter[str]({row[0]: row[1] for row in records}) for name, records in rows.items()}
    figures: dict[str, Any] = {**numbers, **counted}
    return Expected(**figures)


def show(console: Console, admin_url: str, expected: Expected, mail: Path | None) -> bool:
    """Print the summary; return whether every figure is what the files imply."""
    found = asyncio.run(actual(admin_url))
    wrong: list[str] = []
    console.print(_by_sku(found, expected, wrong))
    console.print(_by_promise(found, expected, wrong))
    if mail:
        console.print(f"mail: {len(list(mail.glob('*.eml')))} messages in {mail}")
    if wrong:
        console.print(f"[bold red]not as the files imply: {', '.join(wrong)}[/]")
    else:
        console.print("[bold green]every figure is what the files imply[/]")
    return not wrong


def _by_sku(found: Expected, expected: Expected, wrong: list[str]) -> Table:
    table = Table(
        "SKU",
        *_COLUMNS,
        title="sellable units by SKU",
        box=None,
        pad_edge=False,
        header_style="bold",
        title_justify="left",
    )
    for column in table.columns[1:]:
        column.justify = "right"
    for sku in sorted(row["sku"] for row in rows("products")):
        cells = [
            _cell(f"{sku} {name}", getattr(found, name)[sku], getattr(expected, name)[sku], wrong) for name in _COLUMNS
        ]
        table.add_row(sku, *cells)
    totals = [
        _cell(f"{name} in all", getattr(found, name).total(), getattr(expected, name).total(), wrong)
        for name in _COLUMNS
    ]
    table.add_row("[bold]all[/]", *totals)
    return table


def _by_promise(found: Expected, expected: Expected, wrong: list[str]) -> Table:
    table = Table("what", "count", title="promises and notices", box=None, pad_edge=False, title_justify="left")
    table.columns[1].justify = "right"
    for name, title in _NUMBERS.items():
        table.add_row(title, _cell(title, getattr(found, name), getattr(expected, name), wrong))
    for kind in sorted(expected.notices):
        count = _cell(f"notices {kind}", found.notices[kind], expected.notices[kind], wrong)
        table.add_row(f"notices sent: {kind}", count)
    return table


def _cell(name: str, found: int, expected: int, wrong: list[str]) -> str:
    if found == expected:
        return str(found)
    wrong.append(f"{name} is {found}, not {expected}")
    return f"[bold red]{found} (not {expected})[/]"
