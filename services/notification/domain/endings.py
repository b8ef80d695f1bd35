"""Notices of units that will not ship, of their refunds, and of what customers asked for and we could not do."""

from collections.abc import Sequence

from services.notification.domain.notices import Covered, Kind, Line, News, Notice, What, notice_of


def ending_notices(news: News) -> list[Notice]:
    """Return the notices of ended units: of cancels as asked, of what we do not send, and of all that is in neither.

    A refusal and a refund stand in the notice of their line's end, unless that was sent or is being sent.
    """
    wanted: dict[Kind, list[Covered]] = {"swapped": [], "cancelled": [], "declined": [], "refused": [], "refund": []}
    for line in news.lines:
        wanted["swapped"] += _swapped(line, [notice.notice for notice in news.unsent if notice.sending])
        kind, covered = _covered_ending(line, [notice.notice for notice in news.unsent if notice.sending])
        if covered.units:
            wanted[kind].append(covered)
    return [notice_of(news.order_id, kind, lines, news.dropped) for kind, lines in wanted.items() if lines]


def _swapped(line: Line, sending: Sequence[Notice]) -> list[Covered]:
    """Describe units that are wanted of another SKU, where that is new."""
    own = [
        x.line_version
        for notice in sending
        if notice.kind == "swapped"
        for x in notice.lines
        if x.line_id == line.line_id
    ]
    endings = [x for x in line.endings if x.what == "swapped" and x.line_version > max(own, default=0)]
    units = sum(ending.units for ending in endings)
    return [Covered(line.line_id, max(x.line_version for x in endings), units)] if endings else []


def _covered_ending(line: Line, sending: Sequence[Notice]) -> tuple[Kind, Covered]:
    """Describe a line's end as its notice names it, without units where nothing of it is new."""
    own = [(notice.kind, x) for notice in sending for x in notice.lines if x.line_id == line.line_id]
    number = max((x.line_version for kind, x in own if kind in ("cancelled", "declined")), default=0)
    endings = [ending for ending in line.endings if ending.line_version > number and ending.what != "swapped"]
    refunds = [refund for refund in line.refunds if refund.number > max((x.refunds for _, x in own), default=0)]
    refused = line.refused.units - max(line.refused.known, *(x.knows_refused for _, x in own), 0)
    kind: Kind = "refused" if refused else "refund"
    if endings:
        kind = "cancelled" if all(ending.what == "asked" for ending in endings) else "declined"
    return kind, Covered(
        line.line_id,
        max((ending.line_version for ending in endings), default=max(line.version, 1)),
        sum(ending.units for ending in endings) or refused or sum(refund.units for refund in refunds),
        refund_by=max((refund.due_by for refund in refunds), default=None),
        refunds=max((refund.number for refund in refunds), default=0),
        refused=refused,
        knows_refused=line.refused.units if refused else 0,
        refund_amount=sum(refund.amount for refund in refunds),
    )


def ending_kind(cause: str, *, swapped: bool) -> What:
    """Say who cancelled units: the customer, if the cause (source and id) came through others such as gateway; else we.

    Gateway publishes what its callers ask for, in their name.
    """
    if swapped:
        return "swapped"
    ours = cause.startswith("firstfill/") and not cause.startswith("firstfill/gateway/")
    return "ours" if ours else "asked"
