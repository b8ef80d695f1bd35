"""Under the rule on delays a bundle is one line: one day, one option, one deadline, one refund for all components."""

from datetime import date, datetime
from typing import Any

import pytest

from shared.contracts.allocations import BackorderReleased, LineCancelled, RefundDue, StopRequested
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.orders import DelayRefused, LineSwapped, OrderLineCancelled, OrderPlaced, Shown
from shared.contracts.promises import BackorderPromised, PromiseMoved
from shared.contracts.shipments import ShipmentConfirmed, ShippedLine, StopAnswered
from shared.testing.builders import a_day, a_line, a_shipment, a_supply, an_inbound, an_order, landed
from tests.integration.allocation.bundles.test_bundles import a_bundle, comes
from tests.integration.allocation.conftest import Desk
from tests.integration.allocation.stock.test_shipments import shipped
from tests.integration.allocation.support.mail_order_rule import (
    at,
    bounced,
    day_comes,
    left,
    no,
    promises,
    refunds,
    stands,
    yes,
)

PRICE = 1900  # which three equal components cannot share without a rest


def a_kit_sold(units: int = 1, **fields: Any) -> OrderPlaced:
    """Sell kits to the United States, shown to ship until Monday 22 March: T."""
    shown = fields.pop("shown", Shown(state="backorder", earliest=a_day(16), latest=a_day(22)))
    return an_order("o1", a_line("1", "KIT", units, shown=shown), **{"market": "US", **fields})


def carried(sku: str, units: int, when: datetime) -> ShipmentConfirmed:
    """Return units of a component of line 1 in the carrier's hands."""
    line = ShippedLine(line_id=f"1/{sku}", sku=sku, node="ams", units=units)
    return a_shipment("o1", line, shipment_id=f"{sku}{when}", handed_over_at=when)


@pytest.fixture
async def camp(desk: Desk) -> Desk:
    """Expect tents by the 12th and mats by the 18th."""
    await desk.know("TENT", "MAT")
    await desk.hear(a_bundle(), comes("TENT", 9, 12), comes("MAT", 18, 18))
    return desk


async def sold_and_told(camp: Desk, **fields: Any) -> None:
    await camp.hear(a_kit_sold(**fields))
    await camp.hear(left(1, at(8, 9), "confirmation"))


LATE = a_day(24)


async def mats_come_late(camp: Desk, day: date = LATE) -> int:
    """Return the version at which line 1 holds another range."""
    supply = a_supply("MAT-truck", 18, window={"earliest": day, "latest": day})
    await camp.hear(an_inbound(supply, sku="MAT", version=2))
    await camp.decide_due()
    return (await promises(camp))[-1].line_version


async def cancelled(camp: Desk) -> list[tuple[str, int, int]]:
    """Return line, units, and how many it still wants."""
    return [(x.line_id, x.units, x.left) for event in await camp.told(LineCancelled) for x in event.lines]


async def test_a_bundle_is_watched_as_one_line_from_the_day_it_was_shown_to_ship(camp: Desk) -> None:
    await sold_and_told(camp)

    (event,) = await camp.told(BackorderPromised)
    assert [(x.line_id, x.applicable_by, x.consent) for x in event.lines] == [("1", a_day(22), "not_needed")]
    watched = await camp.admin.fetch("select line_id, open_units from rule_states")
    assert [tuple(row) for row in watched] == [("1", 1)]


async def test_a_late_component_asks_once_for_the_bundle_and_one_in_time_asks_nothing(camp: Desk) -> None:
    await sold_and_told(camp)
    await camp.hear(comes("TENT", 9, 16, version=2))
    assert await camp.told(PromiseMoved) == []
    await mats_come_late(camp)

    (moved,) = await promises(camp)
    assert (moved.line_id, moved.sku, moved.applicable_by) == ("1", "KIT", a_day(22))
    assert (moved.consent, moved.revised_by, moved.answer_by) == ("silent_until", a_day(26), a_day(26))
    assert moved.send_before == at(23)


async def test_padding_of_a_component_alone_never_asks_for_a_yes(camp: Desk) -> None:
    await sold_and_told(camp, shown=Shown(state="backorder", earliest=a_day(16), latest=a_day(18)))
    await mats_come_late(camp, date(2027, 4, 16))

    (moved,) = await promises(camp)
    assert (moved.consent, moved.revised_by) == ("silent_until", date(2027, 4, 17)), (
        "30 days, not two working days more"
    )


async def test_silence_on_a_timely_notice_of_a_bundle_keeps_it_until_the_revised_date(camp: Desk) -> None:
    await sold_and_told(camp)
    await camp.hear(left(await mats_come_late(camp), at(10)))
    await day_comes(camp, at(23, 8))

    assert await stands(camp) == (a_day(26), False, True, None)
    assert (await cancelled(camp), await refunds(camp)) == ([], [])


async def test_a_bounced_notice_of_a_bundle_does_not_count(camp: Desk) -> None:
    await sold_and_told(camp)
    version = await mats_come_late(camp)
    await camp.hear(left(version, at(10)), bounced(version, at(11)))

    assert await stands(camp) == (a_day(22), False, False, None)


async def test_at_its_deadline_all_components_are_cancelled_and_the_bundle_is_paid_back_whole(camp: Desk) -> None:
    await sold_and_told(camp, units=2)
    await mats_come_late(camp)
    await day_comes(camp, at(22, 23))
    assert await cancelled(camp) == []
    await day_comes(camp, at(23))

    assert await cancelled(camp) == [("1", 2, 0)]
    (due,) = await camp.told(RefundDue)
    assert [(x.line_id, x.units, x.amount) for x in due.lines] == [("1", 2, 2 * PRICE)]
    assert (await camp.waiting(), (await stands(camp))[3]) == ([], "no_notice")


async def test_units_owned_ahead_by_a_cancelled_bundle_serve_the_next_in_line(camp: Desk) -> None:
    await sold_and_told(camp)
    await mats_come_late(camp)
    await day_comes(camp, at(22, 9))
    await camp.hear(landed(1, sku="TENT", supply_id=None), an_order("o2", a_line("1", "TENT")))
    assert await camp.told(BackorderReleased) == [], "the tent is kept for the kit, whose mats come soon"
    await day_comes(camp, at(23))

    assert (await cancelled(camp), await camp.waiting()) == ([("1", 1, 0)], [])
    assert len(await camp.told(BackorderReleased, "o2")) == 1


async def test_a_no_to_a_bundle_cancels_every_component_and_its_money_is_due_once(camp: Desk) -> None:
    await sold_and_told(camp)
    await camp.hear(left(await mats_come_late(camp), at(10)), no(at(11)))

    assert (await cancelled(camp), await camp.waiting()) == ([("1", 1, 0)], [])
    assert await refunds(camp) == [("o1", 1, PRICE, a_day(11), a_day(22))]
    assert (await stands(camp))[3] == "refused"


async def test_a_yes_to_a_bundle_moves_its_day(camp: Desk) -> None:
    await sold_and_told(camp)
    await camp.hear(left(await mats_come_late(camp), at(10)), yes(a_day(31), at(11)))

    assert await stands(camp) == (a_day(31), False, True, None)


async def test_an_answer_about_a_component_is_an_exception(camp: Desk) -> None:
    await sold_and_told(camp)
    fields = {"order_id": "o1", "change_no": 1, "changed_at": at(9), "answered_at": at(9)}
    await camp.hear(DelayRefused(**fields, line_ids=("1/TENT",)))

    (event,) = await camp.told(ExceptionChanged)
    assert event.facts["todo"] == "line 1/TENT is a component of line 1: name that"
    assert (await cancelled(camp), await refunds(camp), (await stands(camp))[3]) == ([], [], None)


async def test_a_cancel_of_all_bundles_is_paid_back_and_one_of_some_keeps_the_clock_of_the_others(camp: Desk) -> None:
    await sold_and_told(camp, units=3)
    fields = {"order_id": "o1", "line_id": "1", "changed_at": at(11)}
    await camp.hear(OrderLineCancelled(**fields, change_no=1, units=1))
    assert (await refunds(camp), (await stands(camp))[3]) == ([], None)
    await camp.hear(OrderLineCancelled(**fields, change_no=2, units=2))

    assert await refunds(camp) == [("o1", 2, 2 * PRICE, a_day(11), a_day(22))]


async def test_a_bundle_is_shipped_in_law_when_its_last_component_is(camp: Desk) -> None:
    await sold_and_told(camp)
    await camp.hear(landed(1, sku="TENT", supply_id=None), landed(2, sku="MAT", supply_id=None))
    await camp.hear(carried("TENT", 1, at(19)))
    assert await camp.admin.fetchval("select open_units from rule_states") == 1
    await camp.hear(carried("MAT", 2, at(22, 20)))
    assert await camp.admin.fetchval("select open_units from rule_states") == 0
    await day_comes(camp, at(23))

    assert (await camp.told(StopRequested), await refunds(camp)) == ([], [])


async def test_half_a_bundle_in_time_is_none_and_its_rest_is_cancelled(camp: Desk) -> None:
    await sold_and_told(camp, max_shipments=2)
    await camp.hear(landed(1, sku="TENT", supply_id=None))
    await camp.hear(carried("TENT", 1, at(19)))
    await day_comes(camp, at(23))

    assert await refunds(camp) == [("o1", 1, PRICE, a_day(22), a_day(31))]
    assert (await camp.waiting(), await cancelled(camp)) == ([], []), "the tent is still in stock's books"
    await camp.hear(shipped(1, 2, line="1/TENT", sku="TENT"))
    assert await cancelled(camp) == [("1", 1, 0)]


async def test_a_no_to_half_a_bundle_cancels_its_rest_and_the_whole_is_paid_back(camp: Desk) -> None:
    await sold_and_told(camp, max_shipments=2)
    await camp.hear(landed(1, sku="TENT", supply_id=None))
    await camp.hear(carried("TENT", 1, at(10)), shipped(1, 2, line="1/TENT", sku="TENT"))
    await camp.hear(no(at(11)))

    assert (await cancelled(camp), await camp.waiting()) == ([("1", 1, 0)], [])
    assert await refunds(camp) == [("o1", 1, PRICE, a_day(11), a_day(22))]


async def test_the_clock_of_a_bundle_runs_on_the_floor_until_its_components_are_put_back(camp: Desk) -> None:
    await sold_and_told(camp)
    await camp.hear(landed(1, sku="TENT", supply_id=None), landed(2, sku="MAT", supply_id=None))
    await day_comes(camp, at(23))
    asked = {stop.lines[0].line_id: stop for stop in await camp.told(StopRequested)}
    assert {name: stop.lines[0].units for name, stop in asked.items()} == {"1/TENT": 1, "1/MAT": 2}
    for name, stop in asked.items():
        assert await cancelled(camp) == []
        fields = {"stop_id": stop.stop_id, "line_id": name, "units": stop.lines[0].units}
        await camp.hear(StopAnswered(order_id="o1", **fields, stopped=True, answered_at=at(23)))

    assert await cancelled(camp) == [("1", 1, 0)]
    assert await refunds(camp) == [("o1", 1, PRICE, a_day(22), a_day(31))]


async def test_a_bundle_wanted_instead_was_shown_no_day_and_has_thirty_from_the_swap(camp: Desk) -> None:
    await camp.know("HAT")
    await camp.hear(an_order("o1", a_line("1", "HAT"), market="US"))
    fields = {"order_id": "o1", "change_no": 1, "changed_at": at(8)}
    await camp.hear(LineSwapped(**fields, line_id="1", new_line_id="2", sku="KIT", unit_price=5))

    rows = await camp.admin.fetch("select line_id, applicable_by from rule_states order by line_id")
    assert [tuple(row) for row in rows if row["line_id"] != "1"] == [("2", date(2027, 4, 7))]


async def test_a_bundle_of_another_market_is_left_alone(camp: Desk) -> None:
    await sold_and_told(camp, market="NL")
    await camp.hear(left(await mats_come_late(camp), at(10)), carried("TENT", 1, at(10)), yes(a_day(31), at(11)))
    await day_comes(camp, at(24))

    assert {(x.applicable_by, x.consent) for x in await promises(camp)} == {(None, "not_needed")}
    assert await camp.admin.fetchval("select count(*) from rule_states") == 0
    assert await camp.admin.fetchval("select count(*) from rule_facts") == 0


async def test_hearing_all_of_a_bundle_twice_changes_nothing(camp: Desk) -> None:
    await sold_and_told(camp, units=3)
    facts = [left(await mats_come_late(camp), at(10)), yes(a_day(31), at(11)), carried("TENT", 1, at(12))]
    first = [record for fact in facts for record in await camp.hear(fact)]
    before = await camp.business()
    await camp.hear(*first)
    await camp.hear(*facts)

    assert await camp.business() == before
