"""What is written over HTTP has its effect everywhere, and what cannot be done is said with what to do instead."""

import base64
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from deploy.invariants.__main__ import check
from deploy.local.addresses import Addresses
from deploy.local.clock import time_at
from deploy.local.expected_figures import expected
from deploy.local.sample_files import NODE, SUPPLIER, edi
from shared.testing.faults import fault_of
from shared.testing.shift import Played
from shared.testing.until import until
from tests.e2e.conftest import Caller, Row, open_doors, settled, start_of

LATE, OTHER = f"{SUPPLIER}/ASN-1002", f"{SUPPLIER}/ASN-4001"
LONG = 60.0


@pytest.fixture(scope="module")
async def writer(shift: Played, caller: Callable[..., Caller]) -> Caller:
    """Return an admin, who has given the node a door."""
    admin = caller("admin")
    await open_doors(shift, admin)
    return admin


@pytest.fixture
async def now(addresses: Addresses) -> str:
    """Return the time on the clock of the installation."""
    return (await time_at(addresses.database)).isoformat()


async def one_of(caller: Caller, path: str, **asked: str | int) -> Row:
    """Return the only row of an answer, once there is one."""
    found = await until(partial(caller.rows, path, **asked), LONG)
    assert len(found) == 1
    return found[0]


def stock_request(sku: str, units: int, now: str) -> dict[str, Any]:
    asked = {"request_id": f"hold/{sku}", "requested_by": "sam", "requested_at": now}
    return {**asked, "sku": sku, "node": NODE, "units": units}


def counted(count_id: str, units: int, now: str, **fields: str) -> dict[str, Any]:
    place = {"sku": "HOME-16", "node": NODE, "units": units}
    return {**place, "count_id": count_id, "kind": "blind", "counted_at": now, "counted_by": "sam", **fields}


async def test_a_booked_door_is_shown_and_given_to_nobody_else(shift: Played, writer: Caller, now: str) -> None:
    carton = {"carton_id": "LP-4001", "lines": [{"sku": "HOME-05", "qty": 4}]}
    eta = {"earliest": str(start_of(shift).date()), "latest": str(start_of(shift).date())}
    asn = {"asn_id": OTHER, "revision": 1, "supplier_id": SUPPLIER, "node": NODE, "eta": eta, "cartons": [carton]}
    writer.tell("/v1/asns", asn)
    await settled(shift)
    _, slot = writer.ask("/v1/free-slots", node=NODE, limit=2)["slots"]
    asked = {"node": NODE, "starts_at": slot["starts_at"], "requested_at": now}
    writer.tell("/v1/dock/appointments", {**asked, "request_id": "a1", "asn_id": LATE})
    booked = await one_of(writer, "/v1/dock", asn_id=LATE)
    assert (booked["state"], booked["door"], at(booked["at"])) == ("booked", "1", at(slot["starts_at"]))
    assert slot not in writer.ask("/v1/free-slots", node=NODE)["slots"]
    writer.tell("/v1/dock/appointments", {**asked, "request_id": "a2", "asn_id": OTHER})
    refused = await one_of(writer, "/v1/dock", asn_id=OTHER)
    free = [at(row["starts_at"]) for row in refused["details"]["next_free"]]
    assert (refused["state"], len(free)) == ("refused", 5)
    assert at(slot["starts_at"]) not in free


async def test_a_truck_at_the_door_is_on_the_dock(shift: Played, writer: Caller, now: str) -> None:
    writer.tell("/v1/dock/arrivals", {"asn_id": LATE, "node": NODE, "door": "1", "arrived_at": now})
    await settled(shift)
    assert LATE in [truck["asn_id"] for truck in writer.ask("/v1/dock-to-stock", node=NODE)["on_the_dock"]]
    assert "arrived" in [row["state"] for row in writer.rows("/v1/dock", asn_id=LATE)]


async def test_a_broken_file_is_refused_with_the_place_of_each_fault(shift: Played, writer: Caller) -> None:
    whole = base64.b64decode(edi("asn-1001-revision-1.x12", start_of(shift)).content)
    taken = writer.tell("/v1/asns/files", whole.replace(b"SN1**2*CA", b"SN1**two*CA", 1), sender=SUPPLIER)
    answer = await one_of(writer, taken["look_at"])
    (fault,) = answer["faults"]
    assert (answer["state"], fault["segment"], fault["element"], fault["value"]) == ("refused", 17, "SN102", "two")
    assert fault["reason"] == "expected a whole number above 0"
    assert "~AK4*2**6*two~AK5*R" in answer["answer"]


async def test_a_hold_of_more_than_is_there_is_for_a_person_to_look_at(writer: Caller, now: str) -> None:
    writer.tell("/v1/stock/holds", stock_request("HOME-04", 1_000_000, now))
    refused = await one_of(writer, "/v1/exceptions", **{"class": "request_refused"})
    assert refused["facts"]["sku"] == "HOME-04"
    assert refused["facts"]["todo"]
    assert stock_of(writer, "HOME-04") == {"sellable": expected().free["HOME-04"]}


async def test_units_that_are_held_cannot_be_sold(shift: Played, writer: Caller, now: str) -> None:
    writer.tell("/v1/stock/holds", stock_request("HOME-07", 2, now))
    await settled(shift)
    free = expected().free["HOME-07"] - 2
    assert stock_of(writer, "HOME-07") == {"quarantine": 2, "sellable": free}
    (page,) = writer.rows("/v1/availability", sku="HOME-07", node=NODE)
    assert page["available_to_sell"] == free


async def test_a_count_that_differs_asks_for_another_which_corrects_stock(
    shift: Played, writer: Caller, now: str
) -> None:
    free = expected().free["HOME-16"]
    writer.tell("/v1/counts", counted("c1", free - 5, now))
    await settled(shift)
    (open_,) = writer.ask("/v1/counts", node=NODE)["counts"]
    assert (open_["sku"], open_["facts"]["difference"]) == ("HOME-16", "-5")
    assert stock_of(writer, "HOME-16") == {"sellable": free}
    writer.tell("/v1/counts", counted("c2", free - 5, now, kind="recount", recount_of="c1"))
    await settled(shift)
    assert writer.ask("/v1/counts", node=NODE)["counts"] == []
    assert stock_of(writer, "HOME-16") == {"sellable": free - 5}


async def test_a_report_of_the_floor_is_compared_and_changes_nothing(shift: Played, writer: Caller, now: str) -> None:
    free = expected().free["HOME-17"]
    report = {"report_id": "n1", "sku": "HOME-17", "node": NODE, "kind": "nightly", "as_of": now}
    writer.tell("/v1/on-hand", {**report, "lots": [{"units": free + 2}]})
    await settled(shift)
    (differs,) = writer.ask("/v1/differences", node=NODE)["differences"]
    assert (differs["sku"], differs["facts"]["difference"]) == ("HOME-17", "2")
    assert stock_of(writer, "HOME-17") == {"sellable": free}


async def test_a_caller_without_the_right_key_is_told_which_scope_is_needed(reader: Caller, now: str) -> None:
    stranger = reader.client.get("/v1/stock", params={"sku": "HOME-04"}, headers={"Authorization": ""})
    assert (stranger.status_code, fault_of(stranger)["field"]) == (401, "Authorization")
    refused = reader.client.post("/v1/stock/holds", json=stock_request("HOME-04", 1, now))
    assert (refused.status_code, fault_of(refused)["fix"]) == (403, "use a key with the scope stock")


async def test_the_invariants_hold_after_writing_over_http(shift: Played, addresses: Addresses) -> None:
    await settled(shift)
    broken = await check(addresses.checker)
    assert {name: rows for name, rows in broken.items() if rows} == {}


async def test_what_waits_for_something_unknown_is_shown_with_what_it_waits_for(writer: Caller, now: str) -> None:
    writer.tell("/v1/orders/holds", {"order_id": "nobody's", "change_no": 1, "changed_at": now, "kind": "fraud"})
    waits = await one_of(writer, "/v1/parked/allocation")
    assert (waits["waits_for"], waits["events"], waits["topics"]) == ("order:nobody's", 1, ["orders.v1"])
    assert waits["first_event"].startswith("firstfill/gateway ")
    assert writer.rows("/v1/parked/receiving") == []


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def stock_of(caller: Caller, sku: str) -> dict[str, int]:
    """Return the units on hand by status."""
    (position,) = caller.ask("/v1/stock", sku=sku, node=NODE)["positions"]
    return dict(position["by_status"])
