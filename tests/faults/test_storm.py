"""Business goes on in a storm; five more are in `make soak`."""

import random

from tests.faults.storm import what_a_storm_breaks


def test_a_storm_loses_nothing_and_doubles_nothing() -> None:
    assert what_a_storm_breaks(random.SystemRandom().randrange(1_000_000)) == []
