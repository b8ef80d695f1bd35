"""The page of a SKU where no node is named."""

from collections.abc import Mapping

from services.allocation.domain.order_route import UNDATED, Routing, best_offer
from services.allocation.domain.page import Break, Page, merge_breaks
from services.allocation.domain.window import Window


def rollup(pages: Mapping[str, Page], routing: Routing) -> Page:
    """Return a SKU's page over its nodes: what the node would show to which an order of so many units goes.

    An order ships from one node, so no more can be ordered than the best node has: the sum would sell what no node can
    ship. A SKU launched at one node is no pre-order any more. Larger orders are never shown sooner than smaller ones.
    """
    own = {node: page for node, page in pages.items() if routing.may_ship(node)}
    quantities = sorted({page_break.up_to_units for page in own.values() for page_break in page.breaks})
    breaks: list[Break] = []
    for units in quantities:
        best = best_offer(own.items(), units, routing)
        ships = best.ships
        if ships == UNDATED:
            continue
        if breaks:
            before = breaks[-1].ships
            ships = Window(max(before.earliest, ships.earliest), max(before.latest, ships.latest))
        breaks.append(Break(units, ships, best.is_estimated))
    return Page(
        best_offer(own.items(), 1, routing).state,
        sum(page.available_to_sell for page in own.values()),
        merge_breaks(breaks),
        max((page.max_orderable for page in own.values()), default=0),
    )
