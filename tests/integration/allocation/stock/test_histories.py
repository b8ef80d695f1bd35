"""Whatever happens to two positions, in whatever order and however often: the books are right in the end."""

from tests.integration.allocation.support.histories import History, run_histories


def test_whatever_happens_to_two_positions_every_rule_is_kept(desk_database: str) -> None:
    run_histories(History, desk_database, histories=120, steps=10)
