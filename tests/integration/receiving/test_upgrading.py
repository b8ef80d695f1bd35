"""An installation that has ordered already learns when what it is owed becomes overdue."""

import asyncpg

from deploy.local.places import PROJECT
from shared.testing.invariants import broken_invariants
from shared.testing.postgres import new_database

MIGRATIONS = ("shared/messaging/migrations", "services/receiving/migrations")
ORDERED = """
insert into nodes (node, version, zone, working_days, holidays) values ('ams', 1, 'UTC', '{1,2,3,4,5}', '{}');
insert into purchase_orders (po_number, version, supplier_id, node) values ('po', 1, 'mills', 'ams');
insert into purchase_order_lines (po_number, line, sku, qty, uom, due_on, final, earliest, latest, cause, reason, units)
values ('po', '1', 'TEE-M', 10, 'each', '2027-03-09', false, '2027-03-10', '2027-03-23', 'erp/1', 'due', 10);
insert into positions (sku, node) values ('TEE-M', 'ams');
insert into supplies (supply_id, sku, node, expected_units, purchase_order) values ('po/1', 'TEE-M', 'ams', 10, true);
"""


async def test_orders_of_before_become_overdue_too(postgres_server: str) -> None:
    paths = [path for folder in MIGRATIONS for path in sorted((PROJECT / folder).glob("*.sql"))]
    ups = {path.name: path.read_text(encoding="utf-8").partition("-- migrate:down")[0] for path in paths}
    async with new_database(postgres_server) as url:
        admin = await asyncpg.connect(url)
        await admin.execute("create schema receiving; set search_path = receiving")
        await admin.execute("".join(ups[name] for name in ups if name < "0240") + ORDERED)
        await admin.execute("".join(ups[name] for name in ups if name >= "0240"))

        assert await broken_invariants(admin, "receiving") == {}
        assert await admin.fetchval("select overdue_at::text from supplies") == "2027-03-23 00:00:00+00"
        assert await admin.fetchval("select ordered_at is null from purchase_orders")
        await admin.close()
