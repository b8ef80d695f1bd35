"""What the dock answers over HTTP, and how long supplies took."""

import httpx
import pytest

from shared.contracts.bounds import Bounds
from shared.contracts.dock import UnloadingBegun
from shared.contracts.queues import QueueChanged
from shared.testing.builders import a_carton, a_close, a_product, a_scan, an_asn, an_asn_line
from shared.testing.suppliers import a_file
from shared.testing.until import until
from tests.integration.receiving.conftest import Dock, answer, posted, told_at
from tests.integration.receiving.dock.test_appointments import KNOWN, a_docked_node, arrived, at, wanted

MUG = "09520123450014"


async def test_free_slots_are_those_that_nobody_has(dock: Dock, web: httpx.AsyncClient) -> None:
    await dock.hears(*KNOWN, wanted(door="D1"))
    announced = await answer(web, "/free-slots", node="ams", **{"from": "2027-03-11T08:00:00Z"}, limit=2)
    assert announced["slots"] == [
        {"door": "D2", "starts_at": "2027-03-11T08:00:00Z", "ends_at": "2027-03-11T09:00:00Z"},
        {"door": "D1", "starts_at": "2027-03-11T09:00:00Z", "ends_at": "2027-03-11T10:00:00Z"},
    ]
    now = await answer(web, "/free-slots", node="ams", door="D2")
    assert [slot["starts_at"][:13] for slot in now["slots"]] == [f"2027-03-08T{hour:02}" for hour in range(9, 14)]


async def test_the_appointments_of_a_local_day(dock: Dock, web: httpx.AsyncClient) -> None:
    await dock.hears(*KNOWN, an_asn("asn-2"), wanted(), wanted("r2", at(12, 8), "asn-2"), arrived())
    announced = await answer(web, "/appointments", node="ams", day="2027-03-11")
    assert [(row["asn_id"], row["door"], row["arrived_at"]) for row in announced["appointments"]] == [
        ("asn-1", "D1", "2027-03-11T07:12:00Z")
    ]
    assert (await answer(web, "/appointments", node="ams"))["day"] == "2027-03-08"


async def test_the_truck_that_most_value_waits_for_is_suggested_first(dock: Dock, web: httpx.AsyncClient) -> None:
    shirts = [an_asn(f"asn-{n}", a_carton("c1", an_asn_line(qty=n))) for n in (1, 2, 3)]
    waiting = QueueChanged(sku="TEE-M", node="ams", version=1, waiting_lines=9, waiting_units=10, waiting_value=19_000)
    await dock.hears(a_docked_node(), a_product(), *shirts, waiting, wanted("r3", asn_id="asn-3"))
    announced = (await answer(web, "/suggestions", node="ams"))["suggestions"]
    assert [(row["asn_id"], row["waiting_value"]) for row in announced] == [("asn-2", 3_800), ("asn-1", 1_900)]
    assert announced[0]["next_free"][0] == {
        "door": "D1",
        "starts_at": "2027-03-09T06:00:00Z",
        "ends_at": "2027-03-09T07:00:00Z",
    }
    everyone = (await answer(web, "/suggestions", node="ams", booked_too=True))["suggestions"]
    assert [row["asn_id"] for row in everyone] == ["asn-3", "asn-2", "asn-1"]


async def test_an_asn_is_shown_with_its_figures(dock: Dock, web: httpx.AsyncClient) -> None:
    await dock.hears(a_docked_node(), a_product(), an_asn(), an_asn("asn-0", due=(8, 8)), a_scan(times=4))
    shown = await answer(web, "/asns", asn_id="asn-1")
    assert (shown["state"], shown["earliest"], shown["reason"]) == (
        "open",
        "2027-03-09",
        "first scanned Mon 8 March 09:00",
    )
    (line,) = shown["lines"]
    assert (line["sku"], line["expected"], line["received"], line["stocked"]) == ("TEE-M", 10, 4, 0)
    assert await answer(web, "/asns", node="ams") == {"node": "ams", "asns": ["asn-1", "asn-0"]}
    await dock.hears(a_close())
    assert (await answer(web, "/asns", node="ams"))["asns"] == ["asn-0"]
    assert (await answer(web, "/asns", asn_id="asn-1"))["state"] == "closed"


async def test_the_carton_that_most_customers_wait_for_is_opened_first(dock: Dock, web: httpx.AsyncClient) -> None:
    waiting = QueueChanged(sku="TEE-M", node="ams", version=1, waiting_lines=9, waiting_units=6, waiting_value=19_000)
    cartons = (a_carton("c1", an_asn_line(qty=4)), a_carton("c2", an_asn_line(qty=9)))
    await dock.hears(a_docked_node(), a_product(), an_asn("asn-1", *cartons), waiting)
    listed = await answer(web, "/opening-list", asn_id="asn-1")
    assert listed["cartons"] == [
        {"carton_id": "c2", "waiting_units": 6, "units": 9},
        {"carton_id": "c1", "waiting_units": 4, "units": 4},
    ]


async def test_a_refused_file_says_why(dock: Dock, web: httpx.AsyncClient) -> None:
    await dock.hears(a_docked_node(), a_file(b"{}", format="json"))
    shown = await answer(web, "/files", file_id="file-1")
    assert (shown["state"], shown["sender"], shown["asns"]) == ("refused", "mills", [])
    assert shown["faults"][0]["reason"]


@pytest.mark.parametrize(
    ("path", "asked", "status", "parameter"),
    [
        ("/free-slots", {}, 422, "node"),
        ("/free-slots", {"node": "nowhere"}, 404, "node"),
        ("/free-slots", {"node": "ams", "door": "D9"}, 404, "door"),
        ("/free-slots", {"node": "ams", "from": "2027-03-11T08:00:00"}, 422, "from"),
        ("/free-slots", {"node": "ams", "limit": "1000"}, 422, "limit"),
        ("/appointments", {"node": "ams", "day": "Thursday"}, 422, "day"),
        ("/appointments", {"node": "ams", "day": "9999-12-31"}, 422, "day"),
        ("/free-slots", {"node": "ams", "from": "9999-12-31T23:59:59Z"}, 422, "from"),
        ("/suggestions", {"node": "nowhere"}, 404, "node"),
        ("/lead-times", {}, 422, "supplier_id"),
        ("/dock-to-stock", {"node": "nowhere"}, 404, "node"),
        ("/dock-to-stock", {"node": "x" * 201}, 422, "node"),
        ("/asns", {}, 422, "asn_id"),
        ("/asns", {"asn_id": "no-such"}, 404, "asn_id"),
        ("/asns", {"node": "nowhere"}, 404, "node"),
        ("/opening-list", {}, 422, "asn_id"),
        ("/opening-list", {"asn_id": "no-such"}, 404, "asn_id"),
        ("/files", {"file_id": "no-such"}, 404, "file_id"),
    ],
)
async def test_a_wrong_question_names_its_parameter_and_the_fix(
    dock: Dock, web: httpx.AsyncClient, path: str, asked: dict[str, str], status: int, parameter: str
) -> None:
    await dock.hears(a_docked_node())
    response = await web.get(path, params=asked)
    refused = response.json()
    assert (response.status_code, refused["errors"][0]["field"]) == (status, parameter)
    assert refused["detail"]
    assert refused["errors"][0]["fix"]
    assert not any(value in response.text for value in asked.values() if value not in ("ams", ""))


@pytest.mark.parametrize("path", ["/asns", "/opening-list", "/receiving-advice"])
async def test_a_truck_to_another_node_looks_like_one_that_nobody_announced(
    dock: Dock, web: httpx.AsyncClient, path: str
) -> None:
    await dock.hears(a_docked_node(), a_product(), an_asn(), a_scan(times=10), a_close())
    bounds = Bounds(nodes=("lyon",)).headers()
    assert (await web.get(path, params={"asn_id": "asn-1"})).status_code == 200
    answers = [await web.get(path, params={"asn_id": name}, headers=bounds) for name in ("asn-1", "no-such")]
    assert answers[0].status_code == 404
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize("path", ["/asns", "/free-slots", "/appointments", "/suggestions", "/dock-to-stock"])
async def test_another_node_looks_like_one_that_is_not_known(dock: Dock, web: httpx.AsyncClient, path: str) -> None:
    await dock.hears(a_docked_node())
    bounds = Bounds(nodes=("lyon",)).headers()
    assert (await web.get(path, params={"node": "ams"})).status_code == 200
    answers = [await web.get(path, params={"node": name}, headers=bounds) for name in ("ams", "nowhere")]
    assert answers[0].status_code == 404
    assert answers[0].content == answers[1].content


async def test_a_truck_is_observed_when_its_last_unit_left_rework(dock: Dock, web: httpx.AsyncClient) -> None:
    shipped = an_asn(shipped_at=at(4, 9))
    await dock.hears(a_docked_node(), a_product(), shipped, wanted(), arrived(at(12, 14, 40)))
    await dock.hears(UnloadingBegun(asn_id="asn-1", begun_at=at(12, 15)))
    await dock.hears(a_scan("gun/1", 7, scanned_at=at(12, 15, 10)), a_scan("gun/2", 3, scanned_at=at(12, 15, 50)))
    await dock.hears(told_at(posted(1, ("receipt", "sellable", 6), ("receipt", "rework", 4)), at(15, 9)), a_close())
    assert (await answer(web, "/dock-to-stock", node="ams"))["trucks"] == []

    mended = told_at(
        posted(2, ("rework", "rework", -4), ("rework", "sellable", 3), ("rework", "damaged", 1)), at(18, 9)
    )
    await dock.hears(mended, mended)
    observed = "select observed_at is not null from receiving.asns"
    await until(lambda: dock.world.admin.fetchval(observed))
    announced = await answer(web, "/dock-to-stock", node="ams", asn_id="asn-1")
    (truck,) = announced["trucks"]
    assert (truck["docked_to_ready"], truck["booked_to_ready"], truck["eta_error"]) == (4, 5, 2)
    assert (truck["waiting_minutes"], truck["unloading_minutes"], truck["counting_minutes"]) == (20, 10, 40)
    assert truck["rework_minutes"] == (5 * 24 + 17) * 60 + 10
    assert (announced["by_unit"], announced["by_last_unit"]) == (
        {"p10": 1, "p50": 1, "p90": 4, "of": 9},
        {"p10": 4, "p50": 4, "p90": 4, "of": 1},
    )
    assert (announced["target_days"], announced["breaches"]) == (3, ["asn-1"])
    legs = (await answer(web, "/lead-times", supplier_id="mills", sku="TEE-M", node="ams"))["working_days"]
    assert {leg: figures["p50"] for leg, figures in legs.items()} == {
        "ordered_to_shipped": None, "shipped_to_docked": 6, "docked_to_ready": 4, "ordered_to_ready": None,
        "due_to_ready": None, "eta_error": 2,
    }  # fmt: skip


async def test_a_truck_that_stands_too_long_is_late_before_it_is_done(dock: Dock, web: httpx.AsyncClient) -> None:
    await dock.hears(*KNOWN, arrived(at(9, 8)))
    await dock.is_now(at(15, 8))
    (there,) = (await answer(web, "/dock-to-stock", node="ams"))["on_the_dock"]
    assert (there["asn_id"], there["days"], there["breach"]) == ("asn-1", 4, True)


async def test_thirty_trucks_teach_the_next_one_its_window(dock: Dock, web: httpx.AsyncClient) -> None:
    await dock.hears(a_docked_node(), a_product())
    names = [f"t{n}" for n in range(30)]
    await dock.hears_at_once(*(an_asn(name) for name in names))
    await dock.hears_at_once(*(arrived(at(10, 8), name) for name in names))
    await dock.hears_at_once(*(a_scan(f"g/{name}", 10, asn_id=name) for name in names))
    stock = [posted(n, ("receipt", "sellable", 10), supply_id=name) for n, name in enumerate(names, 1)]
    await dock.hears_at_once(*(told_at(news, at(11 if n < 15 else 12, 8)) for n, news in enumerate(stock)))
    await dock.hears_at_once(*(a_close(name) for name in names))
    await until(lambda: dock.world.admin.fetchval("select count(*) = 30 from receiving.truck_times"))

    await dock.hears(an_asn("next", due=(15, 16)))
    assert await _days(dock) == (17, 18)  # two working days after its ETA at best, and two at worst
    await dock.hears(arrived(at(16, 8), "next"))
    assert await _days(dock) == (17, 18)
    figures = (await answer(web, "/lead-times", supplier_id="mills"))["working_days"]["docked_to_ready"]
    assert figures == {"p10": 1, "p50": 1, "p90": 2, "of": 30}
    by_sql = "select percentile_disc(array[0.1, 0.5, 0.9]) within group (order by docked_to_ready)"
    assert await dock.world.admin.fetchval(f"{by_sql} from receiving.lead_times") == [1, 1, 2]


async def _days(dock: Dock) -> tuple[int, int]:
    row = await dock.world.admin.fetchrow("select earliest, latest from receiving.asns where asn_id = 'next'")
    assert row is not None
    return row["earliest"].day, row["latest"].day
