"""Whatever happened to two positions before: what a preview announces is what is announced when it happens."""

from tests.effort import cases
from tests.integration.allocation.support.histories import run_histories
from tests.integration.allocation.support.previewed_histories import Previewed


def test_a_preview_equals_the_real_change(desk_database: str) -> None:
    run_histories(Previewed, desk_database, histories=cases(40), steps=12)
