"""Five storms over a whole installation, each ridden out: what `make test` tries once."""

import random

import pytest

from tests.faults.storm import what_a_storm_breaks


@pytest.mark.parametrize("_round", range(5))
def test_every_storm_is_ridden_out(_round: int) -> None:
    assert what_a_storm_breaks(random.SystemRandom().randrange(1_000_000)) == []
