"""Read models of product pages and waiting lines."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from services.gateway.domain.versions import newest_versions
from services.gateway.store import promises as store
from shared.contracts.allocations import AllocationRevoked, BackorderReleased
from shared.contracts.availability import AvailabilityChanged
from shared.contracts.promises import Promised, PromisedLine
from shared.contracts.shipments import ShipmentConfirmed
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def show_availability(tx: Tx, pages: Sequence[Event[AvailabilityChanged]]) -> None:
    """Show the newest product pages."""
    last = newest_versions(
        (event.body for event in pages), lambda page: (page.sku, page.node), lambda page: page.version
    )
    await store.keep_availability(tx, [_page(page) for page in last])


async def show_promises(tx: Tx, promises: Sequence[Event[Promised]]) -> None:
    """Show the range that a waiting line was promised last, or that there is none."""
    rows = [(event.body.order_id, line) for event in promises for line in event.body.lines]
    last = newest_versions(rows, lambda row: (row[0], row[1].line_id), lambda row: row[1].line_version)
    await store.keep_promises(tx, [_promise(order_id, line) for order_id, line in last])


async def show_releases(tx: Tx, released: Sequence[Event[BackorderReleased]]) -> None:
    """Subtract released units from what a line waits for; other lots of units that it owns add nothing."""
    lines = [(event.body.order_id, line.ordered) for event in released for line in event.body.lines if not line.again]
    rows = {(order_id, line.line_id, line.line_version, line.units) for order_id, line in lines if line.units}
    await store.keep_releases(tx, rows)


async def show_revocations(tx: Tx, revoked: Sequence[Event[AllocationRevoked]]) -> None:
    """Add units that a line lost to what it waits for; of a component only its bundle is shown."""
    lines = [(event.body.order_id, line.ordered) for event in revoked for line in event.body.lines if line.was_released]
    rows = {(order_id, line.line_id, line.line_version, -line.units) for order_id, line in lines if line.units}
    await store.keep_releases(tx, rows)


async def show_shipments(tx: Tx, shipped: Sequence[Event[ShipmentConfirmed]]) -> None:
    """Subtract shipped units from what a line waits for, even where they were never allocated."""
    left: Counter[tuple[str, str, str, str]] = Counter()
    for confirmed in {(e.body.order_id, e.body.shipment_id): e.body for e in reversed(shipped)}.values():
        for line in confirmed.lines:
            left[confirmed.order_id, line.line_id, confirmed.shipment_id, line.sku] += line.units
    await store.keep_shipped(tx, [(*line, units) for line, units in left.items()])


def _page(page: AvailabilityChanged) -> tuple[Any, ...]:
    breaks = [page_break.model_dump(mode="json") for page_break in page.breaks]
    units = (page.available_to_sell, page.max_orderable)
    until = (page.as_of, page.ships_by, page.valid_until)
    subject = (page.sku, page.node or "", page.version, page.merchant, page.state)
    return (*subject, *units, breaks, *until, page.alternatives)


def _promise(order_id: str, line: PromisedLine) -> tuple[Any, ...]:
    ships = (line.after.earliest, line.after.latest) if line.after else (None, None)
    subject = (order_id, line.line_id, line.line_version, line.sku, line.node, line.units)
    return (*subject, *ships, line.supply_id, line.reason, line.cause)
