"""Ship dates for a customer's calendar (RFC 5545): an event per line that waits, moved with its range."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from icalendar import Calendar, Event

from services.notification.domain.letters import Letter, LetterLine
from shared.texts import texts

_EVENTS: Final = UUID("5a0e7e0c-2f6b-5f0a-8d3c-6d1f0a9c7e11")
_DATED: Final = ("confirmed", "moved", "on_track")
_MOST_VERSIONS: Final = 2**31 - 1  # SEQUENCE is a signed integer of 32 bits


def calendar_of(letter: Letter, at: datetime) -> str:
    """Write the events of a letter's dates; nothing where it has none.

    A line keeps its UID, and its SEQUENCE grows with each move, so that calendars move the event.
    """
    lines = [line for section in letter.sections if section.kind in _DATED for line in section.lines if line.range]
    if not lines:
        return ""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Firstfill//ship dates//EN")
    calendar.add("method", "PUBLISH")
    for line in lines:
        calendar.add_component(_event(letter, line, at))
    return str(calendar.to_ical().decode())


def _event(letter: Letter, line: LetterLine, at: datetime) -> Event:
    event = Event()
    event.add("uid", f"{uuid5(_EVENTS, f'{letter.order_id}/{line.line_id}')}@firstfill")
    event.add("sequence", min(line.line_version, _MOST_VERSIONS))
    event.add("dtstamp", at)
    if line.range:
        event.add("dtstart", line.range.earliest)
        event.add("dtend", line.range.latest + timedelta(days=1))  # the first day that is over
    event.add("summary", texts(letter.language, letter.market).text("event", product=line.product))
    event.add("transp", "TRANSPARENT")
    return event
