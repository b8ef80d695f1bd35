"""Handlers that turn ASNs into inbound supplies."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from services.receiving.domain.asns import asns as domain
from services.receiving.domain.asns.asns import Asn, AsnId, Line
from services.receiving.domain.calendar import Calendar
from services.receiving.domain.catalogue import Catalogue, Node, Sku, gtin14
from services.receiving.domain.discrepancies import ExceptionClass
from services.receiving.domain.inbound import SupplyKey
from services.receiving.domain.scanning.cartons import carton_of
from services.receiving.facts.window import Window
from services.receiving.handlers.discrepancies import Traces, announce_rejudged
from services.receiving.handlers.dock.receiving_advices import tell_closed
from services.receiving.handlers.dock.windows import windows_of_revisions
from services.receiving.handlers.inbound import inbound_announced
from services.receiving.handlers.scanning.cartons import tell_empty_cartons
from services.receiving.handlers.scanning.tallies import make_room
from services.receiving.store import catalogue, supplies
from services.receiving.store.asns import asns
from shared.contracts.asns import AsnCancelled, AsnReceived
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

_ANNOUNCED: frozenset[ExceptionClass] = frozenset({"unknown_sku", "pack_unknown", "pack_differs", "eta_doubtful"})


async def expect_asns(tx: Tx, received: Sequence[Event[AsnReceived]]) -> None:
    """Replace what each ASN is expected to bring by its newest revision; what was received stays received."""
    newest = await _newest_to_known_nodes(tx, received)
    highest = {asn_id: asn for asn_id, (_, asn) in newest.items()}
    await catalogue.hold_catalogue(tx)
    await asns.create_asns(tx, highest.values())
    known = await asns.lock_asns(tx, highest)
    for asn_id in [asn_id for asn_id, asn in highest.items() if known[asn_id].is_transfer and not asn.is_transfer]:
        tx.refuse(newest[asn_id][0], "asn_id: a transfer has this id: send it under another")
        del highest[asn_id]
    revised = {asn_id: asn for asn_id in highest if (asn := domain.revise(known[asn_id], highest[asn_id]))}
    if not revised:
        return
    revised = await windows_of_revisions(tx, known, revised)
    traces: dict[str, str | None] = {asn_id: newest[asn_id][0].traceparent for asn_id in revised}
    lines = [line for asn_id in revised for line in _lines(newest[asn_id][0].body)]
    products = await catalogue.catalogue(tx, lines)
    lines = domain.count_lines(lines, products)
    touched = {*await supplies.supplies_of(tx, revised), *supplies_of_lines(revised, lines)}
    orders = {*await asns.orders_named_by(tx, revised), *domain.orders_named(revised.values(), lines)}
    async with inbound_announced(tx, {supply: traces[supply[0]] for supply in touched}, orders):
        await asns.keep_asns(tx, revised, lines)
        await supplies.expect(tx, touched)
        await make_room(tx, touched, traces)
    await tell_closed(tx, {asn_id: traces[asn_id] for asn_id, _, _ in touched})
    await _name_findings(tx, revised, lines, products, traces)
    tx.arrived(*(f"asn:{asn_id}" for asn_id in revised))


async def cancel_asns(tx: Tx, cancelled: Sequence[Event[AsnCancelled]]) -> None:
    """Expect nothing more of ASNs that were taken back; park those whose ASN is unknown."""
    newest = {event.body.asn_id: event for event in sorted(cancelled, key=lambda e: e.body.revision)}
    known = await asns.lock_asns(tx, newest)
    for event in cancelled:
        if event.body.asn_id not in known:
            tx.park(event, f"asn:{event.body.asn_id}")
    revisions = {asn_id: newest[asn_id].body.revision for asn_id in known}
    revisions = {asn_id: by for asn_id, by in revisions.items() if by > known[asn_id].cancelled_by}
    traces: dict[str, str | None] = {asn_id: newest[asn_id].traceparent for asn_id in revisions}
    touched = await supplies.supplies_of(tx, revisions)
    orders = await asns.orders_named_by(tx, revisions)
    async with inbound_announced(tx, {supply: traces[supply[0]] for supply in touched}, orders):
        await asns.cancel_asns(tx, revisions)
        await supplies.expect(tx, touched)
        await make_room(tx, touched, traces)
    await tell_closed(tx, traces)
    await name_findings(tx, revisions, traces)


async def name_findings(tx: Tx, asn_ids: Collection[AsnId], traces: Traces) -> None:
    """Name what a person must look at in the newest revision of locked ASNs, and wake what waited for them."""
    judged = await asns.lock_asns(tx, asn_ids)
    lines = await asns.newest_lines(tx, judged)
    await _name_findings(tx, judged, lines, await catalogue.catalogue(tx, lines), traces)
    tx.arrived(*(f"asn:{asn_id}" for asn_id in judged))


async def _name_findings(
    tx: Tx, judged: Mapping[AsnId, Asn], lines: Sequence[Line], products: Catalogue, traces: Traces
) -> None:
    found = [discrepancy for asn in judged.values() for discrepancy in domain.findings(asn, lines, products)]
    found += [doubt for asn in judged.values() if (doubt := domain.doubtful_eta(asn, tx.now.date()))]
    await announce_rejudged(tx, _ANNOUNCED, {asn_id: traces[asn_id] for asn_id in judged}, found)
    await tell_empty_cartons(tx, {asn_id: traces[asn_id] for asn_id in judged})


def supplies_of_lines(of: Mapping[AsnId, Asn], lines: Iterable[Line]) -> set[SupplyKey]:
    """Return the supplies that counted lines belong to."""
    return {(line.asn_id, line.sku, of[line.asn_id].node) for line in lines if line.sku and line.units}


async def _newest_to_known_nodes(
    tx: Tx, received: Sequence[Event[AsnReceived]]
) -> dict[AsnId, tuple[Event[AsnReceived], Asn]]:
    """Return the highest revision of each ASN, with its window; park an ASN to an unknown node."""
    calendars = await catalogue.calendars(tx, {Node(event.body.node) for event in received})
    newest: dict[AsnId, tuple[Event[AsnReceived], Asn]] = {}
    for event in sorted(received, key=lambda e: -e.body.revision):
        calendar = calendars.get(Node(event.body.node))
        if calendar is None:
            tx.park(event, f"node:{event.body.node}")
        else:
            newest.setdefault(AsnId(event.body.asn_id), (event, _announced(event, calendar)))
    return newest


def _announced(event: Event[AsnReceived], calendar: Calendar) -> Asn:
    body = event.body
    due = Window(body.eta.earliest, body.eta.latest)
    asn = domain.announced_asn(
        AsnId(body.asn_id), body.revision, body.supplier_id, Node(body.node), due, calendar, event.cause,
        body.shipped_at,
    )  # fmt: skip
    return replace(asn, po_number=body.po_number, eta_estimated_from=body.eta_estimated_from)


def _lines(body: AsnReceived) -> list[Line]:
    lines = [(carton.carton_id, line) for carton in body.cartons for line in carton.lines]
    return [
        Line(
            AsnId(body.asn_id), body.revision, place, carton_of(carton_id), Sku(x.sku) if x.sku else None,
            gtin14(x.gtin) if x.gtin else None, x.qty, x.uom, x.units_per, x.lot, x.expires_on,
            po_number=x.po_number or body.po_number,
        )
        for place, (carton_id, x) in enumerate(lines, 1)
    ]  # fmt: skip
