"""Handler that follows supplies into the stock ledger; a closed supply has landed once everything received is there."""

from collections.abc import Sequence

from services.receiving.domain.asns.asns import AsnId
from services.receiving.domain.catalogue import Node, Sku
from services.receiving.handlers.dock.lead_times import note_progress
from services.receiving.handlers.inbound import positions_announced
from services.receiving.handlers.scanning.lanes import unstage
from services.receiving.store import supplies
from services.receiving.store.supplies import Posting
from shared.contracts.stock import StockAdjusted
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def land_supplies(tx: Tx, adjusted: Sequence[Event[StockAdjusted]]) -> None:
    """Add up what the ledger has posted of each supply, in whatever order its news comes."""
    await note_progress(tx, adjusted)  # which may lock ASNs, and so comes before positions are locked
    await unstage(tx, adjusted)
    postings = [(posting, event.traceparent) for event in adjusted for posting in _postings(event.body)]
    if not postings:
        return
    async with positions_announced(tx, {posting.supply[1:]: trace for posting, trace in postings}):
        await supplies.add_postings(tx, [posting for posting, _ in postings])


def _postings(body: StockAdjusted) -> list[Posting]:
    place = (Sku(body.sku), Node(body.node))
    return [
        Posting(movement.movement_id, (AsnId(movement.supply_id), *place), body.sequence, movement.delta)
        for movement in body.movements
        if movement.reason == "receipt" and movement.supply_id
    ]
