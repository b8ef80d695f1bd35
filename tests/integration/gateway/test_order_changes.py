"""A change of an order is counted by whoever makes it: under one number stands one change."""

import asyncio
from typing import Any

import pytest

from services.gateway.http.writes.events import WRITES, Write
from services.gateway.http.writes.order_changes import COUNTED
from shared.contracts.fields import Fact
from shared.contracts.orders import LineSwapped, OrderChange, OrderHeld, OrderLineCancelled
from shared.contracts.story import examples_of
from shared.testing.builders import a_line, a_product, an_order
from shared.testing.faults import fault_of
from tests.integration.gateway.conftest import Site, an_example

CHANGES = [of for of in WRITES if issubclass(of.event, OrderChange)]
CANCEL = an_example(OrderLineCancelled)
CANCELLATIONS, HOLDS = "/v1/orders/cancellations", "/v1/orders/holds"
each_change = pytest.mark.parametrize("of", CHANGES, ids=lambda of: of.path)


def as_json(fact: Fact) -> dict[str, Any]:
    return fact.model_dump(mode="json", exclude_none=True)


async def test_a_change_that_is_sent_again_is_taken_and_keeps_its_number(site: Site) -> None:
    key = await site.key("order")
    later = {**CANCEL, "changed_at": "2027-03-11T18:00:00Z"}
    answers = [await site.post(CANCELLATIONS, body, key) for body in (CANCEL, CANCEL, later)]
    assert [answer.status_code for answer in answers] == [202] * 3
    assert {body["change_no"] for *_, body in await site.told()} == {1}


@pytest.mark.parametrize(
    ("path", "other"),
    [
        (CANCELLATIONS, {**CANCEL, "units": 2}),
        (CANCELLATIONS, {**CANCEL, "line_id": "2"}),
        (HOLDS, {**an_example(OrderHeld), "order_id": CANCEL["order_id"]}),
    ],
)
async def test_another_change_under_a_used_number_is_refused_with_the_next_number(
    site: Site, path: str, other: dict[str, Any]
) -> None:
    key = await site.key("order")
    await site.post(CANCELLATIONS, CANCEL, key)
    before = await site.told()
    answer = await site.post(path, {**other, "change_no": 1}, await site.key("order"))
    assert (answer.status_code, fault_of(answer)["field"]) == (409, "change_no")
    assert fault_of(answer)["fix"].startswith("send 2 for a new change")
    assert await site.told() == before
    assert (await site.post(path, {**other, "change_no": 2}, key)).status_code == 202


async def test_the_loser_of_a_number_is_told_the_next(site: Site) -> None:
    key = await site.key("order")
    asked = [site.post(CANCELLATIONS, {**CANCEL, "units": units}, key) for units in range(1, 6)]
    assert sorted(answer.status_code for answer in await asyncio.gather(*asked)) == [202, 409, 409, 409, 409]
    assert len(await site.told()) == 1


async def test_each_order_counts_its_own_changes_and_may_have_gaps(site: Site) -> None:
    key = await site.key("order")
    for order_id, change_no in (("acme/1", 3), ("acme/2", 1), ("acme/1", 1)):
        answer = await site.post(CANCELLATIONS, {**CANCEL, "order_id": order_id, "change_no": change_no}, key)
        assert answer.status_code == 202
    taken = await site.post(CANCELLATIONS, {**CANCEL, "order_id": "acme/1", "change_no": 1, "units": 9}, key)
    assert fault_of(taken)["fix"].startswith("send 4 ")


async def test_a_refused_change_uses_no_number(site: Site) -> None:
    key = {**await site.key("order"), "Idempotency-Key": "7d1f"}
    assert (await site.post(CANCELLATIONS, CANCEL, key)).status_code == 202
    refused = await site.post(CANCELLATIONS, {**CANCEL, "change_no": 2}, key)
    assert (refused.status_code, fault_of(refused)["field"]) == (409, "Idempotency-Key")
    other = {**CANCEL, "change_no": 2, "units": 3}
    assert (await site.post(CANCELLATIONS, other, await site.key("order"))).status_code == 202


@pytest.mark.parametrize(
    ("event", "wrong", "field"),
    [
        ("OrderHeld", {"kind": "whim"}, "kind"),
        ("OrderLineCancelled", {"units": 0}, "units"),
        ("OrderLineCancelled", {"change_no": 0}, "change_no"),
        ("OrderLineChanged", {"new_line_id": "1"}, "new_line_id"),
        ("LineSwapped", {"new_line_id": "1"}, "new_line_id"),
        ("OrderSplit", {"max_shipments": 0}, "max_shipments"),
        ("LinePriorityChanged", {"reason": ""}, "reason"),
        ("LinePriorityChanged", {"queue_at": "yesterday"}, "queue_at"),
        ("DelayConsented", {"line_ids": []}, "line_ids"),
        ("RefundMade", {"amount": -1}, "amount"),
        ("ReleaseAccepted", {"line_version": 0}, "line_version"),
        ("StopAnswered", {"stopped": "yes"}, "stopped"),
    ],
)
async def test_a_change_that_cannot_be_meant_is_refused_by_its_field(
    site: Site, event: str, wrong: dict[str, Any], field: str
) -> None:
    of = next(of for of in WRITES if of.event.__name__ == event)
    answer = await site.post(of.path, {**an_example(of.event), **wrong}, await site.key("admin"))
    assert (answer.status_code, fault_of(answer)["field"]) == (422, field)
    assert await site.told() == []


@each_change
async def test_a_merchant_changes_only_their_own_orders(site: Site, of: Write) -> None:
    acme, zeta = await site.key("admin", merchant="acme"), await site.key("admin", merchant="zeta")
    for name, key in (("acme", acme), ("zeta", zeta)):
        sku = f"{name}/1"
        await site.post("/v1/products", as_json(a_product(sku, merchant=name)), key)
        await site.post("/v1/orders", as_json(an_order(f"{name}/o1", a_line(sku=sku), merchant=name)), key)
    change = {**an_example(of.event), "change_no": 1}
    swapped = {"sku": "acme/1"} if of.event is LineSwapped else {}
    own = await site.post(of.path, {**change, "order_id": "acme/o1", **swapped}, acme)
    assert own.status_code == 202, own.text
    answers = [
        await site.post(of.path, {**change, "order_id": order_id, **swapped}, acme) for order_id in ("zeta/o1", "none")
    ]
    assert [(answer.status_code, fault_of(answer)["field"]) for answer in answers] == [(403, "order_id")] * 2
    assert answers[0].json() == answers[1].json()


async def test_a_merchant_swaps_only_for_their_own_skus(site: Site) -> None:
    acme, zeta = await site.key("admin", merchant="acme"), await site.key("admin", merchant="zeta")
    await site.post("/v1/products", as_json(a_product("zeta/1", merchant="zeta")), zeta)
    await site.post("/v1/products", as_json(a_product("acme/1")), acme)
    await site.post("/v1/orders", as_json(an_order("acme/o1", a_line(sku="acme/1"))), acme)
    swap = {**an_example(LineSwapped), "order_id": "acme/o1"}
    answers = [await site.post("/v1/orders/swaps", {**swap, "sku": sku}, acme) for sku in ("zeta/1", "none/1")]
    assert [(answer.status_code, fault_of(answer)["field"]) for answer in answers] == [(403, "sku")] * 2
    assert answers[0].json() == answers[1].json()


async def test_the_document_says_how_changes_are_counted_and_shows_examples(site: Site) -> None:
    paths = (await site.get("/v1/openapi.json", {})).json()["paths"]
    for of in WRITES:
        body = paths[of.path]["post"]["requestBody"]
        shown = [example["value"] for example in body["content"]["application/json"]["examples"].values()]
        assert shown == [example.body for example in examples_of(of.event)]
        assert (body.get("description") == COUNTED) == (of in CHANGES)
