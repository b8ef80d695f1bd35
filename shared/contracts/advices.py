"""advices.v1: what we answer to suppliers."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.contracts.asns import FileFormat
from shared.contracts.dock import ClosedLine, LeftOut
from shared.contracts.fields import Count, Fact, Flag, Id, Instant, Node, Ordinal, Part, Text, Version
from shared.contracts.products import Gtin

Document = Annotated[
    str,
    StringConstraints(max_length=400_000, pattern=r"^[^\x00]*$"),
    Field(description="to be sent to the partner as it is, in their own format"),
]


class AcknowledgedAsn(Part):
    """One ASN of a file."""

    asn_id: Id
    revision: Ordinal


class AsnAcknowledged(Fact):
    """A file was read, and all its ASNs were taken; of a test none."""

    file_id: Id
    sender: Id
    asns: tuple[AcknowledgedAsn, ...]
    test: Annotated[Flag, Field(description="it was a test: it is answered, and changes nothing")] = False
    answer: Annotated[Document | None, Field(description="a 997 or a CONTRL")] = None

    def key(self) -> str:
        return self.file_id


class FileFault(Part):
    """What is wrong with a file, and where."""

    segment: Annotated[Count | None, Field(description="counted from 1")] = None
    element: Annotated[Text | None, Field(description="the element, or the path of the field")] = None
    value: Text | None = None
    reason: Text


class AsnRefused(Fact):
    """A file was refused whole: nothing of it was taken."""

    file_id: Id
    sender: Id
    faults: Annotated[tuple[FileFault, ...], Field(min_length=1)]
    test: Flag = False
    answer: Annotated[Document | None, Field(description="a 997 or a CONTRL, where its envelope could be read")] = None

    def key(self) -> str:
        return self.file_id


class AdvisedLine(ClosedLine):
    """The result of one SKU, by the barcode that the supplier used."""

    gtin: Gtin | None = None


class ReceivingAdvised(Fact):
    """The result of a truck: at its close, and again when a late scan changes it."""

    asn_id: Id
    version: Version
    supplier_id: Id
    node: Node
    closed_at: Instant
    lines: tuple[AdvisedLine, ...]
    left_out: LeftOut = 0
    format: FileFormat | None = None
    document: Annotated[
        Document | None, Field(description="an 861 or a RECADV; too large for here, GET /v1/receiving-advice has it")
    ] = None

    def key(self) -> str:
        return self.asn_id
