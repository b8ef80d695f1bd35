"""A shipment stops the legal clocks of its lines; its units leave stock when inventory says so, not before."""

from collections import Counter
from collections.abc import Sequence

from services.allocation.domain.mail_order_rule import Shipped
from services.allocation.handlers.mail_order_rule import watch
from services.allocation.handlers.mail_order_rule.watch import LineFact
from shared.contracts.shipments import ShipmentConfirmed
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def stop_clocks(tx: Tx, confirmed: Sequence[Event[ShipmentConfirmed]]) -> None:
    """Units in the carrier's hands are shipped in law since they were handed over, each shipment once for ever."""
    await watch.hear(tx, [fact for event in confirmed for fact in _shipped(event.body)])


def _shipped(body: ShipmentConfirmed) -> list[LineFact]:
    units = Counter[str]()
    for line in body.lines:
        units[line.line_id] += line.units
    return [
        LineFact((body.order_id, line_id), body.shipment_id, body.handed_over_at, Shipped(body.handed_over_at, n))
        for line_id, n in units.items()
    ]
