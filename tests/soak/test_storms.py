"""Five storms over a whole installation, each ridden out: what `make test` tries once."""

import random

import pytest

from tests.faults.storm import rides_out_a_storm


@pytest.mark.parametrize("_round", range(5))
def test_every_storm_is_ridden_out(_round: int) -> None:
    rides_out_a_storm(random.SystemRandom().randrange(1_000_000))
