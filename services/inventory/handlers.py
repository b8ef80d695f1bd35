"""What inventory does when it hears of products, counts, receipts and shipments."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, TypeVar

from services.inventory import domain, store
from services.inventory.domain import Movement, Node, Position, Posted, Sku
from shared.contracts.counts import OnHandReported
from shared.contracts.fields import Fact
from shared.contracts.products import ProductUpserted
from shared.contracts.receipts import ReceiptPosted
from shared.contracts.settings import NodeUpserted
from shared.contracts.shipments import ShipmentConfirmed
from shared.contracts.stock import Movement as MovementTold
from shared.contracts.stock import StockAdjusted
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

F = TypeVar("F", bound=Fact)
Wanted: TypeAlias = tuple[Event[F], list[Movement]]


async def keep_nodes(tx: Tx, nodes: Sequence[Event[NodeUpserted]]) -> None:
    """Nodes become known; what waited for them may go on."""
    newest = {event.body.node: event.body.version for event in sorted(nodes, key=lambda e: e.body.version)}
    await store.keep_nodes(tx, newest.items())
    tx.arrived(*(f"node:{node}" for node in newest))


async def keep_products(tx: Tx, products: Sequence[Event[ProductUpserted]]) -> None:
    """SKUs become known; what waited for them may go on."""
    newest = {event.body.sku: event.body.version for event in sorted(products, key=lambda e: e.body.version)}
    await store.keep_products(tx, newest.items())
    tx.arrived(*(f"sku:{sku}" for sku in newest))


async def open_stock(tx: Tx, reports: Sequence[Event[OnHandReported]]) -> None:
    """The first balance of a position is what the floor reports."""
    await _post(tx, reports, _opening)


async def add_receipts_to_stock(tx: Tx, receipts: Sequence[Event[ReceiptPosted]]) -> None:
    """Units accepted at the dock are on hand in the status that the dock gave them."""
    await _post(tx, receipts, _receipt)


async def take_shipments_from_stock(tx: Tx, shipments: Sequence[Event[ShipmentConfirmed]]) -> None:
    """Units handed to the carrier are no longer on hand."""
    await _post(tx, shipments, _shipment)


async def _post(tx: Tx, events: Sequence[Event[F]], translate: Callable[[Event[F]], list[Movement]]) -> None:
    """Posts what events mean, each movement once for ever, and tells each position's news once.

    Units that would leave before they came wait until more of their position have come.
    """
    wanted = await _of_known_positions(tx, [(event, translate(event)) for event in events])
    every = [movement for _, movements in wanted for movement in movements]
    sequences = await store.lock_positions(tx, {movement.position for movement in every})
    known = await store.known_movements(tx, every)
    fresh = _each_once(wanted, known)
    ledger = await store.read_ledger(tx, sequences, every)
    ledger, posted, short = domain.post(ledger, [mine for _, mine in fresh])
    for one in short:
        tx.park(fresh[one.event][0], _units_at(one.lot[:2]))
    await store.record(tx, ledger, posted, tx.now)
    tx.arrived(*(_units_at(one.movement.position) for one in posted if one.movement.delta > 0))
    _tell(tx, posted, {event.cause: event.traceparent for event in events})


def _each_once(wanted: Sequence[Wanted[F]], known: set[str]) -> list[Wanted[F]]:
    """The movements that are neither in the ledger nor named by an earlier event."""
    seen = set(known)
    fresh: list[Wanted[F]] = []
    for event, movements in wanted:
        mine = [movement for movement in movements if movement.movement_id not in seen]
        seen.update(movement.movement_id for movement in mine)
        if mine:
            fresh.append((event, mine))
    return fresh


def _units_at(position: Position) -> str:
    return f"units:{'|'.join(position)}"


def _tell(tx: Tx, posted: Sequence[Posted], traces: Mapping[str, str | None]) -> None:
    for (sku, node), news in domain.by_position(posted).items():
        told = StockAdjusted(sku=sku, node=node, sequence=news[0].sequence, movements=tuple(map(_told, news)))
        tx.announce(told, traces[news[0].movement.cause])


async def _of_known_positions(tx: Tx, wanted: Sequence[Wanted[F]]) -> list[Wanted[F]]:
    """The movements of events whose SKUs and nodes are known; the other events wait for the first unknown."""
    every = [movement for _, movements in wanted for movement in movements]
    skus = await store.unknown_skus(tx, {movement.sku for movement in every})
    nodes = await store.unknown_nodes(tx, {movement.node for movement in every})
    known: list[Wanted[F]] = []
    for event, movements in wanted:
        needs = [f"sku:{m.sku}" for m in movements if m.sku in skus]
        needs += [f"node:{m.node}" for m in movements if m.node in nodes]
        if needs:
            tx.park(event, needs[0])
        else:
            known.append((event, movements))
    return known


def _opening(event: Event[OnHandReported]) -> list[Movement]:
    body = event.body
    return [
        Movement(
            f"{body.report_id}/{place}", Sku(body.sku), Node(body.node), "opening", lot.status, lot.units,
            event.cause, lot.lot or "", lot.expires_on,
        )
        for place, lot in enumerate(body.lots, 1)
    ]  # fmt: skip


def _receipt(event: Event[ReceiptPosted]) -> list[Movement]:
    body = event.body
    return [
        Movement(
            body.receipt_id, Sku(body.sku), Node(body.node), "receipt", body.disposition, body.units,
            event.cause, body.lot or "", body.expires_on, body.supply_id, lane=body.lane,
        )
    ]  # fmt: skip


def _shipment(event: Event[ShipmentConfirmed]) -> list[Movement]:
    body = event.body
    return [
        Movement(
            f"{body.shipment_id}/{place}", Sku(line.sku), Node(line.node), "ship", "sellable", -line.units,
            event.cause, line.lot or "", order_id=body.order_id, line_id=line.line_id,
        )
        for place, line in enumerate(body.lines, 1)
    ]  # fmt: skip


def _told(posted: Posted) -> MovementTold:
    m = posted.movement
    return MovementTold(
        movement_id=m.movement_id, reason=m.reason, supply_id=m.supply_id, order_id=m.order_id, line_id=m.line_id,
        lane=m.lane, cause=m.cause, lot=m.lot or None, expires_on=m.expires_on, status=m.status, delta=m.delta,
        on_hand=posted.on_hand,
    )  # fmt: skip
