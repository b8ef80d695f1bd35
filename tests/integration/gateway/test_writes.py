"""What is written over HTTP is on its topic as if its caller had published it there."""

import base64
import hashlib
from typing import Any

import pytest

from services.gateway.domain.callers import SCOPES
from services.gateway.http.writes.events import WRITES, Write
from shared.contracts.asns import LARGEST_FILE, AsnFileReceived
from shared.contracts.contacts import ContactGiven
from shared.contracts.scans import ScanRecorded
from shared.contracts.topics import TOPIC_OF
from shared.testing.builders import a_scan
from shared.testing.faults import fault_of
from shared.testing.until import until
from tests.integration.conftest import World
from tests.integration.gateway.conftest import Site, an_example

X12 = b"ISA*00*          *00*          *ZZ*MILLS~"


def as_json(scan: ScanRecorded) -> dict[str, Any]:
    return scan.model_dump(mode="json", exclude_none=True)


async def test_every_path_ends_as_a_record_on_its_topic(world: World, live: Site) -> None:
    admin = await live.key("admin")
    answers = {of.path: await live.post(of.path, an_example(of.event), admin) for of in WRITES}
    assert {path: answer.status_code for path, answer in answers.items()} == {of.path: 202 for of in WRITES}
    await world.settled("gateway")
    for of in WRITES:
        fact = of.event.model_validate(an_example(of.event))
        records = {
            dict(record.headers)["ce_id"].decode(): record for record in await world.bus.raw(TOPIC_OF[of.event].name)
        }
        answer = answers[of.path].json()
        record = records[answer["event_id"]]
        headers = dict(record.headers)
        assert (record.key.decode(), headers["ce_type"].decode()) == (fact.key(), of.event.__name__)
        assert answer["subject"] == fact.key()
        assert headers["ce_source"] == b"firstfill/gateway"
        assert of.event.model_validate_json(record.value) == fact


@pytest.mark.parametrize("of", WRITES, ids=lambda of: of.path)
async def test_a_path_opens_to_its_own_scope_alone(site: Site, of: Write) -> None:
    others = await site.key(*(scope for scope in SCOPES if scope not in {of.scope, "admin"}))
    answer = await site.post(of.path, an_example(of.event), others)
    assert (answer.status_code, answer.json()["detail"]) == (403, f"this key lacks the scope {of.scope}")
    assert (await site.post(of.path, an_example(of.event), await site.key(of.scope))).status_code == 202


async def test_a_thousand_scans_go_in_one_request(site: Site) -> None:
    scans = [as_json(a_scan(f"gun/{number}")) for number in range(1000)]
    answer = await site.post("/v1/scans", scans, await site.key("scan"))
    assert answer.status_code == 202
    assert [event["subject"] for event in answer.json()["events"]] == ["asn-1"] * 1000
    assert [body["scan_id"] for *_, body in await site.told()] == [scan["scan_id"] for scan in scans]


async def test_one_wrong_scan_refuses_all_and_is_named(site: Site) -> None:
    scans = [as_json(a_scan(f"gun/{number}")) for number in range(3)]
    del scans[1]["device_id"]
    scans[2]["times"] = "two"
    answer = await site.post("/v1/scans", scans, await site.key("scan"))
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == ["1.device_id", "2.times"]
    assert await site.told() == []


@pytest.mark.parametrize("number", [0, 1001])
async def test_no_scans_and_too_many_are_refused(site: Site, number: int) -> None:
    answer = await site.post("/v1/scans", [as_json(a_scan())] * number, await site.key("scan"))
    assert answer.status_code == 422
    assert await site.told() == []


async def test_a_file_is_accepted_unchanged(site: Site) -> None:
    key = {**await site.key("asn"), "Content-Type": "application/edi-x12"}
    answers = [
        await site.client.post("/v1/asns/files", params={"sender": "mills"}, content=X12, headers=key) for _ in range(2)
    ]
    file_id = hashlib.sha256(b"mills\x00" + X12).hexdigest()
    assert [answer.status_code for answer in answers] == [202, 202]
    for answer in answers:
        assert answer.json()["file_id"] == file_id  # the same upload is the same file
        assert answer.json()["look_at"] == f"/v1/asn-files?file_id={file_id}"
    topic, subject, kind, body = (await site.told())[0]
    assert (topic, subject, kind) == ("asns.v1", "mills", "AsnFileReceived")
    file = AsnFileReceived.model_validate(body)
    assert (file.file_id, file.format, base64.b64decode(file.content)) == (file_id, "x12", X12)


async def test_a_file_may_be_named_and_of_the_size_that_fits_into_a_record(site: Site) -> None:
    key = await site.key("asn")
    asked = {"file_id": "mills/7", "format": "edifact", "name": "desadv.edi"}
    whole = b"x" * LARGEST_FILE
    assert (await site.client.post("/v1/asns/files", params=asked, content=whole, headers=key)).status_code == 202
    ((_, sender, _, body),) = await site.told()
    assert (sender, body["file_id"], body["format"], body["name"]) == ("tests", "mills/7", "edifact", "desadv.edi")
    longer = await site.client.post("/v1/asns/files", params=asked, content=whole + b"x", headers=key)
    assert longer.status_code == 413


@pytest.mark.parametrize(
    ("asked", "content", "status", "field"),
    [
        ({}, b"", 400, "body"),
        ({}, b"sku;units", 422, "format"),
        ({"format": "csv"}, X12, 422, "format"),
        ({"sender": "a|b"}, X12, 422, "sender"),
        ({"sendre": "mills"}, X12, 422, "sendre"),
    ],
)
async def test_a_file_that_cannot_be_taken_is_refused(
    site: Site, asked: dict[str, str], content: bytes, status: int, field: str
) -> None:
    answer = await site.client.post("/v1/asns/files", params=asked, content=content, headers=await site.key("asn"))
    assert (answer.status_code, fault_of(answer)["field"]) == (status, field)
    assert await site.told() == []


async def test_the_trace_of_the_caller_goes_on(world: World, live: Site) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = await live.post("/v1/scans", as_json(a_scan()), await live.key("scan"), traceparent=trace)
    assert answer.status_code == 202
    await world.settled("gateway")
    (record,) = await world.bus.raw("scans.v1")
    assert dict(record.headers)["traceparent"].decode().split("-")[1] == trace.split("-")[1]


async def test_an_address_is_in_the_outbox_and_nowhere_else(world: World, live: Site) -> None:
    contact = {**an_example(ContactGiven), "email": "canary@secret.example"}
    key = await live.key("order")
    assert (await live.post("/v1/contacts", contact, key, **{"Idempotency-Key": "k"})).status_code == 202
    await world.settled("gateway")
    tables = await world.admin.fetch(
        "select tablename from pg_tables where schemaname = 'gateway' and tablename <> 'outbox'"
    )
    rows = [
        str(dict(row)) for (table,) in tables for row in await world.admin.fetch(f'select * from gateway."{table}"')
    ]
    assert [row for row in rows if "canary" in row or b"canary".hex() in row] == []
    assert len(rows) > 2
    await until(lambda: world.bus.told(ContactGiven, contact["order_id"]))
