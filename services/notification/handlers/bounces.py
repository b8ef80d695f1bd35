"""Mails that did not arrive after all told nobody: what they said is untold, and a person is asked."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

import structlog

from services.notification import store
from services.notification.domain.notices import OrderId
from services.notification.handlers.failures import failure
from services.notification.handlers.plan import covered_by, of_known_orders, plan
from services.notification.mails.bounces import MOST_BYTES, Bounce, read_bounce
from services.notification.mails.mailer import MailSettings
from services.notification.store import Cause
from shared.contracts.notices import NoticeBounced, NoticeFailed
from shared.messaging.faults import retried
from shared.messaging.transaction import Tx, begin
from shared.messaging.wire import Event
from shared.messaging.worker import Worker

log = structlog.get_logger(__name__)
_POLL: Final = 10.0
_AT_ONCE: Final = 100
_LONGEST: Final = 100


async def untell_bounced(tx: Tx, bounced: Sequence[Event[NoticeBounced]]) -> None:
    """Take back what mails said that did not arrive, as a shop or its mail provider reports.

    A report that is quicker than our own knowledge of the mail waits for it.
    """
    reachable = await store.lock_orders(tx, {event.key for event in bounced})
    known = {_mail_of(event): event for event in of_known_orders(tx, bounced, reachable)}
    mails = await store.orders_of_mails(tx, known)
    for mail_id, event in known.items():
        if mail_id in mails and not mails[mail_id][1]:
            tx.park(event, f"mail:{mail_id}")
    sent = {mail_id: known[mail_id].body.status[:_LONGEST] for mail_id, (_, is_sent) in mails.items() if is_sent}
    await _untell(tx, reachable, sent)


def _mail_of(event: Event[NoticeBounced]) -> str:
    return event.body.message_id.strip("<>").partition("@")[0]


async def read_bounces(settings: MailSettings, worker: Worker) -> None:
    """Read the folder to which reports are delivered (a Maildir), for as long as this process leads."""
    folder = Path(settings.bounce_folder)
    while settings.bounce_folder:
        reports = await asyncio.to_thread(_read, folder)
        if reports:
            done = await retried(partial(take_reports, worker, reports))
            await asyncio.to_thread(_put_away, folder, done)
        await asyncio.sleep(_POLL)


async def take_reports(worker: Worker, reports: Mapping[Path, Bounce | None]) -> list[Path]:
    """Take back what the mails said of which reports say that they failed; return the reports that are dealt with."""
    bounces = [bounce for bounce in reports.values() if bounce]
    async with begin(worker.pool, worker.source, worker.bell) as tx:
        mails = await store.orders_of_mails(tx, [bounce.mail_id for bounce in bounces])
        reachable = await store.lock_orders(tx, {order_id for order_id, _ in mails.values()})
        sent = {mail_id for mail_id, (_, is_sent) in mails.items() if is_sent}
        await _untell(tx, reachable, {x.mail_id: x.reason for x in bounces if x.mail_id in sent})
    log.info("reports of mail read", files=len(reports), failed=len(bounces), ours=len(mails))
    waits = mails.keys() - sent
    return [path for path, bounce in reports.items() if not (bounce and bounce.mail_id in waits)]


async def _untell(tx: Tx, reachable: Mapping[OrderId, bool], reasons: Mapping[str, str]) -> None:
    """Take back what these mails of locked orders said, each once, and ask a person to tell the customers otherwise."""
    causes: dict[OrderId, Cause] = {}
    for settled in await store.bounce(tx, reasons, reachable):
        notice, cause = settled.notice, settled.cause
        failed = NoticeFailed(
            order_id=notice.order_id, notice_id=notice.notice_id, kind=notice.kind, lines=covered_by(notice),
            caused_at=cause.at, cause=cause.name, failed_at=tx.now, reason=f"bounced: {reasons[settled.mail_id]}",
        )  # fmt: skip
        tx.announce(failed, cause.traceparent)
        tx.announce(failure(failed, settled.merchant), cause.traceparent)
        causes[notice.order_id] = cause
    await plan(tx, reachable, causes)


def _read(folder: Path) -> dict[Path, Bounce | None]:
    """Read the reports that wait; what somebody else moves or keeps to itself is left for the next time."""
    found: dict[Path, Bounce | None] = {}
    with suppress(OSError):
        for path in sorted((folder / "new").iterdir())[:_AT_ONCE]:
            with suppress(OSError), path.open("rb") as file:
                found[path] = read_bounce(file.read(MOST_BYTES))
    return found


def _put_away(folder: Path, files: Sequence[Path]) -> None:
    """Move reports to where a mail program shows what has been read."""
    with suppress(OSError):
        (folder / "cur").mkdir(exist_ok=True)
    for path in files:
        with suppress(OSError):
            path.replace(folder / "cur" / f"{path.name}:2,S")
