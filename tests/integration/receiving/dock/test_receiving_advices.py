"""What a truck came to is told at its close, and again only when a late scan changes it."""

from services.receiving.store.asns import asn_status
from shared.contracts.advices import ReceivingAdvised
from shared.contracts.dock import ReceivingClosed
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.settings import PolicyUpserted
from shared.db.pool import create_pool
from shared.messaging.transaction import reading
from shared.testing.builders import a_carton, a_close, a_node, a_product, a_scan, an_asn, an_asn_line
from shared.testing.suppliers import a_cancellation, a_purchase_order, an_order_line
from tests.integration.receiving.conftest import Dock

KNOWN = (a_node(), a_product())
MUG = a_product("MUG", packs=())
BIG = a_purchase_order("po", an_order_line(qty=30))


async def shorts(dock: Dock) -> list[tuple[str, str | None]]:
    """Return state and units of each news of something short."""
    events = await dock.world.bus.told(ExceptionChanged)
    return [(row.state, row.facts.get("short")) for row in events if row.exception_class == "short"]


async def test_a_close_announces_what_came_and_what_is_still_owed(dock: Dock) -> None:
    await dock.hears(*KNOWN, BIG, an_asn(po_number="po"), a_scan(times=7), a_scan("gun/2", 1, disposition="damaged"))
    await dock.hears(a_close())
    (closed,) = await dock.world.bus.told(ReceivingClosed)
    (line,) = closed.lines
    assert (line.expected, line.received, line.damaged, line.short, line.over) == (10, 8, 1, 2, 0)
    assert (line.wrong, line.owed_on_po) == (0, 22)
    (advised,) = await dock.world.bus.told(ReceivingAdvised)
    assert (advised.version, advised.format, advised.document) == (1, None, None)
    assert advised.lines[0].model_dump(exclude={"gtin"}) == line.model_dump()


async def test_units_of_a_sku_that_the_asn_does_not_list_are_wrong(dock: Dock) -> None:
    of_mug = an_asn("asn-1", a_carton("c1", an_asn_line("MUG", 2)))
    await dock.hears(*KNOWN, MUG, of_mug, a_scan(times=3), a_close())
    (closed,) = await dock.world.bus.told(ReceivingClosed)
    assert [(x.sku, x.expected, x.received, x.short, x.over, x.wrong) for x in closed.lines] == [
        ("MUG", 2, 0, 2, 0, 0),
        ("TEE-M", 0, 3, 0, 0, 3),
    ]


async def test_closing_twice_is_once(dock: Dock) -> None:
    await dock.hears(*KNOWN, an_asn(), a_close(), a_close())
    assert len(await dock.world.bus.told(ReceivingClosed)) == 1
    assert len(await dock.world.bus.told(ReceivingAdvised)) == 1


async def test_a_late_scan_is_announced_with_the_next_version_and_settles_the_short(dock: Dock) -> None:
    await dock.hears(*KNOWN, an_asn(), a_scan(times=7), a_close(), a_scan("gun/2", 2), a_scan("gun/3", 1))
    events = await dock.world.bus.told(ReceivingAdvised)
    assert [(row.version, row.lines[0].received) for row in events] == [(1, 7), (2, 9), (3, 10)]
    assert await shorts(dock) == [("open", "3"), ("open", "1"), ("settled", "1")]


async def test_a_late_revision_that_changes_no_figure_is_not_announced(dock: Dock) -> None:
    await dock.hears(*KNOWN, an_asn(), a_scan(times=7), a_close(), an_asn(revision=2, due=(20, 21)))
    assert len(await dock.world.bus.told(ReceivingAdvised)) == 1


async def test_a_tolerated_difference_is_not_short(dock: Dock) -> None:
    policy = PolicyUpserted(merchant="acme", version=1, short_percent=20)
    await dock.hears(*KNOWN, policy, an_asn(), an_asn("asn-2"), a_scan(times=8), a_close(), a_close("asn-2"))
    assert await shorts(dock) == [("open", "10")]


async def test_an_asn_can_be_asked_for(dock: Dock) -> None:
    await dock.hears(*KNOWN, an_asn(), an_asn("asn-2"), an_asn("asn-3"), a_scan(times=7))
    await dock.hears(a_close("asn-2"), a_cancellation("asn-3"))
    pool = await create_pool(dock.world.url_of("receiving"), "receiving")
    async with pool, reading(pool, "test") as tx:
        status = await asn_status.asn_status(tx, "asn-1")
        states = [row.state for name in ("asn-2", "asn-3") if (row := await asn_status.asn_status(tx, name))]
        assert await asn_status.asn_status(tx, "asn-9") is None
        assert await asn_status.open_asns(tx, "ams", 9) == ["asn-1"]
    assert status is not None
    assert (status.state, status.supplier_id, status.node) == ("open", "mills", "ams")
    assert [(x.sku, x.expected, x.received, x.stocked) for x in status.lines] == [("TEE-M", 10, 7, 0)]
    assert states == ["closed", "cancelled"]


async def test_a_supplier_who_packs_differently_is_named_and_believed(dock: Dock) -> None:
    carton = a_carton("c1", an_asn_line(qty=2, uom="case", units_per=10))
    await dock.hears(*KNOWN, an_asn("asn-1", carton))
    assert await dock.inbound() == [(1, {"asn-1": 20}, None)]
    assert await dock.exceptions() == {("pack_differs", "open"): 1}
    await dock.hears(an_asn("asn-1", revision=2))
    assert await dock.exceptions() == {("pack_differs", "open"): 1, ("pack_differs", "settled"): 1}
