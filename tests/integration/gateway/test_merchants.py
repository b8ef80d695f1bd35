"""A key that is bound to a merchant writes what is the merchant's, and learns nothing of another."""

from typing import Any

import pytest

from services.gateway.http.reads.owners import OWNED
from services.gateway.http.reads.read_models import READS
from services.gateway.http.writes.events import WRITES
from shared.contracts.availability import AvailabilityChanged
from shared.contracts.fields import Fact
from shared.contracts.products import Component
from shared.contracts.queues import QueueChanged
from shared.testing.builders import MONDAY, a_contact, a_line, a_merchant, a_product, an_inbound, an_order, promised
from shared.testing.faults import fault_of
from shared.testing.until import until
from tests.integration.conftest import World
from tests.integration.gateway.conftest import Site, an_example


def as_json(fact: Fact) -> dict[str, Any]:
    return fact.model_dump(mode="json", exclude_none=True)


def a_page(sku: str, merchant: str) -> AvailabilityChanged:
    return AvailabilityChanged(
        sku=sku, node="ams", merchant=merchant, version=1, state="in_stock", available_to_sell=3, breaks=(),
        max_orderable=3, as_of=MONDAY,
    )  # fmt: skip


def a_queue(sku: str, value: int = 100) -> QueueChanged:
    return QueueChanged(sku=sku, node="ams", version=1, waiting_lines=1, waiting_units=2, waiting_value=value)


def all_of(merchant: str, sku: str, order_id: str) -> list[Fact]:
    return [
        a_product(sku, merchant=merchant),
        an_order(order_id, a_line(sku=sku), merchant=merchant),
        a_page(sku, merchant),
        a_queue(sku),
        an_inbound(sku=sku),
        promised(order_id),
    ]


async def test_one_merchant_learns_nothing_of_another(world: World, live: Site) -> None:
    await world.bus.publish(*all_of("acme", "acme/1", "acme/o1"), *all_of("zeta", "zeta/1", "zeta/o1"))
    await until(lambda: world.admin.fetchval("select count(*) = 12 from gateway.inbox where outcome = 'done'"))
    acme, everyone = await live.key("read", merchant="acme"), await live.key("read")
    asked: dict[str, list[dict[str, str]]] = {
        "/v1/queues": [{}, {"order_by": "units"}],
        "/v1/inbound": [{}, {"sku": "zeta/1"}],
        "/v1/availability": [{"sku": "acme/1"}, {"sku": "zeta/1"}],
        "/v1/promises": [{"order_id": "acme/o1"}, {"order_id": "zeta/o1"}],
    }
    for path, questions in asked.items():
        seen = [row for question in questions for row in await live.rows(path, acme, **question)]
        all_seen = [row for question in questions for row in await live.rows(path, everyone, **question)]
        assert seen, path
        assert "zeta" not in str(seen), path
        assert "zeta" in str(all_seen), path


@pytest.mark.parametrize("path", sorted({of.path for of in (*READS, *OWNED) if "merchant" not in of.bound_by}))
async def test_paths_without_a_merchant_are_closed_to_a_merchants_key(site: Site, path: str) -> None:
    answer = await site.get(path, await site.key("admin", merchant="acme"))
    assert answer.status_code == 403


@pytest.mark.parametrize("path", sorted({of.path for of in WRITES if "merchant" not in of.bound_by}))
async def test_paths_of_the_installation_are_closed_to_a_merchants_key(site: Site, path: str) -> None:
    body = next(an_example(of.event) for of in WRITES if of.path == path)
    answer = await site.post(path, body, await site.key("admin", merchant="acme"))
    assert answer.status_code == 403
    assert (await site.client.post("/v1/asns/files", content=b"ISA", headers=await site.key("admin", merchant="acme"))
    ).status_code == 403  # fmt: skip
    assert await site.told() == []


async def test_a_merchant_writes_their_product_then_their_order_then_their_contact(site: Site) -> None:
    key = await site.key("admin", merchant="acme")
    for path, fact in (
        ("/v1/products", a_product("acme/1")),
        ("/v1/orders", an_order("acme/o1", a_line(sku="acme/1"))),
        ("/v1/contacts", a_contact("acme/o1")),
        ("/v1/products", a_product("acme/1", version=2)),
    ):
        answer = await site.post(path, as_json(fact), key)
        assert answer.status_code == 202, answer.text
    assert len(await site.told()) == 4


async def test_anothers_id_and_an_unknown_id_are_refused_in_the_same_words(site: Site) -> None:
    zeta, acme = await site.key("admin", merchant="zeta"), await site.key("admin", merchant="acme")
    own = (
        ("/v1/products", a_product("zeta/1", merchant="zeta")),
        ("/v1/orders", an_order("zeta/o1", a_line(sku="zeta/1"), merchant="zeta")),
    )
    for path, fact in own:
        assert (await site.post(path, as_json(fact), zeta)).status_code == 202
    assert (await site.post("/v1/products", as_json(a_product("acme/1")), acme)).status_code == 202
    before = await site.told()
    answers = {
        (field, of): await site.post(path, as_json(fact), acme)
        for field, of, path, fact in (
            ("merchant", "zeta", "/v1/products", a_product("acme/2", merchant="zeta")),
            ("sku", "zeta", "/v1/products", a_product("zeta/1")),
            ("lines.0.sku", "zeta", "/v1/orders", an_order("acme/o1", a_line(sku="zeta/1"))),
            ("lines.0.sku", "nobody", "/v1/orders", an_order("acme/o1", a_line(sku="none/1"))),
            ("order_id", "zeta", "/v1/contacts", a_contact("zeta/o1")),
            ("order_id", "nobody", "/v1/contacts", a_contact("none/o1")),
        )
    }
    for (field, _), answer in answers.items():
        assert (answer.status_code, fault_of(answer)["field"]) == (403, field)
    for field in ("lines.0.sku", "order_id"):
        assert answers[field, "zeta"].json() == answers[field, "nobody"].json()
    assert await site.told() == before


async def test_no_merchant_has_a_name_with_a_slash(site: Site) -> None:
    key = await site.key("admin")
    for path, fact in (
        ("/v1/settings/merchants", a_merchant(merchant="acme/eu")),
        ("/v1/products", a_product(merchant="acme/eu")),
        ("/v1/orders", an_order(merchant="acme/eu")),
    ):
        answer = await site.post(path, as_json(fact), key)
        assert (answer.status_code, fault_of(answer)["field"]) == (422, "merchant")
        assert "slash" in fault_of(answer)["fix"]
    assert await site.told() == []


@pytest.mark.parametrize("an_id", ["zeta/1", "1", "acmes/1", "acme/"])
async def test_an_unknown_id_is_the_merchants_only_with_their_name_in_front(site: Site, an_id: str) -> None:
    key = await site.key("admin", merchant="acme")
    assert (await site.post("/v1/products", as_json(a_product("acme/1")), key)).status_code == 202
    product = await site.post("/v1/products", as_json(a_product(an_id)), key)
    assert (product.status_code, fault_of(product)["field"]) == (403, "sku")
    assert fault_of(product)["fix"] == "begin it with acme/"
    order = await site.post("/v1/orders", as_json(an_order(an_id, a_line(sku="acme/1"))), key)
    assert (order.status_code, fault_of(order)["field"]) == (403, "order_id")
    assert fault_of(order)["fix"] == "begin it with acme/"
    assert len(await site.told()) == 1


async def test_anothers_id_stays_anothers_even_with_the_merchants_name(world: World, live: Site) -> None:
    await world.bus.publish(a_product("acme/1", merchant="zeta"), an_order("acme/o1", merchant="zeta"))
    await until(lambda: world.admin.fetchval("select count(*) = 2 from gateway.inbox where outcome = 'done'"))
    key = await live.key("admin", merchant="acme")
    taken = await live.post("/v1/products", as_json(a_product("acme/1")), key)
    assert (taken.status_code, fault_of(taken)["fix"]) == (403, "use a SKU of your own")
    assert (await live.post("/v1/products", as_json(a_product("acme/2")), key)).status_code == 202
    taken = await live.post("/v1/orders", as_json(an_order("acme/o1", a_line(sku="acme/2"))), key)
    assert (taken.status_code, fault_of(taken)["fix"]) == (403, "use an id of your own")


async def test_a_known_id_of_the_merchant_stays_as_it_is(world: World, live: Site) -> None:
    await world.bus.publish(a_product("TEE-M"), an_order("o1"))
    await until(lambda: world.admin.fetchval("select count(*) = 2 from gateway.inbox where outcome = 'done'"))
    key = await live.key("admin", merchant="acme")
    for path, fact in (
        ("/v1/products", a_product(version=2)),
        ("/v1/orders", an_order("o1")),
        ("/v1/contacts", a_contact("o1")),
    ):
        answer = await live.post(path, as_json(fact), key)
        assert answer.status_code == 202, answer.text


async def test_the_shops_own_key_gives_the_ids_that_the_shop_has(site: Site) -> None:
    key = await site.key("admin")
    assert (await site.post("/v1/products", as_json(a_product("TEE-M")), key)).status_code == 202
    assert (await site.post("/v1/orders", as_json(an_order("1001", a_line(sku="TEE-M"))), key)).status_code == 202


async def test_a_merchants_body_names_nothing_of_another(site: Site) -> None:
    """Neither another's component nor one that nobody has yet; nodes and suppliers are shared, or their own."""
    rival, acme = await site.key("admin", merchant="rival"), await site.key("admin", merchant="acme")
    assert (await site.post("/v1/products", as_json(a_product("rival/A", merchant="rival")), rival)).status_code == 202
    for sku in ("acme/1", "acme/2"):
        assert (await site.post("/v1/products", as_json(a_product(sku)), acme)).status_code == 202
    before = await site.told()
    own_and_nobodys = (part("acme/1"), part("no/1"))
    answers = [
        ("components.0.sku", "/v1/products", a_product("acme/kit", packs=(), components=(part("rival/A"),))),
        (
            "components.1.sku",
            "/v1/products",
            a_product("acme/kit", packs=(), components=own_and_nobodys),
        ),
        ("supplier_id", "/v1/products", a_product("acme/3", supplier_id="rival/mill")),
        ("node", "/v1/orders", an_order("acme/o1", a_line(sku="acme/1"), node="rival/shed")),
        ("merchant", "/v1/products", a_product("acme/1", version=2, merchant="rival")),
    ]
    for field, path, fact in answers:
        answer = await site.post(path, as_json(fact), acme)
        assert (answer.status_code, fault_of(answer)["field"]) == (403, field), answer.text
    assert await site.told() == before
    own = a_product("acme/kit", packs=(), components=(part("acme/1"), part("acme/2")), supplier_id="mill")
    assert (await site.post("/v1/products", as_json(own), acme)).status_code == 202


async def test_the_installation_mixes_no_merchants_and_no_bundles(world: World, live: Site) -> None:
    kit = a_product("acme/kit", packs=(), components=(part("acme/1"),))
    await world.bus.publish(a_product("acme/1"), a_product("rival/A", merchant="rival"), kit)
    await until(lambda: world.admin.fetchval("select count(*) = 3 from gateway.inbox where outcome = 'done'"))
    key = await live.key("admin")
    for field, path, fact in (
        ("components.0.sku", "/v1/products", a_product("acme/x", packs=(), components=(part("rival/A"),))),
        ("components.0.sku", "/v1/products", a_product("acme/x", packs=(), components=(part("acme/kit"),))),
        ("components", "/v1/products", a_product("acme/1", version=2, packs=(), components=(part("acme/2"),))),
        ("merchant", "/v1/products", a_product("acme/1", version=2, merchant="rival")),
        ("lines.0.sku", "/v1/orders", an_order("acme/o1", a_line(sku="rival/A"))),
    ):
        answer = await live.post(path, as_json(fact), key)
        assert (answer.status_code, fault_of(answer)["field"]) == (422, field), answer.text


def part(sku: str) -> Component:
    return Component(sku=sku, units=1)
