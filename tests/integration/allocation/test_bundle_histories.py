"""Whatever happens to components: their bundle is what they came to, and promised at the latest of them."""

import asyncio
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from shared.contracts.notices import CoveredLine, NoticeSent
from shared.contracts.orders import LineSwapped
from shared.contracts.products import Component
from shared.testing.builders import MONDAY, a_line, a_product, an_order
from tests.integration.allocation.conftest import desk_at
from tests.integration.allocation.histories import History

HISTORIES = settings(
    max_examples=100,
    stateful_step_count=12,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


class BundleHistory(History):
    """A history in which kits of one A and two B are ordered too."""

    @initialize()
    def a_node_and_two_skus(self) -> None:
        super().a_node_and_two_skus()
        components = (Component(sku="A", units=1), Component(sku="B", units=2))
        self.hear(a_product("KIT", packs=(), components=components))

    @rule(units=st.integers(1, 3), minute=st.integers(0, 9), parcels=st.sampled_from([None, None, 1, 2]))
    def a_kit_is_ordered(self, units: int, minute: int, parcels: int | None) -> None:
        name = f"o{len(self.changes)}"
        self.changes[name] = 0
        at = MONDAY - timedelta(minutes=minute)
        self.hear(an_order(name, a_line("1", "KIT", units), completed_at=at, max_shipments=parcels))
        self._know_of(name, "1", "KIT")

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def a_line_is_swapped_for_a_kit(self, data: st.DataObject) -> None:
        order, line, _ = data.draw(st.sampled_from(self.lines))
        said = self.said(order)
        new = f"k{said['change_no']}"
        self.hear(LineSwapped(**said, line_id=line, new_line_id=new, sku="KIT", unit_price=5))
        self._know_of(order, new, "KIT")

    def _know_of(self, order: str, line: str, sku: str) -> None:
        """Of a kit its components may be named too, by the floor."""
        super()._know_of(order, line, sku)
        there = "select exists (select from bundles where order_id = $1 and line_id = $2)"
        if self.runner.run(self.desk.admin.fetchval(there, order, line)):
            self.lines += [(order, line, sku), (order, f"{line}/A", "A"), (order, f"{line}/B", "B")]

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def a_customer_is_told_of_a_kit(self, data: st.DataObject) -> None:
        order, line, _ = data.draw(st.sampled_from(self.lines))
        newest = "select max(line_version) from bundle_promises where order_id = $1 and line_id = $2"
        if version := self.runner.run(self.desk.admin.fetchval(newest, order, line)):
            covered = (CoveredLine(line_id=line, line_version=version),)
            notice: dict[str, Any] = {"notice_id": f"{order}{line}{version}", "order_id": order, "kind": "moved"}
            self.hear(NoticeSent(**notice, lines=covered, caused_at=MONDAY, sent_at=MONDAY, message_id="m"))


def test_bundles_are_what_their_components_came_to_after_any_history(desk_database: str) -> None:
    with asyncio.Runner() as runner:
        at_desk = desk_at(desk_database)
        desk = runner.run(at_desk.__aenter__())
        BundleHistory.runner, BundleHistory.desk = runner, desk
        try:
            run_state_machine_as_test(BundleHistory, settings=HISTORIES)
        finally:
            runner.run(at_desk.__aexit__(None, None, None))
