"""exceptions.v1: what a person must look at."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.fields import Fact, Id, Labels, Text, Version

ExceptionClass = Literal[
    "unknown_asn",
    "unknown_carton",
    "unknown_barcode",
    "not_on_asn",
    "counter_reused",
    "carton_counted_twice",
    "over",
    "lot_missing",
    "expiry_missing",
    "pack_unknown",
]


class ExceptionChanged(Fact):
    """Something that a person must look at was found, or is settled."""

    exception_id: Id
    version: Version
    exception_class: Annotated[ExceptionClass, Field(alias="class")]
    subject: Annotated[Text, Field(description="the scan, ASN or order it is about")]
    facts: Labels
    state: Literal["open", "settled"]

    def key(self) -> str:
        return self.exception_id
