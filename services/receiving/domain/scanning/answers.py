"""Answers to devices about their scans, in the words of the dock."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from services.receiving.domain.discrepancies import ExceptionClass
from services.receiving.domain.scanning.lanes import direction_in_words
from services.receiving.domain.scanning.scans import State

Result = Literal["accepted", "replaced", "voided", "repeated", "set_aside", "waiting"]
_LONGEST: Final = 500
_WORDS: Final[Mapping[ExceptionClass, str]] = {
    "unknown_asn": "no such truck is announced here: check the ASN, or set it aside; it counts when the ASN comes",
    "unknown_carton": "this carton is not on the ASN: check the label, or scan its units",
    "unknown_barcode": "no product has this barcode: set it aside for the office",
    "barcode_invalid": "this barcode breaks a rule: scan it again, or key the number",
    "not_on_asn": "this item is not on the ASN: put it in quarantine",
    "blind_not_allowed": "nothing may be received here without an ASN: set it aside for the office",
    "counter_reused": "this counter was used before for something else: restart the scanner, and scan again",
    "carton_counted_twice": "this carton was accepted before: it counts once",
    "void_unknown": "there is no scan to take back: it waits; a void itself cannot be taken back, scan again",
    "lot_missing": "its lot is missing: put it in quarantine",
    "lot_wrong": "the ASN names another lot: it is accepted, and the office looks",
    "lot_with_two_dates": "this lot was read with another date: put what differs in quarantine",
    "expiry_missing": "its expiry is missing: put it in quarantine",
    "date_doubtful": "this date cannot be right: read it again, and scan again",
    "expired": "it has expired: put it in quarantine",
    "life_too_short": "it expires too soon: put it in quarantine",
    "unlabelled": "its label is missing: put it in rework",
    "over": "more came than was announced: put what is over in quarantine",
    "pack_unknown": "how many units it holds is not known yet: set it aside; it counts when the office knows",
}
_NO_NODE: Final = "no such node is known: check where this scanner says it stands; the scan waits for the office"
_AT_NO_NODE: Final[Mapping[ExceptionClass, str]] = {**_WORDS, "unknown_asn": _NO_NODE, "blind_not_allowed": _NO_NODE}


def result_of(state: State, *, replaces: bool = False) -> Result:
    """Return the result of a scan heard for the first time; `replaces`: its carton was accepted by its label."""
    results: Mapping[State, Result] = {
        "counted": "replaced" if replaces else "accepted",
        "replaced": "set_aside",
        "set_aside": "set_aside",
        "voided": "voided",
        "void": "voided",
        "waiting": "waiting",
    }
    return results[state]


def screen_line(
    state: State, exceptions: Sequence[ExceptionClass], lane: str | None, waiting: int, *, at_known_node: bool = True
) -> str:
    """Write one line for the screen: the trouble and what to do, else where the units go.

    At an unknown node nothing can be said of trucks, nor of what the node may receive.
    """
    if state in ("voided", "void"):
        return "taken back"
    words = _WORDS if at_known_node else _AT_NO_NODE
    if troubles := dict.fromkeys(words[exception] for exception in exceptions if exception in words):
        return "; ".join(troubles)[:_LONGEST]
    if state in ("replaced", "set_aside"):
        return "this carton is counted unit by unit"
    return direction_in_words(lane, waiting)
