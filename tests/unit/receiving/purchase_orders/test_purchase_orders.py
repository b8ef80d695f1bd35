"""What was ordered, in units, and what of it is still owed."""

from datetime import date
from typing import Any

import pytest

from services.receiving.domain.catalogue import Sku, catalogue_of
from services.receiving.domain.dock.windows import TruckHistory, spans_of
from services.receiving.domain.purchase_orders.purchase_orders import (
    OrderLine,
    consume,
    count_lines,
    keep_windows,
    overdue_window,
    ready_after_due,
)
from services.receiving.facts.window import Window
from tests.unit.receiving.scanning.docks import NODE, NOTHING_KNOWN, an_open_line, an_order_line, at, march, products

PUNCTUAL = spans_of(NODE, TruckHistory(due=(0, *[2] * 28, 3)))


def told_of(line: OrderLine) -> tuple[Window, str, date]:
    return line.window, line.cause, line.overdue_at.date()


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
    assert ready_after_due(march(8), at(1), NODE, NOTHING_KNOWN) == (
        Window(march(9), march(22)),
        at(18, 0),
        march(9),
    )


def test_thirty_deliveries_say_when_units_are_ready_after_they_are_due() -> None:
    window, _, reliable_on = ready_after_due(march(8), at(1), NODE, PUNCTUAL)
    assert (window, reliable_on) == (Window(march(10), march(10)), None)


def test_no_window_is_in_the_past() -> None:
    window, _, _ = ready_after_due(march(8), at(25), NODE, NOTHING_KNOWN)
    assert window == Window(date(2027, 3, 26), date(2027, 4, 8))


def test_units_owed_for_too_long_count_as_due_today() -> None:
    late = overdue_window(an_order_line(), at(19), NODE, NOTHING_KNOWN, "firstfill/receiving")
    assert late.window == Window(march(22), date(2027, 4, 2))
    assert late.cause == "firstfill/receiving/overdue/po/1/2027-03-19"
    assert late.reason == "still owed, and no ASN announces it yet; purchase order po line 1: due 9 March"
    assert at(19) < late.overdue_at
    again = overdue_window(late, late.overdue_at, NODE, NOTHING_KNOWN, "firstfill/receiving")
    assert again.window.latest > late.window.latest


def test_a_line_due_on_the_same_day_keeps_its_window_and_its_cause() -> None:
    """Whatever was learned of the supplier since, and also after the window has moved on for being overdue."""
    known = an_order_line()
    line = an_order_line(cause="erp/2", qty=12, window=Window(march(9), march(10)), overdue_at=at(9))
    (kept,) = keep_windows([line], [known])
    assert (kept.qty, told_of(kept)) == (12, told_of(known))


def test_a_version_that_moves_the_window_is_its_cause() -> None:
    line = an_order_line(cause="erp/2", due_on=march(10), window=Window(march(11), march(24)), overdue_at=at(20))
    assert keep_windows([line], [an_order_line()]) == [line]


def test_a_window_that_is_the_same_for_another_day_keeps_its_cause() -> None:
    line = an_order_line(cause="erp/2", due_on=march(8), overdue_at=at(20))
    (kept,) = keep_windows([line], [an_order_line()])
    assert told_of(kept) == (line.window, "erp/1", march(20))


def test_units_without_an_asn_go_to_the_line_that_is_due_first() -> None:
    lines = [an_open_line("b/1", 10, 12), an_open_line("a/2", 10, 9), an_open_line("a/1", 10, 9)]
    assert consume(lines, 25) == [("a/1", 10), ("a/2", 10), ("b/1", 5)]


def test_units_that_nobody_ordered_belong_to_no_line() -> None:
    assert consume([an_open_line("a/1", 10, 9)], 13) == [("a/1", 10), (None, 3)]
    assert consume([], 3) == [(None, 3)]
    assert consume([an_open_line("a/1", 10, 9)], 10) == [("a/1", 10)]
