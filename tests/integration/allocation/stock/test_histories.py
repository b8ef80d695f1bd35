"""Whatever happens to two positions, in whatever order and however often: the books are right in the end."""

import pytest

from services.allocation.handlers.decision import allocate, renew
from tests.effort import cases
from tests.integration.allocation.support.histories import History, run_histories


def test_every_rule_holds_after_any_history_of_two_positions(desk_database: str) -> None:
    run_histories(History, desk_database, histories=cases(120), steps=10)


class SlicedHistory(History):
    """The same, where what is left of a decision for another transaction is decided before it is checked."""

    def check(self) -> None:
        self.runner.run(self.desk.decide_due())
        super().check()


def test_every_rule_holds_where_a_transaction_serves_and_promises_two_lines(
    desk_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allocate, "SLICE", 2)
    monkeypatch.setattr(allocate, "MOST", 3)
    monkeypatch.setattr(renew, "SLICE", 2)
    run_histories(SlicedHistory, desk_database, histories=cases(60), steps=10)
