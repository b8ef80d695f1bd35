"""One SKU at one node."""

from dataclasses import dataclass
from typing import TypeAlias

Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Position:
    """A locked position: how far its news has been applied, what its page shows and what waits for it.

    `waiting` is told as lines, units and their value in minor units.
    """

    sku: str
    node: str
    version: int
    stock_sequence: int
    inbound_version: int
    availability_version: int
    shown: str | None
    waiting: tuple[int, int, int]
    queue_version: int

    @property
    def key(self) -> Key:
        return (self.sku, self.node)


@dataclass(frozen=True, slots=True)
class Placed:
    """A line of an order at the node that ships it."""

    order_id: str
    line_id: str
    sku: str
    node: str
    units: int
    min_life_days: int
    unit_price: int

    @property
    def key(self) -> Key:
        return (self.sku, self.node)


@dataclass(frozen=True, slots=True)
class Product:
    """What a SKU's queue needs to know of it."""

    sku: str
    merchant: str
    backorderable: bool
    min_life_days: int
