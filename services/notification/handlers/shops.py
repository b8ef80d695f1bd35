"""Shops that mail for themselves: they get what is due as data, and say when they have told it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar

from services.notification import store
from services.notification.domain.letters import Letter, Section
from services.notification.domain.notices import NoticeId, OrderId
from services.notification.domain.schedule import is_same_day, same_day_ends
from services.notification.handlers.failures import failure
from services.notification.handlers.plan import of_known_orders, plan
from services.notification.mails.content import content_of
from services.notification.store import Cause, Settled, shops
from shared.contracts.notices import CoveredLine, DueBlock, NoticeDue, NoticeFailed, NoticeSent
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

_NOT_TOLD: Final = "the shop mails for itself, and says that it could not tell its customer"
N = TypeVar("N", NoticeSent, NoticeFailed)


async def hand_over(tx: Tx, letters: Iterable[Letter]) -> None:
    """Hand claimed letters to shops that tell their customers by themselves; each has until the end of the day."""
    due: list[tuple[NoticeId, datetime]] = []
    for letter in letters:
        for section in letter.sections:
            due_by = same_day_ends(section.told_since, letter.zone)
            due.append((section.notice_id, due_by))
            tx.announce(_due(letter, section, due_by), section.traceparent)
    await shops.hand_over(tx, due)


async def keep_told_by_shops(tx: Tx, sent: Sequence[Event[NoticeSent]]) -> None:
    """Store what shops told their customers by themselves; what we announced is stored already."""
    reachable, first = await _first_of_shops(tx, sent)
    rows = [
        (handed.notice_id, "sent", str(handed.zone), is_same_day(handed.told_since, sent_at, handed.zone))
        for handed in await _handed(tx, first)
        for sent_at in [min(first[handed.notice_id].body.sent_at, tx.now)]
    ]
    await _settle(tx, reachable, rows)


async def keep_failed_by_shops(tx: Tx, failed: Sequence[Event[NoticeFailed]]) -> None:
    """Store what shops could not tell their customers, and ask a person to tell them otherwise."""
    reachable, first = await _first_of_shops(tx, failed)
    rows = [(handed.notice_id, "failed", str(handed.zone), False) for handed in await _handed(tx, first)]
    for settled in await _settle(tx, reachable, rows):
        event = first[settled.notice.notice_id]
        failed_by_shop = event.body.model_copy(update={"reason": _NOT_TOLD})  # its own words may name the customer
        tx.announce(failure(failed_by_shop, settled.merchant), event.traceparent)


async def _first_of_shops(tx: Tx, events: Sequence[Event[N]]) -> tuple[dict[OrderId, bool], dict[NoticeId, Event[N]]]:
    """Lock the orders of what shops say, and return the first word on each notice."""
    of_shops = [event for event in events if event.source != tx.source]
    reachable = await store.lock_orders(tx, {event.key for event in of_shops})
    known = of_known_orders(tx, of_shops, reachable)
    return reachable, {NoticeId(event.body.notice_id): event for event in reversed(known)}


async def _handed(tx: Tx, first: Mapping[NoticeId, Event[N]]) -> list[shops.HandedNotice]:
    """Return those of these notices that shops were to tell, each of the order under whose key its event stands."""
    return [handed for handed in await shops.handed(tx, first) if first[handed.notice_id].key == handed.order_id]


async def _settle(
    tx: Tx, reachable: dict[OrderId, bool], answers: Sequence[tuple[NoticeId, str, str, bool]]
) -> list[Settled]:
    settled = await store.settle(tx, answers)
    causes: dict[OrderId, Cause] = {x.notice.order_id: x.cause for x in settled}
    await plan(tx, reachable, causes)
    return settled


def _due(letter: Letter, section: Section, due_by: datetime) -> NoticeDue:
    content = content_of(replace(letter, sections=(section,)))
    lines = tuple(CoveredLine(line_id=line.line_id, line_version=line.line_version) for line in section.lines)
    blocks = tuple(
        DueBlock(line_id=line.line_id, sentence=block.sentence, notes=block.notes)
        for line, block in zip(section.lines, content.blocks, strict=True)
    )
    return NoticeDue(
        order_id=letter.order_id, notice_id=section.notice_id, kind=section.kind, lines=lines,
        caused_at=section.caused_at or section.told_since, cause=section.cause, mail_id=letter.mail_id, due_by=due_by,
        language=content.language, subject=content.subject, blocks=blocks, closing=content.closing,
    )  # fmt: skip
