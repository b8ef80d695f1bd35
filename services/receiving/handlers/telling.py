"""What receiving tells: inbound, closed trucks and discrepancies."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

from services.receiving.domain import inbound
from services.receiving.domain.discrepancies import About, Discrepancy, news_of
from services.receiving.domain.inbound import ClosedLine, Inbound, Position, Supply, SupplyKey
from services.receiving.store import asns, discrepancies, supplies
from shared.contracts.dock import ClosedLine as ClosedLineTold
from shared.contracts.dock import ReceivingClosed
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.fields import DateRange
from shared.contracts.inbound import InboundChanged
from shared.contracts.inbound import Supply as SupplyTold
from shared.messaging.transaction import Tx

Traces = Mapping[str, str | None]


@asynccontextmanager
async def inbound_told(tx: Tx, touched: Mapping[SupplyKey, str | None]) -> AsyncIterator[None]:
    """Locks the positions of supplies, and tells the whole inbound of those where the block really changed it.

    `touched` carries the trace of the event that touches each supply.
    """
    traces = {(sku, node): trace for (_, sku, node), trace in touched.items()}
    versions = await supplies.lock_positions(tx, traces)
    before = await supplies.read_inbound(tx, traces)
    yield
    news = inbound.changed(before, await supplies.read_inbound(tx, traces))
    await supplies.set_versions(tx, {position: versions[position] + 1 for position in news})
    for position, now in news.items():
        tx.announce(_inbound(position, versions[position] + 1, now), traces[position])


async def tell_closed(tx: Tx, traces: Traces) -> None:
    """Tells what trucks came to, of those that are closed."""
    closed = await asns.closed_asns(tx, traces)
    lines = await supplies.closed_lines(tx, closed)
    for asn_id, (node, closed_at) in closed.items():
        told = tuple(map(_closed_line, lines.get(asn_id, ())))
        tx.announce(ReceivingClosed(asn_id=asn_id, node=node, closed_at=closed_at, lines=told), traces[asn_id])


async def tell_discrepancies(tx: Tx, about: About, traces: Traces, now: Collection[Discrepancy]) -> None:
    """Tells what is found of these subjects for the first time, and what is settled by the news."""
    news = news_of(await discrepancies.discrepancies(tx, about, traces), now)
    await discrepancies.keep_discrepancies(tx, news)
    for one in news:
        told = ExceptionChanged(
            exception_id=one.exception_id, version=one.version, exception_class=one.exception_class,
            subject=one.subject, facts=dict(one.facts), state=one.state,
        )  # fmt: skip
        tx.announce(told, traces[one.subject])


def _closed_line(line: ClosedLine) -> ClosedLineTold:
    return ClosedLineTold(
        sku=line.sku, expected=line.expected, received=line.received, damaged=line.damaged, short=line.short,
        over=line.over,
    )  # fmt: skip


def _inbound(position: Position, version: int, now: Inbound) -> InboundChanged:
    sku, node = position
    told = tuple(map(_supply, now.supplies))
    return InboundChanged(sku=sku, node=node, version=version, after_sequence=now.after_sequence, supplies=told)


def _supply(supply: Supply) -> SupplyTold:
    return SupplyTold(
        supply_id=supply.supply_id, expected_units=supply.expected_units,
        window=DateRange(earliest=supply.window.earliest, latest=supply.window.latest), basis=supply.basis,
        supplier_id=supply.supplier_id, cause=supply.cause, reason=supply.reason,
    )  # fmt: skip
