"""Units that another node sent are received as an ASN of that node."""

from collections.abc import Sequence

from services.receiving.domain.asns.asns import NODE_AS_SUPPLIER, AsnId
from services.receiving.handlers.asns.asns import expect_asns
from services.receiving.store import catalogue
from services.receiving.store.asns import asns
from shared.contracts.asns import AsnCarton, AsnLine, AsnReceived
from shared.contracts.transfers import TransferShipped
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def expect_transfers(tx: Tx, shipped: Sequence[Event[TransferShipped]]) -> None:
    """Expect what was sent at its destination, under the transfer's own id; the origin is its supplier.

    An id that a supplier's ASN has is refused.
    """
    await catalogue.hold_catalogue(tx)
    known = await asns.lock_asns(tx, {event.body.transfer_id for event in shipped})
    received = []
    for event in shipped:
        asn, body = known.get(AsnId(event.body.transfer_id)), _asn(event.body)
        if asn and asn.supplier_id != body.supplier_id:
            tx.refuse(event, f"transfer_id: an ASN of {asn.supplier_id} has this id: send it under another")
        else:
            received.append(Event(event.source, event.id, event.key, event.at, body, event.traceparent, event.record))
    await expect_asns(tx, received)


def _asn(body: TransferShipped) -> AsnReceived:
    return AsnReceived(
        asn_id=body.transfer_id, revision=1, supplier_id=f"{NODE_AS_SUPPLIER}{body.origin}"[:200],
        node=body.destination, carrier=body.carrier, shipped_at=body.shipped_at, eta=body.eta,
        cartons=tuple(
            AsnCarton(
                carton_id=carton.carton_id,
                lines=tuple(
                    AsnLine(sku=line.sku, qty=line.units, lot=line.lot, expires_on=line.expires_on)
                    for line in carton.lines
                ),
            )
            for carton in body.cartons
        ),
    )  # fmt: skip
