"""Notices in the words that a customer reads."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal
from unicodedata import category
from zoneinfo import ZoneInfo

from services.notification.domain.notices import Kind, NoticeId, OrderId, Range

_WIDE = timedelta(days=7)
_BREAKS = ("Cc", "Zl", "Zp")  # control characters, and what separates lines and paragraphs
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Option:
    """A customer's choice under the mail-order rule (16 CFR 435): silence until `answer_by` is a yes, or is a no."""

    consent: Literal["silent_until", "yes_by"]
    applicable_by: date
    revised_by: date | None
    answer_by: date


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A line in a letter: the units it is about, the units ordered, its range and the range told before.

    For units that will not ship: the reason, the alternatives by product name and the last day of the refund. Of
    `refused` units we could not do what the customer asked. A `preorder` is of what is not on sale yet.
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
    refused: int = 0
    refused_because: str = ""
    option: Option | None = None
    preorder: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice with everything that stands in it. Its recipient is left out wherever a letter is printed.

    The same day on which its customer is told counts from `told_since`: its cause, or its confirmation by a person.
    """

    notice_id: NoticeId
    order_id: OrderId
    kind: Kind
    order_number: str
    merchant: str
    sender: str
    colour: str
    name: str = field(repr=False)
    email: str = field(repr=False)
    zone: ZoneInfo
    told_since: datetime
    lines: tuple[LetterLine, ...]

    @property
    def preordered(self) -> Literal["all", "some", "none"]:
        """Return how many of the lines are of what is not on sale yet."""
        found = {line.preorder for line in self.lines}
        return "none" if True not in found else "some" if False in found else "all"


def range_in_words(ships: Range | None) -> str:
    """Write a range in a customer's words; of a range wider than 7 days only the end, since its start would mislead."""
    if ships is None:
        return "no ship date yet"
    if ships.earliest == ships.latest:
        return f"ships on {day_in_words(ships.latest)}"
    if ships.latest - ships.earliest > _WIDE:
        return f"ships by {day_in_words(ships.latest)}"
    same_month = (ships.earliest.year, ships.earliest.month) == (ships.latest.year, ships.latest.month)
    earliest = day_in_words(ships.earliest).rpartition(" ")[0] if same_month else day_in_words(ships.earliest)
    return f"ships between {earliest} and {day_in_words(ships.latest)}"


def day_in_words(on: date) -> str:
    """Write a day in a customer's words, without the year, since the day is near."""
    return f"{_DAYS[on.weekday()]} {on.day} {_MONTHS[on.month - 1]}"


def amount_in_words(line: LetterLine) -> str:
    """Write how many units of which product: "3 of 5" where the notice is about a part of the units ordered."""
    units = f"{line.units} of {line.ordered}" if line.units < line.ordered else f"{line.units}"
    return f"{units} × {line.product}"


def one_line(text: str) -> str:
    """Remove line breaks and other control characters from a name, since names stand in subjects and addresses."""
    return " ".join("".join(" " if category(character) in _BREAKS else character for character in text).split())
