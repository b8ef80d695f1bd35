"""Routing: from which node an order ships that names none. Pages over all nodes say what the same rule would give."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeAlias

from services.allocation.domain.page import Page, State
from services.allocation.domain.window import Window

Rule = Literal["first", "hub", "cheapest"]
_BEST_FIRST: Final[tuple[State, ...]] = ("in_stock", "backorder", "preorder", "out_of_stock")
UNDATED: Final = Window(date.max, date.max)
_Rank: TypeAlias = tuple[int, date, date]


@dataclass(frozen=True, slots=True)
class Routing:
    """A merchant's rule: their hub, and `nodes` that ship for them, cheapest first; none: all that have the SKU.

    An order goes to the node that ships all of it `first`, always to the `hub`, or to the `cheapest` node that has all
    of it in stock, and else to the first.
    """

    hub: str
    rule: Rule = "first"
    nodes: tuple[str, ...] = ()

    def may_ship(self, node: str) -> bool:
        """Return whether orders that name no node may go to a node."""
        if node == self.hub:
            return True
        return self.rule != "hub" and (not self.nodes or node in self.nodes)


ANYWHERE: Final = Routing("")


@dataclass(frozen=True, slots=True)
class Offer:
    """A node's offer of so many units: in which state, and when they ship; out of stock, where it has not so many."""

    state: State
    ships: Window
    is_estimated: bool = False

    @property
    def rank(self) -> _Rank:
        """Return what offers are compared by: units in stock first, then the last day, then the first."""
        return (_BEST_FIRST.index(self.state), self.ships.latest, self.ships.earliest)


def offer(page: Page | None, units: int, taken: int = 0) -> Offer:
    """Return what a node offers for so many units of a SKU, after `taken` units went to others."""
    wanted = taken + units
    if page is None or wanted > page.max_orderable:
        return Offer("out_of_stock", UNDATED)
    dated = next((page_break for page_break in page.breaks if page_break.up_to_units >= wanted), None)
    state = "backorder" if page.state == "in_stock" and wanted > page.available_to_sell else page.state
    return Offer(state, dated.ships, dated.is_estimated) if dated else Offer(state, UNDATED)


def route(offers: Mapping[str, Collection[Offer]], routing: Routing) -> str:
    """Return the node that an order goes to, of those that may ship it: each offers all of its SKUs.

    The last of these counts, where it is equal the one before, and so on; then the hub goes first, then the order of
    the merchant's nodes.
    """
    places = {node: place for place, node in enumerate(routing.nodes)}

    def turn(node: str) -> tuple[int, int, list[_Rank], bool, int, str]:
        last = sorted((own.rank for own in offers[node]), reverse=True)
        place = places.get(node, len(places))
        has_all = routing.rule == "cheapest" and all(own.state == "in_stock" for own in offers[node])
        return (0, place, last, False, 0, node) if has_all else (1, 0, last, node != routing.hub, place, node)

    return min((node for node in offers if routing.may_ship(node) and offers[node]), key=turn, default=routing.hub)


def best_offer(pages: Iterable[tuple[str, Page]], units: int, routing: Routing) -> Offer:
    """Return what the node offers to which an order of so many units of one SKU goes."""
    offers = {node: [offer(page, units)] for node, page in pages}
    node = route(offers, routing)
    return offers[node][0] if node in offers else Offer("out_of_stock", UNDATED)
