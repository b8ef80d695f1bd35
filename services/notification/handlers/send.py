"""Sending of due notices. No transaction is open while the mail server is spoken to."""

import asyncio
import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

import structlog

from services.notification import store
from services.notification.domain.letters import Letter
from services.notification.domain.notices import NoticeId, OrderId
from services.notification.domain.schedule import is_same_day
from services.notification.handlers import shops
from services.notification.handlers.failures import failure
from services.notification.handlers.plan import covered_by, plan
from services.notification.mails.compose import message_id
from services.notification.mails.content import content_of
from services.notification.mails.mailer import Answer, Mailer, MailSettings
from services.notification.store import Cause, Settled, letters
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


async def send_due(worker: Worker, mailer: Mailer) -> Mapping[str, Answer]:
    """Send one set of due mails; store the answers even when this process is being stopped."""
    mails, at = await retried(partial(_claim, worker))
    answers: dict[str, Answer] = {}
    try:
        await mailer.send(mails, at, answers)
    finally:
        if mails:
            await retried(partial(_settle, worker, mails, answers))
    return answers


async def _claim(worker: Worker) -> tuple[list[Letter], datetime]:
    async with begin(worker.pool, worker.source, worker.bell) as tx:
        orders = await store.due(tx, _AT_ONCE)
        await store.lock_orders(tx, orders)
        claimed = await letters.claim(tx, orders)
        await shops.hand_over(tx, [letter for letter in claimed if letter.is_sent_by_shop])
        return [letter for letter in claimed if not letter.is_sent_by_shop], tx.now


async def _settle(worker: Worker, mails: Sequence[Letter], answers: Mapping[str, Answer]) -> None:
    """Announce what was sent and refused; plan the rest again, except what the server may have taken."""
    for mail in mails:
        answer = answers.get(mail.mail_id)
        if answer and answer.result != "sent":
            log.warning("mail not sent", mail=mail.mail_id, result=answer.result, reason=answer.reason)
    async with begin(worker.pool, worker.source, worker.bell) as tx:
        reachable = await store.lock_orders(tx, [mail.order_id for mail in mails])
        causes: dict[OrderId, Cause] = {}
        for settled in await store.settle(tx, _outcomes(mails, answers, tx.now)):
            causes[settled.notice.order_id] = settled.cause
            notice = _told(settled, answers[settled.mail_id], tx.now)
            tx.announce(notice, settled.cause.traceparent)
            if isinstance(notice, NoticeFailed):
                tx.announce(failure(notice, settled.merchant), settled.cause.traceparent)
        tx.arrived(*(f"mail:{mail.mail_id}" for mail in mails if mail.mail_id in answers))
        await store.keep_mails(tx, [row for mail in mails for row in _as_sent(mail, answers)])
        await store.keep_sending(tx, [notice for notice, _ in _named(mails, answers, in_doubt=True)])
        back = [(notice, False) for mail in mails if mail.mail_id not in answers for notice in mail.notices]
        back += _named(mails, answers, later=True, unreachable=False)
        await plan(tx, reachable, causes | await store.retry_unsent(tx, back))


def _as_sent(mail: Letter, answers: Mapping[str, Answer]) -> Iterator[tuple[str, OrderId, str]]:
    """Return a mail that was sent as it is stored: its words and look, without links, which would let others in."""
    if (answer := answers.get(mail.mail_id)) and answer.result == "sent":
        content = {"mail": asdict(content_of(mail)), "brand": asdict(mail.brand)}
        yield mail.mail_id, mail.order_id, json.dumps(content)


def _named(mails: Iterable[Letter], answers: Mapping[str, Answer], **results: T) -> list[tuple[NoticeId, T]]:
    """Return the notices of the mails with these results, and what each result stands for."""
    return [
        (notice, results[answers[mail.mail_id].result])
        for mail in mails
        if mail.mail_id in answers and answers[mail.mail_id].result in results
        for notice in mail.notices
    ]


def _outcomes(
    mails: Sequence[Letter], answers: Mapping[str, Answer], now: datetime
) -> list[tuple[NoticeId, str, str, bool]]:
    """Return which notices were sent or failed, with their customers' zones, and whether it was on the same day."""
    states = dict(_named(mails, answers, sent="sent", refused="failed"))
    return [
        (section.notice_id, state, str(mail.zone), is_same_day(section.told_since, now, mail.zone))
        for mail in mails
        for section in mail.sections
        if (state := states.get(section.notice_id))
    ]


def _told(settled: Settled, answer: Answer, now: datetime) -> Notice:
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
        sent: dict[str, Any] = {"sent_at": now, "message_id": message_id(settled.mail_id)}
        return NoticeSent(**fields, **sent, zone=settled.zone, same_day=settled.same_day)
    return NoticeFailed(**fields, failed_at=now, reason=answer.reason)
