"""What customers were told is what later promises are compared with, and what the law counts from."""

from collections.abc import Sequence

from services.allocation.domain.mail_order_rule import Bounced
from services.allocation.handlers.mail_order_rule import watch
from services.allocation.handlers.mail_order_rule.watch import LineFact
from services.allocation.store import promises
from shared.contracts.notices import TELL_DATES, NoticeFailed, NoticeSent
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def keep_told(tx: Tx, sent: Sequence[Event[NoticeSent]]) -> None:
    """A notice that was sent told the customer the range that its lines had at the versions it covers.

    It gave the option to cancel where the promise of that version asks for an answer.
    """
    announced: dict[tuple[str, str], int] = {}
    options = []
    for event in sent:
        for line in event.body.lines if event.body.kind in TELL_DATES else ():
            key = (event.body.order_id, line.line_id)
            announced[key] = max(line.line_version, announced.get(key, 0))
            options.append((*key, line.line_version, event.body.notice_id, event.body.sent_at))
    await watch.hear_options(tx, options)
    await promises.keep_told(tx, announced)


async def keep_bounced(tx: Tx, failed: Sequence[Event[NoticeFailed]]) -> None:
    """A notice that bounced told nobody: a deadline that it moved is back where it was."""
    await watch.hear(
        tx,
        [
            LineFact(
                (event.body.order_id, line.line_id), event.body.notice_id, event.body.failed_at,
                Bounced(event.body.notice_id),
            )
            for event in failed
            for line in event.body.lines
        ],
    )  # fmt: skip
