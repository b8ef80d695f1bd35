"""Doors are kept for trucks, given up and missed; what is known of a truck narrows the window of its units."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from typing import Any

from services.receiving.app import SERVICE
from shared.contracts.asns import AsnReceived
from shared.contracts.dock import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRefused,
    AppointmentRequested,
    AppointmentWithdrawn,
    AsnArrived,
    NoShow,
    TruckArrived,
    UnloadingBegun,
)
from shared.contracts.inbound import InboundChanged
from shared.contracts.products import ProductUpserted
from shared.contracts.settings import DockHours, NodeUpserted
from shared.contracts.story import examples, examples_of
from shared.testing.builders import MONDAY, a_close, a_node, a_product, a_receipt, a_scan, an_asn, landed
from shared.testing.until import until
from tests.integration.receiving.conftest import Dock


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment of March 2027 in UTC; Amsterdam is an hour ahead."""
    return datetime(2027, 3, day, hour, minute, tzinfo=UTC)


def a_docked_node(**fields: Any) -> NodeUpserted:
    """Return a node with two doors, from 07:00 to 17:00 local time."""
    return a_node(dock=DockHours(doors=("D1", "D2"), opens=time(7), closes=time(17), **fields))


THURSDAY = at(11, 8)


def wanted(
    request_id: str = "r1", starts_at: datetime = THURSDAY, asn_id: str = "asn-1", **fields: Any
) -> AppointmentRequested:
    announced = {
        "request_id": request_id,
        "asn_id": asn_id,
        "node": "ams",
        "starts_at": starts_at,
        "requested_at": MONDAY,
    }
    return AppointmentRequested(**{**announced, **fields})


def withdrawn(request_id: str = "w1", asn_id: str = "asn-1") -> AppointmentWithdrawn:
    return AppointmentWithdrawn(request_id=request_id, asn_id=asn_id, withdrawn_at=MONDAY)


def arrived(when: datetime | None = None, asn_id: str = "asn-1", **fields: Any) -> TruckArrived:
    when = when or at(11, 7, 12)
    return TruckArrived(**{"asn_id": asn_id, "node": "ams", "door": "D1", "arrived_at": when, **fields})


KNOWN = (a_docked_node(), a_product(), an_asn())


async def windows(dock: Dock) -> list[tuple[str, int, int, str]]:
    """Return basis, first and last day, and reason of each news about the supply."""
    events = await dock.world.bus.told(InboundChanged, "TEE-M|ams")
    return [(s.basis, s.window.earliest.day, s.window.latest.day, s.reason) for news in events for s in news.supplies]


async def test_a_booked_door_narrows_the_window(dock: Dock) -> None:
    *_, asked = await dock.hears(*KNOWN, wanted())
    (booked,) = await dock.world.bus.told(AppointmentBooked)
    assert (booked.request_id, booked.slot.door, booked.slot.ends_at) == ("r1", "D1", at(11, 9))
    assert await windows(dock) == [
        ("asn", 10, 18, "ASN asn-1 revision 1: ETA 9–10 March"),
        ("appointment", 12, 17, "truck booked for Thu 11 March 09:00"),
    ]
    (_, news) = await dock.world.bus.told(InboundChanged)
    assert news.supplies[0].cause == f"test/{dict(asked.headers)['ce_id'].decode()}"  # type: ignore[union-attr]


async def test_a_taken_door_is_refused_with_the_next_free_slots(dock: Dock) -> None:
    await dock.hears(*KNOWN, an_asn("asn-2"), wanted(door="D1"), wanted("r2", asn_id="asn-2", door="D1"))
    (refused,) = await dock.world.bus.told(AppointmentRefused)
    assert (refused.request_id, refused.reason) == ("r2", "door D1 is taken at that time")
    assert [(slot.door, slot.starts_at.hour) for slot in refused.next_free] == [("D1", hour) for hour in range(9, 14)]
    assert [window[0] for window in await windows(dock)][-2:] == ["appointment", "asn"]


async def test_the_same_request_twice_is_answered_once(dock: Dock) -> None:
    await dock.hears(*KNOWN, wanted(), wanted(), wanted(starts_at=at(12, 8)))
    await dock.hears_at_once(wanted("r2", at(10, 8)), wanted("r2", at(10, 8)), withdrawn(), withdrawn())
    assert len(await dock.world.bus.told(AppointmentBooked)) == 2
    assert [event.request_id for event in await dock.world.bus.told(AppointmentCancelled)] == ["r1", "r2"]
    assert await dock.world.bus.told(AppointmentRefused) == []


async def test_a_new_booking_gives_up_the_old_one_and_a_refusal_does_not(dock: Dock) -> None:
    await dock.hears(*KNOWN, wanted(), wanted("r2", at(13, 8)), wanted("r3", at(12, 8)))
    assert [r.reason for r in await dock.world.bus.told(AppointmentRefused)] == ["ams does not work on Sat 13 March"]
    (given_up,) = await dock.world.bus.told(AppointmentCancelled)
    assert (given_up.request_id, given_up.slot.starts_at) == ("r1", at(11, 8))
    await dock.hears(an_asn("asn-2"), wanted("r4", asn_id="asn-2", door="D1"))
    assert {event.request_id for event in await dock.world.bus.told(AppointmentBooked)} == {"r1", "r3", "r4"}


async def test_a_withdrawn_truck_frees_its_door_and_has_the_window_of_its_eta(dock: Dock) -> None:
    await dock.hears(*KNOWN, wanted(), withdrawn(), withdrawn("w2"))
    assert [event.request_id for event in await dock.world.bus.told(AppointmentCancelled)] == ["r1"]
    assert (await windows(dock))[2:] == [("asn", 10, 18, "appointment withdrawn; ASN asn-1 revision 1: ETA 9–10 March")]


async def test_news_of_a_truck_waits_for_its_asn(dock: Dock) -> None:
    begun = UnloadingBegun(asn_id="asn-1", begun_at=at(11, 7, 30))
    await dock.hears(a_docked_node(), a_product(), begun, arrived(), wanted(), withdrawn("w0", "asn-9"))
    assert await dock.waiting() == ["asn:asn-1"] * 3 + ["asn:asn-9"]
    await dock.hears(an_asn())
    assert await dock.waiting() == ["asn:asn-9"]
    assert (await windows(dock))[-1] == ("arrived", 12, 16, "arrived Thu 11 March 08:12")
    assert len(await dock.world.bus.told(AppointmentBooked)) == 1


async def test_an_arrival_is_announced_once_and_corrected_by_an_earlier_time(dock: Dock) -> None:
    await dock.hears(*KNOWN, arrived(), arrived(at(11, 9)), arrived())
    assert [event.arrived_at for event in await dock.world.bus.told(AsnArrived)] == [at(11, 7, 12)]
    await dock.hears_at_once(arrived(at(10, 9)), arrived(at(10, 8), door=None))
    assert [(event.arrived_at, event.door) for event in await dock.world.bus.told(AsnArrived)][1:] == [
        (at(10, 8), None)
    ]
    assert await dock.world.admin.fetchval("select door from receiving.trucks") == "D1"
    assert [window[:3] for window in await windows(dock)] == [("asn", 10, 18), ("arrived", 12, 16), ("arrived", 11, 15)]


async def test_a_truck_at_another_node_waits_for_the_asn_to_say_so(dock: Dock) -> None:
    await dock.hears(*KNOWN, a_node("ber"), arrived(node="ber"))
    assert await dock.waiting() == ["asn:asn-1"]
    await dock.hears(an_asn(revision=2, node="ber"))
    assert [event.node for event in await dock.world.bus.told(AsnArrived)] == ["ber"]


async def test_two_processes_give_one_slot_to_one_truck(dock: Dock) -> None:
    asns = [an_asn(f"asn-{n}") for n in range(12)]
    await dock.hears(a_docked_node(), a_product())
    async with dock.world.start(SERVICE):
        await dock.hears_at_once(*asns)
        await dock.hears_at_once(*(wanted(f"r{n}", asn_id=f"asn-{n}") for n in range(12)))
        booked = await dock.world.bus.told(AppointmentBooked)
        assert sorted(booking.slot.door for booking in booked) == ["D1", "D2"]
        assert len(await dock.world.bus.told(AppointmentRefused)) == 10


async def test_a_truck_that_does_not_come_is_named_once(dock: Dock) -> None:
    await dock.hears(*KNOWN, an_asn("asn-2"), wanted(), wanted("r2", asn_id="asn-2"), arrived(asn_id="asn-2"))
    await dock.is_now(at(11, 8, 59))
    await asyncio.sleep(1.5)
    assert await dock.world.bus.told(NoShow) == []
    await dock.is_now(at(11, 9, 0))
    missed = await until(lambda: dock.world.bus.told(NoShow))
    assert [(row.asn_id, row.slot.starts_at) for row in missed] == [("asn-1", at(11, 8))]
    await dock.idle()
    news = (await dock.world.bus.told(InboundChanged))[-1].supplies[0]
    assert (news.basis, news.window.earliest.day, news.window.latest.day) == ("asn", 12, 18)
    assert news.reason == "did not come Thu 11 March 09:00; ASN asn-1 revision 1: ETA 9–10 March"
    assert news.cause == "firstfill/receiving/no-show/r1"
    await dock.is_now(at(11, 18))
    await dock.hears(wanted("r3", at(12, 8)))
    assert len(await dock.world.bus.told(NoShow)) == 1
    assert [event.request_id for event in await dock.world.bus.told(AppointmentCancelled)] == ["r1"]


async def test_a_truck_that_is_scanned_is_no_no_show(dock: Dock) -> None:
    await dock.hears(*KNOWN, wanted(), a_scan())
    await dock.is_now(at(11, 10))
    watched = "select not exists (select from receiving.appointments where no_show_at is not null)"
    await until(lambda: dock.world.admin.fetchval(watched))
    assert await dock.world.bus.told(NoShow) == []


async def test_an_overdue_window_moves_in_time_and_once_a_day(dock: Dock) -> None:
    await dock.hears(*KNOWN)
    await dock.is_now(at(15, 22, 59))
    await asyncio.sleep(1.5)
    assert len(await windows(dock)) == 1
    for day in (15, 16, 17):
        await dock.is_now(at(day, 23))
        await asyncio.sleep(1.5)
    await dock.idle()
    assert (await windows(dock))[1:] == [("asn", 17, 24, "not here yet; ASN asn-1 revision 1: ETA 9–10 March")]
    await dock.hears(an_asn(revision=2))
    assert len(await windows(dock)) == 2


async def test_a_truck_of_which_all_is_in_stock_is_never_overdue(dock: Dock) -> None:
    await dock.hears(*KNOWN, a_scan(times=10), landed(10))
    await dock.is_now(at(25, 9))
    looked = "select overdue_at > clock() from receiving.asns"
    await dock.world.admin.execute("set search_path = receiving")
    await until(lambda: dock.world.admin.fetchval(looked))
    assert [window[:3] for window in await windows(dock)] == [("asn", 10, 18), ("arrived", 9, 11)]


async def test_the_first_scan_is_the_arrival_of_a_truck_that_nobody_told_of(dock: Dock) -> None:
    await dock.is_now(at(11, 12))
    await dock.hears(*KNOWN, a_scan("gun/2", scanned_at=at(11, 9)), a_scan("gun/1", scanned_at=at(10, 9)))
    assert (await windows(dock))[-1][:3] == ("arrived", 12, 15)
    arrived = await dock.world.bus.told(AsnArrived)
    assert [(event.arrived_at, event.assumed) for event in arrived] == [(at(11, 9), True), (at(10, 9), True)]
    truck = TruckArrived(asn_id="asn-1", node="ams", arrived_at=at(10, 14))
    await dock.hears(truck, a_scan("gun/3", scanned_at=at(10, 8)))
    event = (await dock.world.bus.told(AsnArrived))[-1]
    assert (event.arrived_at, event.assumed, len(await dock.world.bus.told(AsnArrived))) == (at(10, 14), False, 3)


async def test_a_receipt_of_a_warehouse_system_is_an_arrival_too(dock: Dock) -> None:
    await dock.is_now(at(11, 12))
    await dock.hears(*KNOWN, a_receipt(scanned_at=at(10, 9)))
    (event,) = await dock.world.bus.told(AsnArrived)
    assert (event.arrived_at, event.assumed) == (at(10, 9), True)


async def test_a_done_truck_or_one_that_goes_elsewhere_frees_its_door(dock: Dock) -> None:
    await dock.hears(*KNOWN, a_node("ber"), an_asn("asn-2"), wanted(), wanted("r2", asn_id="asn-2"))
    await dock.hears(a_close(), an_asn("asn-2", node="ber", revision=2))
    freed = "select bool_and(is_given_up) from receiving.appointments"
    await until(lambda: dock.world.admin.fetchval(freed))
    await dock.idle()
    assert {event.request_id for event in await dock.world.bus.told(AppointmentCancelled)} == {"r1", "r2"}


async def test_the_day_on_which_the_clocks_change_has_its_hours(dock: Dock) -> None:
    hours = DockHours(doors=("D1",), opens=time(1), closes=time(5))
    node = a_node(dock=hours).model_copy(update={"working_days": frozenset(range(1, 8))})
    await dock.hears(node, a_product(), an_asn())
    before = datetime(2027, 3, 28, 0, 0, tzinfo=UTC)
    await dock.hears(*(wanted(f"r{n}", before + timedelta(hours=n)) for n in range(4)))
    assert len(await dock.world.bus.told(AppointmentBooked)) == 3  # 01:00, 03:00 and 04:00 local
    (refused,) = await dock.world.bus.told(AppointmentRefused)
    assert refused.reason == "outside dock hours: 01:00 to 05:00"


async def test_the_contracts_story_of_the_dock_holds(dock: Dock) -> None:
    kinds = (NodeUpserted, ProductUpserted, AsnReceived, AppointmentRequested, TruckArrived, UnloadingBegun)
    for example in examples():
        if example.event in kinds:
            await dock.hears(example.event.model_validate(example.body))
    for event in (AppointmentBooked, AsnArrived):
        (meant,) = [event.model_validate(example.body) for example in examples_of(event)]
        assert await dock.world.bus.told(event) == [meant]
