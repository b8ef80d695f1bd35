"""What cannot be taken is refused: one sentence, the field, what to do; never what was sent, never our insides."""

from collections.abc import Mapping
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.gateway.http.door.bodies import LARGEST
from services.gateway.http.reads.owners import OWNED
from services.gateway.http.reads.previews import PREVIEWS
from services.gateway.http.reads.read_models import READS
from services.gateway.http.writes.events import WRITES, Write
from shared.contracts.contacts import ContactGiven
from shared.contracts.orders import OrderPlaced
from shared.contracts.scans import ScanRecorded
from shared.testing.faults import fault_of
from tests.effort import cases
from tests.integration.gateway.conftest import Site, an_example

WRONG: Mapping[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "no object": b'"text"',
    "null": b"null",
    "a list": b"[]",
    "empty": b"{}",
    "no UTF-8": b'{"node": "\xff\xfe"}',
    "half a surrogate": b'{"node": "\\ud800"}',
    "NaN": b'{"version": NaN}',
    "a number too large": b'{"version": 1' + b"0" * 5000 + b"}",
    "nested without end": b"[" * 100_000,
    "objects without end": b'{"a":' * 100_000,
    "NUL": b'{"node": "\\u0000", "asn_id": "\\u0000", "order_id": "a\\u0000"}',
}
TAKEN_OR_REFUSED = {202, 400, 409, 422}
FRESH = {
    "order_id", "asn_id", "po_number", "request_id", "shipment_id", "short_id", "count_id", "report_id", "return_id",
    "transfer_id",
}  # fmt: skip
ODD: tuple[Any, ...] = (None, {}, [], -1, 1e400, "", "\x00", "x" * 5000, True)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def assert_clear(answer: Any) -> None:
    """Check that an answer says what, where and what to do, in JSON."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text)
    parsed = answer.json()
    assert parsed["detail"]
    assert parsed["errors"][0]["fix"]
    assert "field" in parsed["errors"][0]
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("of", WRITES, ids=lambda of: of.path)
async def test_no_body_breaks_a_path(site: Site, of: Write) -> None:
    key = await site.key("admin")
    for body in WRONG.values():
        assert_clear(await site.post(of.path, body, key))
    example = an_example(of.event)
    for name in example:
        for value in ODD:
            answer = await site.post(of.path, {**example, name: value}, key)
            assert answer.status_code in TAKEN_OR_REFUSED, (name, value, answer.text)
    fresh = {**example, **{name: "acme/fresh" for name in example if name in FRESH}}
    assert (await site.post(of.path, fresh, key)).status_code == 202


@settings(max_examples=cases(150), deadline=None, suppress_health_check=list(HealthCheck))
@given(of=st.sampled_from(WRITES), data=st.data())
async def test_any_body_is_accepted_or_refused(site: Site, of: Write, data: st.DataObject) -> None:
    example = an_example(of.event)
    name = data.draw(st.sampled_from(sorted(example)))
    answer = await site.post(of.path, {**example, name: data.draw(ANYTHING)}, await site.key("admin"))
    assert answer.status_code in TAKEN_OR_REFUSED, answer.text


@pytest.mark.parametrize("path", sorted({of.path for of in READS}))
async def test_no_question_breaks_a_path(site: Site, path: str) -> None:
    key = await site.key("read", "scan")
    for name in (
        "device_id",
        "scan_id",
        "sku",
        "node",
        "day",
        "asn_id",
        "file_id",
        "order_id",
        "limit",
        "after",
        "state",
        "class",
        "order_by",
    ):
        for value in (
            "",
            "\x00",
            "x" * 5000,
            "-1",
            "9" * 400,
            "2027-02-30",
            "9999-12-31",
            "0001-01-01",
            "|",
            "é\ud7ff",
        ):
            answer = await site.get(path, key, **{name: value})
            assert answer.status_code in {200, 404, 422}, (name, value, answer.text)
    assert_clear(await site.get(path, key, nonsense="1"))
    raw = await site.client.get(f"{path}?sku=%00%ff&node=%ED%A0%80", headers=key)
    assert_clear(raw)


@pytest.mark.parametrize("path", sorted({of.path for of in OWNED}))
async def test_no_question_to_an_owner_breaks_a_path(site: Site, path: str) -> None:
    answer = await site.client.get(f"{path}?sku=%00%ff&%ED%A0%80=\xff&{'x' * 5000}", headers=await site.key("read"))
    assert answer.status_code in {400, 503}


async def test_every_fault_of_a_body_is_named(site: Site) -> None:
    answer = await site.post("/v1/dock/appointments", {"node": "", "starts_at": 5}, await site.key("dock"))
    faults = {fault["field"]: fault["fix"] for fault in answer.json()["errors"]}
    assert set(faults) == {"asn_id", "request_id", "node", "starts_at", "requested_at"}
    assert faults["asn_id"] == "add this field"
    assert answer.status_code == 422


async def test_a_field_that_nobody_knows_is_named_and_nothing_is_taken(site: Site) -> None:
    order = an_example(OrderPlaced)
    lines = [{**line, "sku_id": "TEE-M"} for line in order["lines"]]
    answer = await site.post("/v1/orders", {**order, "lines": lines, "prio": 1}, await site.key("order"))
    faults = {fault["field"]: fault["fix"] for fault in answer.json()["errors"]}
    assert (answer.status_code, faults["lines.0.sku_id"], faults["prio"]) == (422, "leave this out", "leave this out")
    scans = await site.post("/v1/scans", [{**an_example(ScanRecorded), "unit": 1}], await site.key("scan"))
    assert (scans.status_code, fault_of(scans)["field"]) == (422, "0.unit")
    assert await site.told() == []


async def test_fields_that_must_go_together_are_explained(site: Site) -> None:
    answer = await site.get("/v1/dock", await site.key("read"), node="ams")
    assert (answer.status_code, answer.json()["detail"]) == (422, "give node and day, or asn_id")


async def test_a_file_in_a_form_is_refused_with_the_right_way(site: Site) -> None:
    sent = {"file": ("truck.edi", b"ISA*00*")}
    answer = await site.client.post("/v1/asns/files", files=sent, headers=await site.key("asn"))
    assert (answer.status_code, fault_of(answer)["field"]) == (415, "Content-Type")
    assert "--data-binary @" in fault_of(answer)["fix"]


async def test_a_refusal_never_quotes_an_address(site: Site) -> None:
    contact = {**an_example(ContactGiven), "email": "canary@@secret", "locale": "canary", "time_zone": "canary"}
    answer = await site.post("/v1/contacts", contact, await site.key("order"))
    assert {fault["field"] for fault in answer.json()["errors"]} == {"email", "locale", "time_zone"}
    assert "canary" not in answer.text


async def test_hundreds_of_thousands_of_faults_are_counted_not_listed(site: Site) -> None:
    answer = await site.post("/v1/asns", b'{"cartons": [{}' + b",{}" * 299_999 + b"]}", await site.key("asn"))
    assert_clear(answer)
    assert len(answer.content) < 1000


async def test_a_body_that_is_too_large_is_refused(site: Site) -> None:
    key = await site.key("admin")
    for body in (b" " * (LARGEST + 1), b'{"asn_id": "' + b"x" * LARGEST):
        answer = await site.post("/v1/asns", body, key)
        assert (answer.status_code, fault_of(answer)["field"]) == (413, "body")

    async def endless() -> Any:
        for _ in range(1000):
            yield b" " * 100_000
        pytest.fail("it was read to its end")

    headers = {**key, "Content-Type": "application/json"}
    assert (await site.client.post("/v1/asns", content=endless(), headers=headers)).status_code == 413


async def test_an_event_that_no_record_can_hold_is_refused(site: Site) -> None:
    asn = an_example(next(of.event for of in WRITES if of.path == "/v1/asns"))
    line = {"sku": "x" * 200, "qty": 1}
    asn["cartons"] = [{"carton_id": "c", "lines": [line] * 4000}]
    answer = await site.post("/v1/asns", asn, await site.key("asn"))
    assert len(answer.request.content) < LARGEST
    assert_clear(answer)
    assert answer.status_code == 413
    assert await site.told() == []


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ({"Content-Type": "text/plain"}, "Content-Type"),
        ({"Content-Type": "application/json; charset=latin-1"}, "Content-Type"),
        ({"Content-Encoding": "gzip"}, "Content-Encoding"),
    ],
)
async def test_a_body_of_another_kind_is_refused(site: Site, headers: dict[str, str], field: str) -> None:
    answer = await site.post("/v1/orders", b"{}", await site.key("order"), **headers)
    assert (answer.status_code, fault_of(answer)["field"]) == (415, field)


async def test_no_browser_keeps_or_guesses_an_answer(site: Site) -> None:
    for answer in (await site.get("/v1/queues", await site.key("read")), await site.get("/v1/nothing", {})):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_an_unknown_path_names_those_nearby(site: Site) -> None:
    answer = await site.get("/v1/exception", {})
    assert (answer.status_code, "/v1/exceptions" in fault_of(answer)["fix"]) == (404, True)
    assert_clear(await site.get("/", {}))
    assert_clear(await site.get("/v1/queues/", {}))


async def test_a_wrong_method_names_the_right_ones(site: Site) -> None:
    answer = await site.client.put("/v1/asns")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


async def test_a_failure_of_ours_shows_nothing_of_us(site: Site, database: str) -> None:
    admin = await asyncpg.connect(database)
    await admin.execute("alter table gateway.queues rename to elsewhere")
    await admin.close()
    answer = await site.get("/v1/queues", await site.key("read"))
    assert (answer.status_code, answer.json()["detail"]) == (500, "something failed here, not in your request")
    assert "queues" not in answer.text


async def test_a_database_that_is_gone_is_a_clear_503(site: Site, database: str) -> None:
    key = await site.key("order")
    admin = await asyncpg.connect(database)
    name = await admin.fetchval("select current_database()")
    try:
        await admin.execute(f"alter database {name} connection limit 0")
        await admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where usename = 'firstfill_gateway' and datname = current_database()"
        )
        answer = await site.post("/v1/orders", b"{}", key)
    finally:
        await admin.execute(f"alter database {name} connection limit -1")
        await admin.close()
    assert (answer.status_code, answer.json()["detail"]) == (503, "the database does not answer")
    assert int(answer.headers["retry-after"]) > 0


async def test_the_document_names_every_path_and_every_model(site: Site) -> None:
    document = (await site.get("/v1/openapi.json", {})).json()
    assert set(document["paths"]) >= {of.path for of in (*WRITES, *READS, *OWNED, *PREVIEWS)}
    for of in WRITES:
        assert of.event.__name__ in document["components"]["schemas"]
    assert "begins with the merchant's name" in document["paths"]["/v1/orders"]["post"]["description"]
    assert (await site.get("/docs", {})).status_code == 404
