"""What did not come by the day after it was due is named to a person, louder as time passes, until it is heard of."""

from datetime import UTC, datetime

from services.receiving.app import SERVICE
from shared.contracts.exceptions import ExceptionChanged
from shared.testing.builders import a_close, a_node, a_product, a_receipt, a_scan, an_asn, landed
from shared.testing.suppliers import a_cancellation, a_purchase_order, an_order_line
from shared.testing.until import until
from tests.integration.receiving.conftest import Dock

KNOWN = (a_node(), a_product(), an_asn())


async def told(dock: Dock) -> list[tuple[str, str, str, str]]:
    """Return supply, state, days and level of all that was told as overdue."""
    events = await dock.world.bus.told(ExceptionChanged)
    return [
        (e.subject, e.state, e.facts["days_overdue"], e.facts["level"])
        for e in events
        if e.exception_class == "inbound_overdue"
    ]


async def on(dock: Dock, day: int) -> None:
    """Let it be noon of a day of March, and everything be looked at that is due by then."""
    await dock.is_now(datetime(2027, 3, day, 12, tzinfo=UTC))
    looked = "select not exists (select from receiving.overdue_looks where look_at <= clock())"
    await dock.world.admin.execute("set search_path = public, receiving")
    await until(lambda: dock.world.admin.fetchval(looked))
    await dock.world.settled(SERVICE.name)


async def test_a_truck_that_does_not_come_is_named_louder_and_louder(dock: Dock) -> None:
    await dock.hears(*KNOWN)
    for day in (10, 11):
        await on(dock, day)
    assert await told(dock) == []
    for day in (12, 13, 15, 18, 25):
        await on(dock, day)
    assert await told(dock) == [
        ("asn-1", "open", "2", "1 of 4"),
        ("asn-1", "open", "5", "2 of 4"),
        ("asn-1", "open", "8", "3 of 4"),
        ("asn-1", "open", "15", "4 of 4"),
    ]


async def test_it_is_settled_by_its_arrival_a_new_date_a_close_or_a_cancellation(dock: Dock) -> None:
    trucks = [an_asn(f"asn-{number}") for number in range(1, 6)]
    await dock.hears(a_node(), a_product(), *trucks)
    await on(dock, 13)
    assert len(await told(dock)) == 5
    late = an_asn("asn-2", revision=2, due=(20, 21))
    await dock.hears(
        a_scan(asn_id="asn-1"), late, a_close("asn-3"), a_cancellation("asn-4"), a_receipt(supply_id="asn-5")
    )
    await on(dock, 14)
    assert sorted(row[0] for row in await told(dock) if row[1] == "settled") == [f"asn-{n}" for n in range(1, 6)]
    await on(dock, 24)
    assert sorted(row[0] for row in await told(dock) if row[1] == "open") == [
        "asn-1", "asn-2", "asn-2", "asn-3", "asn-4", "asn-5",
    ]  # fmt: skip


async def test_a_line_of_a_purchase_order_is_overdue_until_it_is_announced_or_received(dock: Dock) -> None:
    lines = (an_order_line("1", 10, due=9), an_order_line("2", 4, due=9, sku="MUG"))
    await dock.hears(a_node(), a_product(), a_product("MUG", packs=()), a_purchase_order("po", *lines))
    await on(dock, 12)
    assert sorted(row[:2] for row in await told(dock)) == [("po/1", "open"), ("po/2", "open")]
    await dock.hears(an_asn(po_number="po", due=(20, 21)), landed(4, sku="MUG", supply_id="po/2"))
    await dock.hears(a_receipt(supply_id="po/2", sku="MUG", units=4))
    await on(dock, 14)
    assert sorted(row[:2] for row in await told(dock)) == [
        ("po/1", "open"), ("po/1", "settled"), ("po/2", "open"), ("po/2", "settled"),
    ]  # fmt: skip
