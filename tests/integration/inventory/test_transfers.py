"""Units that go to another node are kept back when they are asked for, and leave when they are sent."""

from shared.contracts.fields import Fact
from shared.contracts.stock_requests import LotCorrectionRequested
from shared.contracts.transfers import RequestedUnits, SentCarton, SentUnits
from shared.testing.builders import MONDAY, a_day, a_node, a_product, a_receipt, an_opening
from shared.testing.floor_facts import a_lot_correction, a_sent_transfer, a_transfer, a_withdrawal, an_unhold
from tests.integration.inventory.conftest import Floor

TEN: list[Fact] = [a_node(), a_node("ber"), a_product(), an_opening(units=10)]


async def test_units_are_kept_back_when_asked_for_and_leave_when_sent(floor: Floor) -> None:
    await floor.hears(*TEN, a_transfer(units=4))
    assert await floor.lots() == {("sellable", ""): 6, ("quarantine", ""): 4}
    await floor.hears(a_sent_transfer(units=4))

    assert await floor.lots() == {("sellable", ""): 6}
    assert (await floor.news())[1:] == [
        [("transfer", "sellable", -4), ("transfer", "quarantine", 4)],
        [("transfer", "quarantine", -4)],
    ]


async def test_what_is_not_sent_may_be_sold_again_and_more_than_asked_is_taken_from_sellable(floor: Floor) -> None:
    await floor.hears(*TEN, a_transfer(units=4), a_sent_transfer(units=3))
    assert await floor.lots() == {("sellable", ""): 7}
    await floor.hears(a_transfer("tr-2", units=2), a_sent_transfer("tr-2", units=5))
    assert await floor.lots() == {("sellable", ""): 2}


async def test_units_that_nobody_asked_for_leave_from_sellable(floor: Floor) -> None:
    await floor.hears(*TEN, a_sent_transfer(units=4))
    assert await floor.lots() == {("sellable", ""): 6}


async def test_a_transfer_of_more_than_is_there_is_refused_whole(floor: Floor) -> None:
    lines = (RequestedUnits(sku="TEE-M", units=4), RequestedUnits(sku="TEE-M", lot="L9", units=1))
    await floor.hears(*TEN, a_transfer(lines=lines))

    assert await floor.lots() == {("sellable", ""): 10}
    (refused,) = await floor.exceptions()
    assert (refused.exception_class, refused.subject) == ("request_refused", "tr-1")
    assert refused.facts["todo"] == (
        "no units of this lot are sellable: name a lot and status that has some; then ask again under a new transfer_id"
    )


async def test_a_transfer_that_is_withdrawn_may_be_sold_again(floor: Floor) -> None:
    await floor.hears(*TEN, a_transfer(units=4), a_withdrawal())
    assert await floor.lots() == {("sellable", ""): 10}
    await floor.hears(a_sent_transfer(units=4))
    assert await floor.lots() == {("sellable", ""): 6}, "it left all the same"


async def test_a_transfer_that_is_withdrawn_after_it_left_is_named(floor: Floor) -> None:
    await floor.hears(*TEN, a_transfer(units=4), a_sent_transfer(units=4), a_withdrawal())
    assert await floor.lots() == {("sellable", ""): 6}
    assert await floor.named() == [("request_refused", "tr-1/withdrawn", "open")]


async def test_a_withdrawal_that_overtakes_its_transfer_waits_for_it(floor: Floor) -> None:
    await floor.hears(*TEN, a_withdrawal())
    assert await floor.parked() == ["transfer:tr-1"]
    await floor.hears(a_transfer(units=4))
    await floor.settled()
    assert await floor.lots() == {("sellable", ""): 10}


async def test_a_transfer_of_units_that_are_not_there_waits_and_is_named(floor: Floor) -> None:
    await floor.hears(*TEN, a_sent_transfer(units=12))
    assert await floor.parked() == ["units:TEE-M|ams"]
    await floor.has_waited()
    await floor.hears(a_receipt("r1", units=3))
    await floor.settled()
    assert await floor.lots() == {("sellable", ""): 1}
    assert await floor.named() == [
        ("shipped_not_on_hand", "tr-1", "open"),
        ("shipped_not_on_hand", "tr-1", "settled"),
    ]


async def test_everything_that_is_told_twice_happens_once(floor: Floor) -> None:
    again = a_sent_transfer(units=4, carrier="DSV")
    await floor.hears(*TEN, a_transfer(units=4), a_transfer(units=4), again, again)
    assert await floor.lots() == {("sellable", ""): 6}
    await floor.hears(a_sent_transfer(units=5, shipped_at=MONDAY))
    assert await floor.lots() == {("sellable", ""): 6}
    assert [name[:2] for name in await floor.named()] == [("id_reused", "tr-1")]


def renamed(number: int, status: str) -> LotCorrectionRequested:
    """Return that the units of L1 in a status are L2."""
    return a_lot_correction(f"typo-{number}", lot="L1", right_lot="L2", status=status)


LOT: list[Fact] = [a_node(), a_node("ber"), a_product(), a_receipt("r1", units=10, lot="L1")]
KEPT_AND_RENAMED = [*LOT, a_transfer(units=4, lot="L1"), renamed(1, "quarantine"), renamed(2, "sellable")]


async def test_what_is_kept_back_of_a_lot_that_was_renamed_is_put_back_or_sent(floor: Floor) -> None:
    await floor.hears(*KEPT_AND_RENAMED, a_withdrawal())
    assert await floor.lots() == {("sellable", "L2"): 10}


async def test_a_renamed_lot_leaves_under_its_new_name(floor: Floor) -> None:
    carton = SentCarton(carton_id="c1", lines=(SentUnits(sku="TEE-M", units=4, lot="L2"),))
    await floor.hears(*KEPT_AND_RENAMED, a_sent_transfer(cartons=(carton,)))
    assert await floor.lots() == {("sellable", "L2"): 6}


async def test_what_somebody_let_go_meanwhile_leaves_from_sellable(floor: Floor) -> None:
    await floor.hears(*TEN, a_transfer(units=4), an_unhold(units=4), a_sent_transfer(units=4))
    assert await floor.lots() == {("sellable", ""): 6}


async def test_a_date_of_what_left_says_nothing_of_what_stays(floor: Floor) -> None:
    carton = SentCarton(carton_id="c1", lines=(SentUnits(sku="TEE-M", units=4, expires_on=a_day(31)),))
    await floor.hears(*TEN, a_sent_transfer(cartons=(carton,)))
    assert await floor.world.admin.fetch("select from inventory.lots where expires_on is not null") == []
