"""Order lines: how they are named, how they were placed and how they wait in a queue."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from msgspec import Struct

from services.allocation.domain.page import State
from services.allocation.domain.place import Place
from services.allocation.domain.position import PositionKey
from services.allocation.domain.window import Window

LineKey: TypeAlias = tuple[str, str]


class WaitingLine(Struct, frozen=True, gc=False):
    """A line in the queue of one position: `units` that are not released yet, of which stock covers `claimed`.

    It is promised to ship from `earliest` to `latest`, and not before `gate_on`; its customer was told another range
    last, if another. What stock covers stays until `kept_until` while its truck is unloaded. `together`: only with the
    rest of its order. `unit_price` is in minor units. `shown_ship_by` is T where the rule on delays is on
    (mail_order_rule.py). `version` is of what was told of it last, `address` of its row, as long as its position is
    locked. The fields are in the order in which statements return them.
    """

    queue_at: datetime
    completed_at: datetime
    order_id: str
    line_id: str
    units: int
    min_life_days: int = 0
    earliest: date | None = None
    latest: date | None = None
    unit_price: int = 0
    gate_on: date | None = None
    together: bool = False
    claimed: int = 0
    kept_until: datetime | None = None
    version: int = 0
    address: tuple[int, int] | None = None
    told_earliest: date | None = None
    told_latest: date | None = None
    shown_ship_by: date | None = None

    @property
    def promised(self) -> Window | None:
        """Return the ship dates that it holds."""
        return Window(self.earliest, self.latest) if self.earliest and self.latest else None

    @property
    def told(self) -> Window | None:
        """Return the ship dates that its customer was told last."""
        return Window(self.told_earliest, self.told_latest) if self.told_earliest and self.told_latest else None

    @property
    def uncovered(self) -> int:
        """Return the units that are still to come."""
        return self.units - self.claimed

    @property
    def place(self) -> Place:
        """Return the place in the order of service: lower is served first."""
        return (self.queue_at, self.completed_at, self.order_id, self.line_id)

    @property
    def line(self) -> LineKey:
        return (self.order_id, self.line_id)


@dataclass(frozen=True, slots=True)
class BundleLine:
    """The line of a bundle that a line is a component of: `per` units of the component go into each of `units`.

    `unit_price` is that of a bundle, in minor units. `in_parts`: its components need not wait for each other.
    """

    line_id: str
    sku: str
    units: int
    unit_price: int
    per: int
    in_parts: bool


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line of an order at the node that ships it, and the state in which its customer was shown the SKU.

    `bundle` is the ordered line whose component it is, if it is one.
    """

    order_id: str
    line_id: str
    sku: str
    node: str
    units: int
    min_life_days: int
    unit_price: int
    queue_at: datetime
    completed_at: datetime
    shown: State | None = None
    declined: bool = False
    bundle: BundleLine | None = None

    @property
    def line(self) -> tuple[str, str]:
        return (self.order_id, self.line_id)

    @property
    def ordered(self) -> tuple[str, str]:
        """Return the line as its customer ordered it: for a component its bundle's."""
        return (self.order_id, self.bundle.line_id if self.bundle else self.line_id)

    @property
    def key(self) -> PositionKey:
        return (self.sku, self.node)
