"""A history of two positions as Hypothesis makes it up, told to the service on its real database."""

import asyncio
import sys
from collections import Counter
from datetime import date, timedelta
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shared.contracts.fields import Fact
from shared.contracts.inbound import Supply
from shared.contracts.notices import CoveredLine, NoticeSent
from shared.contracts.orders import (
    LinePriorityChanged,
    LineSwapped,
    OrderHeld,
    OrderLineCancelled,
    OrderLineChanged,
    OrderSplit,
    OrderUnheld,
)
from shared.contracts.shipments import StopAnswered
from shared.contracts.stock import Movement
from shared.testing.builders import MONDAY, a_day, a_line, a_node, a_product, a_supply, an_inbound, an_order
from shared.testing.bus import Sent
from shared.testing.stock import a_movement, adjusted
from tests.integration.allocation.conftest import Desk, desk_at, set_clock
from tests.integration.allocation.support.full_match import what_is_promised_is_so

SKUS = ("A", "B")
skus = st.sampled_from(SKUS)
lots = st.sampled_from(["", "L1", "L2"])
few = st.integers(1, 6)
trucks = st.sampled_from("xyz")
EXPIRES = {"": None, "L1": a_day(12), "L2": a_day(30)}


class History(RuleBasedStateMachine):
    """Orders, receipts, slips, counts, cancels, swaps, holds, splits, moves, shorts, shipments, notices and replays."""

    runner: ClassVar[asyncio.Runner]
    desk: ClassVar[Desk]
    checks_every_step: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self.sequences: Counter[str] = Counter()
        self.versions: Counter[str] = Counter()
        self.changes: Counter[str] = Counter()
        self.on_hand: Counter[tuple[str, str]] = Counter()
        self.inbound: dict[str, dict[str, Supply]] = {sku: {} for sku in SKUS}
        self.lines: list[tuple[str, str, str]] = []
        self.held: set[str] = set()
        self.heard: list[Sent] = []
        self.now, self.products, self.nodes, self.limited = MONDAY, Counter[str](), 0, False

    @initialize()
    def a_node_and_two_skus(self) -> None:
        self.runner.run(self.desk.empty())
        self.runner.run(set_clock(self.desk.admin, MONDAY))
        self.runner.run(self.desk.know(*SKUS, min_life_days=2))

    @rule(days=st.integers(1, 3), hour=st.sampled_from([8, 15, 16, 23]))
    def days_pass(self, days: int, hour: int) -> None:
        self.now = (self.now + timedelta(days=days)).replace(hour=hour)
        self.runner.run(set_clock(self.desk.admin, self.now))
        self.runner.run(self.desk.decide_due())

    @rule(sku=skus, launch=st.none() | st.integers(8, 20), lead=st.none() | st.integers(1, 6))
    def a_product_changes(self, sku: str, launch: int | None, lead: int | None) -> None:
        """Move its launch to another day, or make its lead time known."""
        self.products[sku] += 1
        fields = {"min_life_days": 2, "launch_on": a_day(launch) if launch else None, "lead_time_days": lead}
        self.hear(a_product(sku, version=1 + self.products[sku], **fields))
        self.runner.run(self.desk.decide_due())

    @rule(holidays=st.frozensets(st.integers(9, 19).map(a_day), max_size=2))
    def the_calendar_changes(self, holidays: frozenset[date]) -> None:
        self.nodes += 1
        self.hear(a_node(zone="UTC", version=1 + self.nodes, holidays=holidays))
        self.runner.run(self.desk.decide_due())

    @rule(per_day=st.sampled_from([None, 1, 3]))
    def the_floor_gets_another_limit(self, per_day: int | None) -> None:
        """Limit how many orders the floor takes a day; what is promised then depends on how many were ahead."""
        self.nodes += 1
        self.limited = True
        self.hear(a_node(zone="UTC", version=1 + self.nodes, orders_per_day=per_day))
        self.runner.run(self.desk.decide_due())

    def hear(self, *facts: Fact | Sent) -> None:
        self.heard += self.runner.run(self.desk.hear(*facts))

    @rule(
        first=skus, units=few, minute=st.integers(0, 9), second=st.none() | few,
        parcels=st.sampled_from([None, None, 1, 2]), gate=st.sampled_from([None, None, None, 8, 11]),
    )  # fmt: skip
    def an_order_joins(
        self,
        first: str,
        units: int,
        minute: int,
        second: int | None,
        parcels: int | None,
        gate: int | None,
    ) -> None:
        name = f"o{len(self.changes)}"
        self.changes[name] = 0
        wanted = [a_line("1", first, units)]
        if second:
            wanted.append(a_line("2", SKUS[second % 2], second))
        self.lines += [(name, line.line_id, line.sku) for line in wanted]
        at = MONDAY - timedelta(minutes=minute)
        gate_on = a_day(gate) if gate else None
        self.hear(an_order(name, *wanted, completed_at=at, max_shipments=parcels, ship_not_before=gate_on))

    @rule(sku=skus, truck=trucks, units=st.integers(0, 12), day=st.integers(9, 24), width=st.integers(0, 6))
    def a_supply_is_told(self, sku: str, truck: str, units: int, day: int, width: int) -> None:
        """Tell of a supply that is new, slipped, pulled in, revised or gone."""
        self.inbound[sku][truck] = a_supply(truck, units, day, day + width)
        self.versions[sku] += 1
        supplies = [supply for supply in self.inbound[sku].values() if supply.expected_units]
        self.hear(an_inbound(*supplies, sku=sku, version=self.versions[sku]))

    def stock(self, sku: str, *movements: Movement) -> None:
        self.sequences[sku] += 1
        for m in movements:
            if m.status == "sellable":
                self.on_hand[sku, m.lot or ""] += m.delta
        self.hear(adjusted(self.sequences[sku], *movements, sku=sku))

    def units(self, units: int, sku: str, lot: str) -> int:
        return min(units, self.on_hand[sku, lot])

    @rule(sku=skus, truck=st.none() | trucks, units=few, lot=lots, bad=st.integers(0, 2))
    def a_receipt_lands(self, sku: str, truck: str | None, units: int, lot: str, bad: int) -> None:
        fields: dict[str, Any] = {"lot": lot or None, "expires_on": EXPIRES[lot]}
        movements = [a_movement(units, "receipt", supply_id=truck, **fields)]
        if bad:
            movements.append(a_movement(bad, "receipt", supply_id=truck, status="rework", **fields))
        self.stock(sku, *movements)

    @rule(sku=skus, units=st.integers(-4, 3), lot=lots)
    def a_count_corrects(self, sku: str, units: int, lot: str) -> None:
        units = max(units, -self.on_hand[sku, lot])
        if units:
            self.stock(sku, a_movement(units, "count", lot=lot or None, expires_on=EXPIRES[lot]))

    @precondition(lambda self: self.lines)
    @rule(data=st.data(), units=few, lot=lots, reason=st.sampled_from(["ship", "ship", "short"]))
    def units_leave_in_the_name_of_a_line(self, data: st.DataObject, units: int, lot: str, reason: str) -> None:
        order, line, sku = data.draw(st.sampled_from(self.lines))
        units = self.units(units, sku, lot)
        if units:
            self.stock(sku, a_movement(-units, reason, order_id=order, line_id=line, lot=lot or None))

    def said(self, order: str, **more: Any) -> dict[str, Any]:
        self.changes[order] += 1
        return {"order_id": order, "change_no": self.changes[order], "changed_at": MONDAY, **more}

    @precondition(lambda self: self.lines)
    @rule(data=st.data(), units=few)
    def units_are_cancelled(self, data: st.DataObject, units: int) -> None:
        order, line, _ = data.draw(st.sampled_from(self.lines))
        self.hear(OrderLineCancelled(**self.said(order), line_id=line, units=units))

    @precondition(lambda self: self.lines)
    @rule(data=st.data(), units=few)
    def another_number_is_wanted(self, data: st.DataObject, units: int) -> None:
        order, line, sku = data.draw(st.sampled_from(self.lines))
        fields = self.said(order)
        new = f"c{fields['change_no']}"
        self.hear(OrderLineChanged(**fields, line_id=line, units=units, new_line_id=new))
        self._know_of(order, new, sku)

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def a_line_is_swapped(self, data: st.DataObject) -> None:
        order, line, sku = data.draw(st.sampled_from(self.lines))
        other = "B" if sku == "A" else "A"
        fields = self.said(order)
        new = f"s{fields['change_no']}"
        self.hear(LineSwapped(**fields, line_id=line, new_line_id=new, sku=other, unit_price=5))
        self._know_of(order, new, other)

    def _know_of(self, order: str, line: str, sku: str) -> None:
        there = "select exists (select from lines where order_id = $1 and line_id = $2)"
        if self.runner.run(self.desk.admin.fetchval(there, order, line)):
            self.lines.append((order, line, sku))

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def an_order_is_held_or_let_go(self, data: st.DataObject) -> None:
        order, _, _ = data.draw(st.sampled_from(self.lines))
        if order in self.held:
            self.hear(OrderUnheld(**self.said(order), kind="fraud"))
        else:
            self.hear(OrderHeld(**self.said(order), kind="fraud"))
        self.held ^= {order}

    @precondition(lambda self: self.lines)
    @rule(data=st.data(), parcels=st.sampled_from([None, 1, 2]))
    def an_order_is_split_or_bound(self, data: st.DataObject, parcels: int | None) -> None:
        order, _, _ = data.draw(st.sampled_from(self.lines))
        self.hear(OrderSplit(**self.said(order), max_shipments=parcels))

    @precondition(lambda self: self.lines)
    @rule(data=st.data(), minute=st.integers(-20, 20))
    def a_line_is_moved(self, data: st.DataObject, minute: int) -> None:
        order, line, _ = data.draw(st.sampled_from(self.lines))
        at = MONDAY + timedelta(minutes=minute)
        self.hear(LinePriorityChanged(**self.said(order), line_id=line, queue_at=at, by="kim", reason="a call"))

    @rule()
    def the_floor_stops_what_it_was_asked(self) -> None:
        rows = self.runner.run(self.desk.admin.fetch("select * from stops where units > 0 order by stop_id limit 1"))
        for row in rows:
            answer = {"order_id": row["order_id"], "line_id": row["line_id"], "stop_id": row["stop_id"]}
            self.hear(StopAnswered(**answer, units=row["units"], stopped=True, answered_at=MONDAY))

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def a_customer_is_told(self, data: st.DataObject) -> None:
        order, line, _ = data.draw(st.sampled_from(self.lines))
        newest = "select max(line_version) from promises where order_id = $1 and line_id = $2"
        if version := self.runner.run(self.desk.admin.fetchval(newest, order, line)):
            covered = (CoveredLine(line_id=line, line_version=version),)
            notice = {"notice_id": f"{order}{line}{version}", "order_id": order, "kind": "moved", "lines": covered}
            self.hear(NoticeSent(**notice, caused_at=MONDAY, sent_at=MONDAY, message_id="m"))

    @precondition(lambda self: self.heard)
    @rule(data=st.data())
    def something_is_heard_again(self, data: st.DataObject) -> None:
        before = self.runner.run(self.desk.business())
        self.runner.run(self.desk.hear(data.draw(st.sampled_from(self.heard))))
        assert self.runner.run(self.desk.business()) == before

    @rule()
    def what_is_due_is_decided(self) -> None:
        self.runner.run(self.desk.decide_due())

    @invariant()
    def every_rule_holds_after_a_step(self) -> None:
        if self.checks_every_step:
            self.check()

    def teardown(self) -> None:
        """Check the rules once at the end of a history that went well so far."""
        if sys.exc_info()[0] is None:
            self.check()

    def check(self) -> None:
        """Check the books, that nothing is left to grant, and that each line holds what a full match reads off."""
        self.runner.run(self.desk.check())
        assert self.runner.run(self.desk.dead()) == []
        rows = self.runner.run(self.desk.admin.fetch("select sku, lot, on_hand from lots where on_hand > 0"))
        assert {(row["sku"], row["lot"]): row["on_hand"] for row in rows} == +self.on_hand
        if not self.limited:
            self.runner.run(what_is_promised_is_so(self.desk, SKUS))


def run_histories(machine: type[History], database: str, *, histories: int, steps: int) -> None:
    """Run so many histories on one database; if one breaks a rule, find the shortest and the step that breaks it.

    Failures are kept in the database of examples, and tried first at the next run.
    """
    chosen = settings(
        max_examples=histories,
        stateful_step_count=steps,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
    )
    with asyncio.Runner() as runner:
        at_desk = desk_at(database)
        machine.runner, machine.desk = runner, runner.run(at_desk.__aenter__())
        try:
            run_state_machine_as_test(machine, settings=chosen)
        except Exception:
            machine.checks_every_step = True
            run_state_machine_as_test(machine, settings=settings(chosen, phases=tuple(Phase)))
            raise
        finally:
            machine.checks_every_step = False
            runner.run(at_desk.__aexit__(None, None, None))
