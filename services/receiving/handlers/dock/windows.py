"""Windows of trucks: which facts move them, and how the moves are announced."""

from collections.abc import Mapping

from services.receiving.domain.asns.asns import Asn, AsnId
from services.receiving.domain.dock import windows
from services.receiving.domain.dock.windows import Truck, WindowCause
from services.receiving.handlers.discrepancies import Traces
from services.receiving.handlers.inbound import inbound_announced
from services.receiving.store import supplies
from services.receiving.store.dock import appointments, lead_times
from shared.messaging.transaction import Tx


async def windows_of_revisions(tx: Tx, known: Mapping[AsnId, Asn], revised: Mapping[AsnId, Asn]) -> dict[AsnId, Asn]:
    """Return revisions of locked ASNs with the windows that their trucks have by now."""
    trucks = await appointments.trucks(tx, revised)
    because = {asn_id: WindowCause(asn.cause) for asn_id, asn in revised.items()}
    return await _standing(tx, {a: known[a] for a in revised}, revised, trucks, trucks, because)


async def move_windows(
    tx: Tx,
    known: Mapping[AsnId, Asn],
    before: Mapping[AsnId, Truck],
    after: Mapping[AsnId, Truck],
    because: Mapping[AsnId, WindowCause],
    traces: Traces,
) -> None:
    """Move the windows of locked ASNs by a fact about their trucks, and announce what moved."""
    asns = {asn_id: known[asn_id] for asn_id in because}
    moved = await _standing(tx, asns, asns, before, after, because)
    await keep_windows(tx, {asn_id: asn for asn_id, asn in moved.items() if asn != known[asn_id]}, traces)


async def keep_windows(tx: Tx, asns: Mapping[AsnId, Asn], traces: Traces) -> None:
    """Store the windows of locked ASNs, and announce the inbound that they change."""
    if not asns:
        return
    touched = {supply: traces.get(supply[0]) for supply in await supplies.supplies_of(tx, asns)}
    async with inbound_announced(tx, touched):
        await appointments.keep_windows(tx, asns.values())


async def _standing(
    tx: Tx,
    known: Mapping[AsnId, Asn],
    asns: Mapping[AsnId, Asn],
    before: Mapping[AsnId, Truck],
    after: Mapping[AsnId, Truck],
    because: Mapping[AsnId, WindowCause],
) -> dict[AsnId, Asn]:
    rhythms = await appointments.rhythms(tx, {asn.node for asn in asns.values()})
    ways = await lead_times.ways(tx, {(asn.supplier_id, asn.node) for asn in asns.values()})
    return {
        asn_id: windows.window_after(
            (known[asn_id], before[asn_id]), (asn, after[asn_id]), rhythms[asn.node],
            windows.spans_of(rhythms[asn.node], ways[asn.supplier_id, asn.node]), tx.now, because[asn_id],
        )
        for asn_id, asn in asns.items()
    }  # fmt: skip
