"""What stands in a mail, before it is put in words."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal
from unicodedata import category
from zoneinfo import ZoneInfo

from services.notification.domain.notices import Kind, NoticeId, OrderId, Range

_BREAKS: Final = ("Cc", "Zl", "Zp")  # control characters, and what separates lines and paragraphs
# What a customer must read first stands first, and gives the mail its subject.
_ORDER: Final[tuple[Kind, ...]] = (
    "moved", "declined", "late", "refused", "cancelled", "swapped", "confirmed", "shipped", "released", "refund",
    "on_track",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Option:
    """A customer's choice under the mail-order rule (16 CFR 435): silence until `answer_by` is a yes, or is a no."""

    consent: Literal["silent_until", "yes_by"]
    applicable_by: date
    revised_by: date | None
    answer_by: date


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel with the carrier, and where to follow it, if the floor said so."""

    carrier: str
    tracking: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class LetterLine:
    """A line in a letter: the units it is about, the units ordered, its range and the range told before.

    For units that will not ship: the reason, the alternatives by product name, the last day of the refund and its
    amount in minor units of the currency. Of
    `refused` units we could not do what the customer asked. A `preorder` is of what is not on sale yet. Units may be
    swapped for those of another product, or be in parcels. Calendars know the line by its version.
    """

    line_id: str
    line_version: int
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
    swapped_for: str = ""
    parcels: tuple[Parcel, ...] = ()
    refund_amount: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """A notice in a mail. The day on which its customer must be told is that of `told_since`: its cause or its yes."""

    notice_id: NoticeId
    kind: Kind
    told_since: datetime
    lines: tuple[LetterLine, ...]
    caused_at: datetime | None = None
    cause: str = ""
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class OtherLine:
    """A line of the order of which a mail has no news: it waits as the customer was told, is packed, or has shipped."""

    product: str
    units: int
    ordered: int
    state: Literal["waits", "packed", "shipped"]
    range: Range | None


@dataclass(frozen=True, slots=True)
class MailBrand:
    """How a merchant's mails look, and whom they come from."""

    name: str
    sender: str
    colour: str
    button_text: str
    reply_to: str = ""
    logo_url: str = ""
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """All that one mail tells a customer of their order. Its recipient is left out wherever a letter is printed.

    It is written on `today`, the customer's day, in their language and as their market writes dates.
    """

    mail_id: str
    order_id: OrderId
    order_number: str
    brand: MailBrand
    name: str = field(repr=False)
    email: str = field(repr=False)
    zone: ZoneInfo
    today: date
    language: str
    market: str
    sections: tuple[Section, ...]
    others: tuple[OtherLine, ...] = ()
    is_sent_by_shop: bool = False
    currency: str = ""
    link_generation: int = 1

    @property
    def is_reminder(self) -> bool:
        """Return whether the mail tells nothing but that all is on track, and need not be sent."""
        return all(section.kind == "on_track" for section in self.sections)

    @property
    def notices(self) -> list[NoticeId]:
        return [section.notice_id for section in self.sections]


def in_order(sections: Iterable[Section]) -> list[Section]:
    """Return sections in the order in which a customer reads them."""
    return sorted(sections, key=lambda section: _ORDER.index(section.kind))


def one_line(text: str) -> str:
    """Remove line breaks and other control characters from a name, since names stand in subjects and addresses."""
    return " ".join("".join(" " if category(character) in _BREAKS else character for character in text).split())
