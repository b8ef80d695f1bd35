"""Business goes on in a storm; five more are in `make soak`."""

import random

from tests.faults.storm import rides_out_a_storm


def test_a_storm_loses_nothing_and_doubles_nothing() -> None:
    rides_out_a_storm(random.SystemRandom().randrange(1_000_000))
