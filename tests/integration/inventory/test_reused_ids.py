"""One id stands for one content for ever: the same again is ignored, anything else is named and changes nothing."""

from typing import Any

import pytest

from shared.contracts.exceptions import ExceptionChanged, ExceptionSettleRequested
from shared.contracts.fields import Fact
from shared.testing.builders import MONDAY, a_node, a_product, a_receipt, a_shipment, an_opening
from shared.testing.floor_facts import a_count, a_hold, a_return, a_short, an_unhold
from tests.integration.inventory.conftest import Floor

KNOWN: list[Fact] = [a_node(), a_product()]


async def reused(floor: Floor) -> list[ExceptionChanged]:
    """Return what is named of ids that were used again."""
    return [event for event in await floor.exceptions() if event.exception_class == "id_reused"]


@pytest.mark.parametrize(
    ("first", "other", "field"),
    [
        (a_receipt(units=5), a_receipt(units=6), "units"),
        (a_shipment(), a_shipment(tracking="3S2"), "tracking"),
        (a_return(), a_return(order_id="o2"), "order_id"),
        (a_count(units=10), a_count(units=9), "units"),
        (an_opening(report_id="day-0"), an_opening(units=9, report_id="day-0"), "lots.0.units"),
        (a_short(), a_short(units=2), "units"),
        (a_hold("r1"), a_hold("r1", units=2), "units"),
        (a_hold("r1"), an_unhold("r1"), "into"),
    ],
    ids=["receipt", "shipment", "return", "count", "report", "short", "request", "another request"],
)
async def test_another_content_under_a_known_id_is_named_and_changes_nothing(
    floor: Floor, first: Fact, other: Fact, field: str
) -> None:
    await floor.hears(*KNOWN, a_receipt("r0", units=10), first)
    lots = await floor.lots()
    await floor.hears(other, other, first)
    assert await floor.lots() == lots
    (event,) = await reused(floor)
    assert any(name.endswith(f" {field}") for name in event.facts)


async def test_the_same_again_is_ignored_whenever_it_was_asked(floor: Floor) -> None:
    later: dict[str, Any] = {"requested_at": MONDAY.replace(hour=9)}
    await floor.hears(*KNOWN, a_receipt("r0", units=10), a_hold("r1"), a_hold("r1", **later), a_receipt("r0", units=10))
    assert await reused(floor) == []
    assert await floor.lots() == {("sellable", ""): 9, ("quarantine", ""): 1}


async def test_both_contents_are_shown_and_a_person_settles_it(floor: Floor) -> None:
    await floor.hears(*KNOWN, a_receipt(units=5), a_receipt(units=6, disposition="damaged"))
    (event,) = await reused(floor)
    assert (event.subject, event.facts["first units"], event.facts["other units"]) == ("r1", "5", "6")
    assert (event.facts["first disposition"], event.facts["other disposition"]) == ('"sellable"', '"damaged"')
    await floor.hears(ExceptionSettleRequested(exception_id=event.exception_id, by="ann", why="sent again as r2"))
    settled = (await reused(floor))[-1]
    assert (settled.state, settled.version, settled.facts["settled_by"]) == ("settled", 2, "ann")
