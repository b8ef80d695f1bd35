"""What is on its way, and what a truck came to."""

from services.receiving.domain.inbound import Inbound, Supply, changed_positions, units_to_expect
from services.receiving.facts.window import Window
from tests.unit.receiving.scanning.docks import AMS, ASN, TEE, march

SUPPLY = Supply(ASN, 10, Window(march(10), march(18)), "mills", "edi/1", "revision 1")
PLACE = (TEE, AMS)


def test_a_receipt_lowers_nothing() -> None:
    assert units_to_expect(10, 4, 4, done=False) == 10


def test_a_close_sets_the_expected_units_to_those_that_came() -> None:
    assert units_to_expect(10, 4, 3, done=True) == 4


def test_units_over_are_not_expected() -> None:
    assert units_to_expect(10, 13, 10, done=True) == 10


def test_units_taken_as_sellable_stay_expected_though_the_supplier_announced_fewer() -> None:
    assert units_to_expect(0, 7, 4, done=True) == 4


def test_a_position_with_the_same_supplies_is_no_news() -> None:
    before = {PLACE: Inbound((SUPPLY,))}
    assert changed_positions(before, {PLACE: Inbound((SUPPLY,), after_sequence=4)}) == {}
    assert changed_positions(before, {PLACE: Inbound((), after_sequence=4)}) == {PLACE: Inbound((), after_sequence=4)}
