"""What a movement, a count, a report and the sweep cost grows with what they are about, never with what exists."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

import asyncpg
import pytest

from services.inventory.store import QUERIES
from shared.testing.builders import MONDAY
from shared.testing.postgres import new_database

MANY = 60_000
FILL = f"""
insert into nodes values ('ams', 1, 'Europe/Amsterdam'), ('ber', 1, 'UTC');
insert into products select 'sku-' || n, 1, 'acme', true, 30 from generate_series(1, {MANY}) n;
insert into policies select 'acme', 'sku-' || n, 1, 2 from generate_series(1, {MANY}) n;
insert into positions select 'sku-' || n, 'ams', 1, now(), now() from generate_series(1, {MANY}) n;
insert into balances select 'sku-' || n, 'ams', 'sellable', 5 from generate_series(1, {MANY}) n;
insert into lots select 'sku-' || n, 'ams', 'sellable', 'l', date '2028-01-01' + n % 900, 5, now(),
                        date '2028-01-01' + n % 900 - 30
from generate_series(1, {MANY}) n;
insert into movements
select 'm' || n, 'sku-' || n, 'ams', 1, 1, 'receipt', null, null, null, null, 'c', 'l', null, 'sellable', 5, 5,
       now(), now()
from generate_series(1, {MANY}) n;
insert into counts (count_id, sku, node, status, lot, kind, units, ledger, outcome, counted_at)
select 'c' || n, 'sku-' || n, 'ams', 'sellable', 'l', 'blind', 5, 5, 'agreed', now() from generate_series(1, {MANY}) n;
insert into reports select 'r' || n, 'sku-' || n, 'ams', 'nightly', now() from generate_series(1, {MANY}) n;
insert into discrepancies
select 'd' || n, case n % 2 when 0 then 'on_hand_differs' else 'pick_short' end, 'sku-' || n, 'ams', 'sellable', 'l',
       's', now() - n * interval '1 second', '{{}}', 1, case n % 100 when 0 then 'open' else 'settled' end, now()
from generate_series(1, {MANY}) n;
insert into transfers select 'tr-' || n, 'sent', '[]' from generate_series(1, 20000) n;
analyze;
"""
ANYTHING: dict[str, Any] = {"text": "", "timestamptz": MONDAY, "int8": 10, "int4": 10}  # else an array, maybe empty
FEW = {"nodes"}


@pytest.fixture(scope="module")
async def full(postgres_server: str, template: str) -> AsyncIterator[asyncpg.Connection]:
    """Return a database with many lots, which plans for whatever is asked."""
    async with new_database(postgres_server, template) as url:
        connection = await asyncpg.connect(url)
        await connection.execute("set search_path = inventory; set plan_cache_mode = force_generic_plan; set jit = off")
        await connection.execute("set session_replication_role = replica")  # the rows are known to fit
        await connection.execute(FILL)
        yield connection
        await connection.close()


async def test_no_statement_reads_a_whole_table(full: asyncpg.Connection) -> None:
    whole = {name: read for name, query in QUERIES.items() if (read := await _read_whole(full, query) - FEW)}
    assert whole == {}
    assert await _read_whole(full, "select count(*) from lots") == {"lots"}


@pytest.mark.parametrize(
    ("name", "arguments", "at_most"),
    [
        ("past_life", ["2027-11-30T00:00:00Z", 200], 0),
        ("past_life", ["2030-10-01T00:00:00Z", 200], 200),
        ("expiring", ["2028-01-01T00:00:00Z", "ams", 3650, 100, None, None], 100),
        ("since", [["c"], ["sku-7"], ["ams"], ["sellable"], ["l"], [MONDAY]], 1),
        ("on_hand_as_of", [["sku-7"], ["ams"], [MONDAY]], 1),
        ("stock_by_lot", ["sku-7", None, MONDAY, 500, None], 1),
        ("discrepancies_after", [None, ["on_hand_differs"], "open", None, 100, None, None], 200),
        ("discrepancies_after", ["ams", ["count_differs", "pick_short"], "settled", "d7", 100, None, None], 100),
    ],
)
async def test_only_the_rows_asked_for_are_read(
    full: asyncpg.Connection, name: str, arguments: list[Any], at_most: int
) -> None:
    values = [datetime.fromisoformat(argument) if str(argument).endswith("00Z") else argument for argument in arguments]
    prepared = await full.prepare(QUERIES[name])
    (explained,) = await prepared.explain(*values, analyze=True)
    assert _looked_at(explained["Plan"]) <= at_most


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _looked_at(plan: dict[str, Any]) -> int:
    """Return rows of lots, movements and discrepancies that a statement read, whether it kept them or not."""
    scans = [node for node in _nodes(plan) if node.get("Relation Name") in ("lots", "movements", "discrepancies")]
    large = [scan for scan in scans if scan["Alias"] != "after"]
    rows = [(row["Actual Rows"] + row.get("Rows Removed by Filter", 0)) * row["Actual Loops"] for row in large]
    return int(max(rows, default=0))


async def _read_whole(full: asyncpg.Connection, statement: str) -> set[str]:
    """Return the tables that a statement reads from end to end."""
    prepared = await full.prepare(statement)
    values = [ANYTHING.get(parameter.name, ()) for parameter in prepared.get_parameters()]
    (explained,) = await prepared.explain(*values)
    return {node["Relation Name"] for node in _nodes(explained["Plan"]) if node["Node Type"] == "Seq Scan"}
