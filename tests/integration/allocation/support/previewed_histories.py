"""Whatever happened to two positions before: what a preview announces is what is announced when it happens."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from services.allocation.handlers.questions.preview import Trial, trial
from services.allocation.handlers.questions.preview_kinds import change_policy, move, receive, slip
from shared.contracts.bounds import Bounds
from shared.contracts.orders import LinePriorityChanged
from shared.contracts.previews import MoveAsked, ReceiptAsked, SlipAsked
from shared.contracts.settings import PolicyUpserted
from shared.testing.builders import MONDAY, a_day, an_inbound
from shared.testing.stock import a_movement
from tests.integration.allocation.support.histories import EXPIRES, History, few, lots, skus, trucks
from tests.integration.allocation.support.http import announced, everything, last_row, outbox


class Previewed(History):
    """Now and then something is previewed, and then it happens."""

    def both(self, ask: Callable[[Trial], Awaitable[None]], happens: Callable[[], None]) -> None:
        self.runner.run(self.desk.decide_due())
        before = self.runner.run(everything(self.desk))
        tried = self.runner.run(self.tried(ask))
        assert self.runner.run(everything(self.desk)) == before
        mark = self.runner.run(last_row(self.desk))
        happens()
        self.runner.run(self.desk.decide_due())
        assert tried == self.runner.run(outbox(self.desk, mark))

    async def tried(self, ask: Callable[[Trial], Awaitable[None]]) -> list[tuple[str, str, str, str]]:
        async with trial(self.desk.worker, Bounds()) as row:
            await ask(row)
            return announced(row.tx.take())

    @rule(sku=skus, units=few, lot=lots)
    def a_receipt_is_previewed(self, sku: str, units: int, lot: str) -> None:
        asked = ReceiptAsked(sku=sku, node="ams", units=units, lot=lot or None, expires_on=EXPIRES[lot])
        came = a_movement(units, "receipt", lot=lot or None, expires_on=EXPIRES[lot], supply_id=None)
        self.both(lambda row: receive(row, asked), lambda: self.stock(sku, came))

    @precondition(lambda self: any(s.expected_units for group in self.inbound.values() for s in group.values()))
    @rule(sku=skus, truck=trucks, units=st.none() | few, day=st.integers(9, 24))
    def a_slip_is_previewed(self, sku: str, truck: str, units: int | None, day: int) -> None:
        known = self.inbound[sku].get(truck)
        if known is None or not known.expected_units:
            return
        window = known.window.model_copy(update={"earliest": a_day(day), "latest": a_day(day + 2)})
        asked = SlipAsked(supply_id=truck, sku=sku, node="ams", window=window, units=units)
        changed = known.model_copy(update={"window": window, "expected_units": units or known.expected_units})

        def happens() -> None:
            self.inbound[sku][truck] = changed
            self.versions[sku] += 1
            supplies = [supply for supply in self.inbound[sku].values() if supply.expected_units]
            self.hear(an_inbound(*supplies, sku=sku, version=self.versions[sku]))

        self.both(lambda row: slip(row, asked), happens)

    @precondition(lambda self: self.lines)
    @rule(which=st.integers(0, 99), minute=st.integers(-9, 9))
    def a_move_is_previewed(self, which: int, minute: int) -> None:
        order, line, _ = self.lines[which % len(self.lines)]
        at = MONDAY + timedelta(minutes=minute)
        self.changes[order] += 1
        changed = LinePriorityChanged(
            order_id=order, change_no=self.changes[order], changed_at=MONDAY, line_id=line, queue_at=at, by="kim",
            reason="asked",
        )  # fmt: skip
        asked = MoveAsked(order_id=order, line_id=line, queue_at=at)
        self.both(lambda row: move(row, asked), lambda: self.hear(changed))

    @rule(hold=st.integers(0, 20), longest=st.integers(0, 30), padding=st.integers(0, 5))
    def a_policy_is_previewed(self, hold: int, longest: int, padding: int) -> None:
        self.versions["policy"] += 1
        policy = PolicyUpserted(
            merchant="acme", version=self.versions["policy"], hold_days=hold, longest_wait_days=longest,
            padding_days=padding,
        )  # fmt: skip
        self.both(lambda row: change_policy(row, policy), lambda: self.hear(policy))
