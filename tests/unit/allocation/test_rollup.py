"""What a SKU shows over its nodes."""

import pytest

from services.allocation.domain.order_route import ANYWHERE, Routing
from services.allocation.domain.page import Break, Page, State
from services.allocation.domain.rollup import rollup
from tests.unit.allocation.queues import a_window


def at_node(state: State, *breaks: tuple[int, int, int], free: int = 0) -> Page:
    page_breaks = tuple(Break(units, a_window(earliest, latest)) for units, earliest, latest in breaks)
    return Page(state, free, page_breaks, page_breaks[-1].up_to_units if page_breaks else 0)


OUT = at_node("out_of_stock")


def over(*pages: Page, routing: Routing = ANYWHERE) -> Page:
    """Return the page over nodes a, b, c … that show these."""
    return rollup(dict(zip("abcdefgh", pages, strict=False)), routing)


def breaks(page: Page) -> list[tuple[int, int, int]]:
    return [(b.up_to_units, b.ships.earliest.day, b.ships.latest.day) for b in page.breaks]


def test_one_node_is_the_whole() -> None:
    page = at_node("in_stock", (3, 8, 8), (9, 10, 12), free=3)
    assert over(page) == page


@pytest.mark.parametrize(
    ("one", "other"), [("in_stock", "backorder"), ("backorder", "preorder"), ("preorder", "out_of_stock")]
)
def test_a_sku_shows_the_state_of_its_best_node(one: State, other: State) -> None:
    pages = {"in_stock": at_node("in_stock", (1, 8, 8), free=1), "out_of_stock": OUT}
    better, worse = (pages.get(state) or at_node(state, (1, 9, 9)) for state in (one, other))
    assert over(worse, better).state == over(better, worse).state == one


def test_units_for_sale_are_the_sum_and_an_order_is_as_large_as_one_node_can_ship() -> None:
    page = over(at_node("in_stock", (3, 8, 8), free=3), at_node("in_stock", (4, 8, 8), free=4), OUT)
    assert (page.available_to_sell, page.max_orderable, breaks(page)) == (7, 4, [(4, 8, 8)])


def test_each_quantity_shows_the_best_range_of_the_nodes_that_have_it() -> None:
    near, far = at_node("in_stock", (2, 8, 8), free=2), at_node("backorder", (10, 15, 20), (30, 18, 22))
    assert breaks(over(near, far)) == [(2, 8, 8), (10, 15, 20), (30, 18, 22)]


def test_a_node_that_is_never_better_breaks_nothing() -> None:
    best, worse = at_node("backorder", (10, 9, 10)), at_node("backorder", (4, 15, 20))
    assert breaks(over(worse, best)) == [(10, 9, 10)]


def test_a_range_is_of_the_node_that_an_order_goes_to() -> None:
    """One node may ship from the 9th on, the other by the 12th, and gets the order."""
    assert breaks(over(at_node("backorder", (5, 9, 20)), at_node("backorder", (8, 10, 12)))) == [(8, 10, 12)]


def test_a_larger_order_is_never_shown_sooner_than_a_smaller_one() -> None:
    """What is in stock ships on the 10th only; two units come to the other node on the 9th."""
    page = over(at_node("in_stock", (1, 10, 10), free=1), at_node("backorder", (2, 9, 9)))
    assert breaks(page) == [(2, 10, 10)]


def test_a_merchant_whose_orders_go_to_the_hub_shows_the_page_of_the_hub() -> None:
    stock = at_node("in_stock", (5, 8, 8), free=5)
    assert over(OUT, stock, routing=Routing("a", "hub")) == OUT
    assert over(OUT, stock, routing=Routing("b", "hub")) == stock
    assert over(OUT, stock, routing=Routing("a", nodes=("a", "c"))) == OUT
    assert rollup({}, Routing("a", "hub")) == OUT


def test_a_whole_shows_five_breaks() -> None:
    nodes = [at_node("backorder", *((n, 8 + n, 8 + n) for n in group)) for group in ((1, 3, 5, 7), (2, 4, 6))]
    assert breaks(over(*nodes)) == [(1, 9, 9), (2, 10, 10), (3, 11, 11), (4, 12, 12), (7, 13, 15)]


def test_pre_orders_without_a_date_count_for_how_many_may_be_ordered() -> None:
    undated = Page("preorder", 0, (), 40)
    page = over(at_node("preorder", (5, 20, 20)), undated)
    assert (page.max_orderable, breaks(page)) == (40, [(5, 20, 20)])
