"""What gateway hears on a day: of each read model something, most of it more than once."""

from typing import Any, Final

from shared.contracts.advices import (
    AcknowledgedAsn,
    AdvisedLine,
    AsnAcknowledged,
    AsnRefused,
    FileFault,
    ReceivingAdvised,
)
from shared.contracts.allocations import AllocationRevoked
from shared.contracts.availability import AvailabilityChanged, Break
from shared.contracts.dock import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentRefused,
    AsnArrived,
    ClosedLine,
    NoShow,
    ReceivingClosed,
    Slot,
)
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.fields import DateRange, Fact
from shared.contracts.queues import QueueChanged
from shared.contracts.scan_answers import ScanAnswered, ScanResult
from shared.contracts.shipments import ShippedLine
from shared.testing.allocations import a_cancelled_line, a_revoked_line, at_once, cancelled, declined, refund_due
from shared.testing.builders import (
    MONDAY,
    a_day,
    a_line,
    a_node,
    a_product,
    a_promised_line,
    a_released_line,
    a_shipment,
    a_supply,
    an_inbound,
    an_order,
    moved,
    promised,
    released,
    withdrawn,
)

TABLES: Final = (
    "availability",
    "promises",
    "releases",
    "ordered_lines",
    "shipped_units",
    "allocated_units",
    "cancelled_units",
    "declined_lines",
    "refunds",
    "exceptions",
    "inbound",
    "queues",
    "receiving_advices",
    "asn_files",
    "dock_events",
    "scan_answers",
    "nodes",
    "skus",
    "orders",
)


def a_page(version: int, available: int, node: str | None = "ams") -> AvailabilityChanged:
    ships = DateRange(earliest=a_day(16), latest=a_day(22))
    return AvailabilityChanged(
        sku="TEE-M", node=node, merchant="acme", version=version, state="in_stock" if available else "backorder",
        available_to_sell=available, breaks=(Break(up_to_units=5, ships=ships),), max_orderable=20, as_of=MONDAY,
        ships_by=a_day(22), valid_until=MONDAY.replace(hour=16), alternatives=("TEE-L",),
    )  # fmt: skip


def a_slot(day: int, hour: int) -> Slot:
    """Return an hour at door 1; 23:00 UTC is tomorrow in Amsterdam."""
    return Slot(
        door="1", starts_at=MONDAY.replace(day=day, hour=hour), ends_at=MONDAY.replace(day=day, hour=hour, minute=59)
    )


def revoked(order_id: str, line_version: int, units: int, **fields: Any) -> AllocationRevoked:
    """Return a count found less."""
    return AllocationRevoked(order_id=order_id, lines=(a_revoked_line(line_version, units, **fields),))


def an_exception(exception_id: str, version: int, state: str = "open", subject: str = "gun/1") -> ExceptionChanged:
    fields = {"class": "unknown_barcode", "facts": {"node": "ams"}, "state": state}
    return ExceptionChanged.model_validate(
        {"exception_id": exception_id, "version": version, "subject": subject, **fields}
    )


def closed(asn_id: str = "asn-1", received: int = 10) -> ReceivingClosed:
    line = ClosedLine(sku="TEE-M", expected=10, received=received, damaged=0, short=10 - received, over=0)
    return ReceivingClosed(asn_id=asn_id, node="ams", closed_at=MONDAY.replace(day=9), lines=(line,))


def advised(version: int, received: int) -> ReceivingAdvised:
    line = AdvisedLine(sku="TEE-M", expected=10, received=received, damaged=0, short=10 - received, over=0)
    return ReceivingAdvised(
        asn_id="asn-1", version=version, supplier_id="mills", node="ams", closed_at=MONDAY.replace(day=9),
        lines=(line,), format="x12", document="ST*861",
    )  # fmt: skip


def waiting(sku: str, version: int, units: int, value: int) -> QueueChanged:
    return QueueChanged(
        sku=sku, node="ams", version=version, waiting_lines=min(units, 1), waiting_units=units, waiting_value=value
    )


def answered(scan_id: str, result: ScanResult = "accepted", lane: str | None = "B") -> ScanAnswered:
    return ScanAnswered(device_id="gun", scan_id=scan_id, result=result, says="lane B, 5 waiting", lane=lane, units=1)


def of_lines() -> list[Fact]:
    """Tell that seven units wait, lose their date, and four come; of another order two come, and one is lost again."""
    return [
        a_page(1, 3),
        a_page(1, 3, None),
        promised("o1", a_promised_line(2, (16, 22), units=7)),
        promised("o2", a_promised_line(1, (16, 22), units=2)),
        a_page(2, 0),
        moved("o1", a_promised_line(3, (19, 25), units=7)),
        withdrawn("o1", a_promised_line(4, None, units=7)),
        released("o1", a_released_line(5, 3)),
        moved("o1", a_promised_line(6, (30, 31), units=4)),
        released("o1", a_released_line(7, 1)),
        released("o2", a_released_line(2, 2)),
        revoked("o2", 3, 1),
        *of_shipments(),
        *of_endings(),
    ]


def of_shipments() -> list[Fact]:
    """Return what was released leaves; of a third order three of four units leave that nobody had allocated."""
    left = [ShippedLine(line_id="1", sku="TEE-M", node="ams", units=units) for units in (2, 1)]
    return [
        a_shipment("o1", left[0]),
        promised("o9", a_promised_line(1, (16, 22), units=4)),
        a_shipment("o9", *left),
    ]


def of_endings() -> list[Fact]:
    """Cancel two of five units; decline a line, swap one, let one never wait."""
    swapped = a_cancelled_line(2, 3, line_id="2", new_line_id="9")
    return [
        declined("o7", "3"),
        promised("o7", a_promised_line(2, (16, 22), units=5), a_promised_line(1, (16, 22), "2", units=3)),
        cancelled("o7", a_cancelled_line(3, 2, 3), swapped),
        refund_due("o7", 2),
        promised("o7", a_promised_line(1, (18, 19), "9", sku="TEE-L", units=3)),
        at_once("o7", 1, 1, "4"),
    ]


def of_the_dock() -> list[Fact]:
    """Tell that a truck is refused, books, books anew, and comes; another does not."""
    return [
        AppointmentRefused(asn_id="asn-1", request_id="q1", node="ams", reason="taken", next_free=(a_slot(8, 9),)),
        AppointmentBooked(asn_id="asn-1", request_id="q2", node="ams", slot=a_slot(8, 9)),
        AppointmentCancelled(asn_id="asn-1", request_id="q2", node="ams", slot=a_slot(8, 9)),
        AppointmentBooked(asn_id="asn-1", request_id="q3", node="ams", slot=a_slot(8, 23)),
        NoShow(asn_id="asn-2", node="ams", slot=a_slot(8, 10)),
        AsnArrived(asn_id="asn-1", node="ams", door="1", arrived_at=MONDAY.replace(hour=22, minute=30)),
        closed(received=8),
        closed(received=9),  # a late scan
        advised(1, 8),
        advised(2, 9),
    ]


def story() -> list[Fact]:
    """Return all of it."""
    fault = FileFault(segment=4, element="SN102", reason="is no number")
    asn = AcknowledgedAsn(asn_id="asn-1", revision=1)
    return [
        a_node(),
        a_product(version=2),
        a_product(merchant="zeta"),
        an_order("o1", a_line(units=7)),
        an_order("o2", a_line(units=2), merchant="zeta"),
        an_order("o9", a_line(units=4)),
        an_order("o7", a_line(units=5), a_line("2", units=3), a_line("3"), a_line("4")),
        *of_lines(),
        *of_the_dock(),
        AsnRefused(file_id="f1", sender="mills", faults=(fault,), answer="997 R"),
        AsnAcknowledged(file_id="f2", sender="mills", asns=(asn,), answer="997 A"),
        an_inbound(a_supply(), version=2),
        an_inbound(version=1),
        waiting("TEE-M", 1, 7, 700),
        waiting("TEE-M", 2, 5, 500),
        waiting("HAT", 1, 9, 90),
        waiting("SOCK", 1, 0, 0),
        answered("gun/1", "waiting", None),
        answered("gun/1"),
        answered("gun/2"),
        an_exception("x1", 1),
        an_exception("x1", 2, "settled"),
        an_exception("x2", 1),
        an_exception("x3", 1, subject="gun/3"),
    ]
