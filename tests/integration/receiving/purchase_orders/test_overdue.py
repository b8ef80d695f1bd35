"""How long what was ordered takes is learned, and what is owed for too long is never promised for a day gone by."""

import asyncio
from datetime import datetime

import httpx

from shared.contracts.inbound import InboundChanged
from shared.testing.builders import a_carton, a_close, a_product, a_scan, an_asn, an_asn_line
from shared.testing.suppliers import a_purchase_order, an_order_line
from shared.testing.until import until
from tests.integration.receiving.conftest import Dock, answer, posted, told_at
from tests.integration.receiving.dock.test_appointments import a_docked_node, arrived, at

KNOWN = (a_docked_node(), a_product())


async def windows(dock: Dock, supply_id: str = "po/1") -> list[tuple[str, str]]:
    """Return first and last day of each news about a supply."""
    events = await dock.world.bus.told(InboundChanged, "TEE-M|ams")
    own = [supply.window for news in events for supply in news.supplies if supply.supply_id == supply_id]
    return [(str(window.earliest)[5:], str(window.latest)[5:]) for window in own]


async def observed(dock: Dock, trucks: int) -> None:
    await until(lambda: dock.world.admin.fetchval(f"select count(*) = {trucks} from receiving.truck_times"))


async def came(dock: Dock, asn_id: str, sequence: int, units: int, day: int) -> None:
    """Let a truck come, count and close it, and make it sellable on a day."""
    await dock.hears(arrived(at(day, 8), asn_id), a_scan(f"gun/{asn_id}", units, asn_id=asn_id))
    stock = posted(sequence, ("receipt", "sellable", units), supply_id=asn_id)
    await dock.hears(told_at(stock, at(day + 1, 9)), a_close(asn_id))


async def test_a_purchase_order_is_followed_from_the_day_it_was_sent(dock: Dock, web: httpx.AsyncClient) -> None:
    order = a_purchase_order("po", an_order_line(due=12), ordered_at=at(1, 9))
    await dock.hears(*KNOWN, order, an_asn(po_number="po", shipped_at=at(8, 9)))
    await came(dock, "asn-1", 1, 10, 11)
    await observed(dock, 1)
    legs = (await answer(web, "/lead-times", supplier_id="mills", sku="TEE-M"))["working_days"]
    del legs["eta_error"]
    assert {leg: figures["p50"] for leg, figures in legs.items()} == {
        "ordered_to_shipped": 5, "shipped_to_docked": 3, "docked_to_ready": 1, "ordered_to_ready": 9,
        "due_to_ready": 0,
    }  # fmt: skip


async def test_trucks_of_an_order_fill_the_lines_that_are_due_first(dock: Dock) -> None:
    four, six = (a_carton("c1", an_asn_line(qty=units)) for units in (4, 6))
    order = a_purchase_order("po", an_order_line("1", 6, due=22), an_order_line("2", 4, due=9))
    await dock.hears(*KNOWN, order, an_asn("asn-1", six, po_number="po"), an_asn("asn-2", four, po_number="po"))
    await came(dock, "asn-2", 1, 4, 10)
    await came(dock, "asn-1", 2, 6, 22)
    await observed(dock, 2)
    late = await dock.world.admin.fetch("select asn_id, due_to_ready from receiving.lead_times order by asn_id")
    assert [tuple(row) for row in late] == [("asn-1", 1), ("asn-2", 2)]


async def test_thirty_deliveries_teach_the_window_of_the_next_order(dock: Dock, web: httpx.AsyncClient) -> None:
    names = [f"t{n}" for n in range(30)]
    before = a_purchase_order("before", an_order_line(due=15))
    await dock.hears(*KNOWN, before)
    await dock.hears_at_once(*(a_purchase_order(f"po-{name}", an_order_line(due=10)) for name in names))
    await dock.hears_at_once(*(an_asn(name, po_number=f"po-{name}") for name in names))
    await dock.hears_at_once(*(a_scan(f"g/{name}", 10, asn_id=name) for name in names))
    stock = [posted(n, ("receipt", "sellable", 10), supply_id=name) for n, name in enumerate(names, 1)]
    await dock.hears_at_once(*(told_at(news, at(11 if n < 15 else 12, 8)) for n, news in enumerate(stock)))
    await dock.hears_at_once(*(a_close(name) for name in names))
    await observed(dock, 30)

    figures = (await answer(web, "/lead-times", supplier_id="mills"))["working_days"]["due_to_ready"]
    assert figures == {"p10": 1, "p50": 1, "p90": 2, "of": 30}
    by_sql = "select percentile_disc(array[0.1, 0.5, 0.9]) within group (order by due_to_ready)"
    assert await dock.world.admin.fetchval(f"{by_sql} from receiving.lead_times") == [1, 1, 2]
    await dock.hears(a_purchase_order("po", an_order_line(due=15)))
    assert (await windows(dock))[-1] == ("03-16", "03-17")
    await dock.hears(a_purchase_order("before", an_order_line(qty=11, due=15), version=2))
    assert set(await windows(dock, "before/1")) == {("03-16", "03-29")}, "what was told stands, whatever was learned"


async def test_a_suppliers_reliability_is_announced_with_the_next_news(dock: Dock) -> None:
    await dock.hears(*KNOWN, a_purchase_order("po", an_order_line(due=1)))
    await dock.hears(an_asn("asn-1"), an_asn("asn-2", po_number="po"), an_asn("asn-9"))
    assert await _shares(dock) == {None}, "nobody knows the supplier yet"
    await came(dock, "asn-1", 1, 10, 11)
    await observed(dock, 1)
    await came(dock, "asn-2", 2, 10, 18)
    assert await _shares(dock) == {100}, "the truck before was ready in time for its ETA"
    before = await dock.inbound()
    await observed(dock, 2)
    await dock.idle()
    assert await dock.inbound() == before, "a share alone is no news"
    await dock.hears(an_asn("asn-9", revision=2, due=(25, 26)))
    assert await _shares(dock) == {50}, "what was due on the first came on the eighteenth"


async def test_units_owed_for_too_long_move_in_time(dock: Dock) -> None:
    await dock.hears(*KNOWN, a_purchase_order())
    await _stays(dock, at(18, 22, 59))
    assert await windows(dock) == [("03-10", "03-23")]
    await dock.is_now(at(18, 23))
    await until(lambda: _news(dock, 2))
    await _stays(dock, at(19, 22))
    assert await windows(dock) == [("03-10", "03-23"), ("03-22", "04-02")]
    (*_, news) = await dock.world.bus.told(InboundChanged)
    assert news.supplies[0].cause == "firstfill/receiving/overdue/po/1/2027-03-19"
    assert news.supplies[0].reason.endswith(
        "still owed, and no ASN announces it yet; purchase order po line 1: due 9 March"
    )
    await dock.hears(a_purchase_order(version=2))
    assert len(await windows(dock)) == 2, "the same order again is no news"


async def test_an_order_that_owes_nothing_is_never_overdue(dock: Dock) -> None:
    final = a_purchase_order("final", an_order_line(final=True))
    await dock.hears(*KNOWN, a_purchase_order(), final, an_asn(po_number="po"))
    await _stays(dock, at(25, 9))
    announced = await windows(dock)
    assert announced == [("03-10", "03-23")]


async def _stays(dock: Dock, when: datetime) -> None:
    """Let time pass, long enough for the sweep to look."""
    await dock.is_now(when)
    await asyncio.sleep(2.5)
    await dock.idle()


async def _news(dock: Dock, times: int) -> bool:
    return len(await windows(dock)) == times


async def _shares(dock: Dock) -> set[int | None]:
    """Return what the last news of a position says of its suppliers."""
    (*_, news) = await dock.world.bus.told(InboundChanged, "TEE-M|ams")
    return {supply.on_time_share for supply in news.supplies}
