"""An installation that holds stock already is brought up to date without losing or inventing a unit."""

import asyncpg

from deploy.local.places import PROJECT
from shared.testing.invariants import broken_invariants
from shared.testing.postgres import new_database

MIGRATIONS = PROJECT / "services/inventory/migrations"
STOCK = """
insert into nodes values ('ams', 3);
insert into products values ('TEE-M', 2);
insert into positions values ('TEE-M', 'ams', 2);
insert into balances values ('TEE-M', 'ams', 'sellable', 7);
insert into lots values ('TEE-M', 'ams', 'sellable', 'L1', '2029-05-01', 7);
insert into movements (movement_id, sku, node, sequence, place, reason, cause, lot, status, delta, on_hand, moved_at)
values ('open/1', 'TEE-M', 'ams', 1, 1, 'opening', 'wms/1', 'L1', 'sellable', 9, 9, '2027-03-08T08:00Z'),
       ('o1/1', 'TEE-M', 'ams', 2, 1, 'ship', 'wms/2', 'L1', 'sellable', -2, 7, '2027-03-09T08:00Z');
"""


def up(name: str) -> str:
    """What a migration does."""
    return (MIGRATIONS / name).read_text(encoding="utf-8").partition("-- migrate:down")[0]


async def test_stock_of_before_keeps_its_ledger_and_learns_its_times(postgres_server: str) -> None:
    async with new_database(postgres_server) as url:
        admin = await asyncpg.connect(url)
        await admin.execute("create schema inventory; set search_path = inventory")
        await admin.execute(up("0101_ledger.sql") + STOCK)
        await admin.execute(up("0102_floor.sql"))

        assert await broken_invariants(admin, "inventory") == {}
        assert await admin.fetchval("select bool_and(happened_at = moved_at) from movements")
        assert await admin.fetchval("select opened_at::text from positions") == "2027-03-08 08:00:00+00"
        assert await admin.fetchval("select last_day::text from lots") == "2029-05-01"
        await admin.close()
