"""What may be asked of inventory over HTTP."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.inventory import http as reads
from services.inventory.app import HANDLERS
from shared.contracts.bounds import Bounds
from shared.contracts.counts import ReportedLot
from shared.contracts.fields import Fact
from shared.db.pool import create_pool
from shared.messaging.transaction import Bell
from shared.messaging.worker import Worker
from shared.testing.builders import MONDAY, a_node, a_product, a_receipt, an_opening
from shared.testing.floor_facts import a_count, a_hold, a_nightly, a_recount, a_short
from tests.integration.inventory.conftest import NOW, Floor

TODAY = NOW.date()
L1: dict[str, Any] = {"lot": "L1", "expires_on": TODAY + timedelta(days=60)}
L2: dict[str, Any] = {"lot": "L2", "expires_on": TODAY + timedelta(days=40)}
KNOWN: list[Fact] = [a_node(zone="UTC"), a_node("ber"), a_product(min_life_days=30), a_product("MUG")]
LATER = MONDAY + timedelta(hours=1)


@pytest.fixture
async def http(floor: Floor) -> AsyncIterator[httpx.AsyncClient]:
    """Ask a worker of its own, as inventory's role."""
    pool = await create_pool(floor.world.url_of("inventory"), "inventory", size=2)
    app = reads.app(Worker("inventory", pool, HANDLERS, Bell("inventory_outbox")))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://inventory") as client:
        yield client
    await pool.close()


async def ask(http: httpx.AsyncClient, path: str, **fields: Any) -> Any:
    answer = await http.get(path, params=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_stock_is_shown_by_status_and_lot_first_expired_first(floor: Floor, http: httpx.AsyncClient) -> None:
    await floor.hears(*KNOWN, a_receipt("r1", units=5, **L1), a_receipt("r2", units=3, **L2), a_receipt("r3"))
    await floor.hears(a_receipt("r4", node="ber"))
    await floor.hears(a_hold(units=2, lot="L1"))

    stock = await ask(http, "/stock", sku="TEE-M", node="ams")
    (ams,) = stock["positions"]
    assert (ams["node"], ams["by_status"]) == ("ams", {"sellable": 11, "quarantine": 2})
    assert [(lot["status"], lot["lot"], lot["life_days"], lot["on_hand"]) for lot in ams["lots"]] == [
        ("quarantine", "L1", 60, 2),
        ("sellable", "L2", 40, 3),
        ("sellable", "L1", 60, 3),
        ("sellable", None, None, 5),
    ]
    assert [row["node"] for row in (await ask(http, "/stock", sku="TEE-M"))["positions"]] == ["ams", "ber"]
    assert (await ask(http, "/stock", sku="TEE-M", node="ams", limit=1))["more_lots"]
    assert (await ask(http, "/stock", sku="MUG"))["positions"] == []


async def test_the_ledger_is_read_on_by_sequence(floor: Floor, http: httpx.AsyncClient) -> None:
    for number in range(3):
        await floor.hears(*KNOWN, a_receipt(f"r{number}", units=1 + number))
    await floor.hears(a_hold())

    first = await ask(http, "/ledger", sku="TEE-M", node="ams", limit=2)
    rest = await ask(http, "/ledger", sku="TEE-M", node="ams", after_sequence=first["last_sequence"])
    moved = [(row["sequence"], row["reason"], row["delta"]) for row in first["movements"] + rest["movements"]]
    assert moved == [(1, "receipt", 1), (2, "receipt", 2), (3, "receipt", 3), (4, "hold", -1), (4, "hold", 1)]
    assert (await ask(http, "/ledger", sku="TEE-M", node="ams", after_sequence=4))["last_sequence"] is None


async def test_open_differences_are_read_page_by_page(floor: Floor, http: httpx.AsyncClient) -> None:
    await floor.hears(*KNOWN, an_opening(), an_opening("MUG"))
    await floor.hears(a_nightly("n", ReportedLot(units=8), as_of=LATER))
    await floor.hears(a_nightly("n", ReportedLot(units=7), sku="MUG", as_of=LATER + timedelta(minutes=1)))

    page = await ask(http, "/differences", node="ams", limit=1)
    assert [(row["sku"], row["facts"]["difference"]) for row in page["differences"]] == [("TEE-M", "-2")]
    assert page["more"]
    rest = await ask(http, "/differences", after=page["differences"][0]["exception_id"])
    assert ([row["sku"] for row in rest["differences"]], rest["more"]) == (["MUG"], False)
    assert (await ask(http, "/differences", node="ber"))["differences"] == []


async def test_counts_that_are_asked_for_are_listed_until_they_are_made(floor: Floor, http: httpx.AsyncClient) -> None:
    await floor.hears(*KNOWN, an_opening(), an_opening("MUG"), a_short(sku="MUG"), a_count(units=4, counted_at=LATER))
    waiting = (await ask(http, "/counts", node="ams"))["counts"]
    assert [(line["exception_class"], line["sku"]) for line in waiting] == [
        ("pick_short", "MUG"),
        ("count_differs", "TEE-M"),
    ]
    await floor.hears(a_recount(units=4, counted_at=LATER))

    assert [row["sku"] for row in (await ask(http, "/counts"))["counts"]] == ["MUG"]
    assert [row["sku"] for row in (await ask(http, "/counts", state="settled"))["counts"]] == ["TEE-M"]


async def test_lots_that_soon_lack_life_are_listed(floor: Floor, http: httpx.AsyncClient) -> None:
    await floor.hears(*KNOWN, a_receipt("r1", units=5, **L1), a_receipt("r2", units=3, **L2))

    soon = await ask(http, "/expiring", node="ams", within_days=11)
    assert [(row["lot"], row["on_hand"], row["days_left"]) for row in soon["lots"]] == [("L2", 3, 10)]
    assert [row["lot"] for row in (await ask(http, "/expiring", within_days=31))["lots"]] == ["L2", "L1"]
    assert (await ask(http, "/expiring", node="ber"))["lots"] == []


async def test_who_is_bound_sees_their_own_and_the_rest_as_if_it_were_not_there(
    floor: Floor, http: httpx.AsyncClient
) -> None:
    others = a_product("MUG", merchant="zeta", min_life_days=30)
    here = [a_receipt("r1", **L2), a_receipt("r2", sku="MUG", **L2), a_receipt("r3", node="ber", **L2)]
    await floor.hears(*KNOWN[:3], others, *here, an_opening("MUG"), a_short(), a_short("s2", sku="MUG"))
    acme, ams = Bounds(("acme",)).headers(), Bounds(nodes=("ams",)).headers()
    for bounds, path, theirs, unknown in (
        (acme, "/stock", {"sku": "MUG"}, {"sku": "none"}),
        (acme, "/ledger", {"sku": "MUG", "node": "ams"}, {"sku": "none", "node": "ams"}),
        (ams, "/stock", {"sku": "TEE-M", "node": "ber"}, {"sku": "TEE-M", "node": "none"}),
        (ams, "/ledger", {"sku": "TEE-M", "node": "ber"}, {"sku": "TEE-M", "node": "none"}),
        (ams, "/expiring", {"node": "ber", "within_days": "11"}, {"node": "none", "within_days": "11"}),
        (ams, "/counts", {"node": "ber"}, {"node": "none"}),
    ):
        assert (await http.get(path, params=theirs)).status_code == 200
        answers = [await http.get(path, params=asked, headers=bounds) for asked in (theirs, unknown)]
        assert answers[0].content == answers[1].content, (path, answers[0].text)

    async def seen(path: str, rows: str, bounds: dict[str, str], **asked: Any) -> set[tuple[str, str]]:
        answer = await http.get(path, params=asked, headers=bounds)
        return {(row.get("sku", asked.get("sku")), row["node"]) for row in answer.json()[rows]}

    assert await seen("/stock", "positions", ams, sku="TEE-M") == {("TEE-M", "ams")}
    assert await seen("/expiring", "lots", {}, within_days=11) == {("TEE-M", "ams"), ("MUG", "ams"), ("TEE-M", "ber")}
    assert await seen("/expiring", "lots", acme, within_days=11) == {("TEE-M", "ams"), ("TEE-M", "ber")}
    assert await seen("/expiring", "lots", ams, within_days=11) == {("TEE-M", "ams"), ("MUG", "ams")}
    assert await seen("/counts", "counts", {}) == {("TEE-M", "ams"), ("MUG", "ams")}
    assert await seen("/counts", "counts", acme) == {("TEE-M", "ams")}


@pytest.mark.parametrize(
    ("path", "said", "status", "field", "error"),
    [
        ("/stock", {}, 422, "sku", "Field required"),
        ("/stock", {"sku": "TEE-M", "nod": "ams"}, 422, "nod", "Extra inputs"),
        ("/stock", {"sku": "NONE"}, 404, "sku", "no such product"),
        ("/stock", {"sku": "TEE-M", "node": "NONE"}, 404, "node", "no such node"),
        ("/ledger", {"sku": "TEE-M", "node": "ams", "after_sequence": -1}, 422, "after_sequence", "Input should be"),
        ("/ledger", {"sku": "TEE-M", "node": "ams", "limit": 501}, 422, "limit", "Input should be less than"),
        ("/counts", {"state": "late"}, 422, "state", "Input should be 'open' or 'settled'"),
        ("/expiring", {"within_days": "soon"}, 422, "within_days", "Input should be"),
        ("/differences", {"node": "a|b"}, 422, "node", ""),
    ],
)
async def test_a_wrong_question_is_answered_with_the_parameter_and_the_fix(
    floor: Floor, http: httpx.AsyncClient, path: str, said: dict[str, Any], status: int, field: str, error: str
) -> None:
    await floor.hears(*KNOWN)

    answer = await http.get(path, params=said)
    refused = answer.json()
    assert (answer.status_code, refused["errors"][0]["field"]) == (status, field)
    assert refused["detail"].startswith(error)
    assert refused["errors"][0]["fix"]
    assert "a|b" not in answer.text


async def test_an_unknown_path_is_not_found(http: httpx.AsyncClient) -> None:
    assert {(await http.get(path)).status_code for path in ("/docs", "/openapi.json", "/redoc", "/")} == {404}
    assert (await http.post("/stock", params={"sku": "TEE-M"})).status_code == 405
