"""Handlers for whole cartons: which are empty, and what they lack."""

from collections.abc import Collection, Sequence

from services.receiving.domain.asns.asns import AsnId
from services.receiving.domain.scanning.cartons import CartonId, carton_of, counted_twice, shortages, subject_of
from services.receiving.handlers.discrepancies import Traces, announce_discrepancies
from services.receiving.store.asns import asns
from services.receiving.store.scanning import scans, tallies
from shared.contracts.scans import CartonClosed
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def close_cartons(tx: Tx, closed: Sequence[Event[CartonClosed]]) -> None:
    """Name what an empty carton lacks, whatever is still scanned of it; park those whose ASN is unknown."""
    known = await asns.lock_asns(tx, {event.body.asn_id for event in closed})
    for event in closed:
        if event.body.asn_id not in known:
            tx.park(event, f"asn:{event.body.asn_id}")
    of_known = [event for event in closed if event.body.asn_id in known]
    fields = {
        (AsnId(e.body.asn_id), carton_of(e.body.carton_id)): (e.body.device_id, e.body.closed_at) for e in of_known
    }
    await scans.close_cartons(tx, fields)
    await tell_cartons(tx, fields, closed[0].traceparent)


async def tell_empty_cartons(tx: Tx, traces: Traces) -> None:
    """Announce anew what empty cartons of locked ASNs lack after a revision."""
    empty = await scans.closed_cartons_of(tx, traces)
    await tell_cartons(tx, empty, next(iter(traces.values()), None))


async def tell_cartons(tx: Tx, touched: Collection[CartonId], trace: str | None) -> None:
    """Name cartons of locked ASNs that were accepted twice, and what empty ones lack."""
    known = await scans.read_cartons(tx, touched)
    empty = await scans.closed_cartons(tx, touched)
    newest = await asns.lock_asns(tx, {asn_id for asn_id, _ in empty})
    lines = await asns.carton_lines(tx, [(asn_id, newest[asn_id].revision, carton) for asn_id, carton in empty])
    counted = await tallies.units_in_cartons(tx, empty)
    odd = [discrepancy for of, carton in known.items() for discrepancy in counted_twice(of, carton)]
    for of in empty:
        expected = lines.get((of[0], newest[of[0]].revision, of[1]), ())
        odd += shortages(of, known[of], expected, counted.get(of, {}))
    await announce_discrepancies(tx, "carton", dict.fromkeys(map(subject_of, touched), trace), odd)
