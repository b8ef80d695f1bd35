"""One lot has one expiry: units that come with another wait in quarantine until a person says which is right."""

from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.counts import ReportedLot
from shared.contracts.exceptions import ExceptionSettleRequested
from shared.contracts.fields import Fact
from shared.contracts.returns import ReturnedLine
from shared.testing.builders import MONDAY, a_day, a_node, a_product, a_receipt, an_opening
from shared.testing.floor_facts import a_count, a_lot_correction, a_nightly, a_return, an_unhold
from tests.integration.inventory.conftest import Floor

KNOWN: list[Fact] = [a_node(), a_product(dated=True)]
SUBJECT = "TEE-M/ams/L1"
FIRST: dict[str, Any] = {"lot": "L1", "expires_on": a_day(20)}
OTHER: dict[str, Any] = {"lot": "L1", "expires_on": a_day(25)}
TWO_DATES = ("lot_with_two_dates", SUBJECT)


async def by_status(floor: Floor) -> dict[str, int]:
    """Return the units of the lot by status."""
    return {status: units for (status, _), units in (await floor.lots()).items()}


@pytest.mark.parametrize(
    ("fact", "held"),
    [
        (a_receipt("r2", units=4, **OTHER), {"sellable": 5, "quarantine": 4}),
        (a_receipt("r2", units=4, supply_id=None, **OTHER), {"sellable": 5, "quarantine": 4}),
        (a_receipt("r2", units=4, disposition="damaged", **OTHER), {"sellable": 5, "quarantine": 4}),
        (a_count(units=5, **OTHER), {"quarantine": 5}),
        (a_nightly("night-1", ReportedLot(units=5, **OTHER)), {"sellable": 5}),
    ],
    ids=["receipt", "blind receipt", "damaged", "count", "report"],
)
async def test_units_of_a_known_lot_with_another_date_are_named_and_held(
    floor: Floor, fact: Fact, held: dict[str, int]
) -> None:
    await floor.hears(*KNOWN, a_receipt(units=5, **FIRST), fact, fact)
    assert await by_status(floor) == held
    assert await floor.named() == [(*TWO_DATES, "open")]


async def test_an_opening_with_two_dates_of_a_lot_holds_those_of_the_second(floor: Floor) -> None:
    lots = (ReportedLot(units=6, **FIRST), ReportedLot(units=3, **OTHER), ReportedLot(units=2, **FIRST))
    await floor.hears(*KNOWN, an_opening(lots=lots))
    assert await by_status(floor) == {"sellable": 8, "quarantine": 3}
    assert await floor.named() == [(*TWO_DATES, "open")]


async def test_a_receipt_with_another_date_is_taken_back_from_where_it_lies(floor: Floor) -> None:
    await floor.hears(*KNOWN, a_receipt(units=5, **FIRST), a_receipt("r2", units=4, **OTHER))
    await floor.hears(a_receipt("r3", units=-4, corrects="r2", **OTHER))
    assert await by_status(floor) == {"sellable": 5}
    assert [state for _, _, state in await floor.named()][-1] == "settled"


async def test_a_lot_that_has_no_units_any_more_takes_the_date_of_those_that_come(floor: Floor) -> None:
    await floor.hears(*KNOWN, a_receipt(units=5, **FIRST), a_receipt("r2", units=-5, corrects="r1", **FIRST))
    await floor.hears(a_receipt("r3", units=4, **OTHER))
    assert (await by_status(floor), await floor.named()) == ({"sellable": 4}, [])


async def test_whoever_corrects_the_date_settles_it_and_releases_the_units(floor: Floor) -> None:
    await floor.hears(*KNOWN, a_receipt(units=5, **FIRST), a_receipt("r2", units=4, **OTHER))
    await floor.hears(a_lot_correction("c1", lot="L1", units=None, right_expires_on=a_day(25)))
    assert [state for _, _, state in await floor.named()][-1] == "settled"
    await floor.hears(an_unhold("u1", lot="L1", units=4))
    assert await by_status(floor) == {"sellable": 9}


async def test_a_person_settles_what_turned_out_to_be_right(floor: Floor) -> None:
    later = MONDAY + timedelta(hours=14)
    await floor.hears(
        *KNOWN, a_receipt(units=5, **FIRST), a_nightly("night-1", ReportedLot(units=5, **OTHER), as_of=later)
    )
    (exception,) = await floor.exceptions()
    await floor.hears(ExceptionSettleRequested(exception_id=exception.exception_id, by="ann", why="misread"))
    assert [state for _, _, state in await floor.named()][-1] == "settled"


async def test_returned_units_with_another_date_are_named(floor: Floor) -> None:
    await floor.hears(
        *KNOWN,
        a_receipt(units=5, **FIRST),
        a_return("ret-1", ReturnedLine(line_id="1", sku="TEE-M", node="ams", units=1, **OTHER)),
    )
    assert await floor.named() == [(*TWO_DATES, "open")]
