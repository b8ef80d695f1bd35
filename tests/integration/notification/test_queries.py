"""Looking for what is due costs little, however much was sent or waits for an address."""

from services.notification.store import QUERIES
from tests.integration.conftest import World

BIG = ("notices", "notice_lines", "lines", "orders", "contacts", "shipments", "components")
OF_ORDERS = ("lines", "unsent", "customers", "dropped", "floor", "untold_endings", "untold_refunds", "refused")
FILL = """
set search_path to notification;
insert into merchants
values ('acme', 1, 'Acme', 'hello@acme.example', '#1f6f5c', '#ffffff', '', '', '', '{en}', 'EUR', 'UTC', '{}');
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
insert into components select 'o' || n, '1/CUP', 'CUP', '1', 1, 1 from generate_series(1, 60000) n;
insert into shipments (order_id, shipment_id, place, served_as, sku, units, carrier, tracking, tracking_url)
select 'o' || n, 's', 0, '1/CUP', 'CUP', 1, 'post', 't', '' from generate_series(1, 60000) n;
insert into notice_lines (notice_id, order_id, line_id, line_version, units)
select 'm' || n, 'o' || n, '1', 1, 1 from generate_series(1, 60000) n;
insert into held_causes
select 'c' || n, 1, 'held', 201, 3, 'acme', 'UTC', now(), now() from generate_series(1, 9) n;
analyze;
"""


async def test_what_is_asked_often_is_found_by_index(world: World) -> None:
    """Due notices, moves of a cause, held causes, and all that decides about an order."""
    await world.admin.execute(FILL)
    now = await world.admin.fetchval("select now()")
    plans = {query: await plan_of(world, query, ["o1", "o2", "o3"]) for query in OF_ORDERS}
    plans["due"] = await plan_of(world, "due", now, 100)
    plans["causes_to_look_at"] = await plan_of(world, "causes_to_look_at", now)
    assert "notices_due" in plans["due"]
    assert "notices_by_cause" in plans["causes_to_look_at"]
    assert "notices_by_cause" in await plan_of(world, "count_moves", ["c1", "c2"], 201)
    scanned = {(query, table) for query, plan in plans.items() for table in BIG if f"Seq Scan on {table} " in plan}
    assert scanned == set()


async def plan_of(world: World, query: str, *arguments: object) -> str:
    """Return how PostgreSQL answers a query."""
    return "\n".join(row[0] for row in await world.admin.fetch(f"explain {QUERIES[query]}", *arguments))
