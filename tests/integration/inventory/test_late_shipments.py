"""Units that were shipped have left, wherever the ledger has put them meanwhile."""

from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.local.clock import start_clock
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.fields import Fact
from shared.contracts.shipments import ShipmentConfirmed, ShippedLine
from shared.contracts.stock import StockAdjusted
from shared.testing.builders import MONDAY, a_node, a_product, a_receipt, a_shipment, an_opening
from shared.testing.floor_facts import a_count, a_hold, a_lot_correction, a_return, a_short
from shared.testing.until import until
from tests.integration.inventory.conftest import NOW, Floor

KNOWN: list[Fact] = [a_node(), a_product()]
TEN: list[Fact] = [*KNOWN, an_opening(units=10, as_of=MONDAY - timedelta(days=1))]
SHIPPED = MONDAY + timedelta(hours=2)


def shipped(units: int, lot: str | None = None, **fields: Any) -> ShipmentConfirmed:
    """Return units of TEE-M that left at ten."""
    line = ShippedLine(line_id="1", sku="TEE-M", node="ams", units=units, lot=lot)
    return a_shipment("o1", line, **{"handed_over_at": SHIPPED, **fields})


async def test_a_shipment_heard_after_its_lot_expired_takes_its_units_back_and_ships_them(floor: Floor) -> None:
    expires = datetime(2027, 4, 30, tzinfo=UTC)
    await floor.hears(*KNOWN, a_receipt("r1", units=5, lot="L1", expires_on=expires.date()))
    await start_clock(floor.world.admin_url, expires + timedelta(days=2))
    await until(lambda: floor.world.admin.fetchval("select exists (select from inventory.discrepancies)"))
    assert await floor.lots() == {("quarantine", "L1"): 5}

    await floor.hears(shipped(5, "L1"))
    await floor.has_waited()

    assert await floor.lots() == {}
    assert (await floor.news())[-1] == [
        ("correction", "quarantine", -5),
        ("correction", "sellable", 5),
        ("ship", "sellable", -5),
    ]
    assert [state for _, _, state in await floor.named()] == ["open", "settled"]


async def test_a_shipment_heard_after_a_hold_takes_back_only_the_missing_units(floor: Floor) -> None:
    await floor.hears(*TEN, a_hold(units=8), shipped(5))
    await floor.has_waited()
    await floor.settled()

    assert await floor.lots() == {("quarantine", ""): 5}
    last = (await floor.world.bus.told(StockAdjusted))[-1]
    assert [(m.reason, m.delta, m.on_hand, m.line_id) for m in last.movements] == [
        ("correction", -3, 5, None),
        ("correction", 3, 5, None),
        ("ship", -5, 0, "1"),
    ]
    assert await floor.named() == []


async def test_units_that_a_picker_found_after_all_are_shipped(floor: Floor) -> None:
    await floor.hears(*TEN, a_short(units=10), shipped(10))
    await floor.has_waited()
    await floor.settled()

    assert await floor.lots() == {}


async def test_a_shipment_that_is_only_heard_before_its_receipt_takes_nothing_back(floor: Floor) -> None:
    await floor.hears(*TEN, a_hold(units=8), shipped(5))
    assert await floor.parked() == ["units:TEE-M|ams"]
    await floor.hears(a_receipt("r1", units=4))
    await floor.settled()

    assert await floor.lots() == {("quarantine", ""): 8, ("sellable", ""): 1}
    assert await floor.named() == []


async def test_returned_units_are_not_taken_for_shipped_ones(floor: Floor) -> None:
    await floor.hears(*TEN, a_return(), a_hold(units=10), shipped(11))
    await floor.has_waited()
    assert await floor.lots() == {("quarantine", ""): 11}
    await floor.hears(a_receipt("r1", units=1))
    await floor.settled()

    assert await floor.lots() == {("quarantine", ""): 1}


async def test_units_that_were_counted_in_quarantine_since_are_there_and_were_not_shipped(floor: Floor) -> None:
    seen = a_count("q", 8, status="quarantine", counted_at=SHIPPED + timedelta(hours=1))
    await floor.hears(*TEN, a_hold(units=8), seen, shipped(5))
    await floor.has_waited()

    assert await floor.lots() == {("quarantine", ""): 8, ("sellable", ""): 2}
    assert await floor.parked() == ["units:TEE-M|ams"]
    await floor.hears(a_count("s", 0, kind="recount", counted_at=SHIPPED + timedelta(hours=1)))
    await floor.settled()


async def test_a_shipment_of_missing_units_asks_for_a_count_which_settles_it(floor: Floor) -> None:
    await floor.hears(*TEN, shipped(12))
    await floor.has_waited()
    await floor.has_waited()
    await floor.world.settled("inventory")
    (event,) = await floor.world.bus.told(ExceptionChanged)
    assert (event.exception_class, event.subject, event.state) == ("shipped_not_on_hand", "o1/ship", "open")
    assert (event.facts["there"], event.facts["sku"]) == ("10", "TEE-M")
    assert event.facts["todo"].startswith("count the sellable units of this lot, then those in quarantine")
    assert await floor.parked() == ["units:TEE-M|ams"]

    await floor.hears(a_count("c1", 0, kind="recount", counted_at=NOW - timedelta(days=1)))
    assert await floor.named() == [
        ("shipped_not_on_hand", "o1/ship", "open"),
        ("shipped_not_on_hand", "o1/ship", "settled"),
    ]
    assert await floor.on_hand() == 0


async def test_a_late_shipment_is_booked_and_settled_when_its_units_are_received(floor: Floor) -> None:
    await floor.hears(*TEN, shipped(12))
    await floor.has_waited()
    await floor.hears(a_receipt("r1", units=5))

    assert [state for _, _, state in await floor.named()] == ["open", "settled"]
    assert await floor.lots() == {("sellable", ""): 3}


async def test_a_shipment_under_the_old_name_of_a_lot_takes_it_under_its_new_one(floor: Floor) -> None:
    """Once renamed, and again; a lot that was corrected in part keeps its name for the rest."""
    await floor.hears(*KNOWN, a_receipt("r1", units=5, lot="L1O"), a_receipt("r2", units=4, lot="P1"))
    await floor.hears(a_lot_correction("typo-1", lot="L1O", right_lot="L10"))
    await floor.hears(a_lot_correction("typo-2", lot="L10", right_lot="L-10"))
    await floor.hears(a_lot_correction("typo-3", 1, lot="P1", right_lot="P2"))
    await floor.hears(shipped(3, "L1O"))
    await until(
        lambda: floor.world.admin.fetchval("select count(*) = 1 from inventory.movements where reason = 'ship'")
    )
    assert await floor.lots() == {("sellable", "L-10"): 2, ("sellable", "P1"): 3, ("sellable", "P2"): 1}
    await floor.hears(shipped(2, "P1", shipment_id="s2"))
    await until(
        lambda: floor.world.admin.fetchval("select count(*) = 2 from inventory.movements where reason = 'ship'")
    )
    assert await floor.lots() == {("sellable", "L-10"): 2, ("sellable", "P1"): 1, ("sellable", "P2"): 1}
    assert await floor.world.admin.fetchval("select count(*) from inventory.parked") == 0


async def test_a_pickers_short_under_the_old_name_of_a_lot_keeps_back_its_units(floor: Floor) -> None:
    await floor.hears(
        *KNOWN, a_receipt("r1", units=5, lot="L1O"), a_lot_correction("typo-1", lot="L1O", right_lot="L10")
    )
    await floor.hears(a_short(units=2, lot="L1O"))
    await floor.settled()
    assert await floor.lots() == {("sellable", "L10"): 3, ("quarantine", "L10"): 2}
