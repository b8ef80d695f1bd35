"""Whatever happens to two positions, in whatever order and however often: the books are right after every step."""

import asyncio

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.integration.allocation.conftest import desk_at
from tests.integration.allocation.support.histories import History

HISTORIES = settings(
    max_examples=2_000,
    stateful_step_count=10,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


def test_two_thousand_histories_keep_every_rule(desk_database: str) -> None:
    with asyncio.Runner() as runner:
        at_desk = desk_at(desk_database)
        desk = runner.run(at_desk.__aenter__())
        History.runner, History.desk = runner, desk
        try:
            run_state_machine_as_test(History, settings=HISTORIES)
        finally:
            runner.run(at_desk.__aexit__(None, None, None))
