"""What components come to is what their bundle is."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from services.allocation.domain.bundle import (
    BundleState,
    Component,
    cancellable,
    component_line,
    latest_of,
    may_be_component,
    may_ship_in_parts,
    must_tell_range,
    page_of_bundle,
    prices,
    shipped_bundles,
    state_of_bundle,
    why_refused,
)
from services.allocation.domain.cancel import LineState
from services.allocation.domain.line import PlacedLine
from services.allocation.domain.mail_order_rule import Shipped
from services.allocation.domain.page import Break, Page, State
from services.allocation.domain.product import Product
from services.allocation.domain.stock_loss import OwnedUnits
from services.allocation.domain.window import Window
from shared.testing.builders import MONDAY
from tests.unit.allocation.queues import THE_8TH, a_window


def a_page(units: int = 0, *breaks: tuple[int, int, int], most: int = 0, state: State | None = None) -> Page:
    """Return what can be had of a component: units at once, and up to so many between two days of March."""
    state = state or ("in_stock" if units else "backorder" if breaks else "out_of_stock")
    steps = tuple(Break(n, a_window(*days)) for n, *days in breaks)
    return Page(state, units, steps, most or (breaks[-1][0] if breaks else 0))


def test_a_component_is_named_after_the_line_and_itself() -> None:
    assert component_line("1", "acme/MUG") == "1/acme/MUG"
    assert may_be_component(component_line("1", "MUG"))
    assert not may_be_component("1")


def test_long_names_are_cut_and_stay_apart() -> None:
    names = {component_line("l" * 150, "s" * 100 + end) for end in ("a", "b")}
    assert [len(name) for name in names] == [200, 200]


@pytest.mark.parametrize(
    ("parcels", "lines", "in_parts"), [(None, 1, False), (1, 1, False), (2, 1, True), (2, 2, False)]
)
def test_a_bundle_counts_as_one_line(parcels: int | None, lines: int, in_parts: bool) -> None:
    assert may_ship_in_parts(parcels, lines) is in_parts


def test_components_share_the_price_and_are_never_worth_more() -> None:
    assert prices(1000, {"TENT": (1, 600), "MAT": (2, 200)}) == {"TENT": 600, "MAT": 200}
    assert prices(100, {"TENT": (1, 600), "MAT": (2, 301)}) == {"TENT": 49, "MAT": 25}
    assert prices(100, {"TENT": (1, 0), "MAT": (2, 0)}) == {"TENT": 33, "MAT": 33}


@pytest.mark.parametrize(
    ("components", "come"),
    [
        ([Component(1, 2, 0, 0), Component(2, 3, 0, 1, a_window(9, 10))], BundleState(1, 0, 1, a_window(9, 10))),
        ([Component(1, 0, 2, 0), Component(2, 0, 3, 0, owned=1)], BundleState(0, 1, 0, None)),
        ([Component(1, 2, 0, 0), Component(2, 2, 2, 0)], BundleState(1, 1, 0, None)),
        (
            [Component(1, 0, 0, 2, a_window(9, 20)), Component(2, 0, 0, 1, a_window(10, 12))],
            BundleState(0, 0, 2, a_window(10, 20)),
        ),
        ([Component(1, 0, 0, 2, None), Component(2, 0, 0, 1, a_window(10, 12))], BundleState(0, 0, 2, None)),
    ],
)
def test_a_bundle_is_whole_when_all_are_and_waits_while_one_does(
    components: list[Component], come: BundleState
) -> None:
    assert state_of_bundle(components) == come


def test_the_latest_of_nothing_is_nothing() -> None:
    assert latest_of([]) is None


NINTH, TENTH = a_window(9, 9), a_window(10, 10)


@pytest.mark.parametrize(
    ("told", "now_is", "promised", "new"),
    [
        (BundleState(), BundleState(waiting=1), False, True),
        (BundleState(waiting=1), BundleState(waiting=1), True, False),
        (BundleState(waiting=1, promised=NINTH), BundleState(waiting=1, promised=TENTH), True, True),
        (BundleState(waiting=1, promised=NINTH), BundleState(waiting=2, promised=NINTH), True, True),
        (BundleState(waiting=3, promised=NINTH), BundleState(waiting=2, cancelled=1, promised=NINTH), True, True),
        (BundleState(waiting=3, promised=NINTH), BundleState(waiting=2, whole=1, promised=NINTH), True, False),
        (BundleState(waiting=1, promised=NINTH), BundleState(whole=1), True, False),
    ],
)
def test_a_range_is_told_when_it_or_its_bundles_change(
    told: BundleState, now_is: BundleState, promised: bool, new: bool
) -> None:
    assert must_tell_range(told, now_is, promised=promised) is new


PAGES: Sequence[tuple[str, list[tuple[Page, int]], bool, Page]] = [
    ("half is not enough", [(a_page(5, (5, 8, 8)), 1), (a_page(1, (1, 8, 8)), 2)], True, a_page()),
    (
        "as many as all have",
        [(a_page(5, (5, 8, 8), (9, 10, 11)), 1), (a_page(7, (7, 8, 8), (12, 9, 15)), 2)],
        True,
        a_page(3, (3, 8, 8), (5, 9, 15), (6, 10, 15)),
    ),
    (
        "who may not wait gets what is there",
        [(a_page(5, (5, 8, 8)), 1), (a_page(7, (7, 8, 8), (12, 9, 15)), 2)],
        False,
        a_page(3, (3, 8, 8)),
    ),
    (
        "one that is only pre-ordered",
        [(a_page(5, (5, 8, 8)), 1), (a_page(0, most=4, state="preorder"), 2)],
        True,
        a_page(0, most=2, state="preorder"),
    ),
    ("dates that are past", [(a_page(0, (4, 1, 2)), 2)], True, a_page(0, (2, 8, 8))),
]


@pytest.mark.parametrize(("parts", "may_wait", "page"), [case[1:] for case in PAGES], ids=[case[0] for case in PAGES])
def test_a_bundle_shows_what_all_its_components_allow(
    parts: list[tuple[Page, int]], may_wait: bool, page: Page
) -> None:
    assert page_of_bundle(parts, THE_8TH, backorderable=may_wait) == page


def test_a_range_holds_for_every_component() -> None:
    assert latest_of([Window(THE_8TH, THE_8TH), a_window(9, 12), a_window(10, 11)]) == a_window(10, 12)


def shipped(hours: int, units: int) -> Shipped:
    return Shipped(MONDAY + timedelta(hours=hours), units)


SHIPMENTS = [
    ("at once", [(1, [shipped(1, 2)]), (2, [shipped(1, 4)])], [shipped(1, 2)]),
    (
        "when the last component leaves",
        [(1, [shipped(1, 2)]), (2, [shipped(2, 2), shipped(3, 2)])],
        [shipped(2, 1), shipped(3, 1)],
    ),
    (
        "whatever is heard first",
        [(1, [shipped(3, 1), shipped(1, 1)]), (1, [shipped(2, 2)])],
        [shipped(2, 1), shipped(3, 1)],
    ),
    ("not while half of it is here", [(1, [shipped(1, 2)]), (2, [shipped(1, 1)])], []),
    ("not while a component is here", [(1, [shipped(1, 2)]), (2, [])], []),
]


@pytest.mark.parametrize(("components", "whole"), [case[1:] for case in SHIPMENTS], ids=[case[0] for case in SHIPMENTS])
def test_a_bundle_is_shipped_when_its_last_component_is(
    components: list[tuple[int, list[Shipped]]], whole: list[Shipped]
) -> None:
    assert shipped_bundles(components) == whole


def a_component(waiting: int = 0, floor: int = 0, stopping: int = 0) -> LineState:
    placed = PlacedLine("o1", "1/MUG", "MUG", "ams", 20, 0, 500, MONDAY, MONDAY)
    lots = (OwnedUnits(MONDAY, MONDAY, "o1", "1/MUG", "", None, floor),) if floor else ()
    return LineState(placed, shipped=0, cancelled=0, waiting=waiting, owned=lots, stopping=stopping)


@pytest.mark.parametrize(
    ("component", "in_hand", "with_stop"),
    [
        (a_component(waiting=5), 2, 2),
        (a_component(waiting=2, floor=4), 1, 3),
        (a_component(floor=6, stopping=3), 0, 1),
    ],
    ids=["waits", "floor", "asked"],
)
def test_as_many_bundles_can_be_cancelled_as_every_component_has_left(
    component: LineState, in_hand: int, with_stop: int
) -> None:
    plenty = (a_component(waiting=20), 1)
    assert cancellable([(component, 2), plenty]) == with_stop
    assert cancellable([plenty, (component, 2)], stop=False) == in_hand


def a_part(sku: str, merchant: str = "acme", **components: int) -> Product:
    return Product(sku, merchant, True, 0, components=components)


KNOWN = {part.sku: part for part in (a_part("TEE"), a_part("CAP"), a_part("SET", TEE=1), a_part("FOREIGN", "rival"))}


@pytest.mark.parametrize(
    ("product", "bundles", "why"),
    [
        (a_part("KIT", TEE=1, CAP=2), [], None),
        (a_part("TEE"), ["SET"], None),
        (a_part("KIT", SET=1, TEE=1), [], "components.sku: SET are bundles themselves"),
        (a_part("KIT", FOREIGN=1, TEE=1), [], "components.sku: FOREIGN are not of acme"),
        (a_part("TEE", "rival"), [], "merchant: the SKU is known as one of acme"),
        (a_part("TEE", CAP=1), ["SET"], "components: it is a component of SET"),
    ],
)
def test_a_bundle_is_made_of_plain_products_of_its_merchant(
    product: Product, bundles: list[str], why: str | None
) -> None:
    refused = why_refused(product, KNOWN, bundles)
    assert refused is None if why is None else (refused or "").startswith(why)
