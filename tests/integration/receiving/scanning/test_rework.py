"""Trucks of which something is in rework are looked at when that changes."""

from services.receiving.handlers.dock.lead_times import observe_trucks
from services.receiving.store.dock.lead_times import trucks_to_observe
from shared.messaging.transaction import begin
from shared.testing.builders import a_close, a_node, a_product, a_scan, an_asn
from tests.integration.receiving.conftest import posted
from tests.integration.receiving.scanning.conftest import Desk


async def to_look_at(desk: Desk) -> list[str]:
    """Return the trucks that a look finds; it looks at them, too."""
    async with begin(desk.worker.pool, desk.worker.source, desk.worker.bell) as tx:
        waiting = await trucks_to_observe(tx, 100)
        await observe_trucks(tx, 100)
        return waiting


async def test_a_truck_that_waits_for_rework_is_looked_at_only_when_some_rework_has_ended(desk: Desk) -> None:
    await desk.hears(a_node(), a_product(), an_asn(), a_scan("gun/1", 6), a_scan("gun/2", 4, disposition="rework"))
    await desk.hears(posted(1, ("receipt", "sellable", 6), ("receipt", "rework", 4)), a_close())
    assert [await to_look_at(desk) for _ in range(2)] == [["asn-1"], []]

    await desk.hears(posted(2, ("rework", "rework", -3), ("rework", "sellable", 3)))
    assert [await to_look_at(desk) for _ in range(2)] == [["asn-1"], []], "one unit is in rework still"

    await desk.hears(posted(3, ("rework", "rework", -1), ("rework", "damaged", 1)))
    assert [await to_look_at(desk) for _ in range(2)] == [["asn-1"], []]
    assert await desk.admin.fetchval("select sum(units) from lead_times") == 9
