"""ASNs become what is expected, and so what is on its way."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from services.receiving.domain import asns as domain
from services.receiving.domain.asns import Asn, AsnId, Line, Node
from services.receiving.domain.calendar import Calendar, Window
from services.receiving.domain.catalogue import Catalogue, Sku, gtin14
from services.receiving.domain.discrepancies import Discrepancy, found
from services.receiving.domain.inbound import SupplyKey
from services.receiving.handlers.telling import Traces, inbound_told, tell_closed, tell_discrepancies
from services.receiving.handlers.windows import windows_of_revisions
from services.receiving.store import asns, catalogue, supplies
from shared.contracts.asns import AsnReceived
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def expect_asns(tx: Tx, received: Sequence[Event[AsnReceived]]) -> None:
    """The newest revision of each ASN replaces what was expected of it; what was received stays received."""
    newest = await _newest_to_known_nodes(tx, received)
    told = {asn_id: asn for asn_id, (_, asn) in newest.items()}
    await catalogue.hold_catalogue(tx)
    await asns.create_asns(tx, told.values())
    known = await asns.lock_asns(tx, told)
    revised = {asn_id: asn for asn_id in told if (asn := domain.revise(known[asn_id], told[asn_id]))}
    if not revised:
        return
    revised = await windows_of_revisions(tx, known, revised)
    traces: dict[str, str | None] = {asn_id: newest[asn_id][0].traceparent for asn_id in revised}
    lines = [line for asn_id in revised for line in _lines(newest[asn_id][0].body)]
    products = await catalogue.catalogue(tx, lines)
    lines = domain.count_lines(lines, products)
    touched = {*await supplies.supplies_of(tx, revised), *_supplies(revised, lines)}
    async with inbound_told(tx, {supply: traces[supply[0]] for supply in touched}):
        await asns.keep_asns(tx, revised, lines)
        await supplies.expect(tx, touched)
    await tell_closed(tx, {asn_id: traces[asn_id] for asn_id, _, _ in touched})
    await _tell(tx, _without_pack(lines, revised, products), traces)


async def count_lines(tx: Tx, waiting: Mapping[AsnId, Asn], traces: Traces) -> None:
    """Lines of locked ASNs whose products are known by now join what is expected."""
    lines = await asns.uncounted_lines(tx, waiting)
    products = await catalogue.catalogue(tx, lines)
    lines = domain.count_lines(lines, products)
    touched = _supplies(waiting, lines)
    async with inbound_told(tx, {supply: traces[supply[0]] for supply in touched}):
        await asns.count_lines(tx, [line for line in lines if line.units])
        await supplies.expect(tx, touched)
    await tell_closed(tx, {asn_id: traces[asn_id] for asn_id, _, _ in touched})
    await _tell(tx, _without_pack(lines, waiting, products), traces)


def _supplies(of: Mapping[AsnId, Asn], lines: Iterable[Line]) -> set[SupplyKey]:
    """The supplies that counted lines belong to."""
    return {(line.asn_id, line.sku, of[line.asn_id].node) for line in lines if line.sku and line.units}


async def _tell(tx: Tx, uncounted: Collection[Discrepancy], traces: Traces) -> None:
    """Names the lines that cannot be counted; scans that waited for any of these ASNs may go on."""
    await tell_discrepancies(tx, "asn", traces, uncounted)
    tx.arrived(*(f"asn:{asn_id}" for asn_id in traces))


async def _newest_to_known_nodes(
    tx: Tx, received: Sequence[Event[AsnReceived]]
) -> dict[AsnId, tuple[Event[AsnReceived], Asn]]:
    """The highest revision of each ASN, with its window; an ASN to an unknown node waits."""
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
    return domain.announced(
        AsnId(body.asn_id), body.revision, body.supplier_id, Node(body.node), due, calendar, event.cause,
        body.shipped_at,
    )  # fmt: skip


def _lines(body: AsnReceived) -> list[Line]:
    lines = [(carton.carton_id, line) for carton in body.cartons for line in carton.lines]
    return [
        Line(
            AsnId(body.asn_id), body.revision, place, carton_id, Sku(x.sku) if x.sku else None,
            gtin14(x.gtin) if x.gtin else None, x.qty, x.uom, x.units_per, x.lot, x.expires_on,
        )
        for place, (carton_id, x) in enumerate(lines, 1)
    ]  # fmt: skip


def _without_pack(lines: Iterable[Line], of: Mapping[AsnId, Asn], products: Catalogue) -> list[Discrepancy]:
    """Lines of the newest revisions that cannot be counted although their product is known."""
    return [
        found("pack_unknown", "asn", line.asn_id, {"sku": sku, "gtin": line.gtin, "uom": line.uom}, f"{sku}/{line.uom}")
        for line in lines
        if line.revision == of[line.asn_id].revision and (sku := domain.without_pack(line, products))
    ]
