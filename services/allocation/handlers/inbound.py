"""What is on its way decides what is promised."""

from collections.abc import Sequence

from services.allocation.domain.positions import Position
from services.allocation.handlers.known import of_known_positions
from services.allocation.handlers.served import News
from services.allocation.handlers.serving import serve
from services.allocation.store import positions
from shared.contracts.inbound import InboundChanged, Supply
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def repromise(tx: Tx, inbound: Sequence[Event[InboundChanged]]) -> None:
    """The newest inbound of each position replaces what was known; lines whose supplies changed get a new range.

    News that drops a supply waits for the stock news by which its last unit was posted.
    """
    known = await of_known_positions(tx, inbound)
    locked = await positions.lock_positions(tx, {(event.body.sku, event.body.node) for event in known})
    newest = {
        (e.body.sku, e.body.node): e for e in sorted(known, key=lambda e: e.body.version) if _applies(tx, e, locked)
    }
    if not newest:
        return
    before = await positions.supplies(tx, list(newest))
    versions = {key: event.body.version for key, event in newest.items()}
    rows = [_row(event.body, supply) for event in newest.values() for supply in event.body.supplies]
    await positions.list_supplies(tx, versions, rows)
    news = {}
    for key, event in newest.items():
        reason, cause = _why(event, {(s.supply_id, s.ready.earliest, s.ready.latest) for s in before.get(key, ())})
        news[key] = News(reason, cause, event.traceparent)
    await serve(tx, {key: locked[key] for key in newest}, news)


def _applies(tx: Tx, event: Event[InboundChanged], locked: dict[tuple[str, str], Position]) -> bool:
    body = event.body
    position = locked[body.sku, body.node]
    if body.version <= position.inbound_version:
        return False
    if body.after_sequence and body.after_sequence > position.stock_sequence:
        tx.park(event, f"stock:{body.key()}:{body.after_sequence}")
        return False
    return True


def _why(event: Event[InboundChanged], before: set[tuple[str, object, object]]) -> tuple[str, str]:
    """The reason and cause of the supply whose window is new; of the news itself where none is."""
    for supply in event.body.supplies:
        if (supply.supply_id, supply.window.earliest, supply.window.latest) not in before:
            return supply.reason, supply.cause
    return "what is on its way changed", event.cause


def _row(body: InboundChanged, supply: Supply) -> positions.SupplyRow:
    window = supply.window
    return (
        body.sku, body.node, supply.supply_id, supply.expected_units, window.earliest, window.latest,
        supply.cause, supply.reason,
    )  # fmt: skip
