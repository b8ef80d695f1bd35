"""Handlers that estimate when a truck arrives whose file does not say it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from services.receiving.domain.asns.estimates import Hints, estimate
from services.receiving.domain.asns.files import Codes
from services.receiving.domain.catalogue import Node
from services.receiving.facts.file_asns import Cancellation, FileAsn
from services.receiving.facts.window import Window
from services.receiving.store import catalogue
from services.receiving.store.asns import estimates
from shared.messaging.transaction import Tx

_WRITTEN: Final = "%Y%m%d%H%M%S"


async def estimated(
    tx: Tx, notices: Sequence[FileAsn | Cancellation], codes: Codes
) -> tuple[FileAsn | Cancellation, ...]:
    """Return notices with the arrivals that they do not say estimated; those of which nothing tells stay without."""
    undated = [
        notice
        for notice in notices
        if isinstance(notice, FileAsn) and notice.eta is None and notice.node in codes.nodes
    ]
    if not undated:
        return tuple(notices)
    ways = {(codes.supplier_of(notice.supplier), codes.nodes[notice.node]) for notice in undated}
    took = await estimates.days_on_the_way(tx, ways)
    due = await estimates.days_due(tx, {order for notice in undated for order in _orders(notice)})
    calendars = await catalogue.calendars(tx, {Node(node) for _, node in ways})
    found = {}
    for notice in undated:
        supplier, node = codes.supplier_of(notice.supplier), codes.nodes[notice.node]
        left = notice.shipped_at or datetime.strptime(str(notice.revision), _WRITTEN).replace(tzinfo=UTC)
        calendar = calendars[Node(node)]
        days = [due[order] for order in _orders(notice) if order in due]
        hints = Hints(left.date(), took.get((supplier, node), ()), _whole(days))
        if arrives := estimate(hints, calendar):
            found[id(notice)] = replace(notice, eta=arrives[0], eta_from=arrives[1])
    return tuple(found.get(id(notice), notice) for notice in notices)


def _orders(notice: FileAsn) -> set[str]:
    named = {notice.po_number, *(line.po_number for carton in notice.cartons for line in carton.lines)}
    return {order for order in named if order}


def _whole(days: Iterable[Window]) -> Window | None:
    days = list(days)
    return Window(min(day.earliest for day in days), max(day.latest for day in days)) if days else None
