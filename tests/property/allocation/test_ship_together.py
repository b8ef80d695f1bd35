"""Orders that ship together, over several positions: one decision equals serving one order after another."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.allocation.domain.line import LineKey, WaitingLine
from services.allocation.domain.lot import FreeLot
from services.allocation.domain.position import PositionKey
from services.allocation.domain.ship_together import OpenLine, ShippingDays, allocate_together
from shared.testing.builders import a_day
from tests.effort import cases
from tests.unit.allocation.queues import THE_8TH, a_lot, a_waiting, a_window

HERE: Sequence[PositionKey] = (("TEE", "ams"), ("MUG", "ams"), ("CAP", "ams"))
ELSEWHERE: PositionKey = ("HAT", "ams")
SOON = ShippingDays(THE_8TH, a_day(13))
Given = Counter[tuple[LineKey, str]]


@dataclass(slots=True)
class Case:
    """Who waits for what, what is free, and which orders ship together; in order of service at every position."""

    queues: dict[PositionKey, list[WaitingLine]]
    lots: dict[PositionKey, list[FreeLot]]
    orders: dict[str, list[OpenLine]]


def a_case(chance: random.Random) -> Case:
    """Return up to six orders of up to four lines; some together, some of whose lines may own nothing here or yet.

    Lines that ship together are an order in one parcel, or the components of a few bundles, of which some may be made.
    """
    case = Case({key: [] for key in HERE}, {}, {})
    for n, order in enumerate(chance.sample("abcdef", chance.randint(0, 6))):
        together = chance.random() < 0.7
        bundles = chance.randint(1, 3) if together and chance.random() < 0.5 else None
        every = [*HERE, *HERE, ELSEWHERE]
        keys = (
            chance.sample([*HERE, ELSEWHERE], chance.randint(1, 4))
            if bundles
            else chance.choices(every, k=chance.randint(1, 4))
        )
        for number, key in enumerate(keys):
            _add_line(chance, case, (order, f"{number}"), key, n // 2, together, bundles)
    for key in HERE:
        case.queues[key].sort(key=lambda line: line.place)
        case.lots[key] = [
            a_lot(f"{n}", chance.randint(1, 5), chance.choice([None, 9, 15, 20])) for n in range(chance.randint(0, 3))
        ]
    return case


def _add_line(
    chance: random.Random, case: Case, name: LineKey, key: PositionKey, minute: int, together: bool, bundles: int | None
) -> None:
    order, line = name
    day = chance.choice([None, None, None, 12, 13, 14])
    per = chance.randint(1, 2) if bundles else None
    units = max(1, per * bundles - chance.choice([0, 0, 1])) if per and bundles else chance.randint(1, 3)
    eligible = key != ELSEWHERE and chance.random() < 0.9
    if eligible:
        held = a_window(9, day) if day else None
        min_life = chance.choice([0, 0, 4, 10])
        case.queues[key].append(a_waiting(order, units, minute, line, promised=held, min_life_days=min_life))
    waiting = units if eligible or chance.random() < 0.7 else 0
    if together:
        found = OpenLine(name, key, waiting, a_window(9, day) if day else None, chance.randint(0, 4), per=per)
        case.orders.setdefault(order, []).append(found)


def soon(day: date | None) -> bool:
    return day is not None and day <= SOON.soon


def one_after_another(case: Case) -> Given:
    """Serve slowly on purpose: the oldest order takes unit by unit; one that ships together gives back if not whole."""
    given: Given = Counter()
    left = {key: [*lots] for key, lots in case.lots.items()}
    lines = [(line, key) for key, queue in case.queues.items() for line in queue]
    for order in sorted(
        {line.order_id for line, _ in lines}, key=lambda o: min(w.place for w, _ in lines if w.order_id == o)
    ):
        taken, after = _try(order, case, left)
        if taken is not None:
            given += taken
            left = after
    return given


def _try(
    order: str, case: Case, left: Mapping[PositionKey, Sequence[FreeLot]]
) -> tuple[Given | None, dict[PositionKey, list[FreeLot]]]:
    """Try all that the order wants; of bundles one fewer each time, until the parts make them all."""
    for left_out in range(4):
        taken, after = _try_without(order, case, left, left_out)
        if taken is not None:
            return taken, after
    return None, {}


def _try_without(
    order: str, case: Case, left: Mapping[PositionKey, Sequence[FreeLot]], left_out: int
) -> tuple[Given | None, dict[PositionKey, list[FreeLot]]]:
    after = {key: [*lots] for key, lots in left.items()}
    taken: Given = Counter()
    together = {line.line: line for line in case.orders.get(order, ())}
    for key, queue in case.queues.items():
        for line in (line for line in queue if line.order_id == order):
            units = _wanted(together[line.line], left_out) if line.line in together else line.units
            lots, own = _take(line, units, after[key])
            if together and sum(own.values()) < units and not soon(line.promised.latest if line.promised else None):
                return None, after
            after[key] = lots
            taken += own
    whole = all(_is_ready(line, taken, left_out) for line in together.values())
    return (taken if whole else None), after


def _wanted(one: OpenLine, left_out: int) -> int:
    return max(0, one.waiting - left_out * (one.per or 99))


def _take(line: WaitingLine, units: int, lots: Sequence[FreeLot]) -> tuple[list[FreeLot], Given]:
    """Return unit by unit of what expires first and lives long enough."""
    left, own = {lot.lot: lot for lot in lots}, Given()
    for _ in range(units):
        could = [
            (lot.expires_on or date.max, lot.lot)
            for lot in left.values()
            if lot.units and (lot.expires_on or date.max) - timedelta(line.min_life_days) >= SOON.ships_on
        ]
        if could:
            _, name = min(could)
            left[name] = replace(left[name], units=left[name].units - 1)
            own[line.line, name] += 1
    return list(left.values()), own


def _is_ready(one: OpenLine, taken: Given, left_out: int) -> bool:
    got = sum(units for (line, _), units in taken.items() if line == one.line)
    there = one.free if one.position == ELSEWHERE else got
    return soon(one.promised_by) or there >= _wanted(one, left_out)


def check(case: Case) -> None:
    decided = allocate_together(case.queues, case.lots, dict.fromkeys([*HERE, ELSEWHERE], SOON), case.orders)
    got: Given = Counter()
    passed: set[str] = set()
    for key, grants in decided.grants.items():
        for grant in grants:
            got[grant.line.line, grant.source.lot] += grant.units
            passed |= {line.order_id for line in case.queues[key] if line.place < grant.line.place}
    assert got == one_after_another(case)
    served = {order for (order, _), _ in got}
    assert decided.passed_over == (passed & case.orders.keys()) - served


@settings(max_examples=cases(200), deadline=None)
@given(st.randoms(use_true_random=False))
def test_one_decision_equals_serving_one_order_after_another(chance: random.Random) -> None:
    check(a_case(chance))


def test_units_that_a_younger_group_got_meanwhile_and_loses_go_to_the_next() -> None:
    """One gives back, so that a second takes a whole, so that a third is not whole and gives back to a fourth."""
    check(a_case(random.Random(2906032791)))


def test_one_decision_equals_serving_in_turn_in_thousands_of_cases() -> None:
    first = random.randrange(2**32)
    for seed in range(first, first + cases(5_000)):
        try:
            check(a_case(random.Random(seed)))
        except Exception as wrong:
            raise AssertionError(f"seed {seed}") from wrong
