"""Appointments that are given up, several in one batch."""

from datetime import UTC, datetime, time, timedelta

from shared.contracts.dock import AppointmentCancelled, AppointmentRequested, AppointmentWithdrawn
from shared.contracts.inbound import InboundChanged
from shared.contracts.settings import DockHours
from shared.testing.builders import MONDAY, a_node, a_product, an_asn
from tests.integration.receiving.scanning.conftest import Desk

NODE = a_node(zone="UTC", dock=DockHours(doors=("D1",), opens=time(7), closes=time(17)))
TOMORROW = datetime.now(UTC) + timedelta(days=1)
NEXT_MONDAY = datetime.combine(TOMORROW + timedelta(days=-TOMORROW.weekday() % 7), time(8), UTC)


def wanted(request_id: str) -> AppointmentRequested:
    return AppointmentRequested(
        request_id=request_id, asn_id="asn-1", node="ams", starts_at=NEXT_MONDAY, requested_at=MONDAY
    )


def withdrawn(request_id: str) -> AppointmentWithdrawn:
    return AppointmentWithdrawn(request_id=request_id, asn_id="asn-1", withdrawn_at=MONDAY)


async def test_two_withdrawals_of_a_truck_are_answered_and_the_first_frees_its_door(desk: Desk) -> None:
    await desk.hears(NODE, a_product(), an_asn(), wanted("r1"))
    first, _ = await desk.hears_at_once(withdrawn("w1"), withdrawn("w2"))
    *_, news = await desk.told(InboundChanged)
    assert news.supplies[0].cause == f"test/{dict(first.headers)['ce_id'].decode()}"  # type: ignore[union-attr]

    await desk.hears(wanted("r2"), withdrawn("w1"), withdrawn("w2"))
    assert [event.request_id for event in await desk.told(AppointmentCancelled)] == ["r1"], "r2 stands"
