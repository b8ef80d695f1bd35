"""Looking for what is due costs little, however much was sent or waits for an address."""

from services.notification.store import QUERIES
from tests.integration.conftest import World

FILL = """
set search_path to notification;
insert into merchants
values ('acme', 1, 'Acme', 'hello@acme.example', '#1f6f5c', '#ffffff', '', '', '', '{en}', 'UTC', '{}');
insert into contacts (order_id, version, email, name, locale)
select 'o' || n, 1, 'a' || n || '@customer.example', 'Anna', 'en' from generate_series(1, 60000) n;
insert into orders select 'o' || n, 'acme', n::text, 'NL', 'ours' from generate_series(1, 60000) n;
insert into notices (notice_id, order_id, kind, cause, state, caused_at, reachable, send_at, settled_at, zone, same_day,
                     mail_id)
select 'n' || n, 'o' || n, 'confirmed', 'c', case when n % 3 = 0 then 'sent' else 'planned' end, now(),
       n % 3 = 1 or n > 59000, now(), case when n % 3 = 0 then now() end, case when n % 3 = 0 then 'UTC' end,
       case when n % 3 = 0 then true end, case when n % 3 = 0 then 'n' || n end
from generate_series(1, 60000) n;
insert into notices (notice_id, order_id, kind, cause, state, caused_at, reachable, send_at)
select 'm' || n, 'o' || n, 'moved', 'c' || n % 600, 'planned', now(), true, now() + interval '1 hour'
from generate_series(1, 60000) n;
insert into products values ('MUG', 1, 'Mug');
insert into lines (order_id, line_id, sku) select 'o' || n, '1', 'MUG' from generate_series(1, 60000) n;
insert into notice_lines (notice_id, order_id, line_id, line_version, units)
select 'm' || n, 'o' || n, '1', 1, 1 from generate_series(1, 60000) n;
insert into held_causes
select 'c' || n, 1, 'held', 201, 3, 'UTC', now(), now() from generate_series(1, 9) n;
analyze;
"""


async def test_due_notices_are_found_by_index(world: World) -> None:
    await world.admin.execute(FILL)
    plan = await plan_of(world, "due", *await arguments(world))
    assert "notices_due" in plan
    assert "Seq Scan" not in plan


async def test_moves_of_a_cause_are_counted_by_index_and_no_further_than_needed(world: World) -> None:
    await world.admin.execute(FILL)
    assert "notices_by_cause" in await plan_of(world, "count_moves", ["c1", "c2"], 201)
    look = await plan_of(world, "causes_to_look_at", (await arguments(world))[0])
    assert "notices_by_cause" in look
    assert "Seq Scan on notices" not in look


async def plan_of(world: World, query: str, *arguments: object) -> str:
    """Return how PostgreSQL answers a query."""
    return "\n".join(row[0] for row in await world.admin.fetch(f"explain {QUERIES[query]}", *arguments))


async def arguments(world: World) -> tuple[object, int]:
    return await world.admin.fetchval("select now()"), 100
