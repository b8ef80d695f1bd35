"""Read models of inbound supplies and waiting units of positions."""

import json
from collections.abc import Sequence

from services.gateway.domain.versions import newest_versions
from services.gateway.store import read_models as store
from shared.contracts.inbound import InboundChanged
from shared.contracts.queues import QueueChanged
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def show_inbound(tx: Tx, inbound: Sequence[Event[InboundChanged]]) -> None:
    """Show the newest inbound of each position."""
    last = newest_versions(
        (event.body for event in inbound), lambda inbound: (inbound.sku, inbound.node), lambda inbound: inbound.version
    )
    await store.keep_inbound(
        tx,
        [(inbound.sku, inbound.node, inbound.version, inbound.after_sequence, _supplies(inbound)) for inbound in last],
    )


async def show_queues(tx: Tx, queues: Sequence[Event[QueueChanged]]) -> None:
    """Show how much waits at each position."""
    last = newest_versions(
        (event.body for event in queues), lambda changed: (changed.sku, changed.node), lambda changed: changed.version
    )
    await store.keep_queues(
        tx, [(q.sku, q.node, q.version, q.waiting_lines, q.waiting_units, q.waiting_value) for q in last]
    )


def _supplies(inbound: InboundChanged) -> str:
    return json.dumps([supply.model_dump(mode="json") for supply in inbound.supplies])
