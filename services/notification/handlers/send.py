"""Sending of due notices. No transaction is open while the mail server is spoken to."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

import structlog

from services.notification import store
from services.notification.domain.letters import Letter
from services.notification.domain.notices import NoticeId
from services.notification.domain.schedule import is_same_day
from services.notification.handlers.failures import failure
from services.notification.handlers.plan import covered_by, plan
from services.notification.mailer import Answer, Mailer, MailSettings, message_id
from services.notification.store import Settled, letters
from shared.contracts.notices import Notice, NoticeFailed, NoticeSent
from shared.messaging.faults import retried
from shared.messaging.transaction import begin
from shared.messaging.worker import Worker

log = structlog.get_logger(__name__)
T = TypeVar("T")
_AT_ONCE: Final = 100
_POLL: Final = 1.0
_LONGEST_PAUSE: Final = 5.0


async def send_notices(settings: MailSettings, worker: Worker) -> None:
    """Send due notices for as long as this process leads; wait longer each time no letter could leave."""
    pause = _POLL
    async with Mailer(settings) as mailer:
        while True:
            is_due = await retried(partial(store.is_anything_due, worker.pool))
            answers = await send_due(worker, mailer) if is_due else {}
            stuck = any(answer.result in ("unreachable", "in_doubt") for answer in answers.values())
            pause = min(pause * 2, _LONGEST_PAUSE) if stuck else _POLL
            if stuck or not answers:
                await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311 jitter, not a secret


async def send_due(worker: Worker, mailer: Mailer) -> Mapping[NoticeId, Answer]:
    """Send one set of due notices; store the answers even when this process is being stopped."""
    letters, at = await retried(partial(_claim, worker))
    answers: dict[NoticeId, Answer] = {}
    try:
        await mailer.send(letters, at, answers)
    finally:
        if letters:
            await retried(partial(_settle, worker, letters, answers))
    return answers


async def _claim(worker: Worker) -> tuple[list[Letter], datetime]:
    async with begin(worker.pool, worker.source, worker.bell) as tx:
        due = await store.due(tx, _AT_ONCE)
        await store.lock_orders(tx, [order_id for _, order_id in due])
        return await letters.claim(tx, [notice_id for notice_id, _ in due]), tx.now


async def _settle(worker: Worker, letters: Sequence[Letter], answers: Mapping[NoticeId, Answer]) -> None:
    """Announce sent and refused letters; plan the others again, except those that the server may have taken."""
    for letter in letters:
        answer = answers.get(letter.notice_id)
        if answer and answer.result != "sent":
            log.warning("notice not sent", notice=letter.notice_id, result=answer.result, reason=answer.reason)
    async with begin(worker.pool, worker.source, worker.bell) as tx:
        reachable = await store.lock_orders(tx, [letter.order_id for letter in letters])
        for settled in await store.settle(tx, _outcomes(letters, answers, tx.now)):
            notice = _told(settled, answers, tx.now)
            tx.announce(notice, settled.cause.traceparent)
            if isinstance(notice, NoticeFailed):
                tx.announce(failure(notice), settled.cause.traceparent)
        await store.keep_sending(tx, [notice for notice, _ in _named(answers, in_doubt=True)])
        back = [(letter.notice_id, False) for letter in letters if letter.notice_id not in answers]
        back += _named(answers, later=True, unreachable=False)
        await plan(tx, reachable, await store.retry_unsent(tx, back))


def _named(answers: Mapping[NoticeId, Answer], **results: T) -> list[tuple[NoticeId, T]]:
    return [(notice, results[answer.result]) for notice, answer in answers.items() if answer.result in results]


def _outcomes(
    letters: Sequence[Letter], answers: Mapping[NoticeId, Answer], now: datetime
) -> list[tuple[NoticeId, str, str, bool]]:
    """Return which letters were sent or failed, with their customers' zones, and whether it was on the same day."""
    states = dict(_named(answers, sent="sent", refused="failed"))
    return [
        (x.notice_id, states[x.notice_id], str(x.zone), is_same_day(x.told_since, now, x.zone))
        for x in letters
        if x.notice_id in states
    ]


def _told(settled: Settled, answers: Mapping[NoticeId, Answer], now: datetime) -> Notice:
    notice = settled.notice
    fields: dict[str, Any] = {
        "order_id": notice.order_id,
        "notice_id": notice.notice_id,
        "kind": notice.kind,
        "lines": covered_by(notice),
        "caused_at": settled.cause.at,
        "cause": settled.cause.name,
    }
    if settled.state == "sent":
        sent = {"sent_at": now, "message_id": message_id(notice.notice_id)}
        return NoticeSent(**fields, **sent, zone=settled.zone, same_day=settled.same_day)
    return NoticeFailed(**fields, failed_at=now, reason=answers[notice.notice_id].reason)
