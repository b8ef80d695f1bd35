"""A caller who does not know whether they were heard says it again, under the same Idempotency-Key."""

import asyncio
from datetime import timedelta

import pytest

from services.gateway.handlers.old_answers import forget
from shared.contracts.fields import Fact
from shared.messaging.worker import Worker
from shared.testing.builders import a_line, a_shipment, an_order
from shared.testing.faults import fault_of
from shared.testing.floor_facts import a_count, a_hold
from tests.integration.gateway.conftest import Site

CLOSE = {"asn_id": "asn-1", "requested_at": "2027-03-08T08:00:00Z"}
PATH = "/v1/dock/closing"
KEY = {"Idempotency-Key": "7d1f"}


async def test_a_repeated_request_gets_the_same_answer_and_is_announced_once(site: Site) -> None:
    key = await site.key("dock")
    answers = [await site.post(PATH, CLOSE, key, **KEY) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202] * 3
    assert len({answer.text for answer in answers}) == 1
    assert len(await site.told()) == 1


async def test_ten_requests_at_once_are_announced_once(site: Site) -> None:
    key = await site.key("dock")
    answers = await asyncio.gather(*(site.post(PATH, CLOSE, key, **KEY) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    assert len(await site.told()) == 1


async def test_a_request_without_the_header_is_announced_again(site: Site) -> None:
    key = await site.key("dock")
    first, second = [await site.post(PATH, CLOSE, key) for _ in range(2)]
    assert first.json()["event_id"] != second.json()["event_id"]
    assert len(await site.told()) == 2


async def test_the_header_on_another_request_is_refused(site: Site) -> None:
    key = await site.key("dock")
    await site.post(PATH, CLOSE, key, **KEY)
    answer = await site.post(PATH, {**CLOSE, "asn_id": "asn-2"}, key, **KEY)
    assert (answer.status_code, fault_of(answer)["field"]) == (409, "Idempotency-Key")
    assert len(await site.told()) == 1


async def test_the_header_counts_per_caller_and_path(site: Site) -> None:
    key = await site.key("dock")
    begun = {"asn_id": "asn-1", "begun_at": "2027-03-08T08:00:00Z"}
    for path, body, caller in (
        (PATH, CLOSE, key),
        (PATH, CLOSE, await site.key("dock")),
        ("/v1/dock/unloading", begun, key),
    ):
        assert (await site.post(path, body, caller, **KEY)).status_code == 202
    assert len(await site.told()) == 3


async def test_a_refused_request_may_be_mended_under_the_same_header(site: Site) -> None:
    key = await site.key("dock")
    assert (await site.post(PATH, {"asn_id": "asn-1"}, key, **KEY)).status_code == 422
    assert (await site.post(PATH, CLOSE, key, **KEY)).status_code == 202


async def test_a_header_without_end_is_refused(site: Site) -> None:
    answer = await site.post(PATH, CLOSE, await site.key("dock"), **{"Idempotency-Key": "x" * 201})
    assert (answer.status_code, fault_of(answer)["field"]) == (400, "Idempotency-Key")


async def test_answers_are_forgotten_after_a_day(site: Site, worker: Worker) -> None:
    await site.post(PATH, CLOSE, await site.key("dock"), **KEY)
    await site.pool.execute("insert into scan_answers values ('gun/1', 'gun', 'ams', '{}', clock())")
    kept = "select (select count(*) from idempotent_answers) + (select count(*) from scan_answers)"
    await forget(worker)
    assert await site.pool.fetchval(kept) == 2
    await site.pool.execute(
        "update idempotent_answers set answered_at = answered_at - $1::interval", timedelta(hours=25)
    )
    await site.pool.execute("update scan_answers set told_at = told_at - $1::interval", timedelta(hours=25))
    await forget(worker)
    assert await site.pool.fetchval(kept) == 0


@pytest.mark.parametrize(
    ("path", "first", "other", "fields"),
    [
        ("/v1/orders", an_order(), an_order("o1", a_line(units=9)), "lines.0.units"),
        ("/v1/shipments", a_shipment(), a_shipment(tracking="3S2"), "tracking"),
        ("/v1/counts", a_count(), a_count(units=9), "units"),
        ("/v1/stock/holds", a_hold("r1"), a_hold("r1", units=2), "units"),
    ],
)
async def test_other_content_under_an_id_that_was_used_is_refused_at_once(
    site: Site, path: str, first: Fact, other: Fact, fields: str
) -> None:
    key = await site.key("admin")
    bodies = [fact.model_dump(mode="json", exclude_none=True) for fact in (first, first, other)]
    answers = [await site.post(path, body, key) for body in bodies]
    assert [answer.status_code for answer in answers] == [202, 202, 409]
    refused = answers[2].json()
    assert (refused["errors"][0]["field"], fields in refused["detail"]) == ("id", True)
    assert len(await site.told()) == 2
