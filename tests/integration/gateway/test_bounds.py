"""Who may do what: every operation, beside every scope, and for callers who are bound to merchants or to nodes."""

import csv
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from services.gateway.domain.callers import PUBLISHABLE, SCOPES, Scope, scopes_open
from services.gateway.http.writes.events import WRITES
from shared.messaging.worker import Worker
from tests.integration.gateway.conftest import Headers, Site, an_example, site_of

OPERATIONS = list(csv.DictReader(Path(__file__).with_name("operations.csv").read_text().splitlines()))
EXAMPLES = {of.path: an_example(of.event) for of in WRITES}
UNKNOWN = {
    "node": "nowhere", "sku": "none/1", "order_id": "none/o1", "asn_id": "none-1", "exception_id": "none",
    "cause": "n/1",
}  # fmt: skip
OF_OTHERS = {
    "node": "lyon", "sku": "zeta/1", "order_id": "zeta/o1", "asn_id": "asn-lyon", "exception_id": "x-zeta",
    "cause": "c/1",
}  # fmt: skip
SEEN_BY_OTHERS = """
insert into gateway.skus values ('zeta/1', 1, 'zeta');
insert into gateway.orders (order_id, merchant) values ('zeta/o1', 'zeta');
insert into gateway.ordered_lines values ('zeta/o1', '1', 2, 'zeta/1');
insert into gateway.promises values ('zeta/o1', '1', 1, 'zeta/1', 'lyon', 2, null, null, null, 'r', 'c');
insert into gateway.availability values ('zeta/1', 'lyon', 1, 'zeta', 'in_stock', 1, 1, '[]', now(), null, null, '[]');
insert into gateway.inbound values ('zeta/1', 'lyon', 1, null, '[]');
insert into gateway.queues values ('zeta/1', 'lyon', 1, 1, 1, 1);
insert into gateway.exceptions values ('x-zeta', 1, 'short', 'asn-lyon', '{}', 'open', now(), 'lyon', 'zeta');
insert into gateway.exceptions values ('x-held', 1, 'telling_held', 'c/1', '{}', 'open', now(), 'lyon', 'zeta');
insert into gateway.receiving_advices values ('asn-lyon', 1, 'mills', 'lyon', now(), '[]', null, null);
insert into gateway.scan_answers values ('s-1', 'gun-lyon', 'lyon', '{}', now());
insert into gateway.dock_events values
    ('asn-lyon', 'arrival', '', 'lyon', 'arrived', '2027-03-08T12:00Z', null, null, '{}', now()),
    ('asn-lyon', 'close', '', 'lyon', 'closed', '2027-03-08T14:00Z', null, null, '{"lines": []}', now());
"""
QUESTIONS: tuple[tuple[str, dict[str, str], dict[str, str], str], ...] = (
    ("/v1/exceptions", {"subject": "asn-lyon"}, {"subject": "none"}, "merchant node"),
    ("/v1/scan-answers", {"device_id": "gun-lyon"}, {"device_id": "none"}, "node"),
    ("/v1/advices", {"asn_id": "asn-lyon"}, {"asn_id": "none"}, "node"),
    ("/v1/dock", {"asn_id": "asn-lyon"}, {"asn_id": "none"}, "node"),
    ("/v1/dock", {"node": "lyon", "day": "2027-03-08"}, {"node": "nowhere", "day": "2027-03-08"}, "node"),
    ("/v1/asns/closed", {"asn_id": "asn-lyon"}, {"asn_id": "none"}, "node"),
    ("/v1/inbound", {"sku": "zeta/1"}, {"sku": "none"}, "merchant node"),
    ("/v1/queues", {"node": "lyon"}, {"node": "nowhere"}, "merchant node"),
    ("/v1/availability", {"sku": "zeta/1"}, {"sku": "none"}, "merchant node"),
    ("/v1/promises", {"order_id": "zeta/o1"}, {"order_id": "none"}, "merchant node"),
    ("/v1/order-lines", {"order_id": "zeta/o1"}, {"order_id": "none"}, "merchant"),
)


@pytest.fixture
async def crowded(worker: Worker) -> AsyncIterator[Site]:
    """Serve gateway with what merchant zeta and the node lyon have."""
    await worker.pool.execute(SEEN_BY_OTHERS)
    async with site_of(worker) as site:
        yield site


async def sent(site: Site, operation: dict[str, str], key: Headers) -> httpx.Response:
    path = operation["path"].replace("{order_id}", "acme%2F1001").replace("{line_id}", "1")
    if operation["method"] == "GET":
        return await site.get(path, key)
    return await site.post(path, EXAMPLES.get(path, {}), key)


async def test_every_operation_of_the_document_stands_in_the_table(site: Site) -> None:
    paths = (await site.get("/v1/openapi.json", {})).json()["paths"]
    documented = [
        {"method": method.upper(), "path": path, "scope": of["x-scope"], "bound by": " ".join(of["x-bound-by"])}
        for path, methods in paths.items()
        for method, of in methods.items()
    ]
    assert sorted(documented, key=lambda row: (row["path"], row["method"])) == OPERATIONS


@pytest.mark.parametrize("scope", SCOPES)
async def test_a_scope_opens_what_the_table_says_and_nothing_else(site: Site, scope: Any) -> None:
    key = await site.key(scope, merchant="acme" if {scope} == PUBLISHABLE else None, old=False)
    for operation in OPERATIONS:
        answer = await sent(site, operation, key)
        lacks = answer.status_code == 403 and "lacks the scope" in answer.text
        opened = not operation["scope"] or scopes_open([scope], cast("Scope", operation["scope"]))
        assert lacks == (not opened), operation
        assert answer.status_code != 401 or operation["path"] == "/v1/sessions", operation


@pytest.mark.parametrize("bound", ["merchant", "node"])
async def test_what_cannot_be_bound_is_closed_to_who_is(site: Site, bound: str) -> None:
    header = await bound_key(site, bound)
    for operation in OPERATIONS:
        answer = await sent(site, operation, header)
        closed = (answer.status_code, answer.json().get("detail")) == (
            403, f"a key that is bound to a {bound} does not open this",
        )  # fmt: skip
        bindable = not operation["scope"] or bound in operation["bound by"].split()
        assert closed == (not bindable), operation


@pytest.mark.parametrize(("path", "of_others", "unknown", "bound_by"), QUESTIONS)
async def test_what_is_not_theirs_looks_like_what_is_not_there(
    crowded: Site, path: str, of_others: dict[str, str], unknown: dict[str, str], bound_by: str
) -> None:
    whole = await crowded.get(path, await crowded.key("read", "scan"), **of_others)
    assert "lyon" in whole.text or "zeta" in whole.text
    for bound in bound_by.split():
        key = await bound_key(crowded, bound)
        answers = [await crowded.get(path, key, **asked) for asked in (of_others, unknown)]
        assert same(*answers), (bound, [answer.text for answer in answers])


async def bound_key(site: Site, bound: str) -> dict[str, str]:
    return await (site.key("admin", merchant="acme") if bound == "merchant" else site.key("admin", node="ams"))


def same(theirs: httpx.Response, unknown: httpx.Response) -> bool:
    return (theirs.status_code, theirs.content) == (unknown.status_code, unknown.content)


def words() -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    """Return every write, once about others' things and once about what nobody has, for who is bound."""
    for of in WRITES:
        for bound in sorted(of.bound_by):
            fields = [field for field in fields_of(bound) if field in of.event.model_fields]
            if bound == "node" and "node" in fields:
                fields = ["node"]
            body = an_example(of.event)
            yield (
                of.path, bound, {**body, **{field: OF_OTHERS[field] for field in fields}},
                {**body, **{field: UNKNOWN[field] for field in fields}},
            )  # fmt: skip


def fields_of(bound: str) -> tuple[str, ...]:
    return ("sku", "order_id", "exception_id", "cause") if bound == "merchant" else (
        "node", "asn_id", "exception_id", "cause",
    )  # fmt: skip


@pytest.mark.parametrize(("path", "bound", "of_others", "unknown"), tuple(words()))
async def test_a_word_on_what_is_not_theirs_is_refused_as_if_it_were_not_there(
    crowded: Site, path: str, bound: str, of_others: dict[str, Any], unknown: dict[str, Any]
) -> None:
    key = await bound_key(crowded, bound)
    answers = [await crowded.post(path, body, key) for body in (of_others, unknown)]
    assert answers[0].status_code in (403, 422)
    assert same(*answers), [answer.text for answer in answers]
    assert await crowded.told() == []
