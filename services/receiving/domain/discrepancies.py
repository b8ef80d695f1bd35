"""Discrepancies for a person: named at once, and settled by themselves when what was missing comes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal
from uuid import UUID, uuid5

ExceptionClass = Literal[
    "unknown_sku",
    "pack_unknown",
    "pack_differs",
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
    "over",
    "short",
    "inbound_overdue",
    "supplier_back_order",
    "eta_doubtful",
    "carton_short",
]
About = Literal["asn", "scan", "carton", "sku", "lot", "supply"]
State = Literal["open", "settled"]

_LONGEST_FACT: Final = 500
_BY_HAND: Final = frozenset({"settled_by", "why"})
# Whoever deals with these changes nothing that is counted; what waits to be counted stays open until it is.
MAY_BE_SETTLED: Final[frozenset[ExceptionClass]] = frozenset(
    {
        "pack_differs", "counter_reused", "not_on_asn", "lot_with_two_dates", "over", "short", "carton_short",
        "supplier_back_order",
    }
)  # fmt: skip
_NAMES: Final = UUID("01a41634-7180-76ad-bb55-7121ec34f45c")
_SETTLED_BY_NEWS: Final[frozenset[ExceptionClass]] = frozenset(
    {
        "unknown_asn", "unknown_carton", "unknown_barcode", "pack_unknown", "barcode_invalid", "barcode_doubtful",
        "not_on_asn", "blind_not_allowed", "carton_counted_twice", "void_unknown", "lot_missing", "lot_wrong",
        "lot_with_two_dates", "expiry_missing", "date_doubtful", "expired", "life_too_short", "unlabelled", "over",
        "carton_short", "inbound_overdue",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A scan, carton, SKU, lot or ASN that is not as it should be."""

    exception_id: str
    exception_class: ExceptionClass
    about: About
    subject: str
    facts: Mapping[str, str] = field(hash=False)
    version: int = 1
    state: State = "open"


def discrepancy_of(
    exception_class: ExceptionClass, about: About, subject: str, facts: Mapping[str, str | None], detail: str = ""
) -> Discrepancy:
    """Make a discrepancy; `detail` tells it from others of its class about the same subject.

    The same discrepancy always has the same id, so that finding it twice names it once.
    """
    name = f"{exception_class}\n{about}\n{subject}\n{detail}"
    fields = {fact: value[:_LONGEST_FACT] for fact, value in facts.items() if value is not None}
    return Discrepancy(str(uuid5(_NAMES, name)), exception_class, about, subject, fields)


def discrepancies_to_announce(known: Iterable[Discrepancy], now: Iterable[Discrepancy]) -> list[Discrepancy]:
    """Return the discrepancies to announce, given those known of their subjects and those found now.

    A discrepancy that is gone is settled, and one with other facts is announced again. One that stands until a person
    has looked, such as a device number used twice, stays open and is announced once.
    """
    before = {discrepancy.exception_id: discrepancy for discrepancy in known}
    found_now = {discrepancy.exception_id: discrepancy for discrepancy in now}
    opened = [
        _again(before.get(name), discrepancy)
        for name, discrepancy in found_now.items()
        if _is_news(before.get(name), discrepancy)
    ]
    settled = [
        replace(discrepancy, version=discrepancy.version + 1, state="settled")
        for name, discrepancy in before.items()
        if discrepancy.state == "open" and discrepancy.exception_class in _SETTLED_BY_NEWS and name not in found_now
    ]
    return opened + settled


def _is_news(known: Discrepancy | None, one: Discrepancy) -> bool:
    if known is None or one.exception_class not in _SETTLED_BY_NEWS:
        return known is None
    return not _is_known(known, one)


def _is_known(known: Discrepancy, one: Discrepancy) -> bool:
    """Return whether a discrepancy stands as it was named, or was dealt with by a person as it is."""
    facts = {fact: value for fact, value in known.facts.items() if fact not in _BY_HAND}
    return facts == dict(one.facts) and (known.state == "open" or known.facts.keys() >= _BY_HAND)


def _again(known: Discrepancy | None, one: Discrepancy) -> Discrepancy:
    return replace(one, version=known.version + 1) if known else one


def settled_by_hand(discrepancy: Discrepancy, by: str, why: str) -> Discrepancy:
    """Return a discrepancy that a person has dealt with."""
    facts = {**discrepancy.facts, "settled_by": by, "why": why}
    return replace(discrepancy, version=discrepancy.version + 1, state="settled", facts=facts)


def rejudged_discrepancies(
    classes: frozenset[ExceptionClass], known: Iterable[Discrepancy], now: Iterable[Discrepancy]
) -> list[Discrepancy]:
    """Return the discrepancies to announce of subjects judged anew by some classes: found, changed or settled."""
    before = {discrepancy.exception_id: discrepancy for discrepancy in known if discrepancy.exception_class in classes}
    found_now = {discrepancy.exception_id: discrepancy for discrepancy in now}
    changed = [
        discrepancy if was is None else replace(discrepancy, version=was.version + 1)
        for name, discrepancy in found_now.items()
        if (was := before.get(name)) is None or not _is_known(was, discrepancy)
    ]
    gone = [
        discrepancy for name, discrepancy in before.items() if discrepancy.state == "open" and name not in found_now
    ]
    return changed + [replace(discrepancy, version=discrepancy.version + 1, state="settled") for discrepancy in gone]
