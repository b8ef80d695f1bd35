"""notices.v1: what customers were told."""

from typing import Annotated, Final, Literal

from pydantic import Field

from shared.contracts.fields import Id, Instant, OrderFact, Part, Text, Version

NoticeKind = Literal["confirmed", "moved", "released", "cancelled", "declined", "refused", "refund"]
TELL_DATES: Final = frozenset[NoticeKind]({"confirmed", "moved"})


class CoveredLine(Part):
    """A version of a line that the notice tells of."""

    line_id: Id
    line_version: Version


class Notice(OrderFact):
    """One message to one customer."""

    notice_id: Id
    kind: NoticeKind
    lines: Annotated[tuple[CoveredLine, ...], Field(min_length=1)]
    caused_at: Instant


class NoticeSent(Notice):
    """The customer was told: the mail server took the message."""

    sent_at: Instant
    message_id: Text


class NoticeFailed(Notice):
    """The mail server refused the message for good; nobody was told."""

    failed_at: Instant
    reason: Text


class NoticeSuperseded(Notice):
    """A newer notice replaced this one before it was sent."""

    superseded_by: Id


EVENTS: Final = (NoticeSent, NoticeFailed, NoticeSuperseded)
