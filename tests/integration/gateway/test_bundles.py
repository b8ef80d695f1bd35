"""A bundle is shown as the one line that was ordered."""

from services.gateway.app import SERVICE
from shared.contracts.allocations import AllocatedLine, AllocatedLot, LineAllocated, OfBundle
from shared.testing.allocations import a_revoked_line, revoked
from shared.testing.builders import a_line, a_promised_line, a_released_line, an_order, promised, released
from tests.integration.conftest import World
from tests.integration.gateway.test_read_models import handled


async def test_a_bundle_waits_for_less_when_it_is_whole_and_again_when_a_component_is_lost(world: World) -> None:
    whole = OfBundle(line_id="1", line_version=2, sku="KIT", units=2)
    lost = OfBundle(line_id="1", line_version=3, sku="KIT", units=1)
    async with world.start(SERVICE):
        await world.bus.publish(
            an_order("o1", a_line("1", "KIT", 3)),
            promised("o1", a_promised_line(1, sku="KIT", units=3)),
            released(
                "o1",
                a_released_line(1, 2, "1/TENT", sku="TENT", bundle=whole),
                a_released_line(1, 4, "1/MAT", sku="MAT", bundle=whole),
            ),
        )
        await handled(world, 3)
        assert await world.admin.fetchval("select units from gateway.waiting") == 1
        await world.bus.publish(revoked("o1", a_revoked_line(2, 1, "1/TENT", sku="TENT", bundle=lost)))
        await handled(world, 4)

    (row,) = await world.admin.fetch("select line_id, units from gateway.waiting")
    assert (row["line_id"], row["units"]) == ("1", 2)


def got(sku: str, version: int, whole: int) -> LineAllocated:
    """Return units of a component of line 1, with which so many kits are whole on the floor."""
    bundle = OfBundle(line_id="1", line_version=version, sku="KIT", units=whole)
    line = AllocatedLine(
        line_id=f"1/{sku}", line_version=1, sku=sku, node="ams", units=2, lots=(AllocatedLot(units=2),), bundle=bundle
    )
    return LineAllocated(order_id="o1", release="now", lines=(line,))


async def test_a_bundle_that_never_waited_is_shown_as_released_and_its_components_are_no_lines(world: World) -> None:
    lost = a_revoked_line(2, 1, "1/MAT", sku="MAT")
    bundle = OfBundle(line_id="1", line_version=1, sku="KIT", units=0)
    async with world.start(SERVICE):
        await world.bus.publish(
            an_order("o1", a_line("1", "KIT", 3)),
            got("MAT", 1, 0),
            revoked("o1", lost.model_copy(update={"bundle": bundle})),
            got("TENT", 2, 2),
            got("MAT", 2, 2),
        )
        await handled(world, 5)

    rows = await world.admin.fetch("select line_id, sku, units from gateway.allocated_units")
    assert [tuple(row) for row in rows] == [("1", "KIT", 2)]
