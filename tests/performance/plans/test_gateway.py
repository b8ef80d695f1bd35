"""What is asked over HTTP uses an index and touches only what it answers, in tables of 60,000 rows."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from services.gateway.store import QUERIES
from shared.testing.builders import MONDAY
from shared.testing.postgres import new_database

FILL = """
insert into skus select 's' || n, 1, case when n % 2 = 0 and n > 1000 then 'whole' else 'm' || n % 1000 end
    from generate_series(1, 60000) n;
insert into orders select 'o' || n, 'm' || n % 1000 from generate_series(1, 60000) n;
insert into promises select 'o' || n, '1', 1, 's' || n, 'ams', 3, null, null, null, 'r', 'c'
    from generate_series(1, 60000) n;
insert into releases select 'o' || n, '1', 2, 1 from generate_series(1, 60000) n;
insert into ordered_lines select 'o' || n, '1', 3 from generate_series(1, 60000) n;
insert into shipped_units select 'o' || n, '1', 's' || n, 'sku', 1 from generate_series(1, 60000) n;
insert into allocated_units select 'o' || n, '1', 3, 's' || n, 1 from generate_series(1, 60000) n;
insert into cancelled_units select 'o' || n, '1', 4, 's' || n, 1, 2, null, 'r' from generate_series(1, 60000) n;
insert into declined_lines select 'd' || n, '1', 's' || n, 1, 'r', '[]' from generate_series(1, 60000) n;
insert into refunds select 'o' || n, '1', 'c', 1, '2027-03-22' from generate_series(1, 60000) n;
insert into availability select 's' || n, 'ams', 1, 'm' || n % 1000, 'in_stock', 1, 1, '[]', now(), null, null, '[]'
    from generate_series(1, 60000) n;
insert into exceptions select 'x' || n, 1, 'short', 'asn-' || n, '{}', 'settled' from generate_series(1, 60000) n;
update exceptions set merchant = 'm' || right(exception_id, 1), node = 'n' || right(exception_id, 2);
update exceptions set state = 'open' where exception_id like '%777';
update exceptions set class = 'over' where exception_id like '%77';
insert into inbound select 's' || n, 'n' || n % 1000, 1, null, '[]' from generate_series(1, 60000) n;
insert into queues select 's' || n, 'n' || n % 1000, 1, 1, 1 + n % 7, n from generate_series(1, 60000) n;
insert into dock_events select 'asn-' || n, 'arrival', '', 'ams', 'arrived',
    '2027-03-08Z'::timestamptz + n * interval '1 hour', null, null, '{}', now() from generate_series(1, 60000) n;
insert into scan_answers select 's' || n, 'd' || n % 1000, 'ams', '{}', now() - n * interval '1 s'
    from generate_series(1, 60000) n;
"""
# Each question, what is asked, and how many rows of the tables it may look at (with the blocks of them).
QUESTIONS: tuple[tuple[str, Sequence[Any], int], ...] = (
    ("exceptions", (None, None, None, None, 20, "{}", None, None), 25),
    ("exceptions", ("open", None, None, None, 20, "{}", None, None), 25),
    ("exceptions", ("open", None, None, None, 20, "{}", "{m7}", None), 70),
    ("exceptions", ("settled", None, None, None, 20, "{}", None, "{n3,n5}"), 45),
    ("exceptions", ("settled", None, None, "x5", 20, "{}", None, None), 25),
    ("exceptions", (None, "over", None, None, 20, "{}", None, None), 25),
    ("exceptions", ("open", "short", None, None, 20, "{}", None, None), 25),
    ("exceptions", ("open", "over", None, None, 20, "{}", None, None), 25),
    ("exceptions", ("settled", "over", None, None, 20, "{}", None, None), 25),
    ("exceptions", ("open", "short", "asn-777", None, 20, "{}", None, None), 5),
    ("exceptions", (None, "pick_short", None, None, 1000, "{}", None, None), 5),
    ("dock", ("ams", MONDAY, MONDAY + timedelta(days=1)), 50),
    ("dock_of_asn", ("asn-7", None), 5),
    ("closed", ("asn-7", None), 5),
    ("inbound", (None, None, 20, None, None), 25),
    ("inbound", ("s7", None, 100, None, None), 5),
    ("inbound", ("s7", "n7", 100, "{m7}", None), 5),
    ("inbound", (None, "n7", 100, None, None), 70),
    ("inbound", (None, "n7", 100, "{m7}", None), 130),
    ("inbound", (None, None, 20, "{m7}", None), 130),
    ("inbound", (None, None, 20, "{whole}", None), 130),
    ("inbound", ("s7", None, 100, "{m8}", None), 5),
    ("queues_by_value", (None, 20, None, None), 25),
    ("queues_by_value", ("n7", 20, None, None), 25),
    ("queues_by_value", (None, 20, "{m7}", None), 130),
    ("queues_by_value", (None, 20, None, "{n7}"), 70),
    ("queues_by_units", (None, 20, None, None), 25),
    ("queues_by_units", ("n7", 20, None, None), 25),
    ("queues_by_units", (None, 20, "{m7}", None), 130),
    ("availability", ("s7", None, "{m7}", None), 5),
    ("promises", ("o7", "{m7}", None), 20),
    ("order_lines", ("o7", "{m7}"), 40),
    ("scan_answers", ("d7", None, 20, None), 25),
)  # fmt: skip


@pytest.fixture(scope="module")
async def large(postgres_server: str, template: str) -> AsyncIterator[asyncpg.Connection]:
    """Return a gateway that has heard much."""
    async with new_database(postgres_server, template) as url:
        connection = await asyncpg.connect(url, server_settings={"search_path": "gateway", "jit": "off"})
        await connection.execute(FILL)
        await connection.execute("vacuum analyze")
        yield connection
        await connection.close()


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


@pytest.mark.parametrize(("question", "asked", "most"), QUESTIONS)
async def test_a_question_reads_only_its_answer(
    large: asyncpg.Connection, question: str, asked: Sequence[Any], most: int
) -> None:
    """Also when it was asked so often that PostgreSQL may settle for one plan for whatever is asked."""
    values = ", ".join("null" if value is None else f"'{value}'" for value in asked)
    await large.execute(f"prepare question as {QUERIES[question]}")
    try:
        for _ in range(7):
            await large.execute(f"execute question({values})")
        explained = await large.fetchval(f"explain (analyze, buffers, format json) execute question({values})")
    finally:
        await large.execute("deallocate question")
    plan = json.loads(explained)[0]["Plan"]
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= 3 * most + 10
    scans = [node for node in nodes(plan) if "Relation Name" in node]
    touched = sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in scans
    )
    assert scans
    assert touched <= most, scans
    assert [node["Relation Name"] for node in scans if node["Node Type"] == "Seq Scan"] == []
