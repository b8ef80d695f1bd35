"""Whatever is asked of a dock in whatever order: no two trucks at one door, and what is called free is free."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.receiving.domain.asns.asns import AsnId
from services.receiving.domain.calendar import Calendar, add_working_days, working_days_between
from services.receiving.domain.dock.appointments import (
    Appointment,
    Doors,
    Request,
    Slot,
    answer_requests,
    free_slots,
    slot_starts,
    taken_slots,
)
from tests.unit.receiving.scanning.docks import AMS, an_asn

ZONES = st.sampled_from(["Europe/Amsterdam", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]).map(ZoneInfo)
DAYS = st.dates(date(2027, 1, 1), date(2027, 12, 31))
CALENDARS = st.builds(Calendar, st.frozensets(st.integers(1, 7), min_size=1), st.frozensets(DAYS, max_size=20))
NOW = datetime(2027, 3, 26, 7, tzinfo=UTC)


@st.composite
def docks(draw: st.DrawFn) -> Doors:
    opens, slot = draw(st.integers(0, 22 * 60)), draw(st.integers(20, 120))
    closes = draw(st.integers(min(opens + slot, 24 * 60 - 1), 24 * 60 - 1))
    hours = (time(opens // 60, opens % 60), time(closes // 60, closes % 60))
    names = tuple(f"D{n}" for n in range(draw(st.integers(1, 3))))
    length = timedelta(minutes=slot)
    return Doors(AMS, draw(ZONES), draw(CALENDARS), names, *hours, length, length)


REQUESTS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 12), st.sampled_from((None, "D0", "D1", "D9")), st.booleans()),
    max_size=25,
)


def requests(doors: Doors, drawn: Sequence[tuple[int, int, str | None, bool]]) -> list[Request]:
    """Return some for slots that exist, some a minute beside them."""
    soon = free_slots(doors, {}, NOW, 13) or [Slot("D0", NOW, NOW)]
    return [
        Request(f"r{n}", AsnId(f"asn-{asn}"), AMS, soon[place % len(soon)].starts_at + timedelta(minutes=odd), door)
        for n, (asn, place, door, odd) in enumerate(drawn)
    ]


@given(docks(), REQUESTS)
def test_no_two_trucks_are_at_one_door_at_once(doors: Doors, drawn: list[tuple[int, int, str | None, bool]]) -> None:
    asns = {AsnId(f"asn-{n}"): an_asn(asn_id=AsnId(f"asn-{n}")) for n in range(6)}
    held: dict[str, Appointment] = {}
    for request in requests(doors, drawn):  # one at a time, as a database would keep what stands
        (answer,) = answer_requests([request], asns, list(held.values()), {AMS: doors}, NOW)
        assert answer.gives_up == (held.get(request.asn_id) if answer.booked else None)
        assert (answer.booked is None) == bool(answer.reason)
        if answer.booked:
            held[request.asn_id] = answer.booked
        for free in answer.next_free:
            assert answer_requests(
                [Request("again", request.asn_id, AMS, free.starts_at, free.door)], asns, list(held.values()),
                {AMS: doors}, NOW,
            )[0].booked  # fmt: skip
    for a, b in combinations(held.values(), 2):
        assert a.slot.door != b.slot.door or a.slot.ends_at <= b.slot.starts_at or b.slot.ends_at <= a.slot.starts_at


@given(docks(), REQUESTS)
def test_a_set_of_requests_is_answered_as_one_after_the_other(
    doors: Doors, drawn: list[tuple[int, int, str | None, bool]]
) -> None:
    asns = {AsnId(f"asn-{n}"): an_asn(asn_id=AsnId(f"asn-{n}")) for n in range(6)}
    asked, held = requests(doors, drawn), dict[str, Appointment]()
    one_by_one = []
    for request in asked:
        one_by_one += answer_requests([request], asns, list(held.values()), {AMS: doors}, NOW)
        if booked := one_by_one[-1].booked:
            held[request.asn_id] = booked
    assert answer_requests(asked, asns, [], {AMS: doors}, NOW) == one_by_one


@given(docks(), DAYS)
def test_the_slots_of_a_day_follow_each_other_within_its_hours(doors: Doors, day: date) -> None:
    begin = slot_starts(doors, day)
    assert all(later - sooner == doors.slot for sooner, later in pairwise(begin))
    assert begin == sorted(begin)
    assert not begin or doors.calendar.works_on(day)
    if begin:
        assert (begin[-1] + doors.slot).astimezone(doors.zone).date() == day


@given(docks(), st.lists(st.integers(0, 30), max_size=10), st.integers(1, 8))
def test_free_slots_are_free_and_in_order(doors: Doors, places: list[int], limit: int) -> None:
    every = free_slots(doors, {}, NOW, 31)
    taken = [every[place] for place in set(places) if place < len(every)]
    kept = taken_slots(Appointment(str(n), AsnId(str(n)), AMS, slot) for n, slot in enumerate(taken))
    free = free_slots(doors, kept, NOW, limit)
    assert free == [slot for slot in free_slots(doors, {}, NOW, 31 + limit) if slot not in taken][:limit]
    assert [slot.starts_at for slot in free] == sorted(slot.starts_at for slot in free)


@given(CALENDARS, DAYS, st.integers(0, 30))
def test_days_that_are_added_are_the_days_between(calendar: Calendar, day: date, days: int) -> None:
    later = add_working_days(day, days, calendar)
    assert working_days_between(day, later, calendar) == days
    assert working_days_between(later, day, calendar) == -days
