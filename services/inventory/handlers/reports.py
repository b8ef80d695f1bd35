"""Reports of the floor, which open a position's ledger once and are compared with it ever after."""

from collections.abc import Sequence
from datetime import datetime

from services.inventory.domain.ledger import Ledger, Node, Sku
from services.inventory.domain.lot_dates import two_dates
from services.inventory.domain.post_movements import post
from services.inventory.domain.reports import (
    Report,
    compare_report,
    dates_that_differ,
    newest_reports,
    opening_movements,
    report_of,
    split_openings,
)
from services.inventory.handlers.post import Traces, announce_discrepancies, of_known_positions, write
from services.inventory.store import counts, discrepancies, ledger
from shared.contracts.counts import OnHandReported
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def open_or_compare(tx: Tx, reported: Sequence[Event[OnHandReported]]) -> None:
    """Open positions with an opening report, unless they had movements before; compare every other report."""
    wanted = [(event, _report(event, tx.now)) for event in reported]
    known = await of_known_positions(tx, wanted, lambda report: [report.position])
    traces = {report.position: event.traceparent for event, report in known}
    locked = await ledger.lock_positions(tx, traces)
    fresh = await counts.add_reports(tx, [report for _, report in known])
    first, others = split_openings(fresh, await counts.started(tx, fresh))
    lots = {(*report.position, lot) for report in first for _, lot in report.units}
    before = await ledger.read_ledger(tx, locked, lots)
    journal, _ = post(before, [[movement] for report in first for movement in opening_movements(report)])
    await write(tx, journal, traces)
    await counts.set_opened(tx, first)
    await _compare(tx, others, locked, traces)


async def _compare(tx: Tx, reports: Sequence[Report], locked: Ledger, traces: Traces) -> None:
    """Announce the differences that reports show, and settle those that are gone; no stock changes."""
    own = newest_reports(reports, await counts.compared(tx, {report.position for report in reports}))
    held = await counts.on_hand_as_of(tx, own)
    await counts.set_compared(tx, own)
    known = await discrepancies.open_discrepancies(tx, {report.position for report in own}, "on_hand_differs")
    found = [
        discrepancy
        for report in own
        for discrepancy in compare_report(
            report, held.get(report.position, {}), [old for old in known if old.place[:2] == report.position]
        )
    ]
    on_hand = await ledger.read_ledger(tx, locked, {(*row.position, lot) for row in own for lot in row.expiries})
    found += two_dates(other for report in own for other in dates_that_differ(report, on_hand))
    await announce_discrepancies(tx, found, traces)


def _report(event: Event[OnHandReported], now: datetime) -> Report:
    """Read a report, made now at the latest, whatever the floor's clock says."""
    body = event.body
    lots = ((lot.status, lot.lot or "", lot.expires_on, lot.units) for lot in body.lots)
    position = (Sku(body.sku), Node(body.node))
    return report_of(body.report_id, body.kind, position, min(body.as_of, now), event.cause, lots)
