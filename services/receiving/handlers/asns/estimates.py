"""Handlers that estimate when a truck arrives whose file does not say it, and follow its purchase orders."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

from services.receiving.domain.asns.asns import Line
from services.receiving.domain.asns.estimates import FROM_ORDERS, EstimatedAsn, Hints, estimate
from services.receiving.domain.asns.files import Codes
from services.receiving.domain.catalogue import Node
from services.receiving.facts.file_asns import Cancellation, FileAsn
from services.receiving.facts.window import Window
from services.receiving.handlers.asns.asns import expect_asns
from services.receiving.handlers.purchase_orders import purchase_orders
from services.receiving.store import catalogue
from services.receiving.store.asns import asns, estimates
from shared.contracts.asns import AsnCarton, AsnLine, AsnReceived
from shared.contracts.fields import DateRange
from shared.contracts.purchase_orders import PurchaseOrderUpserted
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

_WRITTEN: Final = "%Y%m%d%H%M%S"


async def estimated(
    tx: Tx, notices: Sequence[FileAsn | Cancellation], codes: Codes
) -> tuple[FileAsn | Cancellation, ...]:
    """Return notices with the arrivals that they do not say estimated; those of which nothing tells stay without."""
    undated = [
        notice
        for notice in notices
        if isinstance(notice, FileAsn) and notice.eta is None and notice.node in codes.nodes
    ]
    if not undated:
        return tuple(notices)
    ways = {(codes.supplier_of(notice.supplier), codes.nodes[notice.node]) for notice in undated}
    took = await estimates.days_on_the_way(tx, ways)
    due = await estimates.days_due(tx, {order for notice in undated for order in _orders(notice)})
    calendars = await catalogue.calendars(tx, {Node(node) for _, node in ways})
    found = {}
    for notice in undated:
        supplier, node = codes.supplier_of(notice.supplier), codes.nodes[notice.node]
        left = notice.shipped_at or datetime.strptime(str(notice.revision), _WRITTEN).replace(tzinfo=UTC)
        calendar = calendars[Node(node)]
        days = [due[order] for order in _orders(notice) if order in due]
        hints = Hints(left.date(), took.get((supplier, node), ()), _whole(days))
        if arrives := estimate(hints, calendar):
            found[id(notice)] = replace(notice, eta=arrives[0], eta_from=arrives[1])
    return tuple(found.get(id(notice), notice) for notice in notices)


def _orders(notice: FileAsn) -> set[str]:
    named = {notice.po_number, *(line.po_number for carton in notice.cartons for line in carton.lines)}
    return {order for order in named if order}


def _whole(days: Iterable[Window]) -> Window | None:
    days = list(days)
    return Window(min(day.earliest for day in days), max(day.latest for day in days)) if days else None


async def expect_orders(tx: Tx, upserted: Sequence[Event[PurchaseOrderUpserted]]) -> None:
    """Take purchase orders, and revise ASNs that arrive when these are due, as far as is known.

    ASNs are locked before orders, as everywhere.
    """
    await catalogue.hold_catalogue(tx)
    numbers = {event.body.po_number for event in upserted}
    await asns.lock_asns(tx, {asn.asn_id for asn in await estimates.estimated_from_orders(tx, numbers)})
    changed = await purchase_orders.expect_orders(tx, upserted)
    if changed:
        await expect_asns(tx, await _revised_asns(tx, changed))


async def _revised_asns(tx: Tx, changed: Mapping[str, Event[PurchaseOrderUpserted]]) -> list[Event[AsnReceived]]:
    """Return the next revision of each ASN that arrives on other days now, told by the change of its order."""
    found = await estimates.estimated_from_orders(tx, changed)
    lines: dict[str, list[Line]] = {asn.asn_id: [] for asn in found}
    for line in await asns.newest_lines(tx, lines) if lines else ():
        lines[line.asn_id].append(line)
    orders = {asn.asn_id: {asn.po_number, *(line.po_number for line in lines[asn.asn_id])} - {None} for asn in found}
    due = await estimates.days_due(tx, {order for named in orders.values() for order in named if order})
    calendars = await catalogue.calendars(tx, {Node(asn.node) for asn in found})
    revised = []
    for asn in found:
        left = asn.shipped_at.date() if asn.shipped_at else date.min
        hints = Hints(left, (), _whole([due[order] for order in orders[asn.asn_id] if order in due]))
        arrives = estimate(hints, calendars[Node(asn.node)])
        if arrives and arrives[0] != asn.eta:
            by = next(changed[order] for order in sorted(filter(None, orders[asn.asn_id])) if order in changed)
            body = _revised(asn, lines[asn.asn_id], arrives[0])
            revised.append(Event(by.source, by.id, body.key(), by.at, body, by.traceparent, by.record))
    return revised


def _revised(asn: EstimatedAsn, lines: Iterable[Line], arrives: Window) -> AsnReceived:
    cartons: dict[str, list[AsnLine]] = {}
    for x in lines:
        cartons.setdefault(x.carton_id, []).append(
            AsnLine(
                sku=x.sku, gtin=x.gtin, qty=x.qty, uom=x.uom, units_per=x.units_per, lot=x.lot, expires_on=x.expires_on,
                po_number=x.po_number,
            )
        )  # fmt: skip
    return AsnReceived(
        asn_id=asn.asn_id, revision=asn.revision + 1, supplier_id=asn.supplier_id, node=asn.node,
        po_number=asn.po_number, shipped_at=asn.shipped_at,
        eta=DateRange(earliest=arrives.earliest, latest=arrives.latest), eta_estimated_from=FROM_ORDERS,
        cartons=tuple(AsnCarton(carton_id=name, lines=tuple(own)) for name, own in cartons.items()),
    )  # fmt: skip
