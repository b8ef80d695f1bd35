"""Traps that real systems fell into: what is on its way, and news that races, repeats or comes before its cause."""

import random
from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest

from services.allocation.app import HANDLERS
from shared.contracts.allocations import BackorderReleased, LineCancelled, StopRequested
from shared.contracts.availability import AvailabilityChanged
from shared.contracts.exceptions import ExceptionChanged, ExceptionSettleRequested
from shared.contracts.fields import Fact
from shared.contracts.notices import CoveredLine, NoticeFailed, NoticeSent
from shared.contracts.orders import (
    DelayConsented,
    DelayRefused,
    LinePriorityChanged,
    LineSwapped,
    OrderHeld,
    OrderLineCancelled,
    OrderLineChanged,
    OrderSplit,
    OrderUnheld,
    RefundMade,
)
from shared.contracts.promises import BackorderPromised
from shared.contracts.settings import PolicyUpserted
from shared.contracts.shipments import StopAnswered
from shared.testing.builders import (
    MONDAY,
    a_line,
    a_merchant,
    a_node,
    a_product,
    a_shipment,
    a_supply,
    an_inbound,
    an_order,
    landed,
)
from shared.testing.bus import Sent
from tests.integration.allocation.conftest import Desk
from tests.integration.allocation.inbound.test_supplies import FAR, NEAR, in_line, moves
from tests.integration.allocation.orders.test_changes import minutes, said
from tests.integration.allocation.stock.test_any_order import shuffled
from tests.integration.allocation.stock.test_shipments import on_hand, owned, shipped
from tests.integration.allocation.test_order_of_news import essence
from tests.integration.allocation.test_repeats import outbox


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_inbound_news_and_stock_news_of_one_receipt_and_close_in_either_order_move_nobody(
    desk: Desk, order: tuple[int, ...]
) -> None:
    await in_line(desk, 4, NEAR, FAR)
    news: list[Fact] = [
        landed(3, 1, supply_id="near"),
        an_inbound(NEAR, FAR, version=2),
        an_inbound(FAR, version=3, after_sequence=1),
    ]
    for place in order:
        await desk.hear(news[place])
    await desk.retry()
    assert await moves(desk) == {}
    assert await desk.waiting() == [("d", 1, (23, 24))]
    assert (await desk.parked(), await desk.admin.fetchval("select inbound_version from positions")) == ([], 3)


@pytest.mark.parametrize("asn", ["asn-9", "zz-9"])
async def test_a_po_replaced_by_its_asn_with_the_same_dates(desk: Desk, asn: str) -> None:
    """Nobody's date gets later, and nobody is told; whatever the ASN is called, beside another truck of these days."""
    beside = a_supply("mills/7", 2, 16, 17)
    await in_line(desk, 6, a_supply("po-1/1", 3, 16, 17, basis="purchase_order"), beside, FAR)
    before, pages = await desk.waiting(), await desk.told(AvailabilityChanged)
    await desk.hear(an_inbound(a_supply(asn, 3, 16, 17), beside, FAR, version=2))

    assert await moves(desk) == {}
    assert (await desk.waiting(), await desk.told(AvailabilityChanged)) == (before, pages)


async def test_truck_a_10th_to_30th_and_truck_b_12th_to_13th(desk: Desk) -> None:
    """Either may come first: the first in line ships by Monday the 15th; and B lands before A."""
    trucks = (a_supply("A", 1, 10, 30), a_supply("B", 1, 12, 13))
    await in_line(desk, 2, *trucks)
    assert await desk.waiting() == [("a", 1, (10, 15)), ("b", 1, (12, 30))]
    await desk.hear(landed(1, 1, supply_id="B"))

    assert [event.order_id for event in await desk.told(BackorderReleased)] == ["a"]
    assert await desk.waiting() == [("b", 1, (10, 30))]


async def test_a_supply_pulled_in_earlier_moves_the_oldest_lines_first(desk: Desk) -> None:
    await in_line(desk, 5, NEAR, a_supply("far", 2, 23, 24))
    await desk.hear(an_inbound(NEAR, a_supply("far", 2, 10, 11), version=2))

    assert await desk.waiting() == [
        *((order, 1, (10, 11)) for order in "ab"),
        *((order, 1, (16, 17)) for order in "cde"),
    ]
    assert set(await moves(desk)) == {"a", "b", "d", "e"}


@pytest.mark.parametrize("promised", [True, False])
async def test_two_lines_of_a_no_split_order_filled_by_two_receipts_at_once(desk: Desk, promised: bool) -> None:
    """Both receipts wait for the order; neither may wait for ever for what the other brought."""
    await desk.know("A", "B")
    for sku in "AB" if promised else "":
        await desk.hear(an_inbound(a_supply("s", 5, 9, 10), sku=sku))
    await desk.hear(an_order("o1", a_line("1", "A", 2), a_line("2", "B", 3), max_shipments=1))
    await desk.hear_at_once("orders", *(landed(5, 1, sku=sku, supply_id=None) for sku in "AB"))
    await desk.decide_due()

    (event,) = await desk.told(BackorderReleased)
    assert {line.line_id: line.units for line in event.lines} == {"1": 2, "2": 3}
    assert (await desk.waiting(), await desk.dead()) == ([], [])


@pytest.mark.parametrize("first", ["cancel", "release"])
async def test_a_cancel_racing_with_a_release(desk: Desk, first: str) -> None:
    """Whichever comes first: two units are cancelled, one goes to the next in line, and one is for sale."""
    await desk.know()
    await desk.hear(an_order("o1", a_line(units=2)), an_order("o2", completed_at=MONDAY + minutes(1)))
    racing = {"cancel": OrderLineCancelled(**said(), line_id="1", units=2), "release": landed(2, 1)}
    await desk.hear_at_once("positions", *sorted(racing.values(), key=lambda fact: fact is not racing[first]))
    stops = await desk.told(StopRequested)
    assert [(r.order_id, r.lines[0].units) for r in await desk.told(BackorderReleased)] == (
        [("o1", 2)] if first == "release" else [("o2", 1)]
    )
    assert len(stops) == (first == "release")
    await desk.hear(*map(put_back, stops))

    assert [(x.units, x.left) for event in await desk.told(LineCancelled) for x in event.lines] == [(2, 0)]
    assert await owned(desk) == [("o1", "1", 0, 0), ("o2", "1", 1, 0)]
    assert await on_hand(desk) == [("", 2, 1), ("all", 2, 1)]


def put_back(stop: Any) -> StopAnswered:
    """Let the floor stop what it was asked to."""
    (line,) = stop.lines
    asked = {"order_id": stop.order_id, "stop_id": stop.stop_id, "line_id": line.line_id, "units": line.units}
    return StopAnswered(**asked, stopped=True, answered_at=MONDAY)


async def test_a_cancel_before_its_order(desk: Desk) -> None:
    await desk.know()
    await desk.hear(OrderLineCancelled(**said(), line_id="1", units=2))
    assert await desk.parked() == ["order:o1"]
    await desk.hear(an_order("o1", a_line(units=3)))

    assert [row[:2] for row in await desk.waiting()] == [("o1", 1)]
    assert await desk.parked() == []


SAID: Sequence[Fact] = (
    a_node(zone="UTC"),
    a_merchant(),
    PolicyUpserted(merchant="acme", version=1, cap_units=50),
    *map(a_product, ("TEE-M", "MUG", "CUP", "HAT")),
    an_inbound(a_supply(units=4)),
    an_inbound(a_supply("asn-2", 6), sku="MUG"),
    an_inbound(a_supply("asn-3", 6, 23, 24), sku="CUP"),
    an_order("o1", a_line(units=3)),
    an_order("o2", a_line("1", "MUG", 5), max_shipments=1),
    an_order("o3", a_line("1", "HAT", 2)),
    landed(2, 1),
    landed(2, 1, sku="HAT", supply_id=None),
    OrderHeld(**said(1, "o2"), kind="fraud"),
    OrderUnheld(**said(2, "o2"), kind="fraud"),
    OrderLineChanged(**said(3, "o2"), line_id="1", units=4),
    OrderLineCancelled(**said(4, "o2"), line_id="1", units=1),
    LineSwapped(**said(5, "o2"), line_id="1", new_line_id="2", sku="CUP", unit_price=900),
    OrderSplit(**said(6, "o2"), max_shipments=2),
    LinePriorityChanged(**said(7, "o2"), line_id="2", queue_at=MONDAY - minutes(9), by="kim", reason="a call"),
    DelayConsented(**said(8, "o2"), line_ids=("2",), answered_at=MONDAY),
    DelayRefused(**said(9, "o2"), line_ids=("1",), answered_at=MONDAY),
    RefundMade(**said(10, "o2"), line_ids=("1",), amount=5, made_at=MONDAY),
    OrderLineCancelled(**said(1, "o3"), line_id="1", units=1),
    OrderLineCancelled(**said(2, "o3"), line_id="7", units=1),
    a_shipment("o1"),
    shipped(1, 2),
)


async def answers(desk: Desk) -> list[Fact]:
    """Return what the floor, the mail server and support say to what they were asked and told."""
    confirmations = [
        {
            "notice_id": f"{event.order_id}/{line.line_version}", "order_id": event.order_id, "kind": "confirmed",
            "lines": (CoveredLine(line_id=line.line_id, line_version=line.line_version),), "caused_at": MONDAY,
        }
        for event in await desk.told(BackorderPromised)
        for line in event.lines
    ]  # fmt: skip
    return [
        *map(put_back, await desk.told(StopRequested)),
        *(NoticeSent(**confirmation, sent_at=MONDAY, message_id="m") for confirmation in confirmations),
        *(
            NoticeFailed(**confirmation, failed_at=MONDAY, reason="550 no such user")
            for confirmation in confirmations[:1]
        ),
        *(
            ExceptionSettleRequested(exception_id=found.exception_id, by="iris", why="there was never a line 7")
            for found in await desk.told(ExceptionChanged)
        ),
    ]


async def hear_twice(desk: Desk, facts: Sequence[Fact]) -> list[Sent]:
    """Hear events in batches of five, each of which comes again."""
    sent: list[Sent] = []
    for start in range(0, len(facts), 5):
        batch = await desk.hear(*facts[start : start + 5])
        await desk.hear(*batch)
        sent += batch
    await desk.decide_due()
    return sent


@pytest.mark.parametrize("seed", range(4))
async def test_every_event_delivered_twice_shuffled_across_keys_and_replayed_from_zero(desk: Desk, seed: int) -> None:
    await desk.hear(*SAID)
    answered = await answers(desk)
    await desk.hear(*answered)
    assert {type(fact) for fact in (*SAID, *answered)} >= HANDLERS.keys()
    once = await essence(desk)

    await desk.empty()
    facts = shuffled(SAID, random.Random(seed))
    sent = await hear_twice(desk, facts)
    answered = await answers(desk)
    sent += await hear_twice(desk, answered)
    assert (await desk.parked(), await desk.dead()) == ([], [])
    assert await essence(desk) == once

    rows, number = await desk.business(), await outbox(desk)
    await desk.hear(*sent)
    await desk.hear(*facts, *answered)
    assert (await desk.business(), await outbox(desk)) == (rows, number)
