"""asns.v1: what suppliers say is on the truck."""

import base64
import binascii
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from shared.contracts.fields import (
    DateRange,
    Day,
    Fact,
    Id,
    Instant,
    Lot,
    Node,
    Ordinal,
    Part,
    Sku,
    Text,
    UnitOfMeasure,
    Units,
    in_units,
)
from shared.contracts.products import Gtin

FileFormat = Literal["x12", "edifact", "json"]
LARGEST_FILE = 600_000  # bytes; base64 of it fits into one record


def _decodable(content: str) -> str:
    try:
        base64.b64decode(content, validate=True)
    except binascii.Error:
        raise ValueError("must be base64") from None
    return content


Base64 = Annotated[str, StringConstraints(min_length=4, max_length=LARGEST_FILE * 4 // 3), AfterValidator(_decodable)]


class AsnLine(Part):
    """A quantity of one SKU in one carton."""

    sku: Sku | None = None
    gtin: Gtin | None = None
    qty: Units
    uom: UnitOfMeasure = "each"
    units_per: Annotated[Units | None, Field(description="units in one of the unit of measure")] = None
    lot: Lot | None = None
    expires_on: Day | None = None
    po_number: Annotated[Id | None, Field(description="where it is not the ASN's")] = None

    @model_validator(mode="after")
    def _names_what_it_holds(self) -> "AsnLine":
        if self.sku is None and self.gtin is None:
            raise ValueError("sku or gtin is needed")
        return self

    @model_validator(mode="after")
    def _can_be_counted(self) -> "AsnLine":
        in_units(self.qty, self.units_per)
        return self


class AsnCarton(Part):
    """A logistic unit: its SSCC or the supplier's own number."""

    carton_id: Id
    lines: Annotated[tuple[AsnLine, ...], Field(min_length=1)]


class AsnReceived(Fact):
    """An advance ship notice or its revision, which replaces the one before it whole."""

    asn_id: Id
    revision: Ordinal
    supplier_id: Id
    node: Node
    po_number: Id | None = None
    carrier: Id | None = None
    shipped_at: Instant | None = None
    eta: DateRange
    eta_estimated_from: Annotated[
        Text | None, Field(description="from what the ETA was estimated; absent: the supplier says it")
    ] = None
    cartons: Annotated[tuple[AsnCarton, ...], Field(min_length=1)]

    def key(self) -> str:
        return self.asn_id


class AsnCancelled(Fact):
    """The supplier takes an ASN back; a later revision brings it again."""

    asn_id: Id
    revision: Annotated[Ordinal, Field(description="higher than the revision that it takes back")]
    reason: Text = ""

    def key(self) -> str:
        return self.asn_id


class AsnFileReceived(Fact):
    """A file of ASNs as a partner sent it: taken whole, or refused whole with the reasons."""

    file_id: Annotated[Id, Field(description="the same id is the same file for ever")]
    sender: Annotated[Id, Field(description="who handed it in; the files of one sender stay in order")]
    name: Text = ""
    format: FileFormat
    content: Annotated[Base64, Field(description="the file as it is, 600,000 bytes at most, in base64")]
    received_at: Instant

    def key(self) -> str:
        return self.sender
