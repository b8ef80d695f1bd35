"""dock-requests.v1 and dock.v1: requests to the dock, and what happened there."""

from typing import Annotated, Final

from pydantic import Field

from shared.contracts.fields import Count, Fact, Flag, Id, Instant, Node, Part, Sku, Text, Total


class TruckFact(Fact):
    """A fact about one truck, which is one ASN."""

    asn_id: Id

    def key(self) -> str:
        return self.asn_id


class AppointmentRequested(TruckFact):
    """Someone asks for a door at a time. The appointment that the ASN has is given up once this one is booked."""

    request_id: Annotated[Id, Field(description="the same id is the same request for ever")]
    node: Node
    starts_at: Annotated[Instant, Field(description="the beginning of a slot")]
    door: Annotated[Id | None, Field(description="absent: any door that is free")] = None
    requested_at: Instant


class AppointmentWithdrawn(TruckFact):
    """The truck will not come at the time that it has."""

    request_id: Id
    withdrawn_at: Instant


class TruckArrived(TruckFact):
    """The truck stands at the node."""

    node: Node
    door: Id | None = None
    arrived_at: Instant


class UnloadingBegun(TruckFact):
    """The first pallet comes off."""

    begun_at: Instant


class CloseRequested(TruckFact):
    """The dock says that nothing more comes off this truck."""

    requested_at: Instant


class Slot(Part):
    """A door, from one instant to another."""

    door: Id
    starts_at: Instant
    ends_at: Instant


class AppointmentBooked(TruckFact):
    """A door is kept for the truck."""

    request_id: Id
    node: Node
    slot: Slot


class AppointmentRefused(TruckFact):
    """There is no door at that time; the next free slots are named."""

    request_id: Id
    node: Node
    reason: Text
    next_free: tuple[Slot, ...] = ()


class AppointmentCancelled(TruckFact):
    """The door that was kept for the truck is free again."""

    request_id: Id
    node: Node
    slot: Slot


class NoShow(TruckFact):
    """The truck did not come in its slot."""

    node: Node
    slot: Slot


class AsnArrived(TruckFact):
    """The truck is here: its units are ready within the days that the dock takes."""

    node: Node
    door: Id | None = None
    arrived_at: Instant
    assumed: Annotated[Flag, Field(description="nobody told it: as of the first scan")] = False


class ClosedLine(Part):
    """The result of one SKU of a closed ASN, in units."""

    sku: Sku
    expected: Total
    received: Annotated[Total, Field(description="in every status")]
    damaged: Total
    short: Total
    over: Total
    wrong: Annotated[Total, Field(description="received of a SKU that the ASN does not list")] = 0
    owed_on_po: Annotated[Total, Field(description="what the purchase order still owes")] = 0


LeftOut = Annotated[
    Count,
    Field(description="SKUs without room here, what came as announced before all others: GET /v1/asns tells every one"),
]


class ReceivingClosed(TruckFact):
    """A truck is done: short is known from now on."""

    node: Node
    closed_at: Instant
    lines: tuple[ClosedLine, ...]
    left_out: LeftOut = 0


REQUESTS: Final = (AppointmentRequested, AppointmentWithdrawn, TruckArrived, UnloadingBegun, CloseRequested)
EVENTS: Final = (AppointmentBooked, AppointmentRefused, AppointmentCancelled, NoShow, AsnArrived, ReceivingClosed)
