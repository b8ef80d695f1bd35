"""The page of a SKU where no node is named."""

from collections.abc import Sequence
from typing import Final

from services.allocation.domain.page import Break, Page, State, merge_breaks
from services.allocation.domain.window import Window

_BEST_FIRST: Final[tuple[State, ...]] = ("in_stock", "backorder", "preorder", "out_of_stock")


def rollup(pages: Sequence[Page]) -> Page:
    """Return a SKU's page over its nodes (at least one): best state, all free units, best range per quantity.

    An order ships from one node, so no more can be ordered than the best node has: the sum would sell what no node can
    ship. A SKU launched at one node is no pre-order any more.
    """
    state = min((page.state for page in pages), key=_BEST_FIRST.index)
    quantities = sorted({page_break.up_to_units for page in pages for page_break in page.breaks})
    return Page(
        state,
        sum(page.available_to_sell for page in pages),
        merge_breaks(Break(units, _best(pages, units)) for units in quantities),
        max(page.max_orderable for page in pages),
    )


def _best(pages: Sequence[Page], units: int) -> Window:
    """Return the best of each end over the nodes that have so many units, so that both stay monotone."""
    first = [
        next(page_break.ships for page_break in page.breaks if page_break.up_to_units >= units)
        for page in pages
        if page.breaks and page.breaks[-1].up_to_units >= units
    ]
    return Window(min(window.earliest for window in first), min(window.latest for window in first))
