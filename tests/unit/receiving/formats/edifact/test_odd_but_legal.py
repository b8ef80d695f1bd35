"""DESADVs as partners really send them: odd, legal, and taken as they are meant."""

import pytest

from services.receiving.facts.file_asns import FileBackOrder
from services.receiving.formats import edifact
from tests.unit.receiving.formats.answers import sent
from tests.unit.receiving.formats.edifact.despatch_advices import (
    HEADER,
    LIN,
    QTY,
    despatch,
    fault,
    interchange,
    line,
    message,
    notice,
    read,
    sscc,
)
from tests.unit.receiving.formats.partner_files import NOW


def cartons(*detail: str) -> dict[str, list[int]]:
    """Return quantities by carton."""
    return {carton.carton_id: [row.qty for row in carton.lines] for carton in notice(despatch(*detail)).cartons}


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (("PCI+17", "GIR+3+L-1:ML+L-2:ML", "GIR+3+L-3:ML+L-4:ML"), ("L-1", "L-2", "L-3", "L-4")),
        (("GIR+3+L-1:ML+7:BX+L-2:ML",), ("L-1", "L-2")),
        ((f"GIR+3+{sscc(1)}:AW", f"GIR+3+{sscc(2)}:BJ"), (sscc(1), sscc(2))),
    ],
)
def test_labels_of_a_line_are_its_cartons_each_with_its_share(labels: tuple[str, ...], names: tuple[str, ...]) -> None:
    found = cartons("CPS+1", LIN, "QTY+12:24:PCE", "QTY+52:6", *labels)
    assert found == {name: [24 // len(names)] for name in names}


def test_one_sscc_under_two_packages_is_one_carton() -> None:
    twice = ("CPS+1", f"GIN+BJ+{sscc(1)}", LIN, QTY, "CPS+2", f"GIN+BJ+{sscc(1)}", "LIN+2++TEE-M:IN", "QTY+12:6")
    assert cartons(*twice) == {sscc(1): [24, 6]}


@pytest.mark.parametrize(("unit", "units"), [("DZN", 120), ("SET", 10), ("PR", 10), ("PC", 10), ("KT", 10)])
def test_a_dozen_is_twelve_and_a_pair_a_set_or_a_kit_is_one(unit: str, units: int) -> None:
    despatched = line(LIN, f"QTY+12:10:{unit}", "QTY+59:6")
    assert (despatched.qty, despatched.uom, despatched.units_per) == (units, "each", None)


@pytest.mark.parametrize(
    ("said", "qty"), [(("QTY+21:24",), 24), (("QVR+-24:21+BP",), 24), ((), None), (("QVR+x:21+BP",), None)]
)
def test_a_line_of_which_nothing_was_sent_is_the_suppliers_back_order(said: tuple[str, ...], qty: int | None) -> None:
    asn = notice(despatch("CPS+1", LIN, QTY, "LIN+2++MUG:IN", "QTY+12:0", *said, "CNT+2:2"))
    assert asn.back_orders == (FileBackOrder("MUG", qty),)
    assert [row.sku for carton in asn.cartons for row in carton.lines] == [None]


def test_a_notice_of_which_nothing_was_sent_announces_nothing_and_says_so() -> None:
    assert fault(despatch("CPS+1", LIN, "QTY+12:0")) == (3, "LIN", None)


def test_a_test_is_answered_as_one() -> None:
    content = despatch("CPS+1", LIN, QTY).replace(b"+10001'", b"+10001++++++1'", 1)
    reading = read(content)
    assert reading.test
    assert "++++++1'" in sent(reading).split("UNH")[0]
    assert not read(despatch("CPS+1", LIN, QTY)).test


def test_a_file_is_a_test_as_a_whole_or_not_at_all() -> None:
    second = interchange(message(HEADER[0].replace("DES1", "DES2"), *HEADER[1:], "CPS+1", LIN, QTY), reference="10002")
    first = despatch("CPS+1", LIN, QTY)
    assert edifact.read(first + second, NOW).faults == ()
    mixed = edifact.read(first.replace(b"+10001'", b"+10001++++++1'", 1) + second, NOW)
    assert [fault.element for fault in mixed.faults] == ["UNB 0035"]
