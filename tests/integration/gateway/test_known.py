"""What an order or a delivery names must be known: the refusal names it, and when to send again."""

from typing import Any

import pytest

from services.gateway.http.settings import HttpSettings
from shared.contracts.fields import Fact
from shared.contracts.orders import ShipTo
from shared.messaging.worker import Worker
from shared.testing.builders import a_line, a_merchant, a_node, a_product, an_asn, an_order
from shared.testing.faults import fault_of
from shared.testing.floor_facts import a_policy, a_sent_transfer, a_transfer
from shared.testing.suppliers import a_purchase_order
from tests.integration.gateway.conftest import Site, site_of


def as_json(fact: Fact) -> dict[str, Any]:
    return fact.model_dump(mode="json", by_alias=True, exclude_none=True)


UNKNOWN = (
    ("/v1/orders", "lines.1.sku", an_order("o1", a_line(), a_line("2", sku="CAP")), "/v1/products", a_product("CAP")),
    ("/v1/orders", "node", an_order(node="ber"), "/v1/settings/nodes", a_node("ber")),
    ("/v1/asns", "node", an_asn(node="ber"), "/v1/settings/nodes", a_node("ber")),
    ("/v1/purchase-orders", "node", a_purchase_order(node="ber"), "/v1/settings/nodes", a_node("ber")),
    ("/v1/transfers", "destination", a_transfer(), "/v1/settings/nodes", a_node("ber")),
    (
        "/v1/transfers/shipped", "cartons.0.lines.0.sku",
        a_sent_transfer(destination="lyon", sku="CAP"), "/v1/products", a_product("CAP"),
    ),
    (
        "/v1/orders", "priority", an_order(priority="vip"),
        "/v1/settings/policies", a_policy(0, version=9, head_starts={"vip": 24}),
    ),
    (
        "/v1/orders", "merchant", an_order("o1", a_line(sku="X"), merchant="new"),
        "/v1/settings/merchants", a_merchant(merchant="new"),
    ),
)  # fmt: skip


@pytest.mark.parametrize(("path", "field", "fact", "first", "known"), UNKNOWN)
async def test_what_is_not_known_is_refused_until_it_was_sent(
    site: Site, path: str, field: str, fact: Fact, first: str, known: Fact
) -> None:
    key = await site.key("admin")
    assert (await site.post("/v1/products", as_json(a_product("X", merchant="new")), key)).status_code == 202
    before = await site.told()
    refused = await site.post(path, as_json(fact), key)
    assert (refused.status_code, fault_of(refused)["field"], refused.headers["retry-after"]) == (422, field, "1")
    assert await site.told() == before
    assert (await site.post(first, as_json(known), key)).status_code == 202
    answer = await site.post(path, as_json(fact), key)
    assert answer.status_code == 202, answer.text


@pytest.mark.parametrize(
    ("field", "order"),
    [
        ("market", an_order(market="Netherlands")),
        ("market", an_order(market="nl")),
        ("ship_to.country", an_order(ship_to=ShipTo(country="us"))),
    ],
)
async def test_a_country_that_no_law_knows_is_refused_for_good(site: Site, field: str, order: Fact) -> None:
    answer = await site.post("/v1/orders", as_json(order), await site.key("admin"))
    assert (answer.status_code, fault_of(answer)["field"]) == (422, field)
    assert "retry-after" not in answer.headers
    assert await site.told() == []


async def test_an_order_from_a_market_that_the_merchant_does_not_sell_to_is_refused(site: Site) -> None:
    key = await site.key("admin")
    merchant = as_json(a_merchant(version=9, markets=("NL", "US")))
    assert (await site.post("/v1/settings/merchants", merchant, key)).status_code == 202
    refused = await site.post("/v1/orders", as_json(an_order("abroad", market="DE")), key)
    assert (refused.status_code, fault_of(refused)["field"]) == (422, "market")
    assert (await site.post("/v1/orders", as_json(an_order("at-home", market="NL")), key)).status_code == 202


async def test_a_language_that_has_no_texts_is_refused_with_those_that_have(site: Site) -> None:
    key = await site.key("admin")
    merchant = as_json(a_merchant(version=9, languages=("en", "fr")))
    refused = await site.post("/v1/settings/merchants", merchant, key)
    assert (refused.status_code, fault_of(refused)["field"]) == (422, "languages.1")
    assert "use de, en, es" in fault_of(refused)["fix"]


async def test_a_brand_that_cannot_be_read_is_refused_with_the_shade_that_can(site: Site) -> None:
    key = await site.key("admin")
    merchant = {**as_json(a_merchant(version=9)), "colour": "#66ccaa", "brand": {"button_text": "#ffffff"}}
    refused = await site.post("/v1/settings/merchants", merchant, key)
    assert refused.status_code == 422
    assert "is the nearest shade that has" in refused.text


async def test_a_logo_comes_from_the_hosts_that_the_installation_names(worker: Worker) -> None:
    merchant = as_json(a_merchant(version=9))
    async with site_of(worker, HttpSettings(logo_hosts="cdn.acme.example, static.acme.example")) as site:
        key = await site.key("admin")
        for host, status in [
            ("static.acme.example", 202),
            ("cdn.acme.example.evil.example", 422),
            ("evil.example", 422),
        ]:
            body = {**merchant, "version": merchant["version"] + 1, "brand": {"logo_url": f"https://{host}/logo.png"}}
            answer = await site.post("/v1/settings/merchants", body, key)
            assert answer.status_code == status, host
        assert fault_of(answer)["field"] == "brand.logo_url"
        assert "cdn.acme.example, static.acme.example" in fault_of(answer)["fix"]
