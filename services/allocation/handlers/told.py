"""What customers were told is what later promises are compared with."""

from collections.abc import Sequence

from services.allocation.store import lines
from shared.contracts.notices import NoticeSent
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def keep_told(tx: Tx, sent: Sequence[Event[NoticeSent]]) -> None:
    """A notice that was sent told the customer the range that its lines had at the versions it covers."""
    told: dict[tuple[str, str], int] = {}
    for event in sent:
        for line in event.body.lines if event.body.kind != "released" else ():
            key = (event.body.order_id, line.line_id)
            told[key] = max(line.line_version, told.get(key, 0))
    await lines.keep_told(tx, told)
