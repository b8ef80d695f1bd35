"""scans.v1: what handheld scanners read at the dock."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from shared.contracts.fields import Day, Fact, Id, Instant, Lot, Node, Sku, Status, Text, Units
from shared.contracts.products import Gtin

ScanMode = Literal["by_carton", "by_unit"]
ScannedDisposition = Literal["sellable", "damaged", "rework"]
Barcode = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[\x1d\x20-\x7e]+$"),
    Field(description="as the scanner sent it; FNC1 is the character GS"),
]
PrintedDate = Annotated[str, StringConstraints(pattern=r"^[0-9]{4,8}$"), Field(description="the digits as printed")]


class DockScanFact(Fact):
    """A fact from a handheld device, ordered by its ASN, else by its node."""

    node: Node
    asn_id: Id | None = None

    def key(self) -> str:
        return self.asn_id or self.node


class ScanRecorded(DockScanFact):
    """One scan. By carton accepts the carton's ASN lines as they stand; by unit counts times × units of the pack.

    Unit scans of a carton replace its acceptance, and a scan that names `void_of` takes back another.
    """

    scan_id: Annotated[Id, Field(description="device and its counter; the same id is the same scan for ever")]
    device_id: Id
    po_number: Annotated[Id | None, Field(description="of a receipt without ASN")] = None
    carton_id: Id | None = None
    mode: ScanMode
    barcode: Barcode | None = None
    symbology: Annotated[
        str | None,
        StringConstraints(pattern=r"^\][A-Za-z][0-9A-Za-z]$"),
        Field(description="the identifier that the scanner sent, such as ]C1"),
    ] = None
    gtin: Gtin | None = None
    lot: Lot | None = None
    expires_on: Day | None = None
    printed_date: Annotated[PrintedDate | None, Field(description="read in the order that the supplier prints")] = None
    times: Units = 1
    disposition: ScannedDisposition = "sellable"
    unlabelled: Annotated[bool, Field(strict=True, description="its label is missing: it needs rework")] = False
    void_of: Annotated[Id | None, Field(description="the scan that this one takes back")] = None
    scanned_at: Instant

    @model_validator(mode="after")
    def _names_what_was_scanned(self) -> "ScanRecorded":
        if self.void_of is None and self.mode == "by_carton" and self.carton_id is None and self.barcode is None:
            raise ValueError("carton_id or barcode is needed when scanning by carton")
        if self.void_of is None and self.mode == "by_unit" and self.gtin is None and self.barcode is None:
            raise ValueError("gtin or barcode is needed when scanning by unit")
        return self


class CartonClosed(DockScanFact):
    """A device says that a carton that was scanned unit by unit is empty: what it lacks is known."""

    asn_id: Id
    carton_id: Id
    device_id: Id
    closed_at: Instant


class ScanPlaced(DockScanFact):
    """A person says what a scan was that could not be placed: units of a SKU, received without an ASN."""

    scan_id: Id
    sku: Sku
    units: Units
    disposition: Status = "sellable"
    lot: Lot | None = None
    expires_on: Day | None = None
    placed_by: Text
    placed_at: Instant
