"""Reports of a whole position by the floor: its opening balance, or a comparison that shows differences."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from services.inventory.domain.discrepancies import Discrepancy, discrepancy_of, settled
from services.inventory.domain.ledger import (
    Ledger,
    LotPlace,
    Movement,
    Node,
    OtherDate,
    Position,
    Sku,
    Status,
    natural_id,
)
from services.inventory.domain.lot_dates import other_date

StatusLot = tuple[Status, str]


@dataclass(frozen=True, slots=True)
class Report:
    """Units by status and lot. A report names every lot of its position: a lot that it leaves out has none.

    `others` are the units of lots that it gives another expiry than the first one, by status, lot and that expiry.
    """

    report_id: str
    kind: Literal["opening", "nightly"]
    sku: Sku
    node: Node
    as_of: datetime
    cause: str
    units: Mapping[StatusLot, int]
    expiries: Mapping[str, date]
    others: Mapping[tuple[Status, str, date], int] = field(default_factory=dict)

    @property
    def position(self) -> Position:
        return (self.sku, self.node)


def report_of(
    report_id: str, kind: Literal["opening", "nightly"], position: Position, as_of: datetime, cause: str,
    lots: Iterable[tuple[Status, str, date | None, int]],
) -> Report:  # fmt: skip
    """Add up the lots of a report: status, lot, expiry and units of each."""
    units, others, expiries = Counter[StatusLot](), Counter[tuple[Status, str, date]](), dict[str, date]()
    for status, lot, expires_on, number in lots:
        units[status, lot] += number
        if expires_on and expires_on != expiries.setdefault(lot, expires_on):
            others[status, lot, expires_on] += number
    return Report(report_id, kind, *position, as_of, cause, units, expiries, others)


def opening_movements(report: Report) -> list[Movement]:
    """Turn the first report of a position into its opening movements; units of a lot's first expiry come first."""
    of_others = Counter[StatusLot]()
    for (status, lot, _), units in report.others.items():
        of_others[status, lot] += units
    firsts = [((*place, report.expiries.get(place[1])), n - of_others[place]) for place, n in report.units.items()]
    return [
        Movement(
            natural_id("report", report.report_id, report.sku, report.node, str(number)),
            report.sku, report.node, "opening", status, units, report.as_of, report.cause, lot, expires_on,
        )
        for number, ((status, lot, expires_on), units) in enumerate([*firsts, *report.others.items()], 1)
        if units
    ]  # fmt: skip


def dates_that_differ(report: Report, ledger: Ledger) -> list[OtherDate]:
    """Return the expiries in a report that is only compared which lots on hand do not have."""
    stated = [
        (lot, day, sum(n for (_, of), n in report.units.items() if of == lot)) for lot, day in report.expiries.items()
    ]
    stated += [(lot, day, units) for (_, lot, day), units in report.others.items()]
    found = [
        other_date(ledger, (*report.position, lot), day, units, report.report_id, report.as_of)
        for lot, day, units in stated
    ]
    return [replace(row, status="sellable") for row in found if row]


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
