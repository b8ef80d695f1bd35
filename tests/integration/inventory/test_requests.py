"""What people ask of stock is done once and whole, or refused and named."""

import pytest

from shared.contracts.exceptions import ExceptionSettleRequested
from shared.contracts.fields import Fact
from shared.contracts.stock import StockAdjusted
from shared.testing.builders import a_day, a_node, a_product, a_receipt, an_opening
from shared.testing.floor_facts import a_count, a_hold, a_lot_correction, a_status_change, an_unhold
from tests.integration.inventory.conftest import Floor

KNOWN: list[Fact] = [a_node(), a_product()]
TEN: list[Fact] = [*KNOWN, an_opening(units=10)]
LOT: list[Fact] = [*KNOWN, a_receipt("r1", units=10, lot="L1", expires_on=a_day(20))]


async def test_held_units_are_kept_back_and_let_go(floor: Floor) -> None:
    await floor.hears(*TEN, a_hold(units=4))
    await floor.hears(an_unhold(units=1))
    await floor.settled()

    assert await floor.lots() == {("sellable", ""): 7, ("quarantine", ""): 3}
    assert (await floor.news())[1:] == [
        [("hold", "sellable", -4), ("hold", "quarantine", 4)],
        [("unhold", "quarantine", -1), ("unhold", "sellable", 1)],
    ]


@pytest.mark.parametrize(
    ("fact", "reason", "left"),
    [
        (a_hold(units=None, into="rework"), "hold", {("rework", ""): 10}),
        (a_status_change("sellable", "rework", units=4), "rework", {("sellable", ""): 6, ("rework", ""): 4}),
        (a_status_change("sellable", "damaged", units=4), "damage", {("sellable", ""): 6, ("damaged", ""): 4}),
        (a_status_change("sellable", "quarantine", units=4), "hold", {("sellable", ""): 6, ("quarantine", ""): 4}),
    ],
)
async def test_units_change_their_status_for_the_reason_that_was_meant(
    floor: Floor, fact: Fact, reason: str, left: dict[tuple[str, str], int]
) -> None:
    await floor.hears(*TEN, fact)
    await floor.settled()

    assert await floor.lots() == left
    assert {movement[0] for movement in (await floor.news())[-1]} == {reason}


async def test_rework_that_is_done_can_be_sold(floor: Floor) -> None:
    await floor.hears(*KNOWN, a_receipt(units=6, disposition="rework"))
    await floor.hears(a_status_change("rework", "sellable", units=5))
    await floor.hears(a_status_change("rework", "damaged", "bad", units=None))
    await floor.settled()

    assert await floor.lots() == {("sellable", ""): 5, ("damaged", ""): 1}
    assert [news[0][0] for news in await floor.news()] == ["receipt", "rework", "damage"]


async def test_a_request_delivered_twice_is_done_once(floor: Floor) -> None:
    await floor.hears(*TEN)
    records = await floor.hears(a_hold(units=4), a_hold(units=4))
    await floor.world.bus.publish(*records)
    await floor.hears(a_hold(units=4), a_hold(units=99))
    await floor.settled()

    assert await floor.lots() == {("sellable", ""): 6, ("quarantine", ""): 4}
    assert await floor.named() == [("id_reused", "hold-1", "open")]


async def test_a_request_waits_for_its_product(floor: Floor) -> None:
    await floor.hears(a_node(), an_opening(units=10), a_hold(units=4))
    assert await floor.parked() == ["sku:TEE-M", "sku:TEE-M"]
    await floor.hears(a_product())
    await floor.settled()

    assert await floor.lots() == {("sellable", ""): 6, ("quarantine", ""): 4}


@pytest.mark.parametrize(
    ("fact", "there", "todo"),
    [
        (a_hold("no", units=11), "10", "only 10 units are sellable: ask for 10 at most"),
        (a_hold("no", lot="L9"), "0", "no units of this lot are sellable"),
        (an_unhold("no"), "0", "no units of this lot are quarantine"),
        (a_status_change("sellable", "sellable", "no"), "10", "from and to are both sellable"),
        (a_lot_correction("no"), "10", "say right_lot"),
        (a_lot_correction("no", lot="L9", right_lot="L1"), "0", "no units of this lot"),
    ],
)
async def test_an_impossible_request_is_refused_whole_and_named(
    floor: Floor, fact: Fact, there: str, todo: str
) -> None:
    await floor.hears(*TEN, fact, fact)
    await floor.hears(fact)

    (exception,) = await floor.exceptions()
    assert (exception.exception_class, exception.subject, exception.state, exception.version) == (
        "request_refused",
        "no",
        "open",
        1,
    )
    assert (exception.facts["request_id"], exception.facts["there"]) == ("no", there)
    assert todo in exception.facts["todo"]
    assert len(await floor.news()) == 1


async def test_a_person_settles_a_refused_request_once_and_it_stays_refused(floor: Floor) -> None:
    await floor.hears(*TEN, a_hold("no", units=11))
    (found,) = await floor.exceptions()
    asked = ExceptionSettleRequested(exception_id=found.exception_id, by="iris", why="held ten by hand")
    await floor.hears(asked, asked.model_copy(update={"by": "otto"}), a_hold("no", units=11))
    await floor.hears(asked, asked.model_copy(update={"exception_id": "nobody's"}))

    _, exception = await floor.exceptions()
    assert (exception.state, exception.version) == ("settled", 2)
    assert exception.facts == {**found.facts, "settled_by": "iris", "why": "held ten by hand"}


async def test_a_discrepancy_that_needs_a_count_is_not_settled_by_a_person(floor: Floor) -> None:
    await floor.hears(*TEN, a_count("c1", 5))
    (found,) = await floor.exceptions()
    assert (found.exception_class, found.state) == ("count_differs", "open")
    await floor.hears(ExceptionSettleRequested(exception_id=found.exception_id, by="iris", why="looks fine"))
    assert await floor.exceptions() == [found]


async def test_a_refused_request_stays_refused_when_units_come(floor: Floor) -> None:
    await floor.hears(*KNOWN, a_hold(units=5))
    await floor.hears(a_receipt(units=9), a_hold(units=5), a_hold("again", units=5))
    await floor.settled()

    assert await floor.lots() == {("sellable", ""): 4, ("quarantine", ""): 5}


async def test_requests_of_one_position_are_done_one_after_the_other(floor: Floor) -> None:
    await floor.hears(*TEN)
    await floor.hears(a_hold("a", 7), a_hold("b", 7), a_hold("c", 3))

    assert await floor.named() == [("request_refused", "b", "open")]
    assert await floor.lots() == {("quarantine", ""): 10}


async def test_a_mistyped_lot_is_corrected_as_one_news_of_two_movements(floor: Floor) -> None:
    await floor.hears(*LOT, a_lot_correction(units=4, lot="L1", right_lot="L7", right_expires_on=a_day(25)))
    await floor.settled()

    (event,) = (await floor.world.bus.told(StockAdjusted))[1:]
    assert [(m.reason, m.lot, m.expires_on, m.delta, m.on_hand) for m in event.movements] == [
        ("lot_correction", "L1", a_day(20), -4, 6),
        ("lot_correction", "L7", a_day(25), 4, 10),
    ]


async def test_a_mistyped_expiry_is_mended_for_the_whole_lot(floor: Floor) -> None:
    await floor.hears(*LOT, a_hold(units=3, lot="L1"))
    await floor.hears(a_receipt("r2", units=1, lot="L1", expires_on=a_day(22)))  # waits in quarantine
    await floor.hears(a_lot_correction(lot="L1", right_expires_on=a_day(26)))
    await floor.settled()

    dates = await floor.world.admin.fetch("select status, expires_on from inventory.lots order by status")
    assert [tuple(row) for row in dates] == [("quarantine", a_day(26)), ("sellable", a_day(26))]
    last = (await floor.world.bus.told(StockAdjusted))[-1]
    assert [(m.status, m.expires_on, m.delta) for m in last.movements] == [
        ("sellable", a_day(20), -7),
        ("quarantine", a_day(20), -4),
        ("sellable", a_day(26), 7),
        ("quarantine", a_day(26), 4),
    ]


async def test_units_cannot_join_a_lot_under_another_expiry(floor: Floor) -> None:
    await floor.hears(*LOT, a_receipt("r2", units=1, lot="L2", expires_on=a_day(22)))
    await floor.hears(a_lot_correction(lot="L2", right_lot="L1", right_expires_on=a_day(22)))

    (exception,) = await floor.exceptions()
    assert "lot L1 expires on 2027-03-20: correct that first" in exception.facts["todo"]
