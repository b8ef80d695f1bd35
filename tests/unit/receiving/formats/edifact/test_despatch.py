"""What a despatch advice says: which notice, when, for whom."""

from datetime import UTC, date, datetime

import pytest

from services.receiving.facts.file_asns import Cancellation
from services.receiving.facts.window import Window
from tests.unit.receiving.formats.edifact.despatch_advices import (
    BGM,
    DATED,
    DUE,
    HEADER,
    LIN,
    NODE,
    PARTIES,
    QTY,
    SUPPLIER,
    despatch,
    fault,
    interchange,
    message,
    notice,
    read,
)
from tests.unit.receiving.scanning.docks import march

GOODS = ("CPS+1", LIN, QTY)


def test_a_notice_is_named_by_its_supplier_and_their_number() -> None:
    text = notice(despatch(*GOODS))
    assert (text.asn_id, text.supplier, text.node) == (f"{SUPPLIER}/DES1", SUPPLIER, NODE)


@pytest.mark.parametrize(
    ("parties", "supplier", "node"),
    [
        (("NAD+SE+MILLS", "NAD+ST+AMS"), "MILLS", "AMS"),
        (("NAD+CZ+MILLS", "NAD+CN+HQ", "NAD+UC+AMS"), "MILLS", "AMS"),
        (("NAD+SE+SELLER", "NAD+SU+MILLS", "NAD+ST+SHOP", "NAD+DP+AMS"), "MILLS", "AMS"),
        (("NAD+BY+SHOP", "NAD+DP+AMS"), SUPPLIER, "AMS"),
        (("NAD+DP+++NAME ONLY", "NAD+CN+AMS"), SUPPLIER, "AMS"),
    ],
    ids=["seller, ship to", "consignor, ultimate consignee", "the nearest of each", "the sender", "a name is no code"],
)
def test_supplier_and_node_are_found_in_the_nearest_role(parties: tuple[str, ...], supplier: str, node: str) -> None:
    text = notice(despatch(*GOODS, header=(BGM, DATED, DUE, *parties)))
    assert (text.supplier, text.node) == (supplier, node)


@pytest.mark.parametrize(
    ("dates", "window"),
    [
        (("DTM+17:20270310:102",), (10, 10)),
        (("DTM+132:202703111600:203",), (11, 11)),
        (("DTM+132:202703110030CET:303",), (11, 11)),
        (("DTM+64:20270310:102", "DTM+63:202703122359:203"), (10, 12)),
        (("DTM+64:20270310:102",), (10, 10)),
        (("DTM+63:20270312:102",), (12, 12)),
        (("DTM+2:20270310-20270312:718",), (10, 12)),
        (("DTM+2:2027031020270312:718",), (10, 12)),
        (("DTM+69:202710:616",), (8, 14)),
        (("DTM+2:20270309:102", "DTM+69:20270310:102", "DTM+17:20270311:102"), (11, 11)),
        (("DTM+2:20270309:102", "DTM+64:20270310:102", "DTM+63:20270312:102"), (10, 12)),
        (("DTM+17:270310:101",), (10, 10)),
    ],
)
def test_a_truck_is_due_when_the_supplier_says(dates: tuple[str, ...], window: tuple[int, int]) -> None:
    text = notice(despatch(*GOODS, header=(BGM, DATED, *dates, *PARTIES)))
    assert text.eta == Window(march(window[0]), march(window[1]))


@pytest.mark.parametrize(
    "dates",
    [(), ("DTM+11:20270308:102",), ("RFF+ON:PO1", "DTM+17:20270310:102")],
    ids=["no date", "only despatch", "the order's date"],
)
def test_without_a_date_of_arrival_none_is_guessed(dates: tuple[str, ...]) -> None:
    assert notice(despatch(*GOODS, header=(BGM, DATED, *dates, *PARTIES))).eta is None


@pytest.mark.parametrize(
    "dtm",
    ["17:20270230:102", "17:270310:102", "17:2027031:102", "17:20270310:999", "17:20270310", "17:٢٠٢٧٠٣١٠:102",
     "17:20270312-20270310:718", "17:202703100000XYZ:303", "17:00010101:102"],
)  # fmt: skip
def test_an_impossible_date_is_refused_at_its_place(dtm: str) -> None:
    content = interchange("MESSAGE", syntax="UNOW:4").replace(
        b"MESSAGE", message(BGM, DATED, f"DTM+{dtm}", *PARTIES, *GOODS).encode()
    )
    segment, element, _ = fault(content)
    assert (segment, (element or "")[:8]) == (5, "DTM C507")


def test_two_dates_under_one_qualifier_are_a_contradiction() -> None:
    assert fault(despatch(*GOODS, header=(*HEADER[:3], "DTM+17:20270311:102", *PARTIES)))[0] == 6


@pytest.mark.parametrize(
    ("dated", "revision"),
    [
        ("DTM+137:202703081145:203", 20270308114500),
        ("DTM+137:20270308114559:204", 20270308114559),
        ("DTM+137:20270308:102", 20270308120000),
        ("DTM+137:20270307:102", 20270308120000),
        ("DTM+137:20270401:102", 20270401000000),
    ],
    ids=["minutes", "seconds", "time of the interchange", "sent a day later", "dated ahead"],
)
def test_a_revision_is_the_documents_date_and_time(dated: str, revision: int) -> None:
    assert notice(despatch(*GOODS, header=(BGM, dated, DUE, *PARTIES))).revision == revision


def test_a_replacement_dated_by_the_day_is_newer_than_the_original_of_that_day() -> None:
    first, second = (
        read(interchange(message(f"BGM+351+DES1+{function}", "DTM+137:20270308:102", DUE, *PARTIES, *GOODS), at=at))
        for function, at in (("9", "270308:0900"), ("5", "270308:1500"))
    )
    assert first.notices[0].revision < second.notices[0].revision


@pytest.mark.parametrize("function", ["9", "5", "7", ""])
def test_a_whole_notice_is_taken(function: str) -> None:
    assert notice(despatch(*GOODS, header=(f"BGM+351+DES1+{function}", *HEADER[1:]))).asn_id == f"{SUPPLIER}/DES1"


@pytest.mark.parametrize("function", ["4", "2", "31"])
def test_a_notice_of_changes_only_is_refused(function: str) -> None:
    content = despatch(*GOODS, header=(f"BGM+351+DES1+{function}", *HEADER[1:]))
    assert fault(content) == (3, "BGM 1225", function)


def test_a_cancellation_needs_no_goods() -> None:
    content = despatch(header=("BGM+351+DES1+1", DATED, PARTIES[0]))
    assert read(content).notices == (Cancellation(f"{SUPPLIER}/DES1", 20270308114500, SUPPLIER),)


@pytest.mark.parametrize(
    ("orders", "po_number"), [(("PO1",), "PO1"), (("PO1", "PO1"), "PO1"), (("PO1", "PO2"), None), ((), None)]
)
def test_a_truck_of_several_orders_is_of_none(orders: tuple[str, ...], po_number: str | None) -> None:
    text = notice(despatch(*GOODS, header=(*HEADER[:3], *(f"RFF+ON:{order}" for order in orders), *PARTIES)))
    assert text.po_number == po_number


@pytest.mark.parametrize(
    ("said", "carrier"),
    [("NAD+CA+DHL::91", "DHL"), ("NAD+CA+++DHL FREIGHT", "DHL FREIGHT"), ("TDT+20++30++KN:172:87", "KN"),
     ("TDT+20++30++:::KUEHNE", "KUEHNE"), ("TOD+3", None)],
)  # fmt: skip
def test_the_carrier_is_a_party_or_stands_with_the_transport(said: str, carrier: str | None) -> None:
    assert notice(despatch(*GOODS, header=(*HEADER, said))).carrier == carrier


@pytest.mark.parametrize(
    ("said", "shipped_at"),
    [("202703081000:203", 10), ("20270308:102", 0), ("202703081000CET:303", 9), ("202703081000?+01:303", 9)],
)
def test_the_time_of_despatch_is_utc_by_default(said: str, shipped_at: int) -> None:
    content = despatch(*GOODS, header=(*HEADER[:3], f"DTM+11:{said}", *PARTIES))
    assert notice(content).shipped_at == datetime(2027, 3, 8, shipped_at, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "place"),
    [
        (HEADER[:4], (3, "NAD C082/3039", None)),
        ((BGM, DUE, *PARTIES), (3, "DTM+137", None)),
        (("BGM+351++9", *HEADER[1:]), (3, "BGM 1004", None)),
        (("BGM+35E+DES1+9", *HEADER[1:]), (3, "BGM C002/1001", "35E")),
        (("BGM+351+A|B+9", *HEADER[1:]), (3, "BGM 1004", "A|B")),
        (HEADER[1:], (2, "BGM", None)),
    ],
    ids=["no node", "no date", "no number", "a returns advice", "a number with |", "no BGM"],
)
def test_a_missing_part_of_a_notice_is_named(header: tuple[str, ...], place: tuple[int, str, str | None]) -> None:
    assert fault(despatch(*GOODS, header=header)) == place


@pytest.mark.parametrize("kind", ["DESADV:D:93A:UN", "DESADV:2:912:UN", "DESADV:D"])
def test_an_older_directory_is_refused(kind: str) -> None:
    assert fault(interchange(message(*HEADER, *GOODS, kind=kind)))[:2] == (2, "UNH S009/0054")


@pytest.mark.parametrize("kind", ["DESADV:D:96A:UN", "DESADV:D:01B:UN:EAN007", "DESADV:D:24A:UN"])
def test_d96a_and_later_are_read(kind: str) -> None:
    assert read(interchange(message(*HEADER, *GOODS, kind=kind))).faults == ()


def test_a_date_of_a_month_is_its_last_day() -> None:
    text = notice(despatch("CPS+1", LIN, QTY, "DTM+36:202802:610"))
    assert text.cartons[0].lines[0].expires_on == date(2028, 2, 29)
