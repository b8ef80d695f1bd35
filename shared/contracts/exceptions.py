"""exceptions.v1: what a person must look at."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.fields import Fact, Id, Labels, Text, Version

ExceptionClass = Literal[
    # what was announced
    "unknown_sku",
    "pack_unknown",
    "pack_differs",
    # what was scanned
    "unknown_asn",
    "unknown_carton",
    "unknown_barcode",
    "barcode_invalid",
    "not_on_asn",
    "blind_not_allowed",
    "counter_reused",
    "carton_counted_twice",
    "void_unknown",
    "lot_missing",
    "lot_wrong",
    "lot_with_two_dates",
    "expiry_missing",
    "date_doubtful",
    "expired",
    "life_too_short",
    "unlabelled",
    # what a truck came to
    "over",
    "short",
    "carton_short",
    # stock
    "request_refused",
    "count_differs",
    "on_hand_differs",
    "pick_short",
    "lot_expired",
    "shipped_not_on_hand",
    # promises
    "released_line_revoked",
    "passed_over",
    "cancel_open",
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
