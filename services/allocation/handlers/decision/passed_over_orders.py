"""Orders that ship together and were passed over twice are listed for support, who offers a split."""

from collections.abc import Collection
from typing import Final
from uuid import UUID, uuid5

from services.allocation.handlers.decision.exceptions import settle, tell_exceptions
from services.allocation.store import orders
from shared.contracts.exceptions import ExceptionChanged
from shared.messaging.transaction import Tx

_NAMES: Final = UUID("01a4b2d1-3c70-7f6e-9d0b-2f6f5a0c7e11")
_TODO: Final = "offer the customer a split (OrderSplit with more shipments), or let the order wait for all of it"


async def list_passed_over(tx: Tx, passed_over: Collection[str]) -> None:
    """Others got units that these orders could not use, since the rest of them was not ready."""
    listed = await orders.pass_over(tx, passed_over)
    await tell_exceptions(tx, ((_exception(order_id), None) for order_id in listed))


async def settle_passed_over(tx: Tx, order_ids: Collection[str]) -> None:
    """Of these orders those that were listed and are split, released or cancelled now are settled."""
    row = (tx.source, "it is split, or nothing of it waits any more")
    await settle(tx, {_name(order_id): row for order_id in await orders.unlist(tx, order_ids)}, {})


def _name(order_id: str) -> str:
    return str(uuid5(_NAMES, order_id))


def _exception(order_id: str) -> ExceptionChanged:
    return ExceptionChanged(
        exception_id=_name(order_id), version=1, exception_class="passed_over", subject=order_id,
        facts={"order": order_id, "todo": _TODO}, state="open",
    )  # fmt: skip
