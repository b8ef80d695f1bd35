"""When stock lands, those who wait are served first; the others hold one honest range."""

from collections.abc import Mapping
from datetime import timedelta

from shared.contracts.allocations import BackorderReleased, LineAllocated
from shared.contracts.availability import AvailabilityChanged
from shared.contracts.promises import BackorderPromised, PromiseMoved, PromiseWithdrawn
from shared.messaging.wire import unpack
from shared.testing.builders import (
    MONDAY,
    a_day,
    a_line,
    a_product,
    a_supply,
    an_inbound,
    an_order,
    landed,
)
from tests.integration.allocation.conftest import AT_ONCE, Desk, set_clock


def minutes(n: int) -> timedelta:
    return timedelta(minutes=n)


async def test_an_order_from_stock_is_allocated_at_once(desk: Desk) -> None:
    await desk.know()
    await desk.hear(landed(10, supply_id=None))
    await desk.hear(an_order("o1", a_line(units=4)))

    (event,) = await desk.told(LineAllocated)
    assert [(line.line_id, line.units, line.line_version) for line in event.lines] == [("1", 4, 1)]
    pages = await desk.told(AvailabilityChanged, "TEE-M|ams")
    assert [(page.state, page.available_to_sell, page.version) for page in pages] == [
        ("in_stock", 10, 1),
        ("in_stock", 6, 2),
    ]
    assert await desk.waiting() == []


async def test_a_receipt_serves_the_oldest_first_and_moves_nobody_else(desk: Desk) -> None:
    await desk.know()
    await desk.hear(AT_ONCE, an_inbound(a_supply(units=10)))
    await desk.hear(an_order("later", a_line(units=5), completed_at=MONDAY + minutes(60)))
    await desk.hear(an_order("first", a_line(units=3)))
    await set_clock(desk.admin, MONDAY + minutes(90))
    await desk.hear(landed(4, 1))

    promised = await desk.told(BackorderPromised)
    assert {p.order_id: p.lines[0].after.latest for p in promised} == {"later": a_day(22), "first": a_day(22)}
    released = await desk.told(BackorderReleased)
    assert {r.order_id: (r.lines[0].units, r.lines[0].waited_seconds) for r in released} == {
        "first": (3, 5400),
        "later": (1, 1800),
    }
    assert await desk.told(PromiseMoved) == []
    assert await desk.waiting() == [("later", 4, (16, 22))]


async def test_part_of_a_line_is_allocated_now_and_the_rest_waits(desk: Desk) -> None:
    await desk.know()
    await desk.hear(landed(3, supply_id=None), an_inbound(a_supply()))
    await desk.hear(an_order("o1", a_line(units=5)))
    await desk.hear(landed(2, 2))

    (allocated,), (promised,), (released,) = [
        await desk.told(kind) for kind in (LineAllocated, BackorderPromised, BackorderReleased)
    ]
    assert [(line.line_version, line.units) for line in allocated.lines] == [(1, 3)]
    assert [(line.line_version, line.units) for line in promised.lines] == [(2, 2)]
    assert [(line.line_version, line.units) for line in released.lines] == [(3, 2)]


async def test_a_line_that_is_granted_units_and_another_range_at_once_hears_of_both_in_order(desk: Desk) -> None:
    """The second truck lands first: the line gets part of its units, and the rest comes earlier with the first."""
    await desk.know()
    await desk.hear(AT_ONCE, an_inbound(a_supply("near", 3, 16, 17), a_supply("far", 9, 23, 24)))
    await desk.hear(an_order("o1", a_line(units=5)))
    await desk.hear(landed(2, 1, supply_id="far"))

    (released,), (moved,) = await desk.told(BackorderReleased), await desk.told(PromiseMoved)
    assert [(line.line_version, line.units) for line in released.lines] == [(2, 2)]
    (line,) = moved.lines
    assert (line.line_version, line.units, line.before.latest, line.after.latest) == (3, 3, a_day(24), a_day(17))


async def test_lines_of_one_order_released_together_are_one_event(desk: Desk) -> None:
    await desk.know("A", "B")
    await desk.hear(an_order("o1", a_line("1", "A"), a_line("2", "B"), a_line("3", "A", 2)))
    await desk.hear(landed(3, sku="A"), landed(1, sku="B"))

    (promised,) = await desk.told(BackorderPromised)
    assert [line.line_id for line in promised.lines] == ["1", "3", "2"]
    (released,) = await desk.told(BackorderReleased)
    assert [(line.line_id, line.units) for line in released.lines] == [("1", 1), ("3", 2), ("2", 1)]


async def test_a_release_names_each_lot(desk: Desk) -> None:
    await desk.know()
    await desk.hear(
        landed(1, 1, lot="L2", expires_on=a_day(30), supply_id=None),
        landed(1, 2, lot="L1", expires_on=a_day(20), supply_id=None),
        landed(1, 3, supply_id=None),
    )
    await desk.hear(an_order("o1", a_line(units=3)))

    (event,) = await desk.told(LineAllocated)
    assert [(lot.lot, lot.expires_on) for lot in event.lines[0].lots] == [
        ("L1", a_day(20)),
        ("L2", a_day(30)),
        (None, None),
    ]


async def test_a_line_for_which_no_free_lot_lives_long_enough_waits_for_the_truck(desk: Desk) -> None:
    await desk.know("TEE-M", min_life_days=30)
    await desk.hear(landed(5, lot="L1", expires_on=a_day(20), supply_id=None), an_inbound(a_supply()))
    await desk.hear(an_order("strict"), an_order("easy", a_line(min_life_days=5)))

    assert await desk.waiting() == [("strict", 1, (16, 22))]
    assert [event.order_id for event in await desk.told(LineAllocated)] == ["easy"]
    page = (await desk.told(AvailabilityChanged))[-1]
    assert (page.state, page.available_to_sell, page.max_orderable) == ("backorder", 0, 9)


async def test_a_line_without_supply_has_no_date_until_there_is_one(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_order("o1"))
    (promised,) = await desk.told(BackorderPromised)
    assert (promised.lines[0].before, promised.lines[0].after, promised.lines[0].supply_id) == (None, None, None)

    await set_clock(desk.admin, MONDAY + timedelta(days=1))
    await desk.hear(landed(1, lot="old", expires_on=a_day(1), supply_id=None))  # nothing that could serve it
    assert await desk.told(PromiseMoved) == [], "an undated promise does not drift daily"

    await desk.hear(an_inbound(a_supply()))
    (moved,) = await desk.told(PromiseMoved)
    assert (moved.lines[0].before, moved.lines[0].after.latest, moved.lines[0].line_version) == (None, a_day(22), 2)

    await desk.hear(an_inbound(version=2))
    (withdrawn,) = await desk.told(PromiseWithdrawn)
    assert (withdrawn.lines[0].before.latest, withdrawn.lines[0].after) == (a_day(22), None)


async def test_a_page_is_published_only_when_it_changes(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_inbound(a_supply(units=10)))
    await desk.hear(an_inbound(a_supply(units=10), version=2))  # nothing new
    await desk.hear(a_product(version=2, name="The other TEE-M"))
    await desk.hear(an_order("o1", a_line(units=3)))
    await desk.hear(landed(3, 1))  # for who waits: as many are left on the truck
    pages = await desk.told(AvailabilityChanged, "TEE-M|ams")
    assert [(page.version, page.state, page.max_orderable) for page in pages] == [
        (1, "backorder", 10),
        (2, "backorder", 7),
    ]


async def test_each_line_is_told_its_own_cause(desk: Desk) -> None:
    """Orders that join in one batch are each promised because of themselves; their traces go on."""
    await desk.know()
    sent = await desk.hear(*(an_order(f"o{n}") for n in range(3)))
    headers = {(record.key or b"").decode(): dict(record.headers) for record in sent}
    promised = await desk.told(BackorderPromised)
    assert {p.order_id: p.lines[0].cause.encode() for p in promised} == {
        order: b"test/" + (fields["ce_id"] or b"") for order, fields in headers.items()
    }
    rows = await desk.admin.fetch("select key, headers from outbox where topic = 'promises.v1'")
    assert {row["key"].decode(): trace(dict(unpack(row["headers"]))) for row in rows} == {
        order: trace(fields) for order, fields in headers.items()
    }


def trace(headers: Mapping[str, bytes | None]) -> bytes:
    return (headers["traceparent"] or b"").split(b"-")[1]
