"""Values of elements: dates, times, quantities, codes and numbers with check digits, or a fault with the reason."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from services.receiving.facts.gs1 import check_digit
from services.receiving.facts.units import MOST_UNITS
from services.receiving.facts.window import Window
from services.receiving.formats.x12.faults import Faults
from services.receiving.formats.x12.segments import X12Segment

T = TypeVar("T")

# X12 element 723, data element syntax error codes.
MISSING: Final = "1"
TOO_LONG: Final = "5"
BAD_CHARACTER: Final = "6"
BAD_CODE: Final = "7"
BAD_DATE: Final = "8"
BAD_TIME: Final = "9"

LONGEST: Final = 80
_CENTURY: Final = (2000, 2099)
_DATE: Final = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_TIME: Final = re.compile(r"([01]\d|2[0-3])([0-5]\d)(?:([0-5]\d)\d{0,2})?", re.ASCII)
_WHOLE: Final = re.compile(r"\d{1,15}(\.0*)?", re.ASCII)
_DECIMAL: Final = re.compile(r"-?(\d+\.?\d*|\.\d+)", re.ASCII)
_CLOSED: Final = re.compile(r"[\x00-\x1f\x7f|]")
_SSCC: Final = re.compile(r"(?:00)?(\d{18})", re.ASCII)
_PLACES: Final = {"E": "America/New_York", "C": "America/Chicago", "M": "America/Denver", "P": "America/Los_Angeles"}
_OFFSETS: Final = {"E": -5, "C": -6, "M": -7, "P": -8, "A": -4}


def text(faults: Faults, segment: X12Segment, position: int, longest: int = LONGEST) -> str | None:
    """Read a value as it stands, or None where it is left out."""
    value = segment.get(position)
    delimiters = segment.delimiters
    if len(value) > longest:
        faults.of_element(TOO_LONG, f"expected at most {longest} characters", segment, position)
    elif _CLOSED.search(value):
        faults.of_element(BAD_CHARACTER, "expected a value without control characters and |", segment, position)
    elif delimiters.component in value or (delimiters.repetition and delimiters.repetition in value):
        faults.of_element(BAD_CHARACTER, "expected one value, without separators in it", segment, position)
    else:
        return value or None
    return None


def required(faults: Faults, segment: X12Segment, position: int, expected: str, longest: int = LONGEST) -> str | None:
    """Read a value that must be there."""
    if not segment.get(position):
        faults.of_element(MISSING, f"expected {expected}", segment, position)
        return None
    return text(faults, segment, position, longest)


def coded(faults: Faults, segment: X12Segment, position: int, meanings: Mapping[str, T]) -> T | None:
    """Return the meaning of a code; an unknown code is never guessed."""
    value = segment.get(position)
    if value not in meanings:
        code = BAD_CODE if value else MISSING
        faults.of_element(code, f"expected one of {', '.join(meanings)}", segment, position)
        return None
    return meanings[value]


def whole(faults: Faults, segment: X12Segment, position: int) -> int | None:
    """Read a quantity that can be counted: 10 and 10.000 are ten, 1.5 and 0 are none."""
    value = segment.get(position)
    number = int(value.split(".")[0]) if _WHOLE.fullmatch(value) else 0
    if not 0 < number <= MOST_UNITS:
        code = BAD_CODE if _DECIMAL.fullmatch(value) else BAD_CHARACTER if value else MISSING
        faults.of_element(code, "expected a whole number above 0", segment, position)
        return None
    return number


def sscc(faults: Faults, segment: X12Segment, position: int) -> str | None:
    """Read eighteen digits, with or without their AI 00, the last of which checks the others (GS1 GenSpecs 7.9)."""
    match = _SSCC.fullmatch(segment.get(position))
    if match is None:
        code = BAD_CHARACTER if segment.get(position) else MISSING
        faults.of_element(code, "expected an SSCC: 18 digits, or 20 with the AI 00", segment, position)
    elif check_digit(match[1][:-1]) != match[1][-1]:
        reason = f"the SSCC's check digit is wrong; its other digits give {check_digit(match[1][:-1])}"
        faults.of_element(BAD_CODE, reason, segment, position)
    else:
        return match[1]
    return None


def day(faults: Faults, segment: X12Segment, position: int, value: str | None = None) -> date | None:
    """Read CCYYMMDD of this century; an older or later one is a slip."""
    match = _DATE.fullmatch(segment.get(position) if value is None else value)
    try:
        date_read = date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        date_read = None
    if date_read is None or not _CENTURY[0] <= date_read.year <= _CENTURY[1]:
        faults.of_element(BAD_DATE, "expected a date as CCYYMMDD", segment, position)
        return None
    return date_read


def instant(faults: Faults, segment: X12Segment, at: int, zone: tzinfo | None = UTC) -> datetime | None:
    """Read a date and, in the element after it, the time as HHMM or HHMMSS; without one the day begins."""
    date_read = day(faults, segment, at)
    match = _TIME.fullmatch(segment.get(at + 1) or "0000")
    if match is None:
        faults.of_element(BAD_TIME, "expected a time as HHMM or HHMMSS", segment, at + 1)
    if date_read is None or match is None or zone is None:
        return None
    hour, minute, second = (int(part or 0) for part in match.groups())
    return datetime(date_read.year, date_read.month, date_read.day, hour, minute, second, tzinfo=zone).astimezone(UTC)


def zone_of(faults: Faults, segment: X12Segment, position: int) -> tzinfo | None:
    """Return the zone of a time (X12 element 623); without one, or with LT, it is UTC."""
    code = segment.get(position)
    if code in ("", "LT", "UT", "GM"):
        return UTC
    if code.isascii() and code.isdigit() and len(code) == 2 and 1 <= int(code) <= 24:
        # 01 to 12 are hours ahead; 13 to 24 are 12 down to 1 hours behind.
        return timezone(timedelta(hours=int(code) if int(code) <= 12 else int(code) - 25))
    if len(code) == 2 and code[1] == "T" and code[0] in _PLACES:
        return ZoneInfo(_PLACES[code[0]])
    if len(code) == 2 and code[1] in "SD" and code[0] in _OFFSETS:
        return timezone(timedelta(hours=_OFFSETS[code[0]] + (code[1] == "D")))
    faults.of_element(BAD_CODE, "expected a time zone such as UT, ET, ES or 01", segment, position)
    return None


def window(faults: Faults, segment: X12Segment) -> Window | None:
    """Return the days of a DTM: its date, or the period in DTM06 as D8 or RD8 in DTM05 says."""
    if segment.get(2):
        return _of_one_day(day(faults, segment, 2))
    period = coded(faults, segment, 5, {"D8": 1, "RD8": 2})
    if period == 1:
        return _of_one_day(day(faults, segment, 6))
    if period is None:
        return None
    first, _, last = segment.get(6).partition("-")
    earliest, latest = day(faults, segment, 6, first), day(faults, segment, 6, last)
    if earliest is None or latest is None:
        return None
    if earliest > latest:
        faults.of_element(BAD_DATE, "expected the first day before the last", segment, 6)
    return Window(earliest, latest)


def _of_one_day(told: date | None) -> Window | None:
    return Window(told, told) if told else None
