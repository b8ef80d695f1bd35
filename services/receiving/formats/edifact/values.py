"""Single values as despatch advices write them: quantities, units of measure, dates, GTIN and SSCC."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final, NamedTuple

from services.receiving.facts.gs1 import check_digit
from services.receiving.facts.units import MOST_UNITS, UnitOfMeasure
from services.receiving.formats.edifact.findings import INVALID, MISSING, TOO_LONG, EdifactSegment, Findings, Spot

LONGEST_NAME: Final = 70
_DATE: Final = Spot("DTM C507/2380", 1, 2)
_FORMAT: Final = Spot("DTM C507/2379", 1, 3)
_YEARS: Final = range(2000, 2100)
_DIGITS: Final = re.compile(r"[0-9]+")
_ZONE: Final = re.compile(r"([+-]?)([0-9]{2})([0-9]{2})?")
_ZONES: Final = {"": 0, "UTC": 0, "GMT": 0, "Z": 0, "CET": 1, "EET": 2}

# UN/ECE Recommendation 20 and, with X before them, 21. A set, a kit and a pair are sold as one; a dozen is twelve.
# A box, a package or a packet is as often the one as the other: of these a file must say what one holds.
_UNITS: Final[dict[str, UnitOfMeasure]] = {
    "PCE": "each", "EA": "each", "C62": "each", "H87": "each", "PC": "each",
    "SET": "each", "KT": "each", "PR": "each", "NPR": "each", "DZN": "each", "DZ": "each",
    "CT": "case", "CS": "case", "XCT": "case", "XCS": "case", "BX": "case", "XBX": "case",
    "PK": "inner", "XPK": "inner", "PA": "inner", "XPA": "inner",
}  # fmt: skip
_VAGUE: Final = frozenset(("BX", "XBX", "PK", "XPK", "PA", "XPA"))

# Code list 2379: how a date is written, one way of writing for all its digits.
_MOMENTS: Final = {
    "101": "%y%m%d", "102": "%Y%m%d", "201": "%y%m%d%H%M", "203": "%Y%m%d%H%M", "204": "%Y%m%d%H%M%S",
    "303": "%Y%m%d%H%M", "304": "%Y%m%d%H%M%S", "610": "%Y%m",
}  # fmt: skip
_PERIODS: Final = {"718": "%Y%m%d", "719": "%Y%m%d%H%M"}
_ZONED: Final = frozenset(("303", "304"))
_WIDTHS: Final = {"%y%m%d": 6, "%Y%m%d": 8, "%y%m%d%H%M": 10, "%Y%m%d%H%M": 12, "%Y%m%d%H%M%S": 14, "%Y%m": 6}


class Period(NamedTuple):
    """The two instants of a DTM, the same for a single date; `timed` where it says more than a day."""

    first: datetime
    last: datetime
    timed: bool


def period(dtm: EdifactSegment, findings: Findings) -> Period | None:
    """Read a date, an instant or a period; one without a time zone is kept as if it were UTC."""
    value, form = dtm.said(_DATE), dtm.said(_FORMAT)
    if not value:
        findings.add(MISSING, "a date is expected", dtm, _DATE)
        return None
    if form not in _MOMENTS and form not in _PERIODS and form != "616":
        known = ", ".join((*_MOMENTS, "616", *_PERIODS))
        findings.add(INVALID, f"one of the date formats {known} is expected", dtm, _FORMAT)
        return None
    if not (read := _period(value, form)) or read.first > read.last:
        findings.add(INVALID, f"a date in format {form} is expected, such as {_example(form)}", dtm, _DATE)
        return None
    return read


def _example(form: str) -> str:
    moment = datetime(2027, 3, 8, 15, 40, tzinfo=UTC)
    if form in _PERIODS:
        return "-".join(day.strftime(_PERIODS[form]) for day in (moment, moment + timedelta(days=2)))
    return "202710" if form == "616" else moment.strftime(_MOMENTS[form]) + ("UTC" if form in _ZONED else "")


def _period(value: str, form: str) -> Period | None:
    if form == "616":
        return _week(value)
    if form in _PERIODS:
        width, (first, last) = _WIDTHS[_PERIODS[form]], (value.partition("-")[::2] if "-" in value else _halves(value))
        ends = [_moment(end, _PERIODS[form]) for end in (first, last) if len(end) == width]
        return Period(ends[0], ends[1], form == "719") if len(ends) == 2 and ends[0] and ends[1] else None
    width = _WIDTHS[_MOMENTS[form]]
    moment = _moment(value[:width], _MOMENTS[form], value[width:] if form in _ZONED else None)
    if not moment or (len(value) != width and form not in _ZONED):
        return None
    end = moment.replace(day=monthrange(moment.year, moment.month)[1]) if form == "610" else moment
    return Period(moment, end, form not in ("101", "102", "610"))


def _halves(value: str) -> tuple[str, str]:
    return value[: len(value) // 2], value[len(value) // 2 :]


def _week(value: str) -> Period | None:
    if len(value) != 6 or not _DIGITS.fullmatch(value):
        return None
    try:
        monday = datetime.fromisocalendar(int(value[:4]), int(value[4:]), 1).replace(tzinfo=UTC)
    except ValueError:
        return None
    return Period(monday, monday + timedelta(days=6), timed=False) if monday.year in _YEARS else None


def _moment(value: str, form: str, zone: str | None = None) -> datetime | None:
    """Read digits of exactly the right number: strptime alone would read one digit where two belong."""
    if len(value) != _WIDTHS[form] or not _DIGITS.fullmatch(value):
        return None
    try:
        moment = datetime.strptime(value, form).replace(tzinfo=UTC)
    except ValueError:
        return None
    offset = _offset(zone or "")
    return moment.replace(tzinfo=timezone(offset)) if offset is not None and moment.year in _YEARS else None


def _offset(zone: str) -> timedelta | None:
    if zone in _ZONES:
        return timedelta(hours=_ZONES[zone])
    grant = _ZONE.fullmatch(zone)
    if not grant or int(grant[2]) > 14 or int(grant[3] or 0) > 59:
        return None
    offset = timedelta(hours=int(grant[2]), minutes=int(grant[3] or 0))
    return -offset if grant[1] == "-" else offset


def day(moment: Period) -> date:
    """Return the day; of a month or a period, the last day."""
    return moment.last.date()


def whole(segment: EdifactSegment, spot: Spot, findings: Findings) -> int | None:
    """Read a positive whole number; 10.000 is ten, with the decimal mark that UNA declares."""
    grant = re.fullmatch(rf"([0-9]{{1,15}})(?:[{re.escape(segment.marks)}]0+)?", segment.said(spot))
    if grant and 0 < int(grant[1]) <= MOST_UNITS:
        return int(grant[1])
    reason = f"a whole number of 1 or more is expected; the decimal mark is {' or '.join(segment.marks)}"
    findings.add(INVALID if segment.said(spot) else MISSING, reason, segment, spot)
    return None


def unit_of(segment: EdifactSegment, spot: Spot, units_per: int | None, findings: Findings) -> UnitOfMeasure | None:
    """Return the unit that a quantity counts.

    Without one it counts the article that the line names: a case where the line says that it holds several.
    """
    if not (code := segment.said(spot)):
        return "case" if (units_per or 1) > 1 else "each"
    if code in _VAGUE and not units_per:
        reason = "this does not say how many units one holds: QTY+59 is expected beside it"
        findings.add(MISSING, reason, segment, spot)
        return None
    if code not in _UNITS:
        reason = f"an unknown unit of measure; one of {', '.join(_UNITS)} or none is expected"
        findings.add(INVALID, reason, segment, spot)
        return None
    return _UNITS[code]


def gtin(segment: EdifactSegment, spot: Spot, findings: Findings) -> str | None:
    """Read 8, 12, 13 or 14 digits, the last of them the right check digit."""
    text = segment.said(spot)
    if len(text) not in (8, 12, 13, 14) or not _DIGITS.fullmatch(text):
        findings.add(INVALID, "a GTIN of 8, 12, 13 or 14 digits is expected", segment, spot)
        return None
    return _checked(text, segment, spot, "GTIN", findings)


def sscc(segment: EdifactSegment, spot: Spot, findings: Findings) -> str | None:
    """Read 18 digits, the last of them the right check digit; the AI 00 before them is left out."""
    text = segment.said(spot)
    number = text[2:] if len(text) == 20 and text.startswith("00") else text
    if len(number) != 18 or not _DIGITS.fullmatch(number):
        findings.add(INVALID, "an SSCC of 18 digits is expected", segment, spot)
        return None
    return _checked(number, segment, spot, "SSCC", findings)


def _checked(number: str, segment: EdifactSegment, spot: Spot, kind: str, findings: Findings) -> str | None:
    if number[-1] == (right := check_digit(number[:-1])):
        return number
    reason = f"the check digit of this {kind} is wrong: {right} is expected at its end, or another digit is mistyped"
    findings.add(INVALID, reason, segment, spot)
    return None


def name(segment: EdifactSegment, spot: Spot, findings: Findings) -> str | None:
    """Read a number or code by which others know something; None where it is left out."""
    text = segment.said(spot)
    if len(text) > LONGEST_NAME:
        findings.add(TOO_LONG, f"at most {LONGEST_NAME} characters are expected", segment, spot)
        return None
    if "|" in text:
        findings.add(INVALID, "a code or number without | is expected", segment, spot)
        return None
    return text or None
