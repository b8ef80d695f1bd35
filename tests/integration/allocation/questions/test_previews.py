"""A preview says who gains and who loses, and leaves everything as it was."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.allocation.handlers.decision import allocate
from services.allocation.handlers.questions import preview
from services.allocation.handlers.questions.preview import trial
from services.allocation.handlers.questions.preview_kinds import receive
from shared.contracts.allocations import BackorderReleased
from shared.contracts.bounds import Bounds
from shared.contracts.orders import LinePriorityChanged
from shared.contracts.previews import ReceiptAsked
from shared.contracts.promises import PromiseMoved
from shared.contracts.settings import PolicyUpserted
from shared.messaging.transaction import begin
from shared.testing.builders import (
    MONDAY,
    a_line,
    a_merchant,
    a_product,
    a_supply,
    an_inbound,
    an_order,
    landed,
)  # fmt: skip
from shared.testing.faults import fault_of
from shared.testing.until import until
from tests.integration.allocation.conftest import Desk
from tests.integration.allocation.support.http import answer, ask, everything

TRUCK: dict[str, Any] = {"supply_id": "asn-1", "sku": "TEE-M", "node": "ams"}
RECEIPT: dict[str, Any] = {"sku": "TEE-M", "node": "ams", "units": 7}
QUESTIONS: dict[str, dict[str, Any]] = {
    "receipt": RECEIPT,
    "asn-slip": {**TRUCK, "later_by_days": 7},
    "policy": {"merchant": "acme", "version": 1, "longest_wait_days": 60},
    "move": {"order_id": "c", "line_id": "1"},
}


async def three_wait(desk: Desk) -> None:
    """Let orders a (4 units), b (6) and c (2) wait in this order for one truck of 10, and for a far one."""
    await desk.know()
    await desk.hear(an_inbound(a_supply(units=10, earliest=16, latest=17), a_supply("far", 90, 25, 26)))
    for place, (order, units) in enumerate(zip("abc", (4, 6, 2), strict=True)):
        await desk.hear(an_order(order, a_line(units=units), completed_at=MONDAY + timedelta(minutes=place)))


def by_order(told: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(row["what"], row["order_id"], row["units"]) for row in told["lines"]]


@pytest.mark.parametrize("what", QUESTIONS)
async def test_a_preview_changes_nothing(desk: Desk, what: str) -> None:
    await three_wait(desk)
    before = await everything(desk)
    desk.worker.bell.rung.clear()
    announced = await answer(desk, what, QUESTIONS[what])
    assert announced["lines"] or announced["pages"]
    assert await everything(desk) == before
    assert not desk.worker.bell.rung.is_set()


async def test_a_receipt_preview_says_who_gets_units_and_whose_date_moves(desk: Desk) -> None:
    await three_wait(desk)
    announced = await answer(desk, "receipt", RECEIPT)
    assert by_order(announced) == [("earlier", "c", 2), ("released", "a", 4), ("released", "b", 3)]
    assert announced["totals"]["released"] == {"lines": 2, "units": 7, "days": 0}
    assert announced["lines"][0]["before"] == {"earliest": "2027-03-25", "latest": "2027-03-26"}

    await desk.hear(landed(7, supply_id=None))
    released = {r.order_id: r.lines[0].units for r in await desk.told(BackorderReleased)}
    assert released == {"a": 4, "b": 3}


@pytest.mark.parametrize(("waiting", "released", "undecided"), [(9, 9, 0), (20, 12, 1)])
async def test_a_receipt_preview_follows_the_slices_of_a_long_queue_as_far_as_it_can(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, waiting: int, released: int, undecided: int
) -> None:
    monkeypatch.setattr(allocate, "SLICE", 2)
    monkeypatch.setattr(preview, "_ROUNDS", 5)
    await desk.know()
    await desk.hear(*(an_order(f"o{n:02}") for n in range(waiting)))
    announced = await answer(desk, "receipt", {**RECEIPT, "units": waiting})
    assert announced["totals"]["released"]["lines"] == released
    assert announced["undecided"] == undecided


async def test_a_receipt_of_the_truck_itself_moves_nobody_else(desk: Desk) -> None:
    await three_wait(desk)
    announced = await answer(desk, "receipt", {**RECEIPT, "supply_id": "asn-1", "units": 4})
    assert by_order(announced) == [("released", "a", 4)]


async def test_a_preview_releases_what_is_kept_for_more_of_its_truck(desk: Desk) -> None:
    await three_wait(desk)
    announced = await answer(desk, "receipt", {**RECEIPT, "supply_id": "asn-1", "units": 3})
    assert by_order(announced) == [("released", "a", 3)]
    assert await desk.covered() == []


async def test_a_slip_lists_the_losers_with_their_dates(desk: Desk) -> None:
    await three_wait(desk)
    announced = await answer(desk, "asn-slip", {"supply_id": "asn-1", "later_by_days": 7})
    assert by_order(announced) == [("later", "a", 4), ("later", "b", 6)]
    assert announced["totals"]["later"]["lines"] == 2
    assert all(row["days"] >= 7 for row in announced["lines"])

    await desk.hear(an_inbound(a_supply(units=10, earliest=23, latest=24), a_supply("far", 90, 25, 26), version=2))
    moved = {m.order_id: m.lines[0].after.latest.isoformat() for m in await desk.told(PromiseMoved) if m.lines[0].after}
    assert {row["order_id"]: row["after"]["latest"] for row in announced["lines"]} == moved


async def test_a_truck_that_brings_less_loses_the_last_their_date(desk: Desk) -> None:
    await three_wait(desk)
    await desk.hear(an_inbound(a_supply(units=12, earliest=16, latest=17), version=2))
    announced = await answer(desk, "asn-slip", {**TRUCK, "units": 10})
    assert by_order(announced) == [("loses_date", "c", 2)]
    assert announced["lines"][0]["after"] is None


async def test_a_slip_of_a_whole_truck_is_tried_at_every_position(desk: Desk) -> None:
    await desk.know("A", "B")
    for sku in "AB":
        await desk.hear(an_inbound(a_supply(units=5), sku=sku), an_order(f"of-{sku}", a_line(sku=sku)))
    announced = await answer(desk, "asn-slip", {"supply_id": "asn-1", "later_by_days": 30})
    assert {row["sku"] for row in announced["lines"]} == {"A", "B"}
    at_one = await answer(desk, "asn-slip", {**TRUCK, "sku": "A", "later_by_days": 30})
    assert {row["sku"] for row in at_one["lines"]} == {"A"}


async def test_a_policy_preview_shows_pages_before_and_after(desk: Desk) -> None:
    await three_wait(desk)
    body = {"merchant": "acme", "version": 1, "longest_wait_days": 60}
    announced = await answer(desk, "policy", body)
    pages = {row["node"]: (row["before"]["state"], row["after"]["state"]) for row in announced["pages"]}
    assert pages == {"ams": ("out_of_stock", "backorder"), None: ("out_of_stock", "backorder")}

    await desk.hear(PolicyUpserted(**body))
    await desk.decide_due()
    shown = await desk.admin.fetchval("select page::jsonb ->> 'state' from positions")
    assert shown == "backorder"


async def test_a_move_preview_shows_the_lines_left_behind(desk: Desk) -> None:
    await three_wait(desk)
    announced = await answer(desk, "move", {"order_id": "c", "line_id": "1"})
    assert by_order(announced) == [("later", "b", 6), ("earlier", "c", 2)]

    await desk.hear(
        LinePriorityChanged(
            order_id="c", change_no=1, changed_at=MONDAY, line_id="1", queue_at=MONDAY - timedelta(hours=1), by="kim",
            reason="a mistake of ours",
        )
    )  # fmt: skip
    moved = {m.order_id: m.lines[0].after.latest.isoformat() for m in await desk.told(PromiseMoved) if m.lines[0].after}
    assert {row["order_id"]: row["after"]["latest"] for row in announced["lines"]} == moved


async def test_more_lines_than_a_person_reads_are_counted_and_not_listed(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_inbound(a_supply(units=5000)))
    await desk.hear(*(an_order(f"o{n}") for n in range(1_050)))
    announced = await answer(desk, "asn-slip", {**TRUCK, "later_by_days": 20})
    assert announced["totals"]["later"]["lines"] == 1_050
    assert (len(announced["lines"]), announced["more_lines"]) == (1_000, 50)


@pytest.mark.parametrize(
    ("what", "change", "status", "field"),
    [
        ("receipt", {"sku": "NONE"}, 404, "sku"),
        ("receipt", {"node": "none"}, 404, "node"),
        ("receipt", {"supply_id": "none"}, 404, "supply_id"),
        ("receipt", {"units": 0}, 422, "units"),
        ("asn-slip", {"supply_id": "none"}, 404, "supply_id"),
        ("asn-slip", {"sku": "NONE"}, 404, "sku"),
        ("policy", {"merchant": "none"}, 404, "merchant"),
        ("policy", {"sku": "NONE"}, 404, "sku"),
        ("move", {"order_id": "none"}, 404, "order_id"),
        ("move", {"line_id": "9"}, 404, "line_id"),
    ],
)
async def test_an_unknown_id_is_refused_by_its_field(
    desk: Desk, what: str, change: dict[str, Any], status: int, field: str
) -> None:
    await three_wait(desk)
    got = await ask(desk, what, {**QUESTIONS[what], **change})
    assert (got.status_code, fault_of(got)["field"]) == (status, field)
    assert fault_of(got)["fix"]


async def test_a_policy_that_is_older_than_the_one_in_force_is_refused(desk: Desk) -> None:
    await three_wait(desk)
    await desk.hear(PolicyUpserted(merchant="acme", version=3))
    got = await ask(desk, "policy", {"merchant": "acme", "version": 3})
    assert (got.status_code, fault_of(got)["field"], fault_of(got)["fix"]) == (422, "version", "send 4 or more")


async def test_a_merchant_previews_their_own_and_learns_nothing_of_others(desk: Desk) -> None:
    await three_wait(desk)
    await desk.hear(a_merchant("zeta"), a_product("ZED", merchant="zeta"))
    for question, body in QUESTIONS.items():
        own = await ask(desk, question, body, merchant="acme")
        anothers = await ask(desk, question, body, merchant="zeta")
        assert own.status_code == 200, own.text
        assert anothers.status_code == 404
        assert "TEE" not in anothers.text
    nobodys = await ask(desk, "receipt", {**RECEIPT, "sku": "NONE"}, merchant="zeta")
    assert nobodys.json() == (await ask(desk, "receipt", RECEIPT, merchant="zeta")).json()


async def test_a_position_that_is_being_decided_is_not_waited_for(desk: Desk) -> None:
    await three_wait(desk)
    async with begin(desk.worker.pool, "test", desk.worker.bell) as tx:
        await tx.connection.execute("select from positions for update")
        got = await ask(desk, "receipt", RECEIPT)
    assert (got.status_code, fault_of(got)["fix"]) == (503, "ask again in a moment, or for less")
    assert (await ask(desk, "receipt", RECEIPT)).status_code == 200


async def test_the_locks_of_a_preview_are_let_go_even_if_its_caller_hangs_up(desk: Desk) -> None:
    await three_wait(desk)
    holding = asyncio.Event()

    async def hang() -> None:
        async with trial(desk.worker, Bounds()) as tried:
            await receive(tried, ReceiptAsked(**RECEIPT))
            holding.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await until(holding.is_set)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await desk.hear(landed(4))
    assert [r.order_id for r in await desk.told(BackorderReleased)] == ["a"]


async def test_previews_beside_real_news_change_nothing(desk: Desk) -> None:
    await three_wait(desk)
    asked = [ask(desk, question, body) for question, body in QUESTIONS.items()]
    got, *_ = await asyncio.gather(asyncio.gather(*asked), desk.hear(landed(4)), desk.hear(an_order("d")))
    assert {response.status_code for response in got} <= {200, 503}
    assert [r.order_id for r in await desk.told(BackorderReleased)] == ["a"]
    assert {row[0] for row in await desk.waiting()} == {"b", "c", "d"}
    assert await desk.dead() == []
