"""A day's business as outsiders tell it: a shop, suppliers, a dock and a floor; and what they said, for the model."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import asyncpg

from shared.contracts.fields import Fact
from shared.contracts.orders import OrderLineCancelled, OrderPlaced
from shared.contracts.products import Pack
from shared.contracts.shipments import PickShorted, ShippedLine, StopAnswered
from shared.testing.builders import (
    MONDAY,
    a_carton,
    a_close,
    a_contact,
    a_line,
    a_merchant,
    a_node,
    a_product,
    a_scan,
    a_shipment,
    an_asn,
    an_asn_line,
    an_opening,
    an_order,
)

HOT, MILD, NEAR, NEVER = "HOT", "MILD", "NEAR", "NEVER"  # NEVER has no stock, and nothing of it comes
GTINS: Final = {HOT: "04006381333931", MILD: "04006381333948", NEAR: "04006381333955", NEVER: "04006381333962"}
ORDERS: Final = 160
AT_ONCE: Final = 60


@dataclass(slots=True)
class Inputs:
    """All that was said, from which the model says what it comes to."""

    opened: Counter[str] = field(default_factory=Counter)
    scanned: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    orders: list[OrderPlaced] = field(default_factory=list)
    shorted: dict[tuple[str, str], int] = field(default_factory=dict)
    shipped: dict[tuple[str, str], int] = field(default_factory=dict)
    cancelled: dict[tuple[str, str], int] = field(default_factory=dict)

    def line_ids(self, order_id: str) -> list[str]:
        """Return the lines of an order."""
        return [line.line_id for order in self.orders if order.order_id == order_id for line in order.lines]

    def wanted(self, sku: str) -> int:
        """Return the units that customers still want."""
        return sum(
            line.units - self.cancelled.get(key, 0) - self.shipped.get(key, 0)
            for order in self.orders
            for line in order.lines
            for key in ((order.order_id, line.line_id),)
            if line.sku == sku
        )

    def of(self, sku: str, units: dict[tuple[str, str], int]) -> int:
        """Return how many of these units are of a SKU."""
        skus = {(order.order_id, line.line_id): line.sku for order in self.orders for line in order.lines}
        return sum(n for key, n in units.items() if skus[key] == sku)

    def sellable(self, sku: str) -> int:
        """Return the sellable units that are on hand."""
        came = self.opened[sku] + self.scanned[sku]
        return came - self.of(sku, self.shipped) - self.of(sku, self.shorted)


def a_day_of_business(chance: random.Random, inputs: Inputs) -> list[Fact]:
    """Return products, stock, orders, trucks and scans."""
    facts: list[Fact] = [a_node(), a_merchant()]
    facts += [a_product(sku, packs=(Pack(gtin=gtin, units=1, level="each"),)) for sku, gtin in GTINS.items()]
    inputs.opened = Counter({HOT: 20, MILD: 10, NEAR: 30})
    facts += [an_opening(sku, units) for sku, units in inputs.opened.items()]
    for number in range(ORDERS):
        lines = [a_line("1", HOT, chance.randint(1, 2))]
        if number % 5 == 0:
            lines.append(a_line("2", MILD, chance.randint(1, 3)))
        whole = number % 16 == 0
        if whole:
            lines = [a_line("1", NEAR), a_line("2", NEVER)]
        at = MONDAY - timedelta(seconds=chance.randint(1, 86_400))
        order = an_order(f"o{number}", *lines, completed_at=at, max_shipments=1 if whole else None)
        inputs.orders.append(order)
        facts += [order, a_contact(order.order_id)]
    for number, (sku, units, broken) in enumerate([(HOT, 60, 3), (HOT, 45, 0), (MILD, 25, 2)]):
        truck = f"asn-{number}"
        facts += [an_asn(truck, a_carton("c1", an_asn_line(sku, units + broken))), a_close(truck)]
        facts += [a_scan(f"{truck}/{n}", min(5, units - n), asn_id=truck, gtin=GTINS[sku]) for n in range(0, units, 5)]
        if broken:
            facts.append(a_scan(f"{truck}/b", broken, asn_id=truck, gtin=GTINS[sku], disposition="damaged"))
        inputs.scanned[sku] += units
        inputs.broken[sku] += broken
    return facts


async def what_the_floor_does(chance: random.Random, inputs: Inputs, admin: asyncpg.Connection) -> list[Fact]:
    """Return many shorts of one SKU, shipments, and cancels of what waits and of what is on the floor."""
    rows = await admin.fetch(
        "select order_id, line_id, sum(on_floor)::int as units from allocation.releases "
        "where sku = $1 and on_floor > 0 group by 1, 2 order by 1, 2", HOT,
    )  # fmt: skip
    on_floor = [((row["order_id"], row["line_id"]), row["units"]) for row in rows]
    chance.shuffle(on_floor)
    rows = await admin.fetch(
        "select order_id, line_id, units::int from allocation.queue where sku = $1 and claimed = 0", HOT
    )
    waiting = [((row["order_id"], row["line_id"]), row["units"]) for row in rows]
    ordered = {(o.order_id, line.line_id): line.units for o in inputs.orders for line in o.lines}
    whole = [(key, units) for key, units in on_floor if units == ordered[key]]
    inputs.shorted = dict(whole[:AT_ONCE])
    inputs.shipped = dict(whole[AT_ONCE : AT_ONCE + 12])
    stopped = whole[AT_ONCE + 12 : AT_ONCE + 20]
    cut_short = [key for key in waiting if key[1] == ordered[key[0]]][:15]
    inputs.cancelled = dict([*stopped, *cut_short])
    return [
        *(
            PickShorted(order_id=order, short_id=f"{order}/short", line_id=line, sku=HOT, node="ams", units=n,
                        shorted_at=MONDAY)
            for (order, line), n in inputs.shorted.items()
        ),
        *(
            a_shipment(order, ShippedLine(line_id=line, sku=HOT, node="ams", units=n))
            for (order, line), n in inputs.shipped.items()
        ),
        *(
            OrderLineCancelled(order_id=order, change_no=1, changed_at=MONDAY, line_id=line, units=n)
            for (order, line), n in inputs.cancelled.items()
        ),
    ]  # fmt: skip


async def what_the_floor_answers(admin: asyncpg.Connection) -> list[Fact]:
    """Return yes to all that it was asked to stop."""
    return [
        StopAnswered(order_id=row["order_id"], stop_id=row["stop_id"], line_id=row["line_id"], units=row["units"],
                     stopped=True, answered_at=MONDAY)
        for row in await admin.fetch("select * from allocation.stops where units > 0")
    ]  # fmt: skip
