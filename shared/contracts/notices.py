"""notices.v1: what customers were told."""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from shared.contracts.fields import Flag, Id, Instant, OrderFact, Part, Text, Version
from shared.contracts.settings import Zone

NoticeKind = Literal[
    "confirmed",
    "moved",
    "released",
    "shipped",
    "swapped",
    "cancelled",
    "declined",
    "refused",
    "refund",
    "on_track",
    "late",
]
TELL_DATES: Final = frozenset[NoticeKind]({"confirmed", "moved"})


class CoveredLine(Part):
    """A version of a line that the notice tells of."""

    line_id: Id
    line_version: Version


class Notice(OrderFact):
    """What a customer is told of one kind; one mail carries all that is due of an order."""

    notice_id: Id
    kind: NoticeKind
    lines: Annotated[tuple[CoveredLine, ...], Field(min_length=1)]
    caused_at: Annotated[Instant, Field(description="when the first fact happened that it tells of")]
    cause: Annotated[
        Text | None, Field(description="source and id of the event behind it; of a promise, that promise's cause")
    ] = None


class NoticeSent(Notice):
    """The customer was told: the mail server took the message."""

    sent_at: Instant
    message_id: Annotated[Text, Field(description="of the mail: the same for all notices that it carries")]
    zone: Annotated[Zone | None, Field(description="the customer's")] = None
    same_day: Annotated[
        Flag | None,
        Field(description="it was sent on the customer's day on which it was caused; after 23:45, on the next"),
    ] = None


class NoticeFailed(Notice):
    """The mail server refused the message for good; nobody was told."""

    failed_at: Instant
    reason: Text


Words = Annotated[str, StringConstraints(max_length=5000, pattern=r"^[^\x00]*$")]


class DueBlock(Part):
    """The news of one line: a sentence with its range, and what there is to say about it."""

    line_id: Id
    sentence: Words
    notes: tuple[Words, ...] = ()


class NoticeDue(Notice):
    """A shop that mails for itself is to tell its customer this now; its NoticeSent with this id counts as told."""

    mail_id: Annotated[Id, Field(description="the same for all that is due of an order at once: best told in one mail")]
    due_by: Annotated[Instant, Field(description="the end of the customer's day on which they must be told")]
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
    subject: Words
    blocks: Annotated[tuple[DueBlock, ...], Field(min_length=1)]
    closing: Annotated[Words, Field(description="when the customer hears next")]


class NoticeBounced(OrderFact):
    """A mail provider reports that a mail did not arrive after all: what it said was told to nobody."""

    message_id: Annotated[Text, Field(min_length=1, description="as NoticeSent names it")]
    status: Annotated[Text, Field(description="the provider's code, such as 5.1.1; never the customer's address")]
    bounced_at: Instant


class NoticeSuperseded(Notice):
    """A newer notice replaced this one before it was sent."""

    superseded_by: Id


EVENTS: Final = (NoticeDue, NoticeSent, NoticeFailed, NoticeBounced, NoticeSuperseded)
