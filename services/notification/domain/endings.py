"""What is not coming after all: cancelled as asked, cancelled by us or declined; and by when its money goes back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from services.notification.domain.notices import Covered, Kind, Line, News, Notice, What, notice_of

QUIET: Final = timedelta(minutes=10)


def ended(news: News) -> list[Notice]:
    """One notice of what was cancelled as asked, one of what we do not send, one of refunds that neither tells of.

    A refund stands in the notice of its line's end, unless that was sent or is being sent.
    """
    wanted: dict[Kind, list[Covered]] = {"cancelled": [], "declined": [], "refund": []}
    for line in news.lines:
        kind, covered = _of(line, [one.notice for one in news.unsent if one.sending])
        if covered.units:
            wanted[kind].append(covered)
    return [notice_of(news.order_id, kind, lines, news.dropped) for kind, lines in wanted.items() if lines]


def _of(line: Line, sending: Sequence[Notice]) -> tuple[Kind, Covered]:
    """What must be told of a line's end: no units where it is nothing."""
    mine = [(one.kind, x) for one in sending for x in one.lines if x.line_id == line.line_id]
    told = max((x.line_version for kind, x in mine if kind in ("cancelled", "declined")), default=0)
    endings = [one for one in line.endings if one.line_version > told and one.what != "swapped"]
    refunds = [one for one in line.refunds if one.number > max((x.refunds for _, x in mine), default=0)]
    kind: Kind = "cancelled" if all(one.what == "asked" for one in endings) else "declined"
    return kind if endings else "refund", Covered(
        line.line_id,
        max((one.line_version for one in endings), default=max(line.version, 1)),
        sum(one.units for one in endings or refunds),
        refund_by=max((one.due_by for one in refunds), default=None),
        refunds=max((one.number for one in refunds), default=0),
    )


def what_of(cause: str, *, swapped: bool) -> What:
    """Who decided that units are cancelled: we, unless the cause (source and id) is said by others.

    Gateway says what its callers ask for, in their name.
    """
    if swapped:
        return "swapped"
    ours = cause.startswith("firstfill/") and not cause.startswith("firstfill/gateway/")
    return "ours" if ours else "asked"


def quiet(notice: Notice, news: News) -> timedelta:
    """How long a notice waits: what we cancelled for its refund's day, at most the quiet window of promises.md."""
    ours = {line.line_id for line in news.lines if any(one.what == "ours" for one in line.endings)}
    waits = notice.kind == "declined" and any(x.line_id in ours and not x.refunds for x in notice.lines)
    return QUIET if waits else timedelta()
