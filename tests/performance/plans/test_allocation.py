"""Hot statements use an index and touch only what they are asked for, in tables of 60,000 rows and more."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from services.allocation.store import QUERIES
from shared.db.queries import columns
from shared.testing.builders import MONDAY, a_day
from shared.testing.postgres import new_database
from tests.integration.allocation.support.large_database import BIG, FILL, SKUS

KEYS = [(f"s{n}", "ams") for n in (7, 70, 700)]


def line(n: int) -> tuple[str, str]:
    return (f"o{n}", "1")


def place(n: int) -> tuple[Any, ...]:
    at = MONDAY.replace(hour=0) - timedelta(seconds=n)
    return (f"s{1 + n % SKUS}", "ams", at, at, *line(n))


DAYS: Sequence[date] = [a_day(16), a_day(17)]
LINES = [6, 2006, 4006, 69, 699]  # of the positions asked for
STRETCHES = [  # of four lines each
    (*place(n + 8 * SKUS), *place(n + 4 * SKUS)[2:], number, 9) for number, n in enumerate(LINES[:3])
]
WALKS = [(number, *place(n + 4 * SKUS), 3, 8) for number, n in enumerate((6, 69, 699))]
CHANGED_LOTS = [(*key, lot, 1, 0) for key in KEYS for lot in ("l1", "gone1")]
# Each statement's arguments, and how many rows of the tables it may look at.
STATEMENTS: dict[str, tuple[Sequence[Any], int]] = {
    "products": ([["s7", "s70"]], 2),
    "routings": ([["m7", "m70"]], 2),
    "known_orders": ([["o1", "o2", "o3"]], 3),
    "lock_positions": (columns(KEYS, 2), 2 * len(KEYS)),
    "free_lots": (columns(KEYS, 2), 10 * len(KEYS)),
    "supplies": (columns(KEYS, 2), (5 + 2 * 3) * len(KEYS)),
    "unloading": (columns(KEYS, 2), 2 * len(KEYS)),
    "next_in_line": (columns([(*key, 4) for key in KEYS], 3), 2 * 4 * len(KEYS)),
    "lines_at": (columns(map(line, LINES), 2), 2 * len(LINES)),
    "lines_in": (columns(STRETCHES, 12), 2 * 5 * len(KEYS)),
    "longer_lives": ([*columns([(*key, 0) for key in KEYS], 3), 9], 3 * 4 * len(KEYS)),
    "waits_between": (columns([(*place(n + 4 * SKUS), *place(n)[2:]) for n in LINES], 10), 5 * len(LINES)),
    "promise_queue": (columns([(*place(n), *DAYS, *DAYS, 2) for n in LINES], 11), len(LINES)),
    "promise_by_address": (columns([((0, 5), *DAYS, 2), ((0, 6), *DAYS, 2)], 4), 2),
    "wait_longer": ([*columns([(*line(n), 1) for n in LINES], 3), MONDAY], 7 * len(LINES)),
    "wait_less": (columns([(*line(n), 1) for n in LINES], 3), 2 * len(LINES)),
    "wait_no_more": (columns([(*line(n), 2) for n in LINES], 3), 3 * len(LINES)),
    "leave_queue": ([[(0, 1), (0, 2)]], 2),
    "leave_in_part": ([[(0, 3), (0, 4)], [1, 1], [0, 1], [None, "rest"]], 2),
    "covered_lines": (columns(KEYS, 2), 2 * 5 * len(KEYS)),
    "claims_at": (columns(KEYS, 2), 8 * len(KEYS)),
    "last_covered": (columns(KEYS, 2), len(KEYS)),
    "claim": (columns([(*place(n), 1, "load", None) for n in (6, 4006, 69)], 9), 3),
    "walk_forward": (columns(WALKS, 9), 8 * len(KEYS)),
    "walk_back": (columns([*WALKS, (9, *KEYS[0], None, None, None, None, 3, 8)], 9), 8 * (len(KEYS) + 1)),
    "boundaries": (columns(KEYS, 2), 6 * len(KEYS)),
    "forget_boundaries": (columns(KEYS, 2), 6 * len(KEYS)),
    "lock_orders": ([["o6", "o2006", "o7"]], 3),
    "open_lines": ([["o6", "o2006"], ["ams"], [a_day(8)], [a_day(8)]], (4 + 10 + 15) * 2),
    "lines_together": ([["o6", "o2006"], ["o6"]], (4 + 10 + 15) * 2),
    "count_parcels": ([["o6", "o2006"]], 2),
    "pass_over": ([["o6", "o2006"]], 2),
    "unlist": ([["o6", "o2006"]], 3 * 2),
    "authorize": (columns([("o6", MONDAY), ("o2006", MONDAY)], 2), 2),
    "is_anything_due": ([], 5),
    "due": (["order", MONDAY, 10], 10),
    "forget_timers": ([*columns(map(line, LINES), 2), "deadline"], len(LINES)),
    "done": ([*columns(KEYS, 2), "position", MONDAY], len(KEYS)),
    "put_off": ([*columns(KEYS, 2), "position", MONDAY, MONDAY], len(KEYS)),
    "open_eligible": (columns([(*key, a_day(8)) for key in KEYS], 3), 2 * 5 * len(KEYS)),
    "policies": ([["m7", "m70"]], 2),
    "keys_of_lines": (columns(map(line, LINES), 2), 2 * len(LINES)),
    "line_versions": (columns(map(line, LINES), 2), 3 * len(LINES)),
    "set_line_versions": (columns([(*line(n), 2) for n in LINES], 3), 3 * len(LINES)),
    "charge_lines": (columns([(*line(n), 1) for n in LINES], 3), len(LINES)),
    "named_lines": (columns([(*line(n), *place(n)[:2]) for n in LINES], 4), 2 * len(LINES)),
    "owned_by": (columns(map(line, LINES), 2), 2 * len(LINES)),
    "last_of_lots": (columns([(*key, "l1", 4) for key in KEYS], 4), 2 * 4 * len(KEYS)),
    "last_of_positions": (columns([(*key, 4) for key in KEYS], 3), 2 * 4 * len(KEYS)),
    "take_from_floor": (columns([(*line(n), "l1", 1) for n in LINES], 4), 2 * len(LINES)),
    "unknown_shipments": ([["x6", "x69", "o6"]], 2),
    "lots_after": ([*columns(CHANGED_LOTS, 5), *columns(KEYS, 2)], 12 * len(KEYS)),
    "short_lots": (columns([(*key, "l1", -1, 0) for key in KEYS], 5), len(KEYS)),
    "change_lots": (columns([(*key, "l1", 1, 0) for key in KEYS], 5), len(KEYS)),
    "allocate_lots": (columns([(*key, "l1", 1) for key in KEYS], 4), len(KEYS)),
    "set_stock": (columns([(*key, 1, 1, 0) for key in KEYS], 5), len(KEYS)),
    "set_inbound": (columns([(*key, 2) for key in KEYS], 3), len(KEYS)),
    "set_positions": (columns([(*key, 1, 0, 29, 58, 9, 2, 2, "x", MONDAY, False) for key in KEYS], 12), len(KEYS)),
    "unlist_supplies": (columns(KEYS, 2), 2 * len(KEYS)),
    "take_renewals": (columns(KEYS, 2), 3 * len(KEYS)),
    "move_supplies": (columns([(*key, "inbound", "a1", *DAYS, "r", "c") for key in KEYS], 8), len(KEYS)),
    "set_short_lived": (columns([(*key, "inbound", "a1", 1) for key in KEYS], 5), len(KEYS)),
    "drop_supplies": (columns([(*key, "rework", "rework/2027-03-08") for key in KEYS], 4), len(KEYS)),
    "lock_loads": (columns([("n7", a_day(8)), ("n70", a_day(8))], 2), 2 * 2),
    "loads": (columns([("n7", a_day(8)), ("n70", a_day(8))], 2), 2),
    "add_to_loads": (columns([("n7", a_day(8), 2), ("n70", a_day(8), 1)], 3), 2),
    "next_of_loads": ([["ams"], [5]], 6),
    "keep_for_rest": ([["o6", "o2006"]], 2 * 2),
    "by_fact": ([*columns(KEYS, 2), "position", MONDAY], 2 * len(KEYS)),
    "cancel_units": (columns([(*line(n), 1) for n in LINES], 3), len(LINES)),
    "changes_heard": (columns([(f"o{n}", "shop") for n in LINES], 2), len(LINES)),
    "hold_orders": (columns([(f"o{n}", "fraud") for n in LINES], 2), len(LINES)),
    "unhold_orders": (columns([(f"o{n}", "fraud") for n in LINES], 2), len(LINES)),
    "judge_eligible": ([["o6", "o2006"], MONDAY], 3 * 2),
    "keep_told": (columns([(*line(n), 2) for n in LINES], 3), 4 * len(LINES)),
    "known_stops": ([["stopo6", "stopo69"]], 2),
    "open_stops": ([["o6", "o2006"]], 2),
    "settle_stops": (columns([("stopo6", 1), ("stopo69", 1)], 2), 2),
    "line_states": ([["o6", "o2006"]], 4 * 2),
    "lock_order_rows": ([["o6", "o2006"]], 2),
    "orders_by_id": ([["o6", "o2006"]], 2),
    "owned_of_orders": ([["o6", "o2006"]], 2 * 2),
    "positions_of_orders": ([["o6", "o2006"]], 2),
    "nodes_of_orders": ([["o6", "o2006"]], 2),
    "split_orders": (columns([(f"o{n}", 2) for n in LINES], 2), len(LINES)),
    "move_lines": (columns([(*line(n), MONDAY) for n in LINES], 3), len(LINES)),
    "move_owned": (columns([(*line(n), MONDAY) for n in LINES], 3), len(LINES)),
    "lock_rollups": ([["s7", "s70"]], 2),
    "set_rollups": (columns([("s7", "x", 2), ("s70", "x", 2)], 3), 2),
    "pages": ([["s7", "s70"]], 2),
    "known_exceptions": ([["o7", "o70"]], 2),
    "settle_exceptions": (columns([("o7", "iris", "done"), ("o70", "iris", "done")], 3), 2),
    "show_lines": (columns([(*line(n), DAYS[0]) for n in LINES], 3), len(LINES)),
    "markets": ([["o6", "o2006"]], 2),
    "watched": (columns([*map(line, LINES), ("k6", "b"), ("k69", "b/s1")], 2), 3 * len(LINES) + 2 * 4),
    "cases": (columns([*map(line, LINES), ("k6", "b"), ("k69", "b")], 2), 2 * len(LINES) + 2 * 5),
    "facts": (columns(map(line, LINES), 2), len(LINES)),
    "shipments_of_lines": (columns([*map(line, LINES), ("k6", "b"), ("k69", "b")], 2), len(LINES) + 2 * 5),
    "ended": (columns([*map(line, LINES), ("k6", "b")], 2), len(LINES) + 1),
    "rule_states": (columns([*map(line, LINES), ("k6", "b")], 2), len(LINES) + 1),
    "add_options": (columns([(*line(n), 2, "n2", MONDAY) for n in LINES], 5), len(LINES)),
    "keep_standings": (columns([(*line(n), DAYS[0], 2, False, True, True) for n in LINES], 7), len(LINES)),
    "end_lines": (columns([(*line(n), MONDAY, DAYS[0], "refused", 2) for n in LINES], 6), len(LINES)),
    "lock_bundles": (columns([("k6", "b/s1"), ("k69", "b/s2"), *map(line, LINES)], 2), 2 * 4 + len(LINES)),
    "components_of_bundles": (columns([("k6", "b"), ("k69", "b")], 2), 2 * 2),
    "bundles_of_orders": ([["k6", "k69", "o6"]], 2 * 4 + 1),
    "set_bundles": (columns([("k6", "b", 1, 0, 0, 1), ("k69", "b", 1, 0, 0, 1)], 6), 2),
    "split_bundles": (columns([("k6", 2), ("k69", None), ("o6", 1)], 2), 2 * 4),
    "pages_of_components": (columns(KEYS, 2), len(KEYS)),
    "bundles_that_name": ([["s7", "kit7", "kit70"]], 8),
    "newer_products": (columns([("s7", 2), ("kit7", 2)], 2), 2),
    "products_of_groups": (columns([("m1", "g7"), ("m1", "g70")], 2), 2 * 2 * 4),
    "pages_before": (columns(KEYS, 2), 2 * len(KEYS)),
    "listed_at": (columns(KEYS, 2), (2 + 2 * 3) * len(KEYS)),
    "positions_of_supply": (["a2"], SKUS),
    "policy_version": (["m7", ""], 1),
    "end_gathering": ([*KEYS[0], MONDAY], 5),
    "front_of_queue": (KEYS[0], 1),
    "rows_due": ([MONDAY, 10], 10),
    "line_in_queue": (line(6), 7),
    "lines_before": ([*place(6 + 20 * SKUS), *place(6)[2:], 3], 2 * 3),
    "passed_by": ([*place(6 + 20 * SKUS), 3], 2 * 2 * 3 + 3),
}  # fmt: skip

# Asked of whole nodes, and when a day begins.
PER_NODE = {"calendars", "nodes_with_loads", "orders_kept_for_loads"}
READS_NO_TABLE = {"be_brief", "look_at", "one_bundle_at_a_time"}


@pytest.fixture(scope="module")
async def filled(postgres_server: str, template: str) -> AsyncIterator[asyncpg.Connection]:
    """Return a database in which much waits."""
    async with new_database(postgres_server, template) as url:
        settings = {"search_path": "allocation", "jit": "off", "random_page_cost": "1.1"}
        connection = await asyncpg.connect(url, server_settings=settings)
        await connection.execute("".join(f"alter table {table} set (autovacuum_enabled = off);" for table in BIG))
        await connection.execute(f"set session_replication_role = replica; {FILL}")  # checks no foreign key: faster
        yield connection
        await connection.close()


@pytest.fixture(scope="module", params=["never analyzed", "analyzed"])
async def full(request: pytest.FixtureRequest, filled: asyncpg.Connection) -> asyncpg.Connection:
    """Look first as a new installation is, which has no statistics yet."""
    if request.param == "analyzed":
        await filled.execute("analyze")
    return filled


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("name", STATEMENTS)
async def test_a_hot_statement_reads_only_the_rows_asked_for(full: asyncpg.Connection, name: str, mode: str) -> None:
    arguments, most = STATEMENTS[name]
    nodes = await plan(full, name, arguments, mode)
    scans = [node for node in nodes if node.get("Relation Name") in BIG and "Scan" in node["Node Type"]]
    seen = [(node["Node Type"], node["Relation Name"], touched(node)) for node in scans]
    assert seen
    assert "Seq Scan" not in {kind for kind, _, _ in seen}, seen
    assert sum(rows for _, _, rows in seen) <= most, seen


async def plan(connection: asyncpg.Connection, name: str, arguments: Sequence[Any], mode: str) -> list[dict[str, Any]]:
    """Return what the server did, node by node; undone afterwards."""
    asked = await connection.prepare(QUERIES[name])
    kinds = [parameter.name for parameter in asked.get_parameters()]
    literals = [
        await connection.fetchval(f"select quote_literal($1::{kind}::text)", argument)
        for kind, argument in zip(kinds, arguments, strict=True)
    ]
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(f"set local plan_cache_mode = {mode}")
    await connection.execute(f"prepare hot as {QUERIES[name]}")
    given = f"({', '.join(literals)})" if literals else ""
    explained = await connection.fetchval(f"explain (analyze, format json) execute hot{given}")
    await connection.execute("deallocate hot")
    await transaction.rollback()
    return list(below(json.loads(explained)[0]["Plan"]))


def below(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from below(child)


def touched(node: dict[str, Any]) -> float:
    """Return rows of the table that were looked at."""
    dropped = sum(node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
    return float((node["Actual Rows"] + dropped) * node["Actual Loops"])


def test_every_statement_over_many_rows_is_watched() -> None:
    inserts = {name for name, text in QUERIES.items() if "\ninsert into" in text or text.startswith("insert")}
    unwatched = set(QUERIES) - set(STATEMENTS) - inserts - READS_NO_TABLE
    assert unwatched == PER_NODE, "there are as many nodes as buildings"
