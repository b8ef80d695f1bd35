"""What a truck came to, and of what too much is short."""

import pytest

from services.receiving.domain.catalogue import Sku, Tolerance
from services.receiving.domain.dock.close import ClosedLine, figures, lines_that_fit, short_skus
from tests.unit.receiving.scanning.docks import ASN, TEE


@pytest.mark.parametrize(
    ("expected", "received", "listed", "short", "over", "wrong"),
    [(120, 108, True, 12, 0, 0), (10, 13, True, 0, 3, 0), (0, 3, True, 0, 3, 0), (0, 3, False, 0, 0, 3)],
)
def test_received_units_are_as_announced_short_over_or_wrong(
    expected: int, received: int, listed: bool, short: int, over: int, wrong: int
) -> None:
    line = ClosedLine(TEE, expected, received, 0, listed)
    assert (line.short, line.over, line.wrong) == (short, over, wrong)


@pytest.mark.parametrize(("percent", "named"), [(0, True), (9, True), (10, False), (100, False)])
def test_a_short_above_the_tolerance_is_named(percent: int, named: bool) -> None:
    tolerances = {TEE: Tolerance(short_percent=percent)}
    assert [
        discrepancy.facts["short"] for discrepancy in short_skus(ASN, [ClosedLine(TEE, 120, 108, 0)], tolerances)
    ] == ["12"] * named


def test_no_short_is_tolerated_without_a_policy() -> None:
    assert len(short_skus(ASN, [ClosedLine(TEE, 120, 119, 0)], {})) == 1


def test_a_purchase_orders_debt_is_no_new_figure_of_the_truck() -> None:
    assert figures([ClosedLine(TEE, 10, 8, 0, owed_on_po=2)]) == figures([ClosedLine(TEE, 10, 8, 0, owed_on_po=0)])
    assert figures([ClosedLine(TEE, 10, 8, 0)]) != figures([ClosedLine(TEE, 10, 8, 1)])


def test_lines_that_came_as_announced_are_left_out_first() -> None:
    fine, short, wrong, damaged = (
        ClosedLine(Sku("A"), 10, 10, 0), ClosedLine(Sku("B"), 10, 8, 0), ClosedLine(Sku("C"), 0, 3, 0, listed=False),
        ClosedLine(Sku("D"), 10, 10, 1),
    )  # fmt: skip
    every = [fine, short, wrong, damaged]
    assert lines_that_fit(every, [10] * 4, 40) == every
    assert lines_that_fit(every, [10] * 4, 39) == [short, wrong, damaged]
    assert lines_that_fit(every, [10] * 4, 20) == [short, wrong]
