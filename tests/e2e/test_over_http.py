"""After the sample shift, every figure that its files imply can be asked over HTTP."""

from collections import Counter
from operator import itemgetter

import pytest

from deploy.local.expected_figures import expected
from deploy.local.sample_files import MERCHANT, NODE, SUPPLIER, rows
from deploy.local.trucks import cartons
from services.receiving.formats.x12.receiving_advice import read_advice
from tests.e2e.conftest import Caller, Row, waiting

TRUCK = f"{SUPPLIER}/ASN-1001"
LATE = f"{SUPPLIER}/ASN-1002"


def lots(reader: Caller, sku: str, status: str) -> list[Row]:
    positions = reader.ask("/v1/stock", sku=sku, node=NODE)["positions"]
    return [lot for position in positions for lot in position["lots"] if lot["status"] == status]


def exceptions(reader: Caller, kind: str) -> list[Row]:
    return reader.rows("/v1/exceptions", **{"class": kind})


def test_on_hand_of_every_sku_is_as_the_files_imply(reader: Caller) -> None:
    skus = [row["sku"] for row in rows("products")]
    on_hand = {sku: sum(lot["on_hand"] for lot in lots(reader, sku, "sellable")) for sku in skus}
    assert {sku: units for sku, units in on_hand.items() if units} == dict(+expected().free)
    assert on_hand["HOME-02"] == 21


def test_held_expired_and_damaged_units_lie_apart(reader: Caller) -> None:
    assert [lot["on_hand"] for lot in lots(reader, "HOME-01", "quarantine")] == [4]
    (expired,) = lots(reader, "FOOD-06", "quarantine")
    assert (expired["lot"], expired["life_days"], expired["on_hand"]) == ("L6X", 10, 5)
    assert [lot["on_hand"] for lot in lots(reader, "WAIT-04", "damaged")] == [1]
    assert [lot["on_hand"] for lot in lots(reader, "WAIT-03", "quarantine")] == [1]  # one more than was announced


def test_the_ledger_explains_the_units_on_hand(reader: Caller) -> None:
    movements = reader.ask("/v1/ledger", sku="HOME-02", node=NODE, limit=500)["movements"]
    assert (movements[0]["reason"], movements[0]["delta"]) == ("opening", 49)
    assert (movements[-1]["reason"], movements[-1]["delta"], movements[-1]["on_hand"]) == ("count", -3, 21)
    assert sum(movement["delta"] for movement in movements) == 21
    assert (
        -sum(movement["delta"] for movement in movements if movement["reason"] == "ship")
        == expected().shipped["HOME-02"]
    )


def test_lots_with_little_life_left_are_listed(reader: Caller) -> None:
    needs = {row["sku"]: int(row["min_life_days"]) for row in rows("products") if row["dated"] == "yes"}
    short = {
        (sku, lot["lot"]): lot["on_hand"]
        for sku, days in needs.items()
        for lot in lots(reader, sku, "sellable")
        if lot["life_days"] - days < 300
    }
    answer = reader.ask("/v1/expiring", node=NODE, within_days=300)
    assert {(lot["sku"], lot["lot"]): lot["on_hand"] for lot in answer["lots"]} == short
    assert ("FOOD-06", "L6B") in short


def test_counts_name_their_request_and_their_settlement(reader: Caller) -> None:
    assert reader.ask("/v1/counts", node=NODE)["counts"] == []
    settled = {row["exception_class"]: row for row in reader.ask("/v1/counts", node=NODE, state="settled")["counts"]}
    drift, short = settled["count_differs"], settled["pick_short"]
    assert (drift["sku"], drift["facts"]["difference"], drift["facts"]["settled_by"]) == ("HOME-02", "-3", "count-2")
    assert (short["sku"], short["facts"]["shorted"], short["facts"]["settled_by"]) == ("HOME-03", "1", "count-3")
    assert reader.ask("/v1/differences", node=NODE)["differences"] == []


def test_exceptions_are_listed_for_a_person(reader: Caller) -> None:
    (over,), (short,), (expired,) = (exceptions(reader, kind) for kind in ("over", "short", "lot_expired"))
    assert (over["facts"]["sku"], over["facts"]["units"]) == ("WAIT-03", "1")
    assert (short["subject"], short["facts"]["sku"], short["facts"]["short"]) == (TRUCK, "WAIT-02", "6")
    assert (expired["facts"]["sku"], expired["facts"]["lot"], expired["facts"]["units"]) == ("FOOD-06", "L6X", "5")
    kinds = sorted(row["class"] for row in reader.rows("/v1/exceptions", state="open"))
    assert kinds == ["lot_expired", "over", "short"]


def test_customers_whom_no_truck_served_still_wait(reader: Caller) -> None:
    queues = reader.rows("/v1/queues", node=NODE, limit=1000)
    price = {row["sku"]: int(row["price_cents"]) for row in rows("products")}
    assert {row["sku"]: row["waiting_units"] for row in queues} == dict(waiting())
    assert {row["sku"]: row["waiting_value"] for row in queues} == {s: n * price[s] for s, n in waiting().items()}
    assert waiting()["WAIT-04"] == 1  # twelve came, one of them broken


@pytest.mark.parametrize("sku", ["HOME-02", "WAIT-01", "WAIT-04", "FOOD-06"])
def test_a_product_page_sells_the_free_units(reader: Caller, sku: str) -> None:
    (page,) = reader.rows("/v1/availability", sku=sku, node=NODE)
    free = expected().free[sku]
    assert (page["merchant"], page["available_to_sell"]) == (MERCHANT, free)
    assert (page["state"] == "in_stock") == (free > 0)


def test_an_order_shows_its_promises_and_what_still_waits(reader: Caller) -> None:
    orders = [f"{MERCHANT}/{row['order']}" for row in rows("orders") if row["sku"] == "WAIT-04"]
    lines = [line for order in orders for line in reader.rows("/v1/promises", order_id=order)]
    left = [line for line in lines if line["sku"] == "WAIT-04" and line["waiting_units"]]
    assert [(line["order_id"], line["waiting_units"], line["supply_id"]) for line in left] == [(orders[-1], 1, None)]


def test_the_late_truck_is_inbound(reader: Caller) -> None:
    inbound = reader.rows("/v1/inbound", node=NODE, limit=1000)
    coming = {(row["sku"], entry["supply_id"]): entry["expected_units"] for row in inbound for entry in row["supplies"]}
    assert coming == {(sku, LATE): units for sku, units in announced("ASN-1002").items()}


def test_the_truck_for_which_most_waits_is_suggested_first(reader: Caller) -> None:
    first, *others = reader.ask("/v1/suggestions", node=NODE)["suggestions"]
    wanted = sum(min(units, waiting()[sku]) for sku, units in announced("ASN-1002").items())
    assert (first["asn_id"], first["waiting_units"], others) == (LATE, wanted, [])
    free = reader.ask("/v1/free-slots", node=NODE, limit=2)["slots"]
    assert [slot["door"] for slot in free] == ["1", "2"], "nobody has booked yet"


def test_lead_times_are_those_of_landed_supplies(reader: Caller) -> None:
    landed = len(announced("ASN-1001")) + len(announced("ASN-1003"))
    assert reader.ask("/v1/lead-times", supplier_id=SUPPLIER)["supplies"] == landed
    times = reader.ask("/v1/dock-to-stock", node=NODE)
    assert (times["target_days"], times["on_the_dock"]) == (3, [])


def test_a_file_that_was_taken_has_its_answer(reader: Caller) -> None:
    (x12,) = reader.rows("/v1/asn-files", file_id="asn-1001-revision-1.x12")
    assert (x12["state"], [asn["asn_id"] for asn in x12["asns"]]) == ("acknowledged", [TRUCK])
    assert "~AK5*A~" in x12["answer"]
    (desadv,) = reader.rows("/v1/asn-files", file_id="asn-1003-revision-1.desadv")
    assert "UCM+81+DESADV" in desadv["answer"]


def test_a_supplier_is_advised_of_their_truck_in_their_own_format(reader: Caller) -> None:
    (answer,) = reader.rows("/v1/advices", asn_id=TRUCK)
    advice = read_advice(answer["document"].encode())
    assert (advice.asn_id, advice.node) == (TRUCK, NODE)
    assert [(line.sku, line.received, line.short, line.over, line.damaged) for line in advice.lines] == [
        (line["sku"], line["received"], line["short"], line["over"], line["damaged"]) for line in answer["lines"]
    ]
    assert {line.sku: line.short for line in advice.lines if line.short} == {"WAIT-02": 6}


def test_the_dock_knows_that_the_truck_is_done(reader: Caller) -> None:
    arrival, close = sorted(reader.rows("/v1/dock", asn_id=TRUCK), key=itemgetter("at"))
    (closed,) = reader.rows("/v1/asns/closed", asn_id=TRUCK)
    assert (arrival["kind"], arrival["state"]) == ("arrival", "arrived")
    assert (close["kind"], close["at"]) == ("close", closed["closed_at"])
    assert {line["sku"]: line["expected"] for line in closed["lines"]} == dict(announced("ASN-1001"))


def announced(asn: str) -> Counter[str]:
    """Return the units of each SKU that a truck was announced with."""
    return sum(cartons(asn).values(), Counter[str]())


def test_an_asn_shows_how_far_it_is(reader: Caller) -> None:
    assert reader.ask("/v1/asns", node=NODE)["asns"] == [LATE]
    done = reader.ask("/v1/asns", asn_id=TRUCK)
    assert (done["state"], done["supplier_id"]) == ("closed", SUPPLIER)
    figures = {line["sku"]: (line["expected"], line["sellable"], line["quarantine"]) for line in done["lines"]}
    assert figures["WAIT-02"] == (12, 6, 0)
    assert figures["WAIT-03"] == (24, 24, 1)
    assert {sku: expected for sku, (expected, *_) in figures.items()} == dict(announced("ASN-1001"))


def test_cartons_are_opened_first_for_which_most_customers_wait(reader: Caller) -> None:
    answer = reader.ask("/v1/opening-list", asn_id=LATE)["cartons"]
    wanted = {
        carton: (sum(min(units, waiting()[sku]) for sku, units in held.items()), held.total())
        for carton, held in cartons("ASN-1002").items()
    }
    assert {row["carton_id"]: (row["waiting_units"], row["units"]) for row in answer} == wanted
    assert [row["waiting_units"] for row in answer] == sorted((most for most, _ in wanted.values()), reverse=True)


def test_a_file_shows_its_outcome(reader: Caller) -> None:
    answer = reader.ask("/v1/files", file_id="asn-1003-revision-2.desadv")
    assert (answer["sender"], answer["format"], answer["asns"]) == (SUPPLIER, "edifact", [f"{SUPPLIER}/ASN-1003"])
    assert answer["faults"] == []
