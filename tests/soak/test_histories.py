"""Thousands of histories of positions, bundles and previews: what `make test` tries by the hundred."""

import pytest

from tests.integration.allocation import conftest
from tests.integration.allocation.support.bundle_histories import BundleHistory
from tests.integration.allocation.support.histories import History, run_histories
from tests.integration.allocation.support.previewed_histories import Previewed

desk_database = conftest.desk_database


@pytest.mark.parametrize(
    ("machine", "histories"), [(History, 3_000), (BundleHistory, 1_000), (Previewed, 500)], ids=lambda value: str(value)
)
def test_thousands_of_histories_keep_every_rule(desk_database: str, machine: type[History], histories: int) -> None:
    run_histories(machine, desk_database, histories=histories, steps=20)
