"""Lines that ask for a longer life, against a match of everything with everything."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.allocation.domain.line import WaitingLine
from services.allocation.domain.longer_life import LongerLifeLine, serve_longer_lives
from services.allocation.domain.lot import ComingLot, FreeLot, fefo, lives_long_enough
from services.allocation.domain.supply import Supply
from shared.testing.builders import a_day
from tests.effort import cases
from tests.unit.allocation.kept_queue import Kept
from tests.unit.allocation.queues import EVERY_DAY, a_truck, a_waiting

LONG = 100
many = settings(max_examples=cases(300), deadline=None)
EXPIRES = {False: a_day(30), True: a_day(30) + timedelta(days=LONG)}


@st.composite
def trucks(draw: st.DrawFn) -> list[Supply]:
    """Return trucks of one day each, of which some units live long, some short, and some have no expiry."""
    found = []
    for number, day in enumerate(draw(st.lists(st.integers(9, 20), max_size=4))):
        short, long, undated = draw(st.tuples(*(st.integers(0, 4),) * 3))
        lots = tuple(ComingLot(EXPIRES[is_long], units) for is_long, units in ((False, short), (True, long)) if units)
        found.append(replace(a_truck(f"asn-{number}", short + long + undated, day, day), lots=lots))
    return found


queues = st.lists(st.tuples(st.integers(1, 4), st.booleans()), max_size=8)


def by_full_match(queue: list[WaitingLine], supplies: list[Supply]) -> dict[str, date | None]:
    """Return when all units of each line are there: each takes what fits it, of each truck first expiring first."""
    there: list[tuple[date, FreeLot, int]] = []
    for supply in sorted(supplies, key=lambda one: (one.ready.latest, one.key)):
        named = [FreeLot("", lot.expires_on, lot.units) for lot in supply.lots]
        undated = FreeLot("", None, supply.units - sum(lot.units for lot in named))
        there += [(supply.ready.latest, lot, lot.units) for lot in sorted([*named, undated], key=fefo)]
    found: dict[str, date | None] = {}
    for line in queue:
        need, last = line.units, None
        for place, (day, lot, left) in enumerate(there):
            if lives_long_enough(lot, line.min_life_days, day):
                units = min(need, left)
                there[place] = (day, lot, left - units)
                need, last = need - units, day if units else last
        found[line.order_id] = last if not need else None
    return found


@many
@given(trucks(), queues)
def test_nobody_is_promised_sooner_than_all_fit_and_who_asks_for_more_gets_what_fits(
    supplies: list[Supply], asked: list[tuple[int, bool]]
) -> None:
    kept = Kept()
    queue = [
        a_waiting(f"o{n}", units, n, min_life_days=LONG if is_long else 0) for n, (units, is_long) in enumerate(asked)
    ]
    kept.hear(supplies, *queue)
    longer = [
        LongerLifeLine(line, sum(earlier.units for earlier in queue[:n]))
        for n, line in enumerate(queue)
        if line.min_life_days
    ]
    serving = serve_longer_lives(longer, kept.boundaries["latest"], supplies, EVERY_DAY)
    windows = {line.line: kept.stretch(line).ready for line in queue}
    truth = by_full_match(queue, supplies)
    for line in queue:
        window = serving[line.line].ready if line.line in serving else windows[line.line]
        ready_by = truth[line.order_id]
        assert window is None or (ready_by is not None and ready_by <= window.latest)


def test_a_line_alone_gets_the_first_truck_that_has_what_fits() -> None:
    line = a_waiting(units=2, min_life_days=LONG)
    near = replace(a_truck("near", 5, 9, 10), lots=(ComingLot(EXPIRES[False], 5),))
    mixed = replace(a_truck("mixed", 5, 9, 12), lots=(ComingLot(EXPIRES[False], 3), ComingLot(EXPIRES[True], 2)))
    for supplies, name in (
        ([near], None),
        ([near, mixed], "mixed"),
        ([mixed], "mixed"),
        ([near, a_truck("any", 2)], "any"),
    ):
        kept = Kept()
        kept.hear(supplies, line)
        served = serve_longer_lives([LongerLifeLine(line, 0)], kept.boundaries["latest"], supplies, EVERY_DAY)
        assert served[line.line].supply == (("inbound", name) if name else None)
