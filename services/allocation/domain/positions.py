"""One SKU at one node."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeAlias

from services.allocation.domain import acceptance
from services.allocation.domain.matching import Window
from services.allocation.domain.pages import Standing, State, read

Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Position:
    """A locked position: how far its news has been applied, what its page shows and what waits for it.

    `waiting` is told as lines, units and their value in minor units, `state_since` is when its page got its state.
    `reorder` is when what is not ordered yet was first said to be ready, for those who wait for it.
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
    state_since: datetime | None = None
    reorder: Window | None = None

    @property
    def key(self) -> Key:
        return (self.sku, self.node)

    @property
    def told(self) -> Standing | None:
        """The page as it was told last."""
        return Standing(read(self.shown), self.state_since) if self.shown and self.state_since else None


@dataclass(frozen=True, slots=True)
class Bundled:
    """The line of a bundle that a line is a component of: `per` units of the component go into each of `units`.

    `unit_price` is that of a bundle, in minor units.

    `in_parts`: its components need not wait for each other.
    """

    line_id: str
    sku: str
    units: int
    unit_price: int
    per: int
    in_parts: bool


@dataclass(frozen=True, slots=True)
class Placed:
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
    bundle: Bundled | None = None

    @property
    def line(self) -> tuple[str, str]:
        return (self.order_id, self.line_id)

    @property
    def ordered(self) -> tuple[str, str]:
        """The line as its customer ordered it: of a component its bundle's."""
        return (self.order_id, self.bundle.line_id if self.bundle else self.line_id)

    @property
    def key(self) -> Key:
        return (self.sku, self.node)


@dataclass(frozen=True, slots=True)
class Product:
    """What a SKU's queue and page need to know of it. `price` is in minor units, `components` are units by SKU.

    `lead_time_days` are working days, `on_time_share` is percent of its supplier's last receipts; None is not known.
    """

    sku: str
    merchant: str
    backorderable: bool
    min_life_days: int
    launch_on: date | None = None
    group: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    price: int = 0
    lead_time_days: int | None = None
    on_time_share: int | None = None
    components: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a merchant wants of his queues, and accepts of new customers: head starts are hours by priority."""

    hold_days: int = 5
    padding_days: int = 2
    head_starts: Mapping[str, int] = field(default_factory=dict)
    accepts: acceptance.Policy = field(default_factory=acceptance.Policy)


def policy_of(policies: Mapping[tuple[str, str], Policy], merchant: str, sku: str) -> Policy:
    """What is said of the SKU goes first, then what is said of all of the merchant's."""
    return policies.get((merchant, sku)) or policies.get((merchant, "")) or Policy()


def queue_at(completed_at: datetime, head_start_hours: int) -> datetime:
    """The place in the order of service: as if the order had been complete so many hours earlier (promises.md)."""
    return completed_at - timedelta(hours=head_start_hours)
