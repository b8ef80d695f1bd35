"""inbound.v1: everything on its way to one position."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from shared.contracts.fields import (
    DateRange,
    Day,
    Flag,
    Id,
    Lot,
    Ordinal,
    Part,
    Percent,
    PositionFact,
    Text,
    Total,
    Version,
)

MOST_LOTS: Final = 500
Basis = Literal["purchase_order", "asn", "appointment", "arrived"]


class SupplyLot(Part):
    """Units of a supply that expire on a day, as the ASN says."""

    lot: Annotated[Lot | None, Field(description="absent: not said, or several")] = None
    expires_on: Day
    units: Total


class Supply(Part):
    """One source of units, with the window in which they are ready to ship."""

    supply_id: Id
    expected_units: Annotated[Total, Field(description="all that it brings; never lowered by a receipt")]
    window: Annotated[DateRange, Field(description="ready to ship, in the node's working days")]
    basis: Basis
    reliable_on: Annotated[
        Day | None, Field(description="a new order may count on it from this day; absent: the latest of its window")
    ] = None
    is_estimated: Annotated[Flag, Field(description="nobody said when it arrives: its window is an estimate")] = False
    lots: Annotated[
        tuple[SupplyLot, ...],
        Field(max_length=MOST_LOTS, description="of these units those whose expiry the ASN says, first expiring first"),
    ] = ()
    supplier_id: Id
    on_time_share: Annotated[
        Percent | None, Field(description="of the supplier's last 30 receipts; absent: not known")
    ] = None
    cause: Annotated[Text, Field(description="source and id of the event behind the window")]
    reason: Text


def _named_once(supplies: tuple[Supply, ...]) -> tuple[Supply, ...]:
    if len({supply.supply_id for supply in supplies}) < len(supplies):
        raise ValueError("supply_id must be unique within the position")
    return supplies


class InboundChanged(PositionFact):
    """The whole inbound of one position.

    Open units of a supply are max(0, expected − stocked). News that drops a supply carries the stock
    sequence by which its last unit was posted; readers apply it after that.
    """

    version: Version
    after_sequence: Ordinal | None = None
    supplies: Annotated[tuple[Supply, ...], AfterValidator(_named_once)]
