"""Mails that did not arrive after all told nobody: what they said is untold, and a person is asked."""

import asyncio
from collections.abc import Mapping, Sequence
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


async def untell_bounced(tx: Tx, bounced: Sequence[Event[NoticeBounced]]) -> None:
    """Take back what mails said that did not arrive, as a shop or its mail provider reports."""
    reachable = await store.lock_orders(tx, {event.key for event in bounced})
    known = of_known_orders(tx, bounced, reachable)
    reasons = {event.body.message_id.strip("<>").partition("@")[0]: event.body.status for event in known}
    await _untell(tx, reachable, reasons)


async def read_bounces(settings: MailSettings, worker: Worker) -> None:
    """Read the folder to which reports are delivered (a Maildir), for as long as this process leads."""
    folder = Path(settings.bounce_folder)
    while settings.bounce_folder:
        files = await asyncio.to_thread(_waiting, folder)
        if files:
            await retried(partial(take_reports, worker, files))
            await asyncio.to_thread(_put_away, folder, files)
        else:
            await asyncio.sleep(_POLL)


async def take_reports(worker: Worker, files: Sequence[Path]) -> None:
    """Take back what the mails said of which reports say that they failed."""
    bounces = await asyncio.to_thread(_read, files)
    async with begin(worker.pool, worker.source, worker.bell) as tx:
        orders = await store.orders_of_mails(tx, [bounce.mail_id for bounce in bounces])
        reachable = await store.lock_orders(tx, set(orders.values()))
        await _untell(tx, reachable, {x.mail_id: x.reason for x in bounces if x.mail_id in orders})
    log.info("reports of mail read", files=len(files), failed=len(bounces), ours=len(orders))


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


def _waiting(folder: Path) -> list[Path]:
    return sorted((folder / "new").glob("*"))[:_AT_ONCE]


def _read(files: Sequence[Path]) -> list[Bounce]:
    found: list[Bounce] = []
    for path in files:
        with path.open("rb") as file:
            bounce = read_bounce(file.read(MOST_BYTES))
        found += [bounce] if bounce else []
    return found


def _put_away(folder: Path, files: Sequence[Path]) -> None:
    """Move reports to where a mail program shows what has been read."""
    (folder / "cur").mkdir(exist_ok=True)
    for path in files:
        path.replace(folder / "cur" / f"{path.name}:2,S")
