"""allocations.v1: which units belong to which order line."""

from typing import Annotated, Final, Literal

from pydantic import Field

from shared.contracts.fields import (
    Count,
    Day,
    Flag,
    Id,
    Instant,
    Lot,
    Money,
    Node,
    OrderFact,
    Part,
    Sku,
    Text,
    Units,
    Version,
)


class AllocatedLot(Part):
    """Units of one lot."""

    lot: Lot | None = None
    expires_on: Day | None = None
    units: Units


class OfBundle(Part):
    """The ordered line that a line is a component of. Customers are told of it, the floor handles the component."""

    line_id: Id
    line_version: Version
    sku: Sku
    units: Annotated[Count, Field(description="bundles that became whole on the floor, or are whole no longer")]
    components: Annotated[Units, Field(description="of how many SKUs it is made")] = 1


class AllocatedLine(Part):
    """Units that a line owns from now on."""

    line_id: Id
    line_version: Version
    sku: Sku
    node: Node
    units: Units
    lots: tuple[AllocatedLot, ...]
    bundle: Annotated[
        OfBundle | None, Field(description="of a component: the same in all components that are told of at once")
    ] = None
    per_bundle: Annotated[Units, Field(description="of a component: its units in one bundle")] = 1

    @property
    def ordered(self) -> OfBundle:
        """Return the line as its customer ordered it: for a component its bundle, of which no unit may be whole yet."""
        return self.bundle or OfBundle(
            line_id=self.line_id, line_version=self.line_version, sku=self.sku, units=self.units
        )


class ReleasedLine(AllocatedLine):
    """An allocated line that the floor may pick."""

    lane: Id | None = None
    waited_seconds: Annotated[Count, Field(description="since the order was complete")]
    again: Annotated[
        Flag,
        Field(
            description="no more units: all that the line owns, since its lots changed; in place of earlier releases"
        ),
    ] = False


class LineAllocated(OrderFact):
    """Lines that never waited own units, and the floor may pick them.

    Until decision 16 units of lines that waited were told ahead of their release, too (`later`); these follow by
    BackorderReleased.
    """

    release: Annotated[Literal["now", "later"], Field(description="now: the floor may pick them")]
    lines: Annotated[tuple[AllocatedLine, ...], Field(min_length=1)]


class BackorderReleased(OrderFact):
    """Waiting lines got their units and the floor may pick them; or lots of released lines changed (`again`)."""

    lines: Annotated[tuple[ReleasedLine, ...], Field(min_length=1)]


class RevokedLine(AllocatedLine):
    """Units that a line owns no longer; it waits for them at its old place in the queue."""

    was_released: Annotated[
        Flag, Field(description="the floor had it already, and puts back or has put back what it found")
    ]
    reason: Text
    cause: Annotated[Text, Field(description="source and id of the event behind it")]


class AllocationRevoked(OrderFact):
    """Lines own units no longer: a count, hold, expiry or short took them, or the floor stopped a held order."""

    lines: Annotated[tuple[RevokedLine, ...], Field(min_length=1)]


class DeclinedLine(Part):
    """A line that is not accepted, and what is in stock instead."""

    line_id: Id
    line_version: Version
    sku: Sku
    node: Node
    units: Units
    reason: Text
    alternatives: Annotated[tuple[Sku, ...], Field(max_length=5)] = ()


class LineDeclined(OrderFact):
    """Lines were ordered of what was shown to be out of stock, and are not accepted."""

    lines: Annotated[tuple[DeclinedLine, ...], Field(min_length=1)]


class CancelledLine(Part):
    """Units that a line does not want any more."""

    line_id: Id
    line_version: Version
    sku: Sku
    node: Node
    units: Units
    left: Annotated[Count, Field(description="units that the line still wants, owns or got")]
    new_line_id: Annotated[Id | None, Field(description="the line that wants them instead: they were swapped")] = None
    reason: Text
    cause: Annotated[Text, Field(description="source and id of the event behind it")]


class LineCancelled(OrderFact):
    """Units of lines are cancelled: they went to the next in line, or nobody had them yet."""

    lines: Annotated[tuple[CancelledLine, ...], Field(min_length=1)]


class RefusedBundle(Part):
    """An ordered bundle, and how many of it cannot be cancelled."""

    line_id: Id
    units: Units


class RefusedCancel(Part):
    """Units that cannot be cancelled any more."""

    line_id: Id
    units: Units
    reason: Text
    bundle: Annotated[RefusedBundle | None, Field(description="whose component it is, in bundles: rounded up")] = None

    @property
    def ordered(self) -> tuple[Id, int]:
        """Return the line as its customer ordered it, and how many of it."""
        return (self.bundle.line_id, self.bundle.units) if self.bundle else (self.line_id, self.units)


class CancelRefused(OrderFact):
    """Units were shipped, or never ordered, before they could be cancelled."""

    change_no: Annotated[Count, Field(description="of the request, 0 where the law cancelled")]
    lines: Annotated[tuple[RefusedCancel, ...], Field(min_length=1)]
    cause: Annotated[Text, Field(description="source and id of the event that refused it: the request, or what left")]
    request: Annotated[
        Text | None, Field(description="source and id of the request; absent where the law cancelled")
    ] = None


class RefusedConsent(Part):
    """Units that were cancelled before their customer agreed to wait."""

    line_id: Id
    units: Units
    reason: Text


class ConsentRefused(OrderFact):
    """A yes to a later date came when the lines were cancelled already: their units are the next customer's."""

    change_no: Annotated[Count, Field(description="of the yes")]
    lines: Annotated[tuple[RefusedConsent, ...], Field(min_length=1)]
    cause: Annotated[Text, Field(description="source and id of the yes")]


class StoppedLine(AllocatedLine):
    """Released units that are to be put back."""


class StopRequested(OrderFact):
    """The floor is asked to stop released units; it answers StopAnswered, or ShipmentConfirmed when it is too late."""

    stop_id: Annotated[Id, Field(description="the same id is the same request for ever")]
    purpose: Annotated[
        Literal["cancel", "hold"], Field(description="cancel: the units are not wanted; hold: they wait until unheld")
    ] = "cancel"
    lines: Annotated[tuple[StoppedLine, ...], Field(min_length=1)]


class RefundedLine(Part):
    """Units whose money must go back."""

    line_id: Id
    units: Units
    amount: Money


class RefundDue(OrderFact):
    """Money must be sent back, by the law, until a day."""

    lines: Annotated[tuple[RefundedLine, ...], Field(min_length=1)]
    cause: Annotated[Text, Field(description="source and id of the event behind it")]
    reason: Annotated[Text, Field(description="why the right to a refund vests")] = ""
    vests_on: Day
    due_by: Annotated[Day, Field(description="the last day on which the refund may be sent")]
    told_at: Instant


EVENTS: Final = (
    LineAllocated,
    BackorderReleased,
    AllocationRevoked,
    LineDeclined,
    LineCancelled,
    CancelRefused,
    ConsentRefused,
    StopRequested,
    RefundDue,
)
