"""A shipment stops the legal clocks of its lines; its units leave stock when inventory says so, not before."""

from collections import Counter
from collections.abc import Collection, Iterable

from services.allocation.domain.mail_order_rule import Shipped
from services.allocation.handlers.mail_order_rule import watch
from services.allocation.handlers.mail_order_rule.watch import LineFact
from shared.contracts.shipments import ShipmentConfirmed, ShippedLine
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def stop_clocks(tx: Tx, confirmed: Iterable[tuple[Event[ShipmentConfirmed], Collection[ShippedLine]]]) -> None:
    """Units in the carrier's hands are shipped in law since they were handed over, each shipment once for ever."""
    await watch.hear(tx, [fact for event, lines in confirmed for fact in _shipped(event.body, lines)])


def _shipped(body: ShipmentConfirmed, lines: Iterable[ShippedLine]) -> list[LineFact]:
    units = Counter[str]()
    for line in lines:
        units[line.line_id] += line.units
    return [
        LineFact((body.order_id, line_id), body.shipment_id, body.handed_over_at, Shipped(body.handed_over_at, n))
        for line_id, n in units.items()
    ]
