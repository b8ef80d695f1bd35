"""Reports of a whole position by the floor: its opening balance, or a comparison that shows differences."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from services.inventory.domain.discrepancies import Discrepancy, discrepancy_of, settled
from services.inventory.domain.ledger import LotPlace, Movement, Node, Position, Sku, Status, natural_id

StatusLot = tuple[Status, str]


@dataclass(frozen=True, slots=True)
class Report:
    """Units by status and lot. A report names every lot of its position: a lot that it leaves out has none."""

    report_id: str
    kind: Literal["opening", "nightly"]
    sku: Sku
    node: Node
    as_of: datetime
    cause: str
    units: Mapping[StatusLot, int]
    expiries: Mapping[str, date | None]

    @property
    def position(self) -> Position:
        return (self.sku, self.node)


def opening_movements(report: Report) -> list[Movement]:
    """Turn the first report of a position into its opening movements."""
    return [
        Movement(
            natural_id("report", report.report_id, report.sku, report.node, str(number)),
            report.sku, report.node, "opening", status, units, report.as_of, report.cause, lot,
            report.expiries.get(lot),
        )
        for number, ((status, lot), units) in enumerate(report.units.items(), 1)
        if units
    ]  # fmt: skip


def split_openings(reports: Iterable[Report], started: set[Position]) -> tuple[list[Report], list[Report]]:
    """Split reports into those that open a position and those that are compared.

    A position is opened once, and not when the ledger held movements from before the report: those would count twice.
    """
    opening_movements: dict[Position, Report] = {}
    others: list[Report] = []
    for report in sorted(reports, key=lambda report: report.as_of):
        if report.kind == "opening" and report.position not in started and report.position not in opening_movements:
            opening_movements[report.position] = report
        else:
            others.append(report)
    return list(opening_movements.values()), others


def newest_reports(reports: Iterable[Report], compared: Mapping[Position, datetime]) -> list[Report]:
    """Return one report per position, and none that is older than the one last compared with."""
    last = {report.position: report for report in sorted(reports, key=lambda report: report.as_of)}
    return [
        report
        for report in last.values()
        if report.position not in compared or report.as_of >= compared[report.position]
    ]


def compare_report(report: Report, ledger: Mapping[StatusLot, int], known: Iterable[Discrepancy]) -> list[Discrepancy]:
    """Return the differences between a report and the ledger as of then, and settle earlier ones that are gone.

    Only a count changes stock: a report posts nothing.
    """
    now = [
        _difference(report, lot, report.units.get(lot, 0), ledger.get(lot, 0))
        for lot in sorted(report.units.keys() | ledger.keys())
        if report.units.get(lot, 0) != ledger.get(lot, 0)
    ]
    still = {discrepancy.exception_id for discrepancy in now}
    return now + [
        settled(discrepancy, settled_by=report.report_id)
        for discrepancy in known
        if discrepancy.exception_id not in still
    ]


def _difference(report: Report, lot: StatusLot, reported: int, ledger: int) -> Discrepancy:
    place: LotPlace = (report.sku, report.node, *lot)
    facts = {
        "report_id": report.report_id,
        "reported": reported,
        "ledger": ledger,
        "difference": reported - ledger,
        "as_of": report.as_of.isoformat(),
        "todo": "count this lot: a report changes no stock",
    }
    return discrepancy_of("on_hand_differs", place, "|".join(report.position), report.as_of, facts, *lot)
