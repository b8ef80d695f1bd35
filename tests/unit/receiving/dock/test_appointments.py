"""Doors and slots: who comes when, why not, and what else is free."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.receiving.domain.asns.asns import AsnId
from services.receiving.domain.calendar import Calendar
from services.receiving.domain.catalogue import Node, Sku
from services.receiving.domain.dock.appointments import (
    Answer,
    Appointment,
    Awaited,
    Doors,
    Request,
    Slot,
    answer_requests,
    free_slots,
    rank_trucks,
    slot_starts,
    taken_slots,
)
from tests.unit.receiving.scanning.docks import AMS, ASN, an_asn, march

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
EVERY_DAY = Calendar(frozenset(range(1, 8)), frozenset())
WEEKDAYS = Calendar(frozenset(range(1, 6)), frozenset({date(2027, 3, 29)}))
HOUR = timedelta(hours=1)
NOW = datetime(2027, 3, 8, 7, tzinfo=UTC)  # Monday 08:00 in Amsterdam
OTHER = AsnId("asn-2")


def doors(**fields: Any) -> Doors:
    """Return two doors, Monday to Friday from 07:00 to 17:00, an hour for each truck."""
    return Doors(**{
        "node": AMS, "zone": AMSTERDAM, "calendar": WEEKDAYS, "doors": ("D1", "D2"), "opens": time(7),
        "closes": time(17), "slot": HOUR, "no_show": HOUR, **fields,
    })  # fmt: skip


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment in Amsterdam, in March 2027."""
    return datetime(2027, 3, day, hour, minute, tzinfo=AMSTERDAM)


def a_request(request_id: str = "r1", starts_at: datetime | None = None, **fields: Any) -> Request:
    return replace(Request(request_id, ASN, AMS, starts_at or at(11, 9)), **fields)


def kept(request_id: str = "r0", starts_at: datetime | None = None, door: str = "D1", **fields: Any) -> Appointment:
    starts_at = (starts_at or at(11, 9)).astimezone(UTC)
    return replace(Appointment(request_id, OTHER, AMS, Slot(door, starts_at, starts_at + HOUR)), **fields)


def asked(*requests: Request, standing: tuple[Appointment, ...] = (), dock: Doors | None = None) -> list[Answer]:
    known = {ASN: an_asn(), OTHER: an_asn(asn_id=OTHER)}
    return answer_requests(requests, known, standing, {AMS: dock or doors()}, NOW)


def local(moments: list[datetime]) -> list[str]:
    return [f"{moment.astimezone(AMSTERDAM):%H:%M}" for moment in moments]


def test_slots_follow_each_other_from_opening_to_closing() -> None:
    assert local(slot_starts(doors(), march(8))) == [f"{hour:02}:00" for hour in range(7, 17)]
    assert local(slot_starts(doors(slot=timedelta(minutes=90), closes=time(12)), march(8))) == [
        "07:00",
        "08:30",
        "10:00",
    ]


@pytest.mark.parametrize("day", [date(2027, 3, 13), date(2027, 3, 29)], ids=["a Saturday", "a holiday"])
def test_a_day_on_which_nobody_works_has_no_slots(day: date) -> None:
    assert slot_starts(doors(), day) == []


def test_the_day_on_which_an_hour_is_skipped_has_one_slot_less() -> None:
    night = doors(calendar=EVERY_DAY, opens=time(0), closes=time(6))
    assert local(slot_starts(night, date(2027, 3, 28))) == ["00:00", "01:00", "03:00", "04:00", "05:00"]


def test_the_day_on_which_an_hour_comes_twice_has_one_slot_more() -> None:
    night = doors(calendar=EVERY_DAY, opens=time(0), closes=time(6))
    begin = slot_starts(night, date(2027, 10, 31))
    assert local(begin) == ["00:00", "01:00", "02:00", "02:00", "03:00", "04:00", "05:00"]
    assert {later - sooner for sooner, later in pairwise(begin)} == {HOUR}


@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2027, 10, 31)])
def test_a_dock_open_by_day_keeps_its_hours_when_clocks_change_at_night(day: date) -> None:
    assert len(slot_starts(doors(calendar=EVERY_DAY), day)) == 10


def test_any_free_door_is_booked() -> None:
    (answer,) = asked(a_request(), standing=(kept(),))
    assert answer.booked == kept("r1", door="D2", asn_id=ASN)
    assert answer.gives_up is None


@pytest.mark.parametrize(
    ("request_", "dock", "reason"),
    [
        (a_request(node=Node("ber")), doors(), "ASN asn-1 goes to ams, not to ber"),
        (a_request(), doors(doors=()), "ams has no dock: its trucks come without an appointment"),
        (a_request(door="D9"), doors(), "ams has no door D9: ask for one of D1, D2, or for any"),
        (a_request(starts_at=at(8, 7)), doors(), "that time is in the past"),
        (a_request(starts_at=datetime.min.replace(tzinfo=UTC)), doors(), "that time is in the past"),
        (
            a_request(starts_at=datetime.max.replace(tzinfo=UTC)),
            doors(),
            "more than a year ahead: ask nearer to the day",
        ),
        (a_request(starts_at=at(13, 9)), doors(), "ams does not work on Sat 13 March"),
        (a_request(starts_at=at(29, 9)), doors(), "ams does not work on Mon 29 March"),
        (a_request(starts_at=at(11, 6)), doors(), "outside dock hours: 07:00 to 17:00"),
        (a_request(starts_at=at(11, 17)), doors(), "outside dock hours: 07:00 to 17:00"),
        (
            a_request(starts_at=at(11, 9, 30)),
            doors(),
            "not the beginning of a slot: they begin every 60 minutes from 07:00",
        ),
        (a_request(door="D1"), doors(), "door D1 is taken at that time"),
        (a_request(), doors(doors=("D1",)), "all doors are taken at that time"),
    ],
)
def test_a_refusal_says_why(request_: Request, dock: Doors, reason: str) -> None:
    (answer,) = asked(request_, standing=(kept(),), dock=dock)
    assert (answer.booked, answer.reason) == (None, reason)


def test_a_refusal_names_the_next_free_slots_of_the_door_that_was_asked_for() -> None:
    standing = (kept("a"), kept("b", at(11, 11)), kept("c", at(11, 10), "D2"))
    (answer,) = asked(a_request(door="D1"), standing=standing)
    assert [slot.door for slot in answer.next_free] == ["D1"] * 5
    assert local([slot.starts_at for slot in answer.next_free]) == ["10:00", "12:00", "13:00", "14:00", "15:00"]


def test_the_first_request_gets_the_slot() -> None:
    first, second = asked(a_request("r1", door="D1"), a_request("r2", door="D1", asn_id=OTHER))
    assert first.booked
    assert (second.booked, second.reason) == (None, "door D1 is taken at that time")


def test_a_truck_gives_up_its_appointment_only_for_another_one() -> None:
    appointment, others = kept("r0", at(10, 9), asn_id=ASN), kept("x")
    refused, booked = asked(a_request("r1", door="D1"), a_request("r2", door="D2"), standing=(appointment, others))
    assert (refused.booked, refused.gives_up) == (None, None)
    assert booked.gives_up == appointment


def test_a_slot_given_up_is_free_at_once() -> None:
    appointment = kept("r0", asn_id=ASN)
    moved, next_one = asked(
        a_request("r1", at(11, 10)), a_request("r2", door="D1", asn_id=OTHER), standing=(appointment,)
    )
    assert moved.gives_up == appointment
    assert next_one.booked


def test_a_truck_is_not_in_its_own_way() -> None:
    appointment = kept("r0", asn_id=ASN)
    (answer,) = asked(a_request(door="D1"), standing=(appointment,))
    assert answer.booked == replace(appointment, request_id="r1")


def test_an_appointment_under_former_hours_takes_the_slots_it_overlaps() -> None:
    former = kept("r0", at(11, 8, 30))
    assert [s.starts_at for s in free_slots(doors(), taken_slots([former]), at(11, 8), 2, "D1")] == [
        at(11, 7 + 3),
        at(11, 11),
    ]


def test_free_slots_are_sought_for_sixty_days_at_most() -> None:
    closed = doors(
        calendar=Calendar(frozenset({1}), frozenset(date(2027, 3, 8) + timedelta(days=n) for n in range(365)))
    )
    assert free_slots(closed, {}, NOW, 5) == []


def waits(asn_id: AsnId, open_units: int, waiting_units: int, waiting_value: int, sku: str = "TEE-M") -> Awaited:
    return Awaited(asn_id, "mills", march(9), march(10), Sku(sku), open_units, waiting_units, waiting_value)


def test_the_truck_for_which_most_value_waits_comes_first() -> None:
    awaited = [waits(ASN, 100, 10, 19_000), waits(ASN, 3, 6, 9_001, "MUG")]
    trucks = rank_trucks([*awaited, waits(OTHER, 5, 10, 100_000), waits(OTHER, 9, 0, 0, "CUP")], limit=5)
    assert [(t.asn_id, t.waiting_units, t.waiting_value) for t in trucks] == [(OTHER, 5, 50_000), (ASN, 13, 23_500)]
    assert len(rank_trucks([waits(ASN, 1, 1, 1), waits(OTHER, 1, 1, 1)], limit=1)) == 1
