"""What trucks came to, for the dock's readers and for the suppliers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from services.receiving import edifact, x12
from services.receiving.domain.closing import ClosedLine, figures, shorts
from services.receiving.domain.notices import Advice, AdviceLine
from services.receiving.handlers.telling import Traces, tell_judged
from services.receiving.store import advices, asns, catalogue
from services.receiving.store.advices import Origin
from services.receiving.store.asns import Closed
from shared.contracts.advices import AdvisedLine, ReceivingAdvised
from shared.contracts.dock import ClosedLine as ClosedLineTold
from shared.contracts.dock import ReceivingClosed
from shared.messaging.transaction import Tx

_WRITERS: Final = {"x12": x12.advise, "edifact": edifact.advise}


async def tell_closed(tx: Tx, traces: Traces) -> None:
    """Tells what locked ASNs came to, of those that are closed: at the close, and again whenever the figures change."""
    closed = await asns.closed_asns(tx, traces)
    if not closed:
        return
    lines = await advices.closed_lines(tx, closed)
    told = await advices.advised(tx, closed)
    news = {asn_id: told.get(asn_id, (0,))[0] + 1 for asn_id in closed if _changed(lines.get(asn_id, ()), told, asn_id)}
    await advices.keep_advices(tx, [(asn_id, version, figures(lines[asn_id])) for asn_id, version in news.items()])
    documents = await _documents(tx, {asn_id: closed[asn_id] for asn_id in news}, lines, news)
    for asn_id, version in news.items():
        _tell(tx, asn_id, version, closed[asn_id], lines[asn_id], documents.get(asn_id), traces[asn_id])
    await _name_shorts(tx, closed, lines, traces)


def _changed(lines: Sequence[ClosedLine], told: Mapping[str, tuple[int, object]], asn_id: str) -> bool:
    return asn_id not in told or told[asn_id][1] != figures(lines)
