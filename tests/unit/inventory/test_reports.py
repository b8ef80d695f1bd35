"""Reports of whole positions, and lots that are past their life."""

from dataclasses import replace
from datetime import date, timedelta

from services.inventory.domain.expiry import PastLife, expire
from services.inventory.domain.reports import (
    Report,
    StatusLot,
    compare_report,
    newest_reports,
    opening_movements,
    split_openings,
)
from tests.unit.inventory.stock import COUNTED, NOON, POSITION, an_empty_ledger

L1: StatusLot = ("sellable", "L1")
REPORT = Report("r", "opening", *POSITION, NOON, "wms/1", {L1: 4, ("damaged", ""): 0}, {"L1": date(2027, 5, 1)})
NIGHTLY = replace(REPORT, kind="nightly")


def test_an_opening_brings_the_lots_that_have_units() -> None:
    (movement,) = opening_movements(REPORT)

    assert (movement.delta, movement.lot, movement.expires_on, movement.happened_at) == (
        4,
        "L1",
        date(2027, 5, 1),
        NOON,
    )


def test_a_position_is_opened_by_its_first_opening_alone() -> None:
    later = replace(REPORT, report_id="s", as_of=COUNTED)

    assert split_openings([later, REPORT, NIGHTLY], set()) == ([REPORT], [NIGHTLY, later])
    assert split_openings([REPORT], {POSITION}) == ([], [REPORT])


def test_only_the_newest_report_of_a_position_is_compared() -> None:
    later = replace(NIGHTLY, report_id="s", as_of=COUNTED)

    assert newest_reports([later, NIGHTLY], {}) == [later]
    assert newest_reports([NIGHTLY], {POSITION: COUNTED}) == []
    assert newest_reports([NIGHTLY], {POSITION: NOON}) == [NIGHTLY]


def test_a_lot_that_the_report_leaves_out_differs_too() -> None:
    discrepancies = compare_report(NIGHTLY, {L1: 3, ("rework", "L2"): 2}, [])

    assert sorted((d.facts["lot"], d.facts["difference"]) for d in discrepancies) == [("L1", "1"), ("L2", "-2")]


def test_a_difference_that_is_no_more_is_settled() -> None:
    known = compare_report(NIGHTLY, {}, [])
    discrepancies = compare_report(replace(NIGHTLY, report_id="s"), {L1: 4}, known)

    assert [(d.exception_id, d.state) for d in discrepancies] == [(known[0].exception_id, "settled")]


def test_the_same_lot_is_the_same_difference_every_night() -> None:
    first, second = compare_report(NIGHTLY, {L1: 1}, []), compare_report(replace(NIGHTLY, report_id="s"), {L1: 2}, [])

    assert first[0].exception_id == second[0].exception_id


def test_a_lot_past_its_life_leaves_sellable_whole() -> None:
    lot = PastLife((*POSITION, *L1), date(2027, 5, 1), 30)
    ledger = an_empty_ledger({(*POSITION, *L1): 4}, expiries={"L1": date(2027, 5, 1)})
    journal, (discrepancy,) = expire(ledger, [lot], NOON, "firstfill/inventory")

    assert [(receipt.movement.status, receipt.movement.delta) for receipt in journal.posted] == [
        ("sellable", -4),
        ("quarantine", 4),
    ]
    assert (discrepancy.place[2], discrepancy.facts["units"], discrepancy.facts["expires_on"]) == (
        "quarantine",
        "4",
        "2027-05-01",
    )


def test_a_lot_that_has_gone_needs_no_taking_out() -> None:
    lot = PastLife((*POSITION, *L1), date(2027, 5, 1), 30)

    assert expire(an_empty_ledger(), [lot], NOON + timedelta(days=1), "x")[1] == []
