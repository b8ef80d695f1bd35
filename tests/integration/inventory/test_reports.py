"""The floor's reports open a ledger once; after that, differences are shown and never absorbed."""

from datetime import timedelta
from typing import Any

from shared.contracts.counts import ReportedLot
from shared.contracts.fields import Fact
from shared.testing.builders import MONDAY, a_day, a_node, a_product, a_receipt, an_opening
from shared.testing.floor_facts import a_nightly, a_recount
from tests.integration.inventory.conftest import Floor

KNOWN: list[Fact] = [a_node(), a_product(), a_product("MUG")]
NIGHT = MONDAY + timedelta(hours=14)
L1: dict[str, Any] = {"lot": "L1", "expires_on": a_day(20)}


async def test_a_whole_node_may_be_opened_under_one_report_id(floor: Floor) -> None:
    await floor.hears(*KNOWN, an_opening(report_id="day-0"), an_opening("MUG", 4, report_id="day-0"))
    await floor.settled()

    assert await floor.on_hand() == 14


async def test_an_opening_of_nothing_opens_a_position(floor: Floor) -> None:
    await floor.hears(*KNOWN, an_opening(units=0), an_opening(units=9, report_id="again", as_of=NIGHT))

    assert await floor.on_hand() == 0
    assert await floor.named() == [("on_hand_differs", "TEE-M|ams", "open")]


async def test_a_second_opening_is_compared_and_not_absorbed(floor: Floor) -> None:
    await floor.hears(*KNOWN, an_opening(), an_opening(units=12, report_id="again", as_of=NIGHT))

    (exception,) = await floor.exceptions()
    assert [exception.facts[name] for name in ("reported", "ledger", "difference")] == ["12", "10", "2"]
    assert await floor.on_hand() == 10


async def test_an_opening_after_units_had_moved_is_compared(floor: Floor) -> None:
    await floor.hears(*KNOWN, a_receipt(units=5, scanned_at=MONDAY), an_opening(units=5, as_of=NIGHT))

    assert await floor.on_hand() == 5
    assert await floor.named() == []


async def test_an_opening_that_is_late_on_the_way_still_opens(floor: Floor) -> None:
    await floor.hears(*KNOWN, a_receipt(units=5, scanned_at=NIGHT), an_opening(units=10, as_of=MONDAY))
    await floor.settled()

    assert await floor.on_hand() == 15


async def test_a_receipt_before_the_opening_is_part_of_it(floor: Floor) -> None:
    await floor.hears(*KNOWN, an_opening(units=10, as_of=NIGHT), a_receipt(units=5, scanned_at=MONDAY))
    await floor.settled()

    assert await floor.on_hand() == 10


async def test_a_nightly_report_shows_every_lot_that_differs(floor: Floor) -> None:
    await floor.hears(*KNOWN, an_opening(), a_receipt(units=5, **L1), a_receipt("d", units=1, disposition="damaged"))
    lots = [ReportedLot(units=9), ReportedLot(units=1, status="damaged"), ReportedLot(lot="L9", units=2)]
    await floor.hears(a_nightly("n1", *lots, as_of=NIGHT))

    announced = {exception.facts.get("lot"): exception.facts["difference"] for exception in await floor.exceptions()}
    assert announced == {None: "-1", "L1": "-5", "L9": "2"}
    assert await floor.on_hand() == 15


async def test_a_difference_is_settled_by_the_next_report_that_agrees(floor: Floor) -> None:
    await floor.hears(*KNOWN, an_opening(), a_nightly("n1", ReportedLot(units=8), as_of=NIGHT))
    await floor.hears(a_nightly("n2", ReportedLot(units=7), as_of=NIGHT + timedelta(days=1)))
    await floor.hears(a_recount(units=7, counted_at=NIGHT + timedelta(days=1.5)))
    await floor.hears(a_nightly("n3", ReportedLot(units=7), as_of=NIGHT + timedelta(days=2)))

    exceptions = await floor.exceptions()
    assert len({exception.exception_id for exception in exceptions}) == 1
    assert [(exception.version, exception.state, exception.facts["difference"]) for exception in exceptions] == [
        (1, "open", "-2"),
        (2, "open", "-3"),
        (3, "settled", "-3"),
    ]


async def test_a_report_is_compared_with_the_ledger_as_of_then(floor: Floor) -> None:
    await floor.hears(*KNOWN, an_opening(), a_receipt(units=5, scanned_at=NIGHT + timedelta(hours=1)))
    await floor.hears(a_nightly("n1", ReportedLot(units=10), as_of=NIGHT))

    assert await floor.named() == []


async def test_reports_twice_or_out_of_order_change_nothing(floor: Floor) -> None:
    late, newer = a_nightly("n1", ReportedLot(units=3), as_of=NIGHT), a_nightly("n2", ReportedLot(units=9))
    newer = newer.model_copy(update={"as_of": NIGHT + timedelta(days=1)})
    await floor.hears(*KNOWN, an_opening(), newer)
    records = await floor.hears(late, newer)
    await floor.world.bus.publish(*records)
    await floor.hears(newer)

    (exception,) = await floor.exceptions()
    assert (exception.version, exception.facts["reported"]) == (1, "9")


async def test_a_report_waits_for_its_product(floor: Floor) -> None:
    await floor.hears(a_node(), a_nightly("n1", ReportedLot(units=3), as_of=NIGHT))
    assert await floor.parked() == ["sku:TEE-M"]
    await floor.hears(a_product())

    assert await floor.named() == [("on_hand_differs", "TEE-M|ams", "open")]
