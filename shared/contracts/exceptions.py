"""exceptions.v1: what a person must look at; exception-requests.v1: what a person has dealt with."""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.fields import Fact, Id, Instant, Labels, Node, Text, Version

ExceptionClass = Literal[
    # what was announced
    "unknown_sku",
    "pack_unknown",
    "pack_differs",
    "supplier_back_order",
    "eta_doubtful",
    "inbound_overdue",
    # what was scanned
    "unknown_asn",
    "unknown_carton",
    "unknown_barcode",
    "barcode_invalid",
    "barcode_doubtful",
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
    "held_order_shipped",
    "wrong_sku_shipped",
    "shipped_from_elsewhere",
    "payment_ends",
    "order_time_doubtful",
    "priority_unknown",
    "consent_after_cancel",
    # notices
    "notice_failed",
    "telling_held",
    "ships_late",
    "notice_overdue",
    # what outsiders say
    "id_reused",
    "waits_too_long",
    # the services themselves
    "service_stopped",
]


class ExceptionChanged(Fact):
    """Something that a person must look at was found, or is settled."""

    exception_id: Id
    version: Version
    exception_class: Annotated[ExceptionClass, Field(alias="class")]
    subject: Annotated[Text, Field(description="the scan, ASN or order it is about")]
    facts: Labels
    state: Literal["open", "settled"]
    opened_at: Annotated[Instant | None, Field(description="since when it is open, or was")] = None
    node: Annotated[Node | None, Field(description="where it is; absent: at no one node")] = None
    merchant: Annotated[Id | None, Field(description="whose it is; absent: of several, or of nobody")] = None

    def key(self) -> str:
        return self.exception_id


class ExceptionSettleRequested(Fact):
    """A person has dealt with something that no news would ever settle: a refused request, a released line revoked.

    Whoever found it settles it, once; of what is unknown or settled already nothing is told.
    """

    exception_id: Id
    by: Annotated[Id, Field(description="who dealt with it")]
    why: Annotated[Text, Field(min_length=1, description="what was done about it, kept with its facts")]

    def key(self) -> str:
        return self.exception_id
