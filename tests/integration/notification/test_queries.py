"""Looking for what is due costs little, however much was sent or waits for an address."""

from services.notification.store import QUERIES
from tests.integration.conftest import World

FILL = """
set search_path to notification;
insert into merchants values ('acme', 1, 'Acme', 'hello@acme.example', '#1f6f5c');
insert into contacts select 'o' || n, 1, 'a' || n || '@customer.example', 'Anna' from generate_series(1, 60000) n;
insert into orders select 'o' || n, 'acme', n::text from generate_series(1, 60000) n;
insert into notices (notice_id, order_id, kind, state, caused_at, due_at, settled_at)
select 'n' || n, 'o' || n, 'confirmed', case when n % 3 = 0 then 'sent' else 'planned' end, now(),
       case when n % 3 = 1 or n > 59000 then now() end, case when n % 3 = 0 then now() end
from generate_series(1, 60000) n;
analyze;
"""


async def test_due_notices_are_found_by_index(world: World) -> None:
    await world.admin.execute(FILL)
    plan = "\n".join(row[0] for row in await world.admin.fetch(f"explain {QUERIES['due']}", *await arguments(world)))
    assert "notices_due" in plan
    assert "Seq Scan" not in plan


async def arguments(world: World) -> tuple[object, int]:
    return await world.admin.fetchval("select now()"), 100
