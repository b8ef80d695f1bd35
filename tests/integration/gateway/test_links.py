"""A customer's link shows and changes one order, until it is revoked or the order is over."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from deploy.local.clock import move_clock, time_at
from services.gateway.http.settings import HttpSettings
from shared.contracts.order_links import OrderLink, action_token, link_keys, token_of
from shared.messaging.worker import Worker
from shared.testing.faults import fault_of
from tests.integration.gateway.conftest import Site, site_of
from tests.integration.gateway.test_bounds import OPERATIONS, sent

KEYS = "a:" + "s" * 32
CANCEL = {"kind": "OrderLineCancelled", "body": {"line_id": "1", "units": 1}, "why": "found it elsewhere"}
OWN = {"/v1/caller", "/v1/promises", "/v1/order-lines", "/v1/requests", "/v1/requests/undone"}


@pytest.fixture
async def shop(worker: Worker) -> AsyncIterator[Site]:
    """Serve gateway with two orders of acme, which both wait."""
    for order in ("acme/o1", "acme/o2"):
        await worker.pool.execute("insert into orders (order_id, merchant) values ($1, 'acme')", order)
        await worker.pool.execute("insert into ordered_lines values ($1, '1', 2, 'TEE-M')", order)
        await worker.pool.execute(
            "insert into promises values ($1, '1', 1, 'TEE-M', 'ams', 2, '2027-06-01', '2027-06-07', 'asn', 'r', 'c')",
            order,
        )
    async with site_of(worker, HttpSettings(requests_per_key="10000/minute", link_keys=KEYS)) as site:
        yield site


def link(order_id: str = "acme/o1", generation: int = 1, keys: str = KEYS) -> dict[str, str]:
    return {"Authorization": f"Bearer {token_of(OrderLink(order_id, generation), link_keys(keys))}"}


async def acting(site: Site, order_id: str = "acme/o1") -> dict[str, str]:
    """Return a link with the action token that a page of its order hands out."""
    shown = (await site.get("/v1/caller", link(order_id))).json()
    return {**link(order_id), "Firstfill-Action": shown["action"]}


async def test_a_link_shows_its_order_and_of_another_what_an_unknown_one_gets(shop: Site) -> None:
    caller = (await shop.get("/v1/caller", link())).json()
    assert (caller["actor"], caller["order_id"]) == ("order/acme/o1", "acme/o1")
    for path in ("/v1/promises", "/v1/order-lines"):
        assert len(await shop.rows(path, link(), order_id="acme/o1")) == 1
        answers = [await shop.get(path, link(), order_id=name) for name in ("acme/o2", "nobody's")]
        assert answers[0].content == answers[1].content


async def test_a_link_opens_nothing_but_its_order(shop: Site) -> None:
    for operation in OPERATIONS:
        if operation["scope"]:
            answer = await sent(shop, operation, link())
            assert (answer.status_code == 403) == (operation["path"] not in OWN), operation


@pytest.mark.parametrize(
    "wrong",
    [
        link(keys="a:" + "x" * 32),
        link(keys="b:" + "s" * 32),
        link("acme/none"),
        link(generation=2),
        {"Authorization": link()["Authorization"][:-1] + "_"},
        {"Authorization": link()["Authorization"][:-5]},
    ],
)
async def test_a_link_that_is_not_ours_opens_nothing(shop: Site, wrong: dict[str, str]) -> None:
    assert (await shop.get("/v1/caller", wrong)).status_code == 401


async def test_a_customer_asks_can_undo_and_never_sends_at_once(shop: Site) -> None:
    key = await acting(shop)
    asked = await shop.post("/v1/requests", CANCEL, key)
    assert (asked.status_code, asked.json()["state"]) == (202, "planned")
    assert await shop.told() == []
    (row,) = await shop.rows("/v1/requests", link())
    waits = await shop.pool.fetchval("select due_at - made_at from requests")
    assert (row["actor"], row["order_id"], waits) == ("order/acme/o1", "acme/o1", timedelta(minutes=10))
    assert await shop.rows("/v1/requests", link("acme/o2")) == []
    other = await shop.post("/v1/requests/undone", {"request_id": row["request_id"]}, await acting(shop, "acme/o2"))
    assert other.status_code == 404
    undone = await shop.post("/v1/requests/undone", {"request_id": row["request_id"]}, key)
    assert (undone.status_code, undone.json()["state"]) == (202, "undone")


async def test_following_a_link_changes_nothing(shop: Site) -> None:
    """A mail scanner follows every link, and may even send its forms; it has no action token of this order."""
    elsewhere = action_token(OrderLink("acme/o2"), link_keys(KEYS), 2**33)
    over = action_token(OrderLink("acme/o1"), link_keys(KEYS), 1)
    for token in ({}, {"Firstfill-Action": elsewhere}, {"Firstfill-Action": over}, {"Firstfill-Action": "9999999999."}):
        answer = await shop.post("/v1/requests", CANCEL, {**link(), **token})
        assert (answer.status_code, fault_of(answer)["field"]) == (403, "Firstfill-Action")
    assert await shop.rows("/v1/requests", link()) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"body": {"order_id": "acme/o2", "line_id": "1", "units": 1}}, "order_id"),
        ({"kind": "OrderHeld", "body": {"kind": "fraud"}}, "Authorization"),
        ({"kind": "LinePriorityChanged", "body": {"line_id": "1"}}, "Authorization"),
        ({"kind": "HoldRequested", "body": {}}, "Authorization"),
    ],
)
async def test_a_customer_asks_for_nothing_but_their_own(shop: Site, changed: dict[str, Any], field: str) -> None:
    answer = await shop.post("/v1/requests", {**CANCEL, **changed}, await acting(shop))
    assert (answer.status_code, fault_of(answer)["field"]) == (403, field)


async def test_a_revoked_link_is_worth_nothing_and_the_next_generation_is(shop: Site) -> None:
    support = await shop.key("order", merchant="acme")
    for generation in (2, 3):
        answer = await shop.post("/v1/orders/links-revoked", {"order_id": "acme/o1", "why": "went astray"}, support)
        assert (answer.status_code, answer.json()["generation"]) == (202, generation)
    statuses = [(await shop.get("/v1/caller", link(generation=n))).status_code for n in (1, 2, 3)]
    assert statuses == [401, 401, 200]
    assert [(kind, body["generation"]) for _, _, kind, body in await shop.told()] == [
        ("LinksRevoked", 2),
        ("LinksRevoked", 3),
    ]
    assert (await shop.get("/v1/caller", link("acme/o2"))).status_code == 200
    unknown = await shop.post("/v1/orders/links-revoked", {"order_id": "nobody's"}, await shop.key("order"))
    assert (unknown.status_code, fault_of(unknown)["field"]) == (422, "order_id")
    zeta = await shop.key("order", merchant="zeta")
    refused = await shop.post("/v1/orders/links-revoked", {"order_id": "acme/o1"}, zeta)
    assert (refused.status_code, fault_of(refused)["field"]) == (403, "order_id")


async def test_a_link_is_over_ninety_days_after_the_last_line_ended(shop: Site, database: str) -> None:
    await shop.pool.execute("insert into order_endings values ('acme/o1', clock())")
    await shop.pool.execute("insert into shipped_units values ('acme/o1', '1', 's1', 'TEE-M', 2)")
    assert (await shop.get("/v1/caller", link())).status_code == 200
    await move_clock(database, await time_at(database) + timedelta(days=91))
    statuses = [(await shop.get("/v1/caller", link(name))).status_code for name in ("acme/o1", "acme/o2")]
    assert statuses == [401, 200], "the other one still waits"
