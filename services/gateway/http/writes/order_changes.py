"""Changes of an order carry numbers that their callers count: under one number stands one change.

To readers gateway is one source, so all its callers count each order together. A change is the same whenever it is said
to have been made: a caller who does not know whether they were heard may say it again.
"""

from collections.abc import Sequence
from typing import Final

from services.gateway.handlers.numbers import content_of
from services.gateway.http.door.refusals import Refused
from services.gateway.store import order_changes as store
from shared.contracts.fields import Fact
from shared.contracts.orders import OrderChange
from shared.messaging.transaction import Tx

COUNTED: Final = (
    "All callers count the changes of one order together: change_no is 1, 2, 3 … A change waits until those before it "
    "have come; without a number it gets the next one. The same change under the same number may be sent again, and is "
    "made once. Another change under a number that was used is refused with 409, which names the next number."
)


async def claim_change_numbers(tx: Tx, facts: Sequence[Fact]) -> None:
    """Take the number of each change for it; refuse a number that stands for another change of its order."""
    for fact in facts:
        if isinstance(fact, OrderChange):
            await _count(tx, fact)


async def _count(tx: Tx, change: OrderChange) -> None:
    if await store.number_change(tx, change.order_id, change.change_no, content_of(change)):
        return
    following = await store.last_change_no(tx, change.order_id) + 1
    fix = f"send {following} for a new change, or this number with the change that it stood for"
    raise Refused(409, "this change_no stood on another change of the order", "change_no", fix)
