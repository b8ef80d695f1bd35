"""Lines of what their customers were shown to be out of stock are not accepted; they hear what is in stock instead."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from msgspec import structs

from services.allocation.domain.acceptance import DeclinedLine, RequestedLine, accept
from services.allocation.domain.line import LineKey, PlacedLine
from services.allocation.domain.page import Page
from services.allocation.domain.position import Position, PositionKey
from services.allocation.domain.why import Why
from services.allocation.handlers.decision.pages import instead
from services.allocation.store import settings
from shared.contracts import allocations
from shared.contracts.allocations import LineDeclined
from shared.messaging.transaction import Tx

_NOTHING: Final = Page("out_of_stock", 0, (), 0)
REASON: Final = "it was shown to be out of stock"


async def decline(
    tx: Tx, locked: Mapping[PositionKey, Position], placed: Sequence[PlacedLine], why: Mapping[str, Why]
) -> set[LineKey]:
    """Announces which of the lines are declined; what is at hand goes to those before them in the order of service.

    Components of a bundle are not asked one by one.
    """
    placed = [replace(line, shown=None) if line.bundle else line for line in placed]
    doubted = {line.key for line in placed if line.shown == "out_of_stock"}
    if not doubted:
        return set()
    products = await settings.products(tx, {sku for sku, _ in doubted})
    others = await instead(tx, {key: products[key[0]] for key in doubted})
    declined: dict[str, list[allocations.DeclinedLine]] = defaultdict(list)
    for key in sorted(doubted):
        shown_page = locked[key].told
        page = structs.replace(shown_page.page if shown_page else _NOTHING, alternatives=others[key])
        for line, answer in _declined([line for line in placed if line.key == key], page):
            declined[line.order_id].append(_said(line, answer))
    for order_id, lines in declined.items():
        tx.announce(LineDeclined(order_id=order_id, lines=tuple(lines)), why[order_id].traceparent)
    return {(order_id, line.line_id) for order_id, lines in declined.items() for line in lines}


def _declined(placed: Sequence[PlacedLine], page: Page) -> list[tuple[PlacedLine, DeclinedLine]]:
    queued = sorted(placed, key=lambda line: (line.queue_at, line.completed_at, line.line))
    answers = accept((RequestedLine(line.line, line.units, line.shown) for line in queued), page)
    return [
        (line, declined_line)
        for line, declined_line in zip(queued, answers, strict=True)
        if isinstance(declined_line, DeclinedLine)
    ]


def _said(line: PlacedLine, answer: DeclinedLine) -> allocations.DeclinedLine:
    return allocations.DeclinedLine(
        line_id=line.line_id, line_version=1, sku=line.sku, node=line.node, units=line.units, reason=REASON,
        alternatives=answer.alternatives,
    )  # fmt: skip
