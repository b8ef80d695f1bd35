"""Closing of trucks: what is short is known only once the dock says that a truck is done."""

from collections.abc import Sequence

from services.receiving.handlers.dock.receiving_advices import tell_closed
from services.receiving.handlers.inbound import inbound_announced
from services.receiving.store import supplies
from services.receiving.store.asns import asns
from shared.contracts.dock import CloseRequested
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def close_receiving(tx: Tx, requests: Sequence[Event[CloseRequested]]) -> None:
    """Close ASNs once: what was received is all that is expected. Park those whose ASN is unknown."""
    traces: dict[str, str | None] = {event.body.asn_id: event.traceparent for event in requests}
    known = await asns.lock_asns(tx, traces)
    for event in requests:
        if event.body.asn_id not in known:
            tx.park(event, f"asn:{event.body.asn_id}")
    closing: dict[str, str | None] = {asn_id: traces[asn_id] for asn_id, asn in known.items() if not asn.closed}
    touched = {key: closing[key[0]] for key in await supplies.supplies_of(tx, closing)}
    async with inbound_announced(tx, touched, await asns.orders_named_by(tx, closing)):
        await asns.close_asns(tx, closing, tx.now)
        await supplies.expect(tx, touched)
    await tell_closed(tx, closing)
