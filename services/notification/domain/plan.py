"""The plan of an order's notices: one notice for everything new, and none for what the customer knows already."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from typing import Final

from services.notification.domain.endings import ending_notices
from services.notification.domain.notices import (
    BROUGHT_BY_TIME,
    Covered,
    Line,
    LineId,
    News,
    Notice,
    NoticeId,
    Plan,
    Range,
    Told,
    notice_of,
)
from services.notification.domain.reminders import late_notices, on_track_notice

SOONER: Final = timedelta(days=2)  # so much before the first day that was told, an earlier date is good news


def is_worth_telling(told: Range | None, now: Range | None, *, sure: bool = False) -> bool:
    """Return whether a customer must hear of a change: a day or more later, a range lost, or the first after none.

    An earlier date is told where it is `sure`, and its last day comes two days or more before the first one told. A
    customer who was told "by Friday" is not let down by Thursday.
    """
    if told is None or now is None:
        return told != now
    return now.latest > told.latest or (sure and now.latest <= told.earliest - SOONER)


def plan(news: News, released: Sequence[Notice] = ()) -> Plan:
    """Plan one confirmation of waiting lines that were never told, and for each cause one notice of its moves.

    Unsent notices that say something else are superseded, so a customer hears only the newest range. A notice that is
    being sent counts as told, and one that failed is not sent again. Released units are told unless they came back, are
    cancelled, or their wait was never told.
    """
    told_lines = _told_lines(news)
    failed = [(notice.kind, notice.lines) for notice in news.failed]
    wanted = [x for x in _wanted(news, told_lines, released) if news.is_told and (x.kind, x.lines) not in failed]
    open_ = [notice for notice in news.unsent if not notice.sending]
    rows = [(notice.notice.kind, notice.notice.lines) for notice in open_]
    planned = tuple(notice for notice in wanted if (notice.kind, notice.lines) not in rows)
    dropped = [
        notice
        for notice in open_
        if (notice.notice.kind, notice.notice.lines) not in [(w.kind, w.lines) for w in wanted]
    ]
    kept = [notice.notice for notice in news.unsent if notice not in dropped and not notice.sending]
    news_of_lines = [notice for notice in (*planned, *kept) if notice.kind not in BROUGHT_BY_TIME]
    superseded = ((notice, _replacement(notice.notice, news_of_lines, told_lines)) for notice in dropped)
    return Plan(planned, tuple(superseded), tuple(kept))


def _wanted(news: News, told: Mapping[LineId, Told], released: Sequence[Notice]) -> list[Notice]:
    """Return every notice that is to be sent, now or at its time."""
    reminder = on_track_notice(news)
    return [
        *_dated_notices(news, told),
        *_packed_notices(news, told, released),
        *_shipped_notices(news),
        *ending_notices(news),
        *late_notices(news),
        *([reminder] if reminder else []),
    ]


def _told_lines(news: News) -> dict[LineId, Told]:
    """Return what the customer knows of each line once every notice that is being sent has been read."""
    told_lines = {line.line_id: line.told for line in news.lines if line.told}
    for notice in news.unsent:
        if notice.sending and notice.notice.tells_dates:
            told_lines |= {
                x.line_id: Told(x.range, notice.notice.notice_id, x.line_version)
                for x in notice.notice.lines
                if x.line_id not in told_lines or told_lines[x.line_id].version < x.line_version
            }
    return told_lines


def _dated_notices(news: News, told: Mapping[LineId, Told]) -> list[Notice]:
    confirmed: list[Covered] = []
    moved: dict[str, list[Covered]] = defaultdict(list)
    for line in news.lines:
        promised_since = all(version < line.version for version, _ in line.floor.revoked)
        returned = promised_since and bool(line.floor.revoked) and _untold_units(news, line, told) < 0
        covered = Covered(line.line_id, line.version, line.units, line.range, returned)
        if line.units and line.line_id not in told and not returned:
            confirmed.append(replace(covered, knows_shipped=line.shipped))  # the shop told of what left before
        elif line.units and (returned or is_worth_telling(told[line.line_id].range, line.range, sure=line.sure)):
            moved[line.cause].append(covered)
    notices = [notice_of(news.order_id, "confirmed", confirmed, news.dropped)] if confirmed else []
    return notices + [notice_of(news.order_id, "moved", lines, news.dropped, cause) for cause, lines in moved.items()]


def _untold_units(news: News, line: Line, told: Mapping[LineId, Told]) -> int:
    """Return the units on the floor that the customer does not know of; negative where they believe in more."""
    sending = [
        (covered.line_version, covered.units)
        for notice in news.unsent
        if notice.sending and notice.notice.kind == "released"
        for covered in notice.notice.lines
        if covered.line_id == line.line_id
    ]
    version = told[line.line_id].version if line.line_id in told else 0
    return line.floor.units - line.floor.believed(version, sending)


def _tellable_units(news: News, line: Line, told: Mapping[LineId, Told]) -> int:
    """Return of how many released units the customer may still be told; cancelled units are left out."""
    untold = _untold_units(news, line, told)
    if line.wanted is None:
        return untold
    return min(untold, untold - line.floor.units + line.wanted - line.units)


def _packed_notices(news: News, told: Mapping[LineId, Told], released: Iterable[Notice]) -> list[Notice]:
    """Correct notices of released units, unsent or new, by units that are not there or were told before."""
    room = {
        line.line_id: _tellable_units(news, line, told)
        for line in news.lines
        if line.floor.revoked or line.wanted is not None
    }
    unsent = [notice.notice for notice in news.unsent if notice.notice.kind == "released" and not notice.sending]
    packed: list[Notice] = []
    for notice in (*unsent, *released):
        lines: list[Covered] = []
        for line in notice.lines:
            units = line.units
            if line.line_id in room:
                units = max(0, min(units, room[line.line_id]))
                room[line.line_id] -= units
            lines += [replace(line, units=units)] if units else []
        if lines:
            packed.append(notice if tuple(lines) == notice.lines else notice_of(news.order_id, "released", lines))
    return packed


def _shipped_notices(news: News) -> list[Notice]:
    """Return the notice of units that left us, of lines whose customers know that they waited."""
    known: dict[LineId, int] = {}
    for notice in news.unsent:
        if notice.sending:
            known |= {line.line_id: max(line.knows_shipped, known.get(line.line_id, 0)) for line in notice.notice.lines}
    lines = [
        Covered(line.line_id, max(line.version, 1), line.shipped - knows, knows_shipped=line.shipped)
        for line in news.lines
        if line.told or line.floor.released
        for knows in [max(line.knows_shipped, known.get(line.line_id, 0))]
        if line.shipped > knows
    ]
    return [notice_of(news.order_id, "shipped", lines, news.dropped)] if lines else []


def _replacement(notice: Notice, tells: Iterable[Notice], told: Mapping[LineId, Told]) -> NoticeId | None:
    """Return the notice that replaces a superseded one: a newer notice, else the last one told, which is true again."""
    ids = {line.line_id for line in notice.lines}
    newer = (other.notice_id for other in tells if ids & {line.line_id for line in other.lines})
    return next(chain(newer, (told[line].notice_id for line in sorted(ids) if line in told)), None)
