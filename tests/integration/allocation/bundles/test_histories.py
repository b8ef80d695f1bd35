"""Whatever happens to components: their bundle is what they came to, and promised at the latest of them."""

from tests.effort import cases
from tests.integration.allocation.support.bundle_histories import BundleHistory
from tests.integration.allocation.support.histories import run_histories


def test_bundles_equal_their_components_after_any_history(desk_database: str) -> None:
    run_histories(BundleHistory, desk_database, histories=cases(100), steps=12)
