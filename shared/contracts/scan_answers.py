"""scan-answers.v1: what a device is told about each scan."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.exceptions import ExceptionClass
from shared.contracts.fields import Fact, Id, Sku, Text, Total

ScanResult = Literal["accepted", "replaced", "voided", "repeated", "set_aside", "waiting"]


class ScanAnswered(Fact):
    """What became of a scan and where its units go."""

    device_id: Id
    scan_id: Id
    node: Annotated[Id | None, Field(description="where it was scanned")] = None
    result: ScanResult
    exceptions: Annotated[tuple[ExceptionClass, ...], Field(description="what a person must look at")] = ()
    says: Annotated[Text, Field(description="one line for the screen: lane B, 38 waiting")]
    sku: Annotated[Sku | None, Field(description="absent where the scan stands for several, or for none yet")] = None
    units: Total = 0
    lane: Annotated[Id | None, Field(description="absent: putaway")] = None
    waiting: Annotated[Total, Field(description="units that customers wait for")] = 0
    expected: Annotated[Total, Field(description="of the SKU on this ASN, or of the carton's SKUs")] = 0
    so_far: Annotated[Total, Field(description="counted of those until now")] = 0

    def key(self) -> str:
        return self.device_id
