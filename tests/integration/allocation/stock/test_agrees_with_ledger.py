"""What allocation has of stock is what the ledger says: the checks across services see when it is not."""

from deploy.invariants.__main__ import check
from shared.testing.builders import MONDAY, a_line, an_order, landed
from shared.testing.postgres import new_database
from shared.testing.stock import a_movement, adjusted
from tests.integration.allocation.conftest import desk_at
from tests.integration.allocation.stock.test_shipments import shipped

LEDGER = """
insert into inventory.nodes values ('ams', 1, 'UTC');
insert into inventory.products values ('TEE-M', 1, 'acme', false, 0);
insert into inventory.positions values ('TEE-M', 'ams', 3);
insert into inventory.balances values ('TEE-M', 'ams', 'sellable', 1), ('TEE-M', 'ams', 'rework', 2);
insert into inventory.lots values ('TEE-M', 'ams', 'sellable', '', null, 1), ('TEE-M', 'ams', 'rework', '', null, 2);
insert into inventory.movements (movement_id, sku, node, sequence, place, reason, order_id, line_id, cause, lot, status,
                                 delta, on_hand, moved_at, happened_at)
values ('1', 'TEE-M', 'ams', 1, 1, 'opening', null, null, 'c', '', 'sellable', 4, 4, $1, $1),
       ('2', 'TEE-M', 'ams', 2, 1, 'ship', 'o1', '1', 'c', '', 'sellable', -3, 1, $1, $1),
       ('3', 'TEE-M', 'ams', 3, 1, 'receipt', null, null, 'c', '', 'rework', 2, 2, $1, $1)
"""


async def test_shipped_and_reworked_units_are_compared_with_the_ledger(postgres_server: str, template: str) -> None:
    async with new_database(postgres_server, template) as url, desk_at(url) as desk:
        await desk.know()
        await desk.hear(landed(4, 1, supply_id=None), an_order("o1", a_line(units=2)))
        await desk.hear(shipped(3, 2), adjusted(3, a_movement(2, "receipt", status="rework")))
        *before, ledger = LEDGER.split(";\n")
        await desk.admin.execute(";".join(before))
        await desk.admin.execute(ledger, MONDAY)
        assert {name: rows for name, rows in (await check(url)).items() if rows} == {}, "three left, two were ordered"

        await desk.admin.execute("update allocation.supplies set expected = 1 where kind = 'rework'")
        await desk.admin.execute("update allocation.lines set shipped = 1")
        broken = {name for name, rows in (await check(url)).items() if rows}
        assert {"across: rework agrees", "across: shipped units agree"} <= broken
