"""An ordered bundle waits as its components; its customer holds one range, and it ships when it is whole."""

from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.allocations import BackorderReleased, CancelRefused, LineAllocated, LineCancelled
from shared.contracts.fields import Fact
from shared.contracts.notices import CoveredLine, NoticeSent
from shared.contracts.orders import OrderLineCancelled, OrderPlaced, OrderSplit
from shared.contracts.products import Component, ProductUpserted
from shared.contracts.promises import BackorderPromised, PromiseMoved, PromiseWithdrawn
from shared.testing.builders import MONDAY, a_line, a_product, a_supply, an_inbound, an_order, landed
from tests.integration.allocation.conftest import Desk


def a_bundle(sku: str = "KIT", **units: int) -> ProductUpserted:
    """Return a kit of one tent and two mats, or of the components given."""
    parts = units or {"TENT": 1, "MAT": 2}
    return a_product(sku, packs=(), components=tuple(Component(sku=name, units=n) for name, n in parts.items()))


def comes(sku: str, units: int, latest: int, **fields: Any) -> Fact:
    """Return units of a SKU that ship between a day of March and the one after it."""
    return an_inbound(a_supply(f"{sku}-truck", units, latest - 1, latest), sku=sku, **fields)


def a_kit(order: str = "o1", units: int = 1, **fields: Any) -> OrderPlaced:
    """Return an order of kits."""
    return an_order(order, a_line("1", "KIT", units), **fields)


def said(number: int = 1, order: str = "o1", **more: Any) -> dict[str, Any]:
    """Return what every change says."""
    return {"order_id": order, "change_no": number, "changed_at": MONDAY, **more}


@pytest.fixture
async def camp(desk: Desk) -> Desk:
    """Return a desk that knows kits, tents and mats."""
    await desk.know("TENT", "MAT")
    await desk.hear(a_bundle())
    return desk


async def promised(desk: Desk, kind: type[Fact] = BackorderPromised) -> list[tuple[str, int, int, int | None]]:
    """Return line, version, units and last day of every promise of a kind."""
    lines = [line for event in await desk.told(kind) for line in event.lines]
    return [(x.line_id, x.line_version, x.units, x.after.latest.day if x.after else None) for x in lines]


async def released(desk: Desk) -> list[dict[str, int]]:
    """Return units by line, of each release."""
    return [{line.line_id: line.units for line in event.lines} for event in await desk.told(BackorderReleased)]


async def test_a_bundle_is_promised_once_at_its_latest_component(camp: Desk) -> None:
    await camp.hear(comes("TENT", 5, 12), comes("MAT", 10, 18))
    await camp.hear(a_kit(units=2))

    (event,) = await camp.told(BackorderPromised)
    (line,) = event.lines
    assert (line.line_id, line.sku, line.units) == ("1", "KIT", 2)
    assert (line.after.earliest.day, line.after.latest.day, line.supply_id) == (17, 18, "MAT-truck")
    assert await camp.waiting() == [("o1", 4, (17, 18)), ("o1", 2, (17, 18))]


async def test_a_bundle_has_no_date_while_a_component_has_none(camp: Desk) -> None:
    await camp.hear(comes("TENT", 5, 12))
    await camp.hear(a_kit())
    assert await promised(camp) == [("1", 1, 1, None)]

    await camp.hear(comes("MAT", 10, 16))
    await camp.decide_due()
    assert await promised(camp, PromiseMoved) == [("1", 2, 1, 16)]
    await camp.hear(comes("TENT", 0, 12, version=2))
    await camp.decide_due()
    assert await promised(camp, PromiseWithdrawn) == [("1", 3, 1, None)]


async def test_a_component_that_slips_inside_the_range_of_the_latest_moves_nobody(camp: Desk) -> None:
    await camp.hear(comes("TENT", 5, 10), comes("MAT", 10, 18))
    await camp.hear(a_kit())
    await camp.hear(comes("TENT", 5, 12, version=2))
    await camp.decide_due()
    assert await promised(camp, PromiseMoved) == []

    await camp.hear(comes("TENT", 5, 19, version=3))
    await camp.decide_due()
    assert await promised(camp, PromiseMoved) == [("1", 2, 1, 19)]


async def test_a_component_is_late_when_later_than_the_told_range_of_its_bundle(camp: Desk) -> None:
    """Only then two working days are added to the new date."""
    await camp.hear(comes("TENT", 5, 10), comes("MAT", 10, 18))
    await camp.hear(a_kit())
    notice = {"notice_id": "n", "order_id": "o1", "kind": "confirmed", "message_id": "m", "caused_at": MONDAY}
    await camp.hear(NoticeSent(**notice, lines=(CoveredLine(line_id="1", line_version=1),), sent_at=MONDAY))
    await camp.hear(comes("TENT", 5, 17, version=2))
    await camp.decide_due()
    assert await promised(camp, PromiseMoved) == []

    await camp.hear(comes("TENT", 5, 19, version=3))
    await camp.decide_due()
    assert await promised(camp, PromiseMoved) == [("1", 2, 1, 23)]


@pytest.mark.parametrize(("first", "second"), [("TENT", "MAT"), ("MAT", "TENT")])
async def test_a_bundle_is_released_when_its_last_component_lands(camp: Desk, first: str, second: str) -> None:
    await camp.hear(comes("TENT", 5, 12), comes("MAT", 10, 12))
    await camp.hear(a_kit())
    await camp.hear(landed(5, sku=first, supply_id=None))
    assert await released(camp) == []

    await camp.hear(landed(5, sku=second, supply_id=None))
    await camp.decide_due()
    (event,) = await camp.told(BackorderReleased)
    assert {line.line_id: (line.sku, line.units) for line in event.lines} == {
        "1/TENT": ("TENT", 1),
        "1/MAT": ("MAT", 2),
    }
    assert {(line.line_id, line.per_bundle) for line in event.lines} == {("1/TENT", 1), ("1/MAT", 2)}
    assert {(line.bundle.line_id, line.bundle.units, line.bundle.components) for line in event.lines} == {("1", 1, 2)}
    assert len({line.bundle.line_version for line in event.lines}) == 1


async def test_other_lines_of_the_order_do_not_wait_for_the_bundle(camp: Desk) -> None:
    await camp.hear(a_product("HAT"), comes("TENT", 5, 30), comes("HAT", 5, 12))
    await camp.hear(an_order("o1", a_line("1", "KIT"), a_line("2", "HAT")))
    await camp.hear(landed(5, sku="HAT", supply_id=None), landed(5, sku="MAT", supply_id=None))
    assert await released(camp) == [{"2": 1}]


async def test_mats_are_not_kept_for_months_for_a_tent(camp: Desk) -> None:
    await camp.hear(comes("TENT", 5, 30))
    await camp.hear(a_kit("o1"))
    await camp.hear(an_order("o2", a_line("1", "MAT", 2), completed_at=MONDAY + timedelta(minutes=1)))
    await camp.hear(landed(2, sku="MAT", supply_id=None))
    assert [event.order_id for event in await camp.told(BackorderReleased)] == ["o2"]


async def test_an_order_that_allows_more_parcels_than_lines_gets_the_bundle_in_parts(camp: Desk) -> None:
    await camp.hear(a_kit(max_shipments=2))
    await camp.hear(landed(2, sku="MAT", supply_id=None))
    await camp.hear(landed(1, sku="TENT", supply_id=None))

    first, second = await camp.told(BackorderReleased)
    assert [(line.line_id, line.bundle.units) for line in first.lines] == [("1/MAT", 0)]
    assert [(line.line_id, line.bundle.units) for line in second.lines] == [("1/TENT", 1)]


async def test_a_split_lets_the_components_go_that_are_there(camp: Desk) -> None:
    await camp.hear(landed(2, sku="MAT", supply_id=None))
    await camp.hear(a_kit())
    assert await camp.told(LineAllocated) == []
    await camp.hear(OrderSplit(**said(), max_shipments=None))
    assert await released(camp) == [{"1/MAT": 2}]


async def test_a_bundle_in_stock_is_allocated_at_once_and_never_promised(camp: Desk) -> None:
    await camp.hear(landed(5, sku="MAT", supply_id=None), landed(5, sku="TENT", supply_id=None))
    await camp.hear(a_kit(units=2))
    (event,) = await camp.told(LineAllocated)
    assert {line.line_id: (line.units, line.bundle.units) for line in event.lines} == {
        "1/TENT": (2, 2),
        "1/MAT": (4, 2),
    }
    assert await camp.told(BackorderPromised) == []


async def test_a_cancelled_bundle_gives_all_its_components_to_the_next_in_line(camp: Desk) -> None:
    await camp.hear(comes("TENT", 1, 12), comes("MAT", 2, 12))
    await camp.hear(a_kit("o1", 1), a_kit("o2", 1, completed_at=MONDAY + timedelta(minutes=1)))
    await camp.hear(OrderLineCancelled(**said(), line_id="1", units=1))

    (event,) = await camp.told(LineCancelled)
    assert [(line.line_id, line.sku, line.units, line.left) for line in event.lines] == [("1", "KIT", 1, 0)]
    assert await promised(camp, PromiseMoved) == [("1", 2, 1, 12)]
    assert {order for order, *_ in await camp.waiting()} == {"o2"}


async def test_some_of_the_bundles_are_cancelled_and_the_rest_is_promised_anew(camp: Desk) -> None:
    await camp.hear(comes("TENT", 9, 12), comes("MAT", 20, 12))
    await camp.hear(a_kit("o1", 3))
    await camp.hear(OrderLineCancelled(**said(), line_id="1", units=1))
    assert await promised(camp, PromiseMoved) == [("1", 3, 2, 12)]
    assert [units for _, units, _ in await camp.waiting()] == [4, 2]


async def test_no_more_bundles_are_cancelled_than_every_component_can_be(camp: Desk) -> None:
    await camp.hear(a_kit(max_shipments=2))
    await camp.hear(landed(2, sku="MAT", supply_id=None))
    shipped = {"supply_id": None, "reason": "ship", "order_id": "o1", "line_id": "1/MAT"}
    await camp.hear(landed(-2, 2, sku="MAT", **shipped))
    await camp.hear(OrderLineCancelled(**said(), line_id="1", units=1))

    (refused,) = await camp.told(CancelRefused)
    assert [(line.line_id, line.units) for line in refused.lines] == [("1", 1)]
    assert await camp.waiting() == [("o1", 1, None)]


async def test_a_bundle_waits_until_its_component_is_known_and_its_order_with_it(desk: Desk) -> None:
    await desk.know("TENT")
    await desk.hear(a_bundle())
    await desk.hear(a_kit())
    assert await desk.parked() == ["sku:MAT", "sku:KIT"]

    await desk.hear(a_product("MAT"))
    await desk.retry()
    await desk.retry()
    assert await promised(desk) == [("1", 1, 1, None)]


async def test_a_bundle_of_bundles_is_refused_in_either_order(camp: Desk) -> None:
    await camp.hear(a_bundle("CAMP", KIT=1))
    await camp.hear(a_bundle("TENT", MAT=1).model_copy(update={"version": 2}))
    first, second = await camp.dead()
    assert first.startswith("components.sku: KIT are bundles themselves")
    assert second.startswith("components: it is a component of KIT")


async def test_of_one_batch_no_bundle_is_made_of_another_and_a_right_version_stands(desk: Desk) -> None:
    """Whatever comes first in it; what is wrong of a newer version keeps no older one from counting."""
    await desk.know("MAT", "PEG")
    second = a_bundle("TENT", PEG=4).model_copy(update={"version": 2})
    await desk.hear(a_product("TENT"), a_bundle("KIT", TENT=1), second)
    wrong = a_bundle("SET", NONE=1).model_copy(update={"version": 2})
    await desk.hear(a_bundle("SET", MAT=1), wrong, a_product("NONE", merchant="rival"))
    rows = await desk.admin.fetch("select sku, version, components from products order by sku")
    plain = (1, "{}")
    assert {row["sku"]: (row["version"], row["components"]) for row in rows} == {
        "KIT": (1, '{"TENT": 1}'), "MAT": plain, "NONE": plain, "PEG": plain, "SET": (1, '{"MAT": 1}'), "TENT": plain,
    }  # fmt: skip
    assert len(await desk.dead()) == 2


async def test_a_bundle_that_changes_leaves_placed_orders_as_they_are(camp: Desk) -> None:
    await camp.hear(a_kit("o1"))
    await camp.hear(a_bundle(TENT=2).model_copy(update={"version": 2}))
    await camp.hear(a_kit("o2", completed_at=MONDAY + timedelta(minutes=1)))
    assert await camp.waiting() == [("o1", 2, None), ("o1", 1, None), ("o2", 2, None)]


async def test_all_news_of_a_bundle_twice_counts_once(camp: Desk) -> None:
    story: list[Fact] = [
        a_bundle(),
        comes("TENT", 5, 12),
        comes("MAT", 10, 12),
        a_kit(units=2),
        OrderLineCancelled(**said(), line_id="1", units=1),
        landed(5, sku="TENT", supply_id=None),
        landed(5, sku="MAT", supply_id=None),
    ]
    sent = [record for fact in story for record in await camp.hear(fact)]
    await camp.decide_due()
    rows, announced = await camp.business(), await camp.admin.fetchval("select count(*) from outbox")
    await camp.hear(*sent)
    await camp.hear(*story)
    assert (await camp.business(), await camp.admin.fetchval("select count(*) from outbox")) == (rows, announced)
