"""Links to the status pages of orders, made worthless: mails that come later have others."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.domain.callers import BY_MERCHANT
from services.gateway.http.door.admission import Gate
from services.gateway.http.door.bodies import Body, model_of
from services.gateway.http.writes.announcements import check, once
from services.gateway.http.writes.known import unknown
from services.gateway.store import links
from services.gateway.store.callers import merchant_of_order
from shared.contracts.fields import Id, Text
from shared.contracts.orders import LinksRevoked
from shared.messaging.transaction import Tx


class LinksToRevoke(Body):
    """An order whose links went astray."""

    order_id: Id
    why: Text = ""


async def revoke(gate: Gate, request: Request) -> Response:
    """Revoke the links to an order that were sent until now."""
    visit = await gate.admit(request, "order", BY_MERCHANT)
    asked = await model_of(request, LinksToRevoke)

    async def do(tx: Tx) -> dict[str, Any]:
        generation = await links.revoke_links(tx, asked.order_id, tx.now)
        by_whom = {"by": visit.caller.name, "why": asked.why, "revoked_at": tx.now}
        revoked = LinksRevoked(order_id=asked.order_id, generation=generation, **by_whom)
        await check(tx, visit, [revoked])
        if await merchant_of_order(tx, asked.order_id) is None:
            raise unknown("order", "order_id", "the order")
        tx.announce(revoked, request.headers.get("traceparent"))
        return {"order_id": asked.order_id, "generation": generation}

    return await once(gate.worker, visit, request, asked.model_dump_json().encode(), do)
