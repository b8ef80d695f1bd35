"""What holds for a position: whose policy, and which place in its queue."""

from datetime import timedelta

import pytest

from services.allocation.domain.place import queue_at
from services.allocation.domain.policy import Policy, policy_of
from shared.testing.builders import MONDAY


def test_a_policy_of_the_sku_goes_before_that_of_all_and_before_none() -> None:
    own, all_ = Policy(hold_days=1), Policy(hold_days=2)
    policies = {("acme", "TEE-M"): own, ("acme", ""): all_}
    assert policy_of(policies, "acme", "TEE-M") is own
    assert policy_of(policies, "acme", "MUG") is all_
    assert policy_of(policies, "other", "TEE-M") == Policy()


@pytest.mark.parametrize("hours", [0, 48, -48])
def test_a_head_start_is_hours_before_completion(hours: int) -> None:
    assert queue_at(MONDAY, hours) == MONDAY - timedelta(hours=hours)
