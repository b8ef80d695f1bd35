"""Which lines are declined, and what their customers may have instead."""

from typing import Any

from services.allocation.domain.acceptance import Article, RequestedLine, Room, alternatives, decline
from services.allocation.domain.page import State

TEE, MUG = ("TEE-M", "ams"), ("MUG", "ams")
SHOWN_OUT = "it was shown to be out of stock"
NO_MORE = "no more of it can be ordered for now"


def asked(units: int = 1, shown: State | None = "in_stock", order: str = "o1") -> RequestedLine:
    return RequestedLine((order, "1"), {TEE: units}, shown)


def declined(*lines: RequestedLine, free: int = 0, may_wait: int | None = None) -> dict[str, str]:
    """Return the orders that are declined, and why."""
    rooms = {TEE: Room(free, may_wait), MUG: Room(1, 0)}
    return {order_id: reason for (order_id, _), reason in decline(lines, rooms).items()}


def article(sku: str = "TEE-M", **fields: Any) -> Article:
    known = {"merchant": "acme", "group": "tee", "price": 1000, "attributes": {"size": "M", "colour": "red"}}
    return Article(**{"sku": sku, "in_stock": True, **known, **fields})


def test_a_hundred_buyers_of_the_last_unit_are_all_accepted() -> None:
    assert declined(*(asked(order=f"o{n:02}") for n in range(100)), free=1) == {}


def test_a_line_shown_out_of_stock_is_declined_unless_all_of_it_is_at_hand() -> None:
    assert declined(asked(1, "out_of_stock")) == {"o1": SHOWN_OUT}
    assert declined(asked(3, "out_of_stock"), free=2) == {"o1": SHOWN_OUT}
    assert declined(asked(2, "out_of_stock"), free=2) == {}


def test_a_declined_line_takes_no_units_from_the_next() -> None:
    assert declined(asked(3, "out_of_stock", "a"), asked(2, "out_of_stock", "b"), free=2) == {"a": SHOWN_OUT}
    assert declined(asked(3, order="a"), asked(2, order="b"), may_wait=2) == {"a": NO_MORE}


def test_a_line_shown_anything_else_or_nothing_is_accepted_in_good_faith() -> None:
    assert declined(asked(4, None, "a"), asked(1, "in_stock", "b"), asked(1, "backorder", "c")) == {}


def test_no_more_units_wait_than_may_whatever_was_shown() -> None:
    lines = [asked(1, "backorder", f"o{n:02}") for n in range(62)]
    assert len(declined(*lines, may_wait=5)) == 57
    assert declined(asked(4, order="a"), asked(3, order="b"), free=2, may_wait=3) == {"b": NO_MORE}
    assert declined(asked(2, order="a"), free=2, may_wait=0) == {}


def test_a_bundle_is_declined_whole_if_one_of_its_components_is() -> None:
    bundle = RequestedLine(("a", "1"), {TEE: 1, MUG: 2}, None)
    assert declined(bundle, asked(1, order="b"), free=1, may_wait=0) == {"a": NO_MORE}
    assert declined(RequestedLine(("a", "1"), {TEE: 1, MUG: 1}, None), free=1, may_wait=0) == {}


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
