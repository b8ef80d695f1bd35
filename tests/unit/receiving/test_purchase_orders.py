"""What was ordered, in units, and what of it is still owed."""

from typing import Any

import pytest

from services.receiving.domain.calendar import Window
from services.receiving.domain.catalogue import Sku, catalogue_of
from services.receiving.domain.purchase_orders import consume, count_lines, keep_causes, ready_after_due
from tests.unit.receiving.docks import WEEKDAYS, an_open_line, an_order_line, march, products


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, 10),
        ({"uom": "case"}, 120),
        ({"uom": "case", "units_per": 6}, 60),
        ({"uom": "inner"}, None),
        ({"sku": Sku("UNKNOWN")}, None),
    ],
)
def test_an_ordered_quantity_is_kept_in_units(said: dict[str, Any], expected: int | None) -> None:
    (line,) = count_lines([an_order_line(**said)], catalogue_of(products()))
    assert line.units == expected


def test_units_are_ready_one_to_ten_working_days_after_they_are_due() -> None:
    assert ready_after_due(march(8), WEEKDAYS) == Window(march(9), march(22))


def test_a_version_that_leaves_the_window_leaves_its_cause() -> None:
    known, told = an_order_line(cause="erp/1"), an_order_line(cause="erp/2", qty=12)
    assert [line.cause for line in keep_causes([told], [known])] == ["erp/1"]


def test_a_version_that_moves_the_window_is_its_cause() -> None:
    known, told = an_order_line(cause="erp/1"), an_order_line(cause="erp/2", window=Window(march(11), march(24)))
    assert [line.cause for line in keep_causes([told], [known])] == ["erp/2"]


def test_units_without_an_asn_go_to_the_line_that_is_due_first() -> None:
    lines = [an_open_line("b/1", 10, 12), an_open_line("a/2", 10, 9), an_open_line("a/1", 10, 9)]
    assert consume(lines, 25) == [("a/1", 10), ("a/2", 10), ("b/1", 5)]


def test_what_nobody_ordered_belongs_to_no_line() -> None:
    assert consume([an_open_line("a/1", 10, 9)], 13) == [("a/1", 10), (None, 3)]
    assert consume([], 3) == [(None, 3)]
    assert consume([an_open_line("a/1", 10, 9)], 10) == [("a/1", 10)]
