"""What people ask for waits, can be undone until it is sent, and is kept with who, why and what became of it."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from deploy.local.clock import move_clock, time_at
from services.gateway.handlers import requests
from services.gateway.http.staff.passwords import Passwords
from services.gateway.store import requests as store
from services.gateway.store import staff
from shared.contracts.allocations import (
    CancelledLine,
    CancelRefused,
    ConsentRefused,
    LineCancelled,
    RefusedCancel,
    RefusedConsent,
)
from shared.contracts.exceptions import ExceptionChanged
from shared.messaging.transaction import begin
from shared.messaging.worker import Worker
from shared.testing.builders import a_released_line, an_order, released
from shared.testing.faults import fault_of
from shared.testing.until import until
from tests.integration.conftest import World
from tests.integration.gateway.conftest import Site
from tests.integration.gateway.test_merchants import as_json
from tests.integration.gateway.test_sign_in import PASSWORD, session_of

LINE = {"order_id": "o1", "line_id": "1", "units": 1}
CANCEL = {"kind": "OrderLineCancelled", "body": LINE, "why": "too late"}


async def ask(site: Site, key: dict[str, str], **changed: Any) -> str:
    answer = await site.post("/v1/requests", {**CANCEL, **changed}, key)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["request_id"])


async def state_of(site: Site, request_id: str) -> str:
    return str(await site.pool.fetchval("select state from requests where request_id = $1", request_id))


async def order(site: Site, order_id: str = "o1") -> None:
    await site.pool.execute("insert into orders (order_id, merchant) values ($1, 'acme')", order_id)


async def test_what_does_not_wait_is_sent_at_once_with_who_and_why(site: Site, worker: Worker) -> None:
    await order(site)
    await staff.keep_user(worker.pool, "kim", "support", None, None)
    await staff.set_password(worker.pool, "kim", await Passwords().hash_of(PASSWORD))
    session = await session_of(site)
    request_id = await ask(site, session)
    ((topic, key, kind, body),) = await site.told()
    assert (topic, key, kind) == ("orders.v1", "o1", "OrderLineCancelled")
    assert (body["change_no"], body["reason"]) == (1, "too late")
    (row,) = await site.rows("/v1/requests", session, order_id="o1")
    assert (row["request_id"], row["state"], row["actor"], row["why"]) == (request_id, "sent", "user/kim", "too late")
    assert (row["merchant"], row["change_no"]) == ("acme", 1)
    assert row["cause"].startswith("firstfill/gateway/")


async def test_who_is_signed_in_asks_in_their_own_name_and_on_no_other_way(site: Site, worker: Worker) -> None:
    await staff.keep_user(worker.pool, "kim", "operations", None, None)
    await staff.set_password(worker.pool, "kim", await Passwords().hash_of(PASSWORD))
    session = await session_of(site)
    await worker.pool.execute("insert into exceptions values ('x1', 1, 'short', 'o1', '{}', 'open', now(), null, null)")
    body = {"exception_id": "x1", "by": "the boss", "why": "counted"}
    direct = await site.post("/v1/exceptions/settled", body, session)
    assert (direct.status_code, "/v1/requests" in fault_of(direct)["fix"]) == (403, True)
    await ask(site, session, kind="ExceptionSettleRequested", body=body, why="counted")
    ((_, _, _, settled),) = await site.told()
    assert (settled["by"], settled["why"]) == ("kim", "counted")


async def test_an_id_that_stood_for_something_else_cannot_be_asked_for_again(site: Site) -> None:
    key = await site.key("stock")
    hold = {"request_id": "h1", "sku": "TEE-M", "node": "ams", "units": 1}
    await ask(site, key, kind="HoldRequested", body=hold)
    other = await site.post("/v1/requests", {"kind": "HoldRequested", "body": {**hold, "units": 2}, "why": "w"}, key)
    assert (other.status_code, fault_of(other)["field"]) == (409, "id")


async def test_what_waits_can_be_undone_until_it_is_due(site: Site, worker: Worker, database: str) -> None:
    await order(site)
    key = await site.key("order", "read")
    first, second = await ask(site, key, wait_minutes=10), await ask(site, key, wait_minutes=10)
    assert await site.told() == []
    undone = {"request_id": first, "why": "they called again"}
    answer = await site.post("/v1/requests/undone", undone, key)
    assert (answer.status_code, answer.json()["state"]) == (202, "undone")
    assert await requests.send_due(worker) == 0
    await move_clock(database, await time_at(database) + timedelta(minutes=10))
    assert await requests.send_due(worker) == 1
    ((_, _, _, body),) = await site.told()
    assert body["change_no"] == 1, "what is undone leaves no gap"
    assert [await state_of(site, name) for name in (first, second)] == ["undone", "sent"]
    (row,) = await site.rows("/v1/requests", key, state="undone")
    assert row["undone_by"].startswith("key/")
    assert (row["request_id"], row["outcome"]) == (first, "they called again")
    late = await site.post("/v1/requests/undone", {"request_id": second}, key)
    assert (late.status_code, late.json()["detail"]) == (409, "it was sent, or undone, already")


async def test_a_change_without_a_number_gets_the_next_and_a_repeat_takes_none(site: Site) -> None:
    await order(site)
    key = await site.key("order")
    change = {**LINE, "changed_at": "2027-03-08T09:00:00Z"}
    for number in (1, 2):
        assert (await site.post("/v1/orders/cancellations", {**change, "units": number}, key)).status_code == 202
    repeated = {"Idempotency-Key": "k1"}
    answers = [await site.post("/v1/orders/cancellations", change, key, **repeated) for _ in range(3)]
    assert len({answer.text for answer in answers}) == 1
    assert (await site.post("/v1/orders/cancellations", {**change, "units": 9}, key)).status_code == 202
    assert [body["change_no"] for *_, body in await site.told()] == [1, 2, 3, 4]
    assert (await site.post("/v1/orders/cancellations", {**change, "change_no": 4}, key)).status_code == 409


async def test_a_request_under_one_idempotency_key_is_asked_once(site: Site) -> None:
    await order(site)
    key = await site.key("order", "read")
    answers = [await site.post("/v1/requests", CANCEL, key, **{"Idempotency-Key": "k1"}) for _ in range(2)]
    assert answers[0].text == answers[1].text
    assert len(await site.rows("/v1/requests", key)) == len(await site.told()) == 1


async def test_a_release_sends_what_was_asked_of_its_order_in_the_same_transaction(world: World, live: Site) -> None:
    key = await live.key("order", "read", "admin")
    for name in ("o1", "o2"):
        assert (await live.post("/v1/orders", as_json(an_order(name)), key)).status_code == 202
    body = {"order_id": "o1", "line_id": "1", "units": 1}
    asked = await ask(live, key, body=body, wait_minutes=600)
    other = await ask(live, key, body={**body, "order_id": "o2"}, wait_minutes=600)
    await world.bus.publish(released("o1", a_released_line()))
    await until(lambda: live.pool.fetchval("select state = 'sent' from requests where request_id = $1", asked))
    assert await state_of(live, other) == "planned"


async def test_what_it_caused_makes_it_done_and_a_refusal_refused(world: World, live: Site) -> None:
    key = await live.key("order", "settle", "read", "admin")
    assert (await live.post("/v1/orders", as_json(an_order("o1")), key)).status_code == 202
    await live.pool.execute(
        "insert into gateway.exceptions values ('x1', 1, 'short', 'o1', '{}', 'open', now(), null, 'acme')"
    )
    done, refused, late = [await ask(live, key) for _ in range(3)]
    consent = await ask(live, key, kind="DelayConsented", body={"order_id": "o1", "line_ids": ["1"]})
    settled = await ask(live, key, kind="ExceptionSettleRequested", body={"exception_id": "x1"})
    causes = {row["request_id"]: row["cause"] for row in await live.rows("/v1/requests", key)}
    numbers = {row["request_id"]: row["change_no"] for row in await live.rows("/v1/requests", key)}
    gone = CancelledLine(
        line_id="1", line_version=2, sku="TEE-M", node="ams", units=1, left=0, reason="asked", cause=causes[done]
    )
    await world.bus.publish(
        LineCancelled(order_id="o1", lines=(gone,)),
        CancelRefused(
            order_id="o1", change_no=numbers[refused], cause=causes[refused],
            lines=(RefusedCancel(line_id="1", units=1, reason="it was shipped already"),),
        ),
        CancelRefused(
            order_id="o1", change_no=numbers[late], cause="floor/shipment-1", request=causes[late],
            lines=(RefusedCancel(line_id="1", units=1, reason="it left meanwhile"),),
        ),
        CancelRefused(
            order_id="o1", change_no=numbers[done], cause="shop/cancel-1", request="shop/cancel-1",
            lines=(RefusedCancel(line_id="1", units=1, reason="of the shop's own change of this number"),),
        ),
        ConsentRefused(
            order_id="o1", change_no=numbers[consent], cause=causes[consent],
            lines=(RefusedConsent(line_id="1", units=1, reason="it was cancelled before"),),
        ),
        ExceptionChanged.model_validate(
            {"exception_id": "x1", "version": 2, "class": "short", "subject": "o1", "facts": {}, "state": "settled"}
        ),
    )  # fmt: skip
    await until(lambda: live.pool.fetchval("select count(*) = 5 from requests where settled_at is not null"))
    found = {row["request_id"]: (row["state"], row["outcome"]) for row in await live.rows("/v1/requests", key)}
    assert found == {
        done: ("done", ""),
        refused: ("refused", "it was shipped already"),
        late: ("refused", "it left meanwhile"),
        consent: ("refused", "it was cancelled before"),
        settled: ("done", ""),
    }


async def test_undo_release_and_due_at_once_send_each_request_once_or_never(site: Site, worker: Worker) -> None:
    """A hundred requests; each is undone, sent for its release, and due, all at the same moment."""
    key = await site.key("order", "read")
    names = [f"o{n}" for n in range(20)]
    for name in names:
        await order(site, name)
    asked = [
        await ask(site, key, body={"order_id": name, "line_id": "1", "units": 1 + n}, wait_minutes=1)
        for name in names
        for n in range(5)
    ]
    await site.pool.execute("update requests set due_at = made_at")

    async def undo(request_id: str) -> int:
        return (await site.post("/v1/requests/undone", {"request_id": request_id}, key)).status_code

    async def release(name: str) -> None:
        async with begin(worker.pool, worker.source, worker.bell) as tx:
            await requests.send(tx, await store.of_orders(tx, [name]))

    undone = [undo(name) for name in asked]
    await asyncio.gather(*undone, *map(release, names), requests.send_due(worker), requests.send_due(worker))
    states = Counter(row["state"] for row in await site.rows("/v1/requests", key))
    assert set(states) <= {"sent", "undone"}
    changes = [body for *_, body in await site.told()]
    assert len(changes) == states["sent"]
    for name in names:
        numbers = sorted(body["change_no"] for body in changes if body["order_id"] == name)
        assert numbers == list(range(1, len(numbers) + 1)), "without a gap"


@pytest.mark.parametrize(
    ("changed", "status", "field"),
    [
        ({"kind": "ScanRecorded"}, 422, "kind"),
        ({"why": ""}, 422, "why"),
        ({"wait_minutes": 2000}, 422, "wait_minutes"),
        ({"body": {"order_id": "o1", "line_id": "1"}}, 422, "units"),
        ({"body": {"order_id": "o1", "line_id": "1", "units": 1, "unit": 2}}, 422, "unit"),
        ({"kind": "HoldRequested"}, 403, "Authorization"),
    ],
)
async def test_what_cannot_be_asked_for_is_refused(
    site: Site, changed: dict[str, Any], status: int, field: str
) -> None:
    answer = await site.post("/v1/requests", {**CANCEL, **changed}, await site.key("order"))
    assert (answer.status_code, fault_of(answer)["field"]) == (status, field)


async def test_what_others_asked_for_is_neither_seen_nor_undone(site: Site) -> None:
    await order(site)
    await site.pool.execute("insert into orders (order_id, merchant) values ('zeta/o1', 'zeta')")
    whole, zeta = await site.key("order", "read"), await site.key("order", "read", merchant="zeta")
    asked = await ask(site, whole, wait_minutes=10)
    assert await site.rows("/v1/requests", zeta) == []
    answers = [await site.post("/v1/requests/undone", {"request_id": name}, zeta) for name in (asked, "none")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    refused = await site.post("/v1/requests", CANCEL, zeta)
    assert (refused.status_code, fault_of(refused)["field"]) == (403, "order_id")
