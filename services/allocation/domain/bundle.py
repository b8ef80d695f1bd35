"""Bundles: an ordered bundle waits as lines of its components, and its customer is told of it as one line."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import pairwise
from typing import Final

from services.allocation.domain.cancel import LineState
from services.allocation.domain.mail_order_rule import Shipped
from services.allocation.domain.page import Break, Page, State, as_of, merge_breaks
from services.allocation.domain.product import Product, foreign
from services.allocation.domain.window import Window

_LONGEST_NAME: Final = 200
_DIGEST: Final = 32


def why_refused(product: Product, known: Mapping[str, Product], bundles: Iterable[str]) -> str | None:
    """Return why a product cannot be what it says; None if it can. `bundles` are those that it is a component of.

    A SKU stays with its merchant. All components of a bundle are known, are of its merchant and are no bundles
    themselves.
    """
    before = known.get(product.sku)
    if before and before.merchant != product.merchant:
        return f"merchant: the SKU is known as one of {before.merchant}: use another SKU"
    if nested := [sku for sku in product.components if known[sku].components]:
        return f"components.sku: {_listed(nested)} are bundles themselves: name their components instead"
    if others := foreign(product.merchant, product.components, known):
        return f"components.sku: {_listed(others)} are not of {product.merchant}: name SKUs of the same merchant"
    if product.components and (nested := list(bundles)):
        return f"components: it is a component of {_listed(nested)}, and so no bundle itself"
    return None


def _listed(skus: Iterable[str]) -> str:
    return ", ".join(sorted(skus))


def component_line(line_id: str, sku: str) -> str:
    """Return the id of a component's line: that of the bundle's line and the component, never too long for an id."""
    name = f"{line_id}/{sku}"
    if len(name) <= _LONGEST_NAME:
        return name
    digest = sha256(name.encode()).hexdigest()[:_DIGEST]
    return f"{name[: _LONGEST_NAME - _DIGEST - 1]}/{digest}"


def may_be_component(line_id: str) -> bool:
    """Return whether a line may be a component's, by its id; an ordered line may have such an id too."""
    return "/" in line_id


def may_ship_in_parts(max_shipments: int | None, lines: int) -> bool:
    """Return whether components may ship apart: only if the order allows more parcels than it has `lines`.

    A bundle counts as one line, and an order that sets no limit asks for one parcel of each.
    """
    return max_shipments is not None and max_shipments > lines


def prices(price: int, components: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """Return what a unit of each component is worth in a bundle of this price, in minor units.

    The price is shared by units times list price, and rounded down, so that the components are never worth more than
    the bundle.
    """
    whole = sum(units * each for units, each in components.values())
    if not whole:
        return {sku: price // sum(units for units, _ in components.values()) for sku in components}
    return {sku: price * each // whole for sku, (_, each) in components.items()}


@dataclass(frozen=True, slots=True)
class Component:
    """The units of a component: `gone` were shipped or are on the floor, `waiting` are in its queue.

    `owned` are on the floor.
    """

    per: int
    gone: int
    cancelled: int
    waiting: int
    promised: Window | None = None
    owned: int = 0


@dataclass(frozen=True, slots=True)
class BundleState:
    """The bundles that are whole on the floor, that are cancelled and that still wait; and their range.

    The range is that of the latest component, none where one that waits has none.
    """

    whole: int = 0
    cancelled: int = 0
    waiting: int = 0
    promised: Window | None = None


def state_of_bundle(components: Sequence[Component]) -> BundleState:
    """Return the state of a bundle: whole when all its components are, waiting while one of them does."""
    return BundleState(
        min(component.gone // component.per for component in components),
        cancelled_of(components),
        max(-(-component.waiting // component.per) for component in components),
        latest_of([component.promised for component in components if component.waiting]),
    )


def cancelled_of(components: Sequence[Component]) -> int:
    """Return how many bundles are cancelled: every component is, or they did not ship whole and nothing is left."""
    if any(component.waiting or component.owned for component in components):
        return min(component.cancelled // component.per for component in components)
    ordered = max((component.gone + component.cancelled) // component.per for component in components)
    return ordered - min(component.gone // component.per for component in components)


def latest_of(ranges: Sequence[Window | None]) -> Window | None:
    """Return the range of what ships with the last of its parts: the latest of both ends; None if one has none."""
    known = [window for window in ranges if window]
    if not known or len(known) < len(ranges):
        return None
    return Window(max(window.earliest for window in known), max(window.latest for window in known))


def must_tell_range(told: BundleState, now_is: BundleState, *, promised: bool) -> bool:
    """Return whether a waiting bundle is told a range: its first, another, or that of more or fewer bundles."""
    if not now_is.waiting:
        return False
    other_units = now_is.waiting > told.waiting or now_is.cancelled > told.cancelled
    return not promised or other_units or now_is.promised != told.promised


def shipped_bundles(components: Sequence[tuple[int, Sequence[Shipped]]]) -> list[Shipped]:
    """Return how many bundles are shipped, each when the last of its components is.

    `components` are units per bundle, and units shipped.
    """
    instants = sorted({shipment.at for _, shipped in components for shipment in shipped})
    whole = [
        min(sum(shipment.units for shipment in shipped if shipment.at <= at) // per for per, shipped in components)
        for at in instants
    ]
    more = [units - before for before, units in pairwise([0, *whole])]
    return [Shipped(at, units) for at, units in zip(instants, more, strict=True) if units]


def cancellable(lines: Iterable[tuple[LineState, int]], *, stop: bool = True) -> int:
    """Return how many bundles can be cancelled: as many as every component, with its units per bundle, has left.

    Without `stop` only those that nobody has in hand yet.
    """
    return min(
        (
            line.waiting
            + (line.on_the_floor - line.stopping if stop else 0)
        )
        // per
        for line, per in lines
    )  # fmt: skip


def page_of_bundle(pages: Sequence[tuple[Page, int]], first_day: date, *, backorderable: bool) -> Page:
    """Return the page of a bundle whose components have these pages, each with the units that go into one bundle.

    As many are available as every component has, and they ship when the last of them does. It may wait only if the
    bundle itself may.
    """
    parts = [(as_of(page, first_day), per) for page, per in pages]
    free = min(page.available_to_sell // per for page, per in parts)
    most = min(page.max_orderable // per for page, per in parts) if backorderable else free
    dated = min((page.breaks[-1].up_to_units if page.breaks else 0) // per for page, per in parts)
    quantities = {page_break.up_to_units // per for page, per in parts for page_break in page.breaks}
    steps = sorted(units for units in quantities | {free, dated} if 0 < units <= min(most, dated))
    breaks = merge_breaks(_break(parts, units) for units in steps)
    return Page(_state(parts, free, most), free, breaks, most)


def _state(parts: Iterable[tuple[Page, int]], free: int, most: int) -> State:
    if free:
        return "in_stock"
    if not most:
        return "out_of_stock"
    return "preorder" if any(page.state == "preorder" for page, _ in parts) else "backorder"


def _break(parts: Iterable[tuple[Page, int]], units: int) -> Break:
    every = [
        next(page_break for page_break in page.breaks if page_break.up_to_units >= units * per) for page, per in parts
    ]
    earliest = max(page_break.ships.earliest for page_break in every)
    latest = max(page_break.ships.latest for page_break in every)
    return Break(units, Window(earliest, latest), any(page_break.is_estimated for page_break in every))
