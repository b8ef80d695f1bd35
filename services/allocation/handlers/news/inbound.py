"""What is on its way decides what is promised."""

from collections.abc import Iterable, Sequence

from services.allocation.domain.calendar import Calendar
from services.allocation.domain.overdue import announced_or_moved
from services.allocation.domain.position import Position, PositionKey
from services.allocation.domain.supply import Supply, SupplyKey
from services.allocation.domain.why import Why
from services.allocation.domain.window import Window
from services.allocation.handlers.decision.decide import serve
from services.allocation.handlers.decision.decided_position import PositionNews
from services.allocation.handlers.decision.facts import of_known_positions
from services.allocation.store import positions, settings, supplies
from shared.contracts import inbound as contract
from shared.contracts.inbound import InboundChanged
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
    before = await supplies.supplies(tx, list(newest))
    versions = {key: event.body.version for key, event in newest.items()}
    calendars = await settings.calendars(tx, {node for _, node in newest})
    rows = [
        _row(event.body, supply, _window(tx, supply, before.get(key, ()), calendars[key[1]]))
        for key, event in newest.items()
        for supply in event.body.supplies
    ]
    await supplies.list_inbound(tx, versions, rows, _lots(newest.values()))
    await supplies.keep_suppliers(tx, _suppliers(newest.values()))
    news = {key: _news(event, before.get(key, ())) for key, event in newest.items()}
    await serve(tx, {key: locked[key] for key in newest}, news)


def _applies(tx: Tx, event: Event[InboundChanged], locked: dict[PositionKey, Position]) -> bool:
    body = event.body
    position = locked[body.sku, body.node]
    if body.version <= position.inbound_version:
        return False
    if body.after_sequence and body.after_sequence > position.stock_sequence:
        tx.park(event, f"stock:{body.key()}:{body.after_sequence}")
        return False
    return True


def _news(event: Event[InboundChanged], before: Iterable[Supply]) -> PositionNews:
    """Each supply whose window or lots may be new says why; the first of them speaks for the whole position."""
    known = {(supply.key, supply.ready.earliest, supply.ready.latest) for supply in before if not supply.lots}
    changed: dict[SupplyKey, Why] = {
        ("inbound", supply.supply_id): Why(supply.reason, supply.cause, event.traceparent)
        for supply in event.body.supplies
        if supply.lots or (("inbound", supply.supply_id), supply.window.earliest, supply.window.latest) not in known
    }
    at_large = Why("what is on its way changed", event.cause, event.traceparent)
    return PositionNews(next(iter(changed.values()), at_large), changed=changed)


def _window(tx: Tx, supply: contract.Supply, before: Iterable[Supply], calendar: Calendar) -> Window:
    """As it was told, unless it has passed already."""
    window = Window(supply.window.earliest, supply.window.latest)
    announced = Supply(supply.supply_id, supply.expected_units, window, supply.cause, supply.reason)
    known = next((earlier for earlier in before if earlier.key == announced.key), None)
    return announced_or_moved(announced, known, calendar, tx.now).ready


def _suppliers(inbound: Iterable[Event[InboundChanged]]) -> list[supplies.SupplierRow]:
    """What was told last of how often each supplier is on time."""
    announced = {
        supply.supplier_id: (supply.supplier_id, supply.on_time_share, event.at)
        for event in sorted(inbound, key=lambda event: event.at)
        for supply in event.body.supplies
    }
    return list(announced.values())


def _lots(inbound: Iterable[Event[InboundChanged]]) -> list[supplies.LotRow]:
    return [
        (event.body.sku, event.body.node, supply.supply_id, lot.expires_on, lot.units)
        for event in inbound
        for supply in event.body.supplies
        for lot in supply.lots
    ]


def _row(body: InboundChanged, supply: contract.Supply, window: Window) -> supplies.ListedRow:
    return (
        body.sku, body.node, supply.supply_id, supply.expected_units, window.earliest, window.latest,
        supply.cause, supply.reason, supply.on_time_share, supply.reliable_on, supply.is_estimated,
    )  # fmt: skip
