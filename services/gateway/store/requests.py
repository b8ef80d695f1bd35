"""What people asked for, and what became of it."""

from collections.abc import Collection
from dataclasses import astuple, dataclass
from datetime import datetime

from services.gateway.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx

Bound = list[str] | None


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """A request that was not sent yet: the event that it is to become, as JSON without its number."""

    request_id: str
    kind: str
    body: str
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A new request: who asked for which event, why, and when it is due; the rest says what it is about."""

    request_id: str
    kind: str
    subject: str
    order_id: str | None
    sku: str | None
    node: str | None
    actor: str
    why: str
    body: str
    traceparent: str | None
    made_at: datetime
    due_at: datetime


async def plan(tx: Tx, asked: Asked) -> None:
    """Store a request."""
    await tx.connection.execute(QUERIES["plan_request"], *astuple(asked))


async def due(tx: Tx, at_most: int) -> list[PlannedRequest]:
    """Read requests that are due, oldest first, but for those that somebody sends or undoes at this moment."""
    rows = await tx.connection.fetch(QUERIES["due_requests"], tx.now, at_most)
    return [PlannedRequest(**row) for row in rows]


async def of_orders(tx: Tx, order_ids: Collection[str]) -> list[PlannedRequest]:
    """Read the planned requests of orders; waits for who sends or undoes one of them at this moment."""
    rows = await tx.fetch(QUERIES["requests_of_orders"], sorted(order_ids))
    return [PlannedRequest(**row) for row in rows]


async def mark_sent(tx: Tx, sent: Collection[tuple[str, str, int | None]]) -> None:
    """Store that requests became events; each is (request_id, cause, change_no)."""
    await tx.execute(QUERIES["sent_requests"], tx.now, *columns(sent, 3))


async def undo(tx: Tx, request_id: str, actor: str, why: str) -> bool:
    """Undo a request; return False where it was sent or undone already."""
    return await tx.connection.fetchval(QUERIES["undo_request"], request_id, tx.now, actor, why) is not None


async def kind_of(tx: Tx, request_id: str, order_id: str | None, merchants: Bound, nodes: Bound) -> str | None:
    """Return which event a request becomes, of an order or of some merchants and nodes; None where there is none."""
    kind: str | None = await tx.connection.fetchval(QUERIES["request_kind"], request_id, order_id, merchants, nodes)
    return kind


async def mark_done(tx: Tx, causes: Collection[str]) -> None:
    """Store that events of requests had their effect."""
    await tx.execute(QUERIES["done_requests"], tx.now, sorted(causes))


async def mark_settled(tx: Tx, subjects: Collection[str]) -> None:
    """Store that exceptions, or held causes, that requests were about are settled."""
    await tx.execute(QUERIES["settled_requests"], tx.now, sorted(subjects))


async def mark_refused(tx: Tx, refused: Collection[tuple[str, str]]) -> None:
    """Store that requests were refused, or a part of them; each is (cause, why)."""
    await tx.execute(QUERIES["refused_requests"], tx.now, *columns(refused, 2))


async def mark_impossible(tx: Tx, refused: Collection[tuple[str, int, str]]) -> None:
    """Store that changes of orders cannot be made; each is (order_id, change_no, why)."""
    await tx.execute(QUERIES["impossible_requests"], tx.now, *columns(refused, 3))
