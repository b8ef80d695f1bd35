"""Causes that move many customers' dates, or one far: nobody is told until a person has looked at them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from services.notification.domain.notices import News, Notice
from services.notification.domain.schedule import CauseState, days_moved, is_held, next_alarm
from services.notification.store import held_causes as store
from services.notification.store.held_causes import HeldCause, KnownCause, MovedBy
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.telling_requests import TellingConfirmed, TellingRejected, TellingRequest
from shared.messaging.transaction import Tx, begin
from shared.messaging.wire import Event
from shared.messaging.worker import Worker

T = TypeVar("T", bound=TellingRequest)
_NAMES: Final = UUID("01a5e0c2-7e1b-7c44-8f0e-3d1a5b9c6f20")
_ALARM_AFTER: Final = timedelta(seconds=20)  # by then all that a cause moves is counted
_MOST_NAMED: Final = 5
_WHAT_TO_DO: Final = "look at the dates: confirm that customers are told, or reject it and have the dates corrected"


@dataclass(frozen=True, slots=True)
class Move:
    """What a cause moves in this transaction: by how many days at most, if it leaves a date; and whose zone counts."""

    farthest: int | None
    zone: ZoneInfo


def moves_of(planned: Iterable[Notice], every: Iterable[News]) -> dict[str, Move]:
    """Return what is moved by each cause of newly planned notices."""
    by_order = {news.order_id: news for news in every}
    moves: dict[str, Move] = {}
    for notice in planned:
        if notice.kind == "moved":
            news = by_order[notice.order_id]
            lines = {line.line_id: line for line in news.lines}
            before = moves.get(notice.cause, Move(None, news.merchant_zone))
            days = [before.farthest, *(days_moved(lines[covered.line_id]) for covered in notice.lines)]
            moves[notice.cause] = Move(max((day for day in days if day is not None), default=None), before.zone)
    return moves


async def hold(tx: Tx, moves: Mapping[str, Move], known: Mapping[str, KnownCause]) -> None:
    """Hold locked causes back that move too many lines, or one too far; what is held already stays so."""
    held = [cause for cause, row in known.items() if row.state in ("held", "rejected")]
    unknown = [cause for cause in moves if cause not in known or known[cause].state == "over"]
    lines = await store.count_moves(tx, unknown)
    found = [
        (cause, lines[cause], moves[cause].farthest, str(moves[cause].zone))
        for cause in unknown
        if lines[cause] and is_held(lines[cause], moves[cause].farthest)
    ]
    await store.hold_causes(tx, found, tx.now + _ALARM_AFTER)
    await store.hold_notices(tx, [*held, *(cause for cause, *_ in found)])


async def alarm_causes(worker: Worker) -> None:
    """Announce held causes that nobody decided, and settle those of which nobody has to be told any more."""
    async with begin(worker.pool, worker.source, worker.bell) as tx:
        causes = await store.causes_to_look_at(tx)
        known = await store.lock_causes(tx, causes)
        moved = await store.moved_by(tx, causes)
        rows = [
            (cause, moved[cause].lines if cause in moved else 0, moved[cause].merchant if cause in moved else None,
             next_alarm(tx.now, known[cause].zone))
            for cause in causes
        ]  # fmt: skip
        for held in await store.alarm(tx, rows):
            if held.cause in moved:
                tx.announce(_open(held, moved[held.cause]), None)
            elif held.version > 1:  # else nobody heard of it
                tx.announce(_settled(held, tx.source, "the dates were corrected: nobody is told"), None)


async def confirm_causes(tx: Tx, requests: Sequence[Event[TellingConfirmed]]) -> None:
    """Tell everybody whom confirmed causes move, now."""
    decided = await _decide(tx, requests, "confirmed")
    await store.free_notices(tx, [cause.cause for cause in decided])


async def reject_causes(tx: Tx, requests: Sequence[Event[TellingRejected]]) -> None:
    """Tell nobody of rejected causes but whose legal date is near; they alarm again while their promises stand."""
    await _decide(tx, requests, "rejected")


async def _decide(tx: Tx, requests: Sequence[Event[T]], state: CauseState) -> list[HeldCause]:
    """Store what people said of held causes, the first of each; what was never held is refused."""
    first = {event.body.cause: event for event in reversed(requests)}
    known = await store.lock_causes(tx, first)
    for cause, event in first.items():
        if cause not in known:
            tx.refuse(event, "no cause of this name is held back: see the open exceptions of class telling_held")
    rows = [
        (cause, state, event.body.by, event.body.why, next_alarm(tx.now, known[cause].zone))
        for cause, event in sorted(first.items())
        if cause in known
    ]
    decided = await store.decide_causes(tx, rows)
    for held in decided:
        tx.announce(_settled(held, held.decided_by or "", held.why or ""), first[held.cause].traceparent)
    return decided


def _open(held: HeldCause, moved: MovedBy) -> ExceptionChanged:
    facts = {
        "cause": held.cause, "lines": str(moved.lines), "orders": str(moved.orders), "first_order": moved.first_order,
        "skus": ", ".join(moved.skus[:_MOST_NAMED]) + (" and more" if len(moved.skus) > _MOST_NAMED else ""),
        "farthest_days": "" if held.farthest is None else str(held.farthest), "todo": _WHAT_TO_DO,
        **({"rejected_by": held.decided_by or "", "why": held.why or ""} if held.state == "rejected" else {}),
    }  # fmt: skip
    return _exception(held, "open", facts)


def _settled(held: HeldCause, by: str, why: str) -> ExceptionChanged:
    return _exception(held, "settled", {"cause": held.cause, "state": held.state, "settled_by": by, "why": why})


def _exception(held: HeldCause, state: str, facts: Mapping[str, str]) -> ExceptionChanged:
    fields = {
        "exception_id": f"telling/{uuid5(_NAMES, held.cause)}", "version": held.version, "class": "telling_held",
        "subject": held.cause, "facts": {name: value[:500] for name, value in facts.items() if value}, "state": state,
        "opened_at": held.held_at, "merchant": held.merchant,
    }  # fmt: skip
    return ExceptionChanged.model_validate(fields)
