"""Units that were not found, came back or were scanned by mistake."""

from datetime import timedelta

from shared.contracts.fields import Fact
from shared.contracts.returns import ReturnedLine
from shared.contracts.stock import StockAdjusted
from shared.testing.builders import MONDAY, a_day, a_node, a_product, a_receipt, an_opening
from shared.testing.floor_facts import a_count, a_hold, a_recount, a_return, a_short, an_unhold
from tests.integration.inventory.conftest import Floor

TEN: list[Fact] = [a_node(), a_product(), an_opening(units=10, as_of=MONDAY - timedelta(days=1))]
LATER = MONDAY + timedelta(hours=1)


async def test_units_that_a_picker_did_not_find_are_kept_back_and_name_their_line(floor: Floor) -> None:
    await floor.hears(*TEN, a_short(units=3))

    (exception,) = await floor.exceptions()
    assert (exception.exception_class, exception.subject, exception.state) == ("pick_short", "pick-1", "open")
    assert [exception.facts[name] for name in ("shorted", "taken", "order_id", "line_id")] == ["3", "3", "o1", "1"]
    assert await floor.lots() == {("sellable", ""): 7, ("quarantine", ""): 3}
    last = (await floor.world.bus.told(StockAdjusted))[-1]
    assert [(m.reason, m.status, m.delta, m.order_id, m.line_id) for m in last.movements] == [
        ("short", "sellable", -3, "o1", "1"),
        ("short", "quarantine", 3, "o1", "1"),
    ]


async def test_a_count_of_that_lot_settles_the_short(floor: Floor) -> None:
    await floor.hears(*TEN, a_short(units=3))
    await floor.hears(a_count("other", 3, status="quarantine", counted_at=LATER))
    assert await floor.named() == [("pick_short", "pick-1", "open")]
    await floor.hears(a_count("that", 7, counted_at=LATER))

    assert await floor.named() == [("pick_short", "pick-1", "open"), ("pick_short", "pick-1", "settled")]


async def test_a_count_that_differs_leaves_the_short_open(floor: Floor) -> None:
    await floor.hears(*TEN, a_short(units=3), a_count("that", 5, counted_at=LATER))
    assert await floor.named() == [("count_differs", "that", "open"), ("pick_short", "pick-1", "open")]
    await floor.hears(a_recount(units=5, counted_at=LATER))

    assert [state for _, _, state in await floor.named()] == ["open", "settled"] * 2
    assert await floor.on_hand() == 5


async def test_a_short_of_more_than_is_there_takes_the_rest_and_says_so(floor: Floor) -> None:
    await floor.hears(*TEN, a_short(units=12), a_short("pick-2"))

    first, second = await floor.exceptions()
    assert (first.facts["taken"], second.facts["taken"]) == ("10", "0")
    assert "the ledger had only 10 of the 12" in first.facts["todo"]
    assert await floor.lots() == {("quarantine", ""): 10}


async def test_a_short_delivered_twice_counts_once(floor: Floor) -> None:
    await floor.hears(*TEN)
    records = await floor.hears(a_short(), a_short())
    await floor.world.bus.publish(*records)
    await floor.hears(a_short())

    assert await floor.named() == [("pick_short", "pick-1", "open")]
    assert await floor.on_hand() == 9


async def test_shorts_and_returns_wait_for_their_product(floor: Floor) -> None:
    await floor.hears(a_node(), an_opening(), a_short(), a_return())
    assert await floor.parked() == ["sku:TEE-M"] * 3
    await floor.hears(a_product())
    await floor.settled()

    assert await floor.lots() == {("sellable", ""): 9, ("quarantine", ""): 2}


async def test_returned_units_are_in_quarantine(floor: Floor) -> None:
    line = ReturnedLine(line_id="2", sku="TEE-M", node="ams", units=2, lot="L1", expires_on=a_day(20))
    await floor.hears(*TEN)
    records = await floor.hears(a_return("ret-1", line))
    await floor.world.bus.publish(*records)
    await floor.hears(a_return("ret-1", line))
    await floor.settled()

    assert await floor.lots() == {("sellable", ""): 10, ("quarantine", "L1"): 2}
    (moved,) = (await floor.world.bus.told(StockAdjusted))[-1].movements
    assert (moved.reason, moved.order_id, moved.line_id, moved.expires_on) == ("return", "o1", "2", a_day(20))


async def test_a_void_takes_its_units_back(floor: Floor) -> None:
    await floor.hears(*TEN, a_receipt("r1", units=5), a_receipt("r1/void", units=-5, corrects="r1"))
    await floor.settled()

    assert await floor.on_hand() == 10


async def test_a_void_of_units_that_are_kept_back_waits_until_they_are_let_go(floor: Floor) -> None:
    await floor.hears(a_node(), a_product(), a_receipt("r1", units=5))
    await floor.hears(a_hold(units=3))
    await floor.hears(a_receipt("r1/void", units=-5, corrects="r1"))
    assert await floor.parked() == ["units:TEE-M|ams"]
    await floor.hears(an_unhold(units=3))
    await floor.settled()

    assert await floor.lots() == {}


async def test_a_void_of_units_that_were_counted_away_takes_nothing_more(floor: Floor) -> None:
    await floor.hears(*TEN, a_receipt("r1", units=5), a_recount(units=10, counted_at=LATER))
    late = MONDAY + timedelta(hours=2)
    await floor.hears(a_receipt("r1/void", units=-5, corrects="r1", scanned_at=late))
    await floor.settled()

    assert await floor.on_hand() == 10
    assert (await floor.news())[-1] == [("count", "sellable", 5), ("receipt", "sellable", -5)]
