"""What happens to a line, given what its customer was shown."""

from typing import Any

from services.allocation.domain.acceptance import (
    AcceptedLine,
    Article,
    DeclinedLine,
    RequestedLine,
    accept,
    alternatives,
    fell_from_stock,
)
from services.allocation.domain.page import Page, State


def asked(units: int = 1, shown: State | None = "in_stock", order: str = "o1") -> RequestedLine:
    return RequestedLine((order, "1"), units, shown)


def a_page(free: int = 0, state: State = "backorder", *instead: str) -> Page:
    return Page("in_stock" if free else state, free, (), free, instead)


def article(sku: str = "TEE-M", **fields: Any) -> Article:
    known = {"merchant": "acme", "group": "tee", "price": 1000, "attributes": {"size": "M", "colour": "red"}}
    return Article(**{"sku": sku, "in_stock": True, **known, **fields})


def test_a_hundred_buyers_of_the_last_unit_make_one_served_and_99_waiting() -> None:
    answers = accept([asked(order=f"o{n:02}") for n in range(100)], a_page(free=1))
    assert answers[0] == AcceptedLine(("o00", "1"), 1, 0, "in_stock", fell=False)
    assert answers[1:] == [AcceptedLine((f"o{n:02}", "1"), 0, 1, "backorder", fell=True) for n in range(1, 100)]


def test_a_line_gets_the_units_there_and_waits_for_the_rest() -> None:
    assert accept([asked(5)], a_page(free=3)) == [AcceptedLine(("o1", "1"), 3, 2, "backorder", fell=True)]


def test_a_line_is_served_down_to_the_last_unit() -> None:
    assert accept([asked(3)], a_page(free=3)) == [AcceptedLine(("o1", "1"), 3, 0, "in_stock", fell=False)]


def test_a_line_shown_as_backorder_did_not_fall() -> None:
    assert accept([asked(1, "backorder")], a_page()) == [AcceptedLine(("o1", "1"), 0, 1, "backorder", fell=False)]
    assert fell_from_stock("in_stock", 1)
    assert not fell_from_stock("in_stock", 0)
    assert not fell_from_stock(None, 1)


def test_a_line_shown_out_of_stock_is_declined_with_alternatives() -> None:
    assert accept([asked(1, "out_of_stock")], a_page(0, "out_of_stock", "TEE-L")) == [
        DeclinedLine(("o1", "1"), ("TEE-L",))
    ]


def test_a_line_shown_out_of_stock_is_not_made_to_wait() -> None:
    (answer,) = accept([asked(3, "out_of_stock")], a_page(free=2))
    assert answer == DeclinedLine(("o1", "1"), ())


def test_a_line_shown_out_of_stock_is_served_if_all_of_it_is_at_hand() -> None:
    assert accept([asked(2, "out_of_stock")], a_page(free=2)) == [
        AcceptedLine(("o1", "1"), 2, 0, "in_stock", fell=False)
    ]


def test_a_declined_line_takes_no_units_from_the_next() -> None:
    _, second = accept([asked(3, "out_of_stock", "a"), asked(2, "in_stock", "b")], a_page(free=2))
    assert second == AcceptedLine(("b", "1"), 2, 0, "in_stock", fell=False)


def test_a_line_shown_nothing_is_never_declined() -> None:
    assert accept([asked(4, None)], a_page(0, "out_of_stock")) == [
        AcceptedLine(("o1", "1"), 0, 4, "backorder", fell=False)
    ]


def test_a_line_shown_more_than_there_is_is_accepted_in_good_faith() -> None:
    """A page that closed a second ago is not the customer's fault."""
    answers = accept([asked(1, "in_stock", "a"), asked(1, "backorder", "b")], a_page(0, "out_of_stock"))
    assert [(line.waits, line.fell) for line in answers if isinstance(line, AcceptedLine)] == [(1, True), (1, False)]


def test_a_line_before_the_launch_is_a_pre_order() -> None:
    assert accept([asked(1, "preorder")], a_page(), launched=False) == [
        AcceptedLine(("o1", "1"), 0, 1, "preorder", fell=False)
    ]


def test_fewest_differing_attributes_come_first_then_the_nearest_price_then_the_lower_sku() -> None:
    blue_l = article("A", attributes={"size": "L", "colour": "blue"})
    dear, cheap = article("B", price=1200, attributes={"size": "M", "colour": "blue"}), article("C", price=899)
    twins = [article("E", price=1100), article("D", price=900)]
    others = [blue_l, dear, cheap, *twins]
    assert alternatives(article(), others) == ("D", "E", "C", "B", "A")


def test_an_attribute_that_only_one_of_the_two_has_differs() -> None:
    more = article("A", attributes={"size": "M", "colour": "red", "fit": "slim"})
    fewer = article("B", attributes={"size": "M"}, price=2000)
    assert alternatives(article(), [fewer, more]) == ("A", "B")
    assert alternatives(article(), [more, article("Z", price=9000)]) == ("Z", "A")


def test_alternatives_are_in_stock_of_the_same_group_and_merchant() -> None:
    others = [
        article(),
        article("A", in_stock=False),
        article("B", group="hat"),
        article("C", merchant="zeta"),
        article("D", group=None),
    ]
    assert alternatives(article(), others) == ()
    assert alternatives(article(group=None), [article("D", group=None)]) == ()


def test_five_alternatives_are_enough() -> None:
    assert alternatives(article(), [article(f"S{n}") for n in range(6)]) == ("S0", "S1", "S2", "S3", "S4")
