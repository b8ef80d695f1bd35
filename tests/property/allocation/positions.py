"""Any queue, any free lots, any trucks: what the rules must hold for."""

import random

from hypothesis import strategies as st

from services.allocation.domain.line import WaitingLine
from services.allocation.domain.lot import FreeLot
from services.allocation.domain.supply import Supply
from tests.unit.allocation.queues import a_lot, a_truck, a_waiting

_lines = st.builds(
    a_waiting,
    order=st.sampled_from("abcdef"),
    line=st.sampled_from("123"),
    units=st.integers(1, 6),
    minute=st.integers(0, 3),
    min_life_days=st.sampled_from([0, 0, 0, 3, 8]),
)
queues: st.SearchStrategy[list[WaitingLine]] = st.lists(_lines, max_size=8, unique_by=lambda line: line.line).map(
    lambda lines: sorted(lines, key=lambda line: line.place)
)
_lots = st.builds(a_lot, lot=st.sampled_from("ABCDE"), units=st.integers(1, 8), expires=st.none() | st.integers(6, 20))
lots: st.SearchStrategy[list[FreeLot]] = st.lists(_lots, max_size=5, unique_by=lambda lot: lot.lot)
_trucks = st.tuples(st.sampled_from("ABCDE"), st.integers(0, 8), st.integers(3, 25), st.integers(0, 6)).map(
    lambda row: a_truck(row[0], row[1], row[2], row[2] + row[3])
)
supplies: st.SearchStrategy[list[Supply]] = st.lists(_trucks, max_size=5, unique_by=lambda truck: truck.supply_id)


def random_queue(chance: random.Random) -> list[WaitingLine]:
    """Return up to eight lines, more alike than not, in order of service."""
    lines = [
        a_waiting(
            chance.choice("abc"), chance.randint(1, 5), chance.randint(0, 2), str(place),
            min_life_days=chance.choice([0, 0, 3, 8]),
        )
        for place in range(chance.randint(0, 8))
    ]  # fmt: skip
    return sorted(lines, key=lambda line: line.place)


def random_lots(chance: random.Random) -> list[FreeLot]:
    """Return up to five lots, some expired."""
    return [
        a_lot(str(place), chance.randint(1, 6), chance.choice([None, *range(6, 18)]))
        for place in range(chance.randint(0, 5))
    ]
