"""Previews and queues are asked of allocation: of the caller's own merchant, by those who may."""

import json

import pytest

from services.gateway.http.reads.previews import PREVIEWS, Preview
from shared.contracts.bounds import HEADER, Bounds
from shared.messaging.worker import Worker
from shared.testing.faults import fault_of
from tests.integration.gateway.conftest import Site
from tests.integration.gateway.test_owners import an_owner, asking, says, silence

QUEUE = "/v1/orders/acme/1001/lines/1/queue"
EACH = pytest.mark.parametrize("of", PREVIEWS, ids=[of.path.rpartition("/")[2] for of in PREVIEWS])


@EACH
async def test_the_example_of_each_preview_reaches_allocation(worker: Worker, of: Preview) -> None:
    async with an_owner(says(200, '{"lines": []}')) as owner, asking(worker, allocation=owner.url) as site:
        answer = await site.post(of.path, dict(of.example), await site.key("admin"))
    assert (answer.status_code, answer.json()) == (200, {"lines": []})
    assert [path.rstrip("?") for path in owner.asked] == [of.path.removeprefix("/v1")]
    assert owner.heads[0].startswith("post ")
    assert "firstfill-bounds" not in owner.heads[0]


@EACH
async def test_a_preview_is_only_for_keys_that_may_change_such_things(worker: Worker, of: Preview) -> None:
    async with an_owner(says(200)) as owner, asking(worker, allocation=owner.url) as site:
        for scope in ("read", "order", "stock", "asn"):
            assert (await site.post(of.path, dict(of.example), await site.key(scope))).status_code == 403
        assert (await site.post(of.path, dict(of.example), {})).status_code == 401
        assert owner.asked == []


async def test_allocation_is_told_the_merchant_of_the_key_and_the_caller_cannot_change_it(worker: Worker) -> None:
    async with an_owner(says(200)) as owner, asking(worker, allocation=owner.url) as site:
        acme = await site.key("admin", merchant="acmé")
        pretends = {HEADER: Bounds(("zeta",)).headers()[HEADER]}
        await site.post(PREVIEWS[0].path, dict(PREVIEWS[0].example), acme, **pretends)
        await site.get(QUEUE, {**acme, **pretends})
    assert len(owner.heads) == 2
    for head in owner.heads:
        assert 'firstfill-bounds: {"merchants": ["acm\\u00e9"], "nodes": null}' in head
        assert "zeta" not in head


async def test_a_key_of_the_installation_cannot_pretend_to_be_a_merchants(worker: Worker) -> None:
    async with an_owner(says(200)) as owner, asking(worker, allocation=owner.url) as site:
        await site.get(QUEUE, {**await site.key("read"), **Bounds(("zeta",)).headers()})
    assert "zeta" not in owner.heads[0]


@pytest.mark.parametrize("path", [QUEUE, "/v1/orders/acme%2F1001/lines/1/queue"])
async def test_an_order_is_named_in_the_path_slash_or_not(worker: Worker, path: str) -> None:
    async with an_owner(says(200)) as owner, asking(worker, allocation=owner.url) as site:
        answer = await site.client.get(f"{path}?limit=5", headers=await site.key("read"))
    assert answer.status_code == 200
    assert owner.asked == ["/queue?order_id=acme%2F1001&line_id=1&limit=5"]


async def test_a_malformed_preview_is_refused_before_allocation_is_asked(worker: Worker) -> None:
    async with an_owner(says(200)) as owner, asking(worker, allocation=owner.url) as site:
        key = await site.key("admin")
        for of in PREVIEWS:
            wrong = await site.post(of.path, {**of.example, "sku_id": "x"}, key)
            assert (wrong.status_code, fault_of(wrong)["field"]) == (422, "sku_id")
        both = await site.post("/v1/previews/asn-slip", {"supply_id": "x", "sku": "A", "later_by_days": 1}, key)
        assert (both.status_code, both.json()["detail"]) == (422, "give sku and node, or neither")
        pages = (await site.get(QUEUE, key, limit=101), await site.get(QUEUE, key, merchant="zeta"))
        assert [page.status_code for page in pages] == [422, 422]
        assert (await site.client.post(QUEUE, headers=key)).headers["allow"] == "GET"
        assert owner.asked == []


async def test_allocations_refusal_is_passed_on_in_its_words(worker: Worker) -> None:
    refusal = json.dumps({"error": "no such order", "field": "order_id", "fix": "name another"})
    async with an_owner(says(404, refusal)) as owner, asking(worker, allocation=owner.url) as site:
        answer = await site.get(QUEUE, await site.key("read"))
    assert (answer.status_code, answer.text) == (404, refusal)


async def test_an_allocation_that_does_not_answer_is_named(worker: Worker, site: Site) -> None:
    async with an_owner(silence) as owner, asking(worker, allocation=owner.url) as asked:
        silent = await asked.get(QUEUE, await asked.key("read"))
    unset = await site.post(PREVIEWS[0].path, dict(PREVIEWS[0].example), await site.key("admin"))
    assert (silent.status_code, silent.json()["detail"]) == (503, "allocation does not answer")
    assert (unset.status_code, fault_of(unset)["fix"]) == (503, "set ALLOCATION_URL for gateway")
