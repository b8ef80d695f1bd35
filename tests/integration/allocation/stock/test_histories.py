"""Whatever happens to two positions, in whatever order and however often: the books are right in the end."""

from tests.effort import cases
from tests.integration.allocation.support.histories import History, run_histories


def test_every_rule_holds_after_any_history_of_two_positions(desk_database: str) -> None:
    run_histories(History, desk_database, histories=cases(120), steps=10)
