"""An ordered bundle becomes lines of its components, each at its own position."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from services.allocation.domain.bundle import component_line, may_ship_in_parts, prices
from services.allocation.domain.line import BundleLine, PlacedLine
from services.allocation.domain.product import Product
from services.allocation.handlers.orders.order_changes import OrderChanges
from services.allocation.store import settings
from shared.contracts.orders import LineSwapped, OrderLine, OrderPlaced
from shared.messaging.transaction import Tx

Products = Mapping[str, Product]


async def catalogue(tx: Tx, skus: Collection[str]) -> dict[str, Product]:
    """What is known of SKUs, and of those that bundles among them are made of."""
    products = await settings.products(tx, skus)
    components = {sku for product in products.values() for sku in product.components} - products.keys()
    return products | (await settings.products(tx, components) if components else {})


def served_as(sku: str, products: Products) -> Collection[str]:
    """The SKUs whose queues serve a line: the components of a bundle, else its own."""
    product = products.get(sku)
    return product.components.keys() if product and product.components else (sku,)


def lines_of(order: OrderPlaced, products: Products) -> Iterable[tuple[OrderLine, BundleLine | None]]:
    """The lines that an order is served as, and of each component the bundle that it belongs to."""
    in_parts = may_ship_in_parts(order.max_shipments, len(order.lines))
    for line in order.lines:
        yield from components_of(line, products, in_parts=in_parts)


def components_of(line: OrderLine, products: Products, *, in_parts: bool) -> list[tuple[OrderLine, BundleLine | None]]:
    """The lines that a line is served as: itself, or one for each component with its share of the price."""
    components = products[line.sku].components
    if not components:
        return [(line, None)]
    shares = prices(line.unit_price, {sku: (per, products[sku].price) for sku, per in components.items()})
    return [
        (
            line.model_copy(
                update={
                    "line_id": component_line(line.line_id, sku),
                    "sku": sku,
                    "units": line.units * per,
                    "unit_price": shares[sku],
                }
            ),
            BundleLine(line.line_id, line.sku, line.units, line.unit_price, per, in_parts),
        )
        for sku, per in components.items()
    ]


def more_of(book: OrderChanges, order_id: str, line_id: str, new_line_id: str, units: int) -> list[PlacedLine]:
    """Lines like that of an order, or like each component of its bundle, for so many more."""
    components = book.bundles.get((order_id, line_id))
    if components is None:
        return [replace(book.lines[order_id, line_id].placed, line_id=new_line_id, units=units)]
    return [
        replace(
            like,
            line_id=component_line(new_line_id, like.sku),
            units=units * bundle.per,
            bundle=replace(bundle, line_id=new_line_id, units=units),
        )
        for line, bundle in components.items()
        for like in (book.lines[line].placed,)
    ]


def instead_of(like: PlacedLine, swapped: LineSwapped, units: int, products: Products) -> list[PlacedLine]:
    """The lines of another SKU in place of one; those of a bundle ship together."""
    wanted = OrderLine(line_id=swapped.new_line_id, sku=swapped.sku, units=units, unit_price=swapped.unit_price)
    return [
        replace(
            like, line_id=line.line_id, sku=line.sku, units=line.units, unit_price=line.unit_price,
            min_life_days=products[line.sku].min_life_days, bundle=bundle,
        )
        for line, bundle in components_of(wanted, products, in_parts=False)
    ]  # fmt: skip
