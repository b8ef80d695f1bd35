"""Whatever happens to components: their bundle is what they came to, and promised at the latest of them."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from shared.contracts.notices import CoveredLine, NoticeSent
from shared.contracts.orders import DelayConsented, DelayRefused, LineSwapped, Shown
from shared.contracts.products import Component
from shared.contracts.shipments import ShippedLine
from shared.testing.builders import MONDAY, a_day, a_line, a_product, a_shipment, an_order
from tests.integration.allocation.support.histories import History, few


class BundleHistory(History):
    """A history in which kits of one A and two B are ordered too, some of them under the rule on delays."""

    @initialize()
    def a_node_and_two_skus(self) -> None:
        super().a_node_and_two_skus()
        components = (Component(sku="A", units=1), Component(sku="B", units=2))
        self.hear(a_product("KIT", packs=(), components=components))
        self._sell(2, 0, None, "US", 9)

    @rule(
        units=st.integers(1, 3), minute=st.integers(0, 9), parcels=st.sampled_from([None, None, 1, 2]),
        market=st.sampled_from(["NL", "US"]), shown=st.integers(8, 14),
    )  # fmt: skip
    def a_kit_is_ordered(self, units: int, minute: int, parcels: int | None, market: str, shown: int) -> None:
        self._sell(units, minute, parcels, market, shown)

    def _sell(self, units: int, minute: int, parcels: int | None, market: str, shown: int) -> None:
        name = f"o{len(self.changes)}"
        self.changes[name] = 0
        at = MONDAY - timedelta(minutes=minute)
        line = a_line("1", "KIT", units, shown=Shown(state="backorder", earliest=a_day(8), latest=a_day(shown)))
        self.hear(an_order(name, line, completed_at=at, max_shipments=parcels, market=market))
        self._know_of(name, "1", "KIT")

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def a_line_is_swapped_for_a_kit(self, data: st.DataObject) -> None:
        order, line, _ = data.draw(st.sampled_from(self.lines))
        fields = self.said(order)
        new = f"k{fields['change_no']}"
        self.hear(LineSwapped(**fields, line_id=line, new_line_id=new, sku="KIT", unit_price=5))
        self._know_of(order, new, "KIT")

    def _know_of(self, order: str, line: str, sku: str) -> None:
        """Name a kit or, as the floor may, its components."""
        super()._know_of(order, line, sku)
        there = "select exists (select from bundles where order_id = $1 and line_id = $2)"
        if self.runner.run(self.desk.admin.fetchval(there, order, line)):
            self.lines += [(order, line, sku), (order, f"{line}/A", "A"), (order, f"{line}/B", "B")]

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def a_customer_is_told_of_a_kit(self, data: st.DataObject) -> None:
        order, line, _ = data.draw(st.sampled_from(self.lines))
        newest = "select max(line_version) from promises where order_id = $1 and line_id = $2"
        if version := self.runner.run(self.desk.admin.fetchval(newest, order, line)):
            covered = (CoveredLine(line_id=line, line_version=version),)
            notice: dict[str, Any] = {"notice_id": f"{order}{line}{version}", "order_id": order, "kind": "moved"}
            self.hear(NoticeSent(**notice, lines=covered, caused_at=MONDAY, sent_at=MONDAY, message_id="m"))

    @precondition(lambda self: self.lines)
    @rule(data=st.data(), days=st.none() | st.integers(0, 20), is_yes=st.booleans())
    def a_customer_answers(self, data: st.DataObject, days: int | None, is_yes: bool) -> None:
        order, line, _ = data.draw(st.sampled_from(self.lines))
        fields = self.said(order, line_ids=(line,), answered_at=self.now)
        revised_by = None if days is None else self.now.date() + timedelta(days=days)
        self.hear(DelayConsented(**fields, revised_by=revised_by) if is_yes else DelayRefused(**fields))

    @precondition(lambda self: self.lines)
    @rule(data=st.data(), units=few)
    def a_carrier_takes_units(self, data: st.DataObject, units: int) -> None:
        order, line, sku = data.draw(st.sampled_from(self.lines))
        taken = ShippedLine(line_id=line, sku=sku, node="ams", units=units)
        name = f"{order}{line}{len(self.heard)}"
        self.hear(a_shipment(order, taken, shipment_id=name, handed_over_at=self.now))
