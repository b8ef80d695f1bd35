"""scans.v1: what handheld scanners read at the dock."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from shared.contracts.fields import Day, Fact, Id, Instant, Lot, Node, Units
from shared.contracts.products import Gtin

ScanMode = Literal["by_carton", "by_unit"]
ScannedDisposition = Literal["sellable", "damaged"]


class ScanRecorded(Fact):
    """One scan. By carton accepts the carton's ASN lines as they stand; by unit counts times × units of the pack."""

    scan_id: Annotated[Id, Field(description="device and its counter; the same id is the same scan for ever")]
    device_id: Id
    node: Node
    asn_id: Id | None = None
    carton_id: Id | None = None
    mode: ScanMode
    gtin: Gtin | None = None
    lot: Lot | None = None
    expires_on: Day | None = None
    times: Units = 1
    disposition: ScannedDisposition = "sellable"
    scanned_at: Instant

    def key(self) -> str:
        return self.asn_id or self.node

    @model_validator(mode="after")
    def _names_what_was_scanned(self) -> "ScanRecorded":
        if self.mode == "by_carton" and self.carton_id is None:
            raise ValueError("carton_id is needed when scanning by carton")
        if self.mode == "by_unit" and self.gtin is None:
            raise ValueError("gtin is needed when scanning by unit")
        return self
