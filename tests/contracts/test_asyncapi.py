"""What outsiders read is valid, whole and fresh."""

import json
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from shared.contracts import asyncapi as contracts
from shared.contracts.asyncapi import GENERATED, documents, write
from shared.contracts.flow import flow
from shared.contracts.topics import SERVICES, TOPIC_OF, TOPICS

OFFICIAL = Draft7Validator(json.loads((Path(__file__).parent / "asyncapi-3.0.0.schema.json").read_text("utf-8")))
asyncapi = cache(contracts.asyncapi)
each_document = pytest.mark.parametrize("service", [None, *SERVICES])


@each_document
def test_the_document_is_valid_asyncapi_3(service: str | None) -> None:
    assert [error.message for error in OFFICIAL.iter_errors(asyncapi(service))] == []


def test_the_official_schema_sees_into_bindings_and_messages() -> None:
    wrong_binding, wrong_message = deepcopy(asyncapi()), deepcopy(asyncapi())
    wrong_binding["channels"]["stock.v1"]["bindings"]["kafka"]["topicConfiguration"]["cleanup.policy"] = "compact"
    wrong_message["components"]["messages"]["StockAdjusted"]["examples"][0]["body"] = {}
    assert not OFFICIAL.is_valid(wrong_binding)
    assert not OFFICIAL.is_valid(wrong_message)


@each_document
def test_every_reference_leads_somewhere(service: str | None) -> None:
    document = asyncapi(service)
    references = list(_references(document))
    assert references
    assert [reference for reference in references if _found(document, reference) is None] == []


def test_all_topics_and_events_are_documented() -> None:
    document = asyncapi()
    assert set(document["channels"]) == {topic.name for topic in TOPICS}
    assert set(document["components"]["messages"]) == {event.__name__ for event in TOPIC_OF}
    assert all(message["examples"] for message in document["components"]["messages"].values())


def test_a_service_sees_only_its_own_topics() -> None:
    document = asyncapi("inventory")
    assert set(document["operations"]) == {
        *("inventory.send.stock.v1", "inventory.send.exceptions.v1", "inventory.receive.settings.v1"),
        *("inventory.receive.products.v1", "inventory.receive.receipts.v1", "inventory.receive.counts.v1"),
        *("inventory.receive.shipments.v1", "inventory.receive.returns.v1", "inventory.receive.stock-requests.v1"),
        *("inventory.receive.exception-requests.v1", "inventory.receive.transfers.v1"),
    }
    assert "ContactGiven" not in document["components"]["messages"]


def test_kafka_settings_are_those_of_the_topic() -> None:
    kafka = {name: channel["bindings"]["kafka"] for name, channel in asyncapi()["channels"].items()}
    ninety_days = 90 * 24 * 60 * 60 * 1000
    assert kafka["stock.v1"]["partitions"] == 24
    assert kafka["inbound.v1"]["topicConfiguration"] == {"cleanup.policy": ["compact"]}
    assert kafka["scans.v1"]["topicConfiguration"] == {"cleanup.policy": ["delete"], "retention.ms": ninety_days}
    assert kafka["contacts.v1"]["topicConfiguration"]["cleanup.policy"] == ["compact", "delete"]


def test_headers_are_described_by_their_names_on_the_wire() -> None:
    envelope = asyncapi()["components"]["schemas"]["Envelope"]
    assert {"ce_id", "ce_type", "ce_source", "ce_time", "content-type", "sequence"} <= set(envelope["properties"])
    assert set(envelope["required"]) == {"ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time"}


def test_generated_documents_are_fresh(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "Forgotten.v1.json").write_text("{}")
    write(tmp_path)
    assert _contents(tmp_path) == _contents(GENERATED), "run python -m shared.contracts.asyncapi"
    assert _contents(tmp_path).keys() == documents().keys()


def test_the_flow_shows_each_topic_that_carries_events_once() -> None:
    assert {topic.name: flow().count(f'"{topic.name}"') for topic in TOPICS} == {
        topic.name: 1 if topic.events else 0 for topic in TOPICS
    }
    assert 'inventory --> stock_v1(["stock.v1"]) --> allocation & receiving & gateway__read_models' in flow()


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _found(document: dict[str, Any], reference: str) -> Any:
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found.get(step, {})
    return found or None


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for item in part:
            yield from _references(item)
    elif isinstance(part, dict):
        for name, value in part.items():
            yield from [value] if name == "$ref" else _references(value)
