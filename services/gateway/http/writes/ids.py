"""An id that a caller used before stands for what was said then: other content under it is refused at once."""

from collections.abc import Sequence

from services.gateway.http.door.refusals import Refused
from shared.contracts.fields import Fact
from shared.contracts.orders import OrderChange
from shared.messaging.reused_ids import content_of, differences, keep, kept
from shared.messaging.transaction import Tx


async def claim_ids(tx: Tx, facts: Sequence[Fact]) -> None:
    """Keep what the ids of facts stand for; refuse a request with one that stands for something else already.

    Changes of orders have numbers, which are taken by themselves.
    """
    contents = [
        content for fact in facts if not isinstance(fact, OrderChange) and (content := content_of(fact, tx.source))
    ]
    if not contents:
        return
    await keep(tx, contents)
    known = await kept(tx, [content.name for content in contents])
    for content in contents:
        first = known[content.name]
        if first.digest != content.digest:
            names, natural_id = content.name
            fields = ", ".join(dict.fromkeys(side.partition(" ")[2] for side in differences(first.body, content.body)))
            fix = "send it as it was, or send what is new under an id of its own"
            raise Refused(409, f"{names} {natural_id} was sent before with other content: {fields}", "id", fix)
