"""exceptions.v1: what a person must look at; exception-requests.v1: what a person has dealt with."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal

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

Action = Literal[
    "settle",  # say that it is dealt with: ExceptionSettleRequested
    "confirm_telling",  # TellingConfirmed
    "reject_telling",  # TellingRejected
    "place_scan",  # ScanPlaced
    "send_product",  # ProductUpserted
    "send_asn",  # AsnReceived, or a purchase order
    "ask_supplier",  # a person speaks to the supplier or the carrier
    "count",  # CountRecorded
    "move_stock",  # UnholdRequested, StatusChangeRequested, LotCorrectionRequested
    "change_order",  # cancel, split, hold or move it
    "change_contact",  # ContactGiven
    "tell_customer",  # a person tells the customer
    "find_parcel",  # a person looks on the floor, or asks the carrier
    "change_policy",  # PolicyUpserted
    "replay",  # hand dead letters back, or give them up
]
_SCAN: Final[tuple[Action, ...]] = ("place_scan", "settle")
_GOODS: Final[tuple[Action, ...]] = ("count", "move_stock", "settle")
ACTIONS: Final[Mapping[ExceptionClass, tuple[Action, ...]]] = MappingProxyType(
    {
        "unknown_sku": ("send_product", "send_asn"),
        "pack_unknown": ("send_product", "send_asn"),
        "pack_differs": ("send_product", "send_asn", "settle"),
        "supplier_back_order": ("ask_supplier", "settle"),
        "eta_doubtful": ("ask_supplier", "send_asn"),
        "inbound_overdue": ("ask_supplier", "send_asn"),
        "unknown_asn": ("send_asn", "place_scan"),
        "unknown_carton": _SCAN,
        "unknown_barcode": ("send_product", "place_scan"),
        "barcode_invalid": _SCAN,
        "barcode_doubtful": _SCAN,
        "not_on_asn": ("place_scan", "ask_supplier", "settle"),
        "blind_not_allowed": ("send_asn", "place_scan"),
        "counter_reused": ("settle",),
        "carton_counted_twice": ("count", "place_scan"),
        "void_unknown": _SCAN,
        "lot_missing": _SCAN,
        "lot_wrong": _SCAN,
        "lot_with_two_dates": ("move_stock", "settle"),
        "expiry_missing": _SCAN,
        "date_doubtful": _SCAN,
        "expired": _SCAN,
        "life_too_short": _SCAN,
        "unlabelled": _SCAN,
        "over": ("ask_supplier", "settle"),
        "short": ("ask_supplier", "settle"),
        "carton_short": ("ask_supplier", "settle"),
        "request_refused": ("change_order", "settle"),
        "count_differs": ("count",),
        "on_hand_differs": ("count",),
        "pick_short": ("count",),
        "lot_expired": ("move_stock",),
        "shipped_not_on_hand": _GOODS,
        "released_line_revoked": ("settle",),
        "passed_over": ("change_order", "tell_customer", "settle"),
        "cancel_open": ("find_parcel", "settle"),
        "held_order_shipped": ("find_parcel", "settle"),
        "wrong_sku_shipped": ("change_order", "tell_customer", "settle"),
        "shipped_from_elsewhere": ("change_order", "settle"),
        "payment_ends": ("change_order", "settle"),
        "order_time_doubtful": ("change_order", "settle"),
        "priority_unknown": ("change_policy", "settle"),
        "consent_after_cancel": ("tell_customer", "settle"),
        "notice_failed": ("change_contact", "tell_customer", "settle"),
        "telling_held": ("confirm_telling", "reject_telling"),
        "ships_late": ("find_parcel", "tell_customer", "settle"),
        "notice_overdue": ("tell_customer", "settle"),
        "id_reused": ("settle",),
        "waits_too_long": ("replay", "settle"),
        "service_stopped": ("replay",),
    }
)


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
