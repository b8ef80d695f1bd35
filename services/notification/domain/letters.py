"""Notices in a customer's words."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal
from unicodedata import category

from services.notification.domain.notices import Kind, NoticeId, OrderId, Range

_WIDE = timedelta(days=7)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Option:
    """What a customer may choose of a delay by law (16 CFR 435): silence until `answer_by` is a yes, or is a no."""

    consent: Literal["silent_until", "yes_by"]
    applicable_by: date
    revised_by: date | None
    answer_by: date
    reason: str


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A line in a letter: the units it is about out of those ordered; its range, and the one told before.

    Of what is not coming: why, by its product's name what may be had instead, and the last day of the refund.
    """

    product: str
    units: int
    ordered: int
    range: Range | None
    told: Range | None
    returned: bool = False
    reason: str = ""
    alternatives: tuple[str, ...] = ()
    refund_by: date | None = None
    option: Option | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice with all that stands in it. Who it goes to is left out wherever it is printed."""

    notice_id: NoticeId
    order_id: OrderId
    kind: Kind
    order_number: str
    merchant: str
    sender: str
    colour: str
    name: str = field(repr=False)
    email: str = field(repr=False)
    lines: tuple[LetterLine, ...]


def when(ships: Range | None) -> str:
    """A range in a customer's words; wider than 7 days it is only its end, since its start would mislead."""
    if ships is None:
        return "no ship date yet"
    if ships.earliest == ships.latest:
        return f"ships on {day(ships.latest)}"
    if ships.latest - ships.earliest > _WIDE:
        return f"ships by {day(ships.latest)}"
    same_month = (ships.earliest.year, ships.earliest.month) == (ships.latest.year, ships.latest.month)
    earliest = day(ships.earliest).rpartition(" ")[0] if same_month else day(ships.earliest)
    return f"ships between {earliest} and {day(ships.latest)}"


def day(on: date) -> str:
    """A day in a customer's words, without the year: what is told is near."""
    return f"{_DAYS[on.weekday()]} {on.day} {_MONTHS[on.month - 1]}"


def amount(line: LetterLine) -> str:
    """How many of what: "3 of 5" where the notice is about a part of what was ordered."""
    units = f"{line.units} of {line.ordered}" if line.units < line.ordered else f"{line.units}"
    return f"{units} × {line.product}"


def one_line(text: str) -> str:
    """Names stand in subjects and addresses: no line break or other control character may survive in them."""
    return " ".join("".join(" " if category(character) == "Cc" else character for character in text).split())
