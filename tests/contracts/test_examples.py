"""The examples are records as we publish them, and together they tell one story."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from shared.contracts.asyncapi import schema
from shared.contracts.envelope import Envelope
from shared.contracts.story import EVENTS, Example, examples, examples_of, story
from shared.contracts.structs import encode, struct_of
from shared.contracts.topics import TOPIC_OF

KEYS: dict[str, Callable[[dict[str, Any]], str]] = {
    "kind/id": lambda body: _setting(body),
    "sku": lambda body: body["sku"],
    "po_number": lambda body: body["po_number"],
    "asn_id": lambda body: body["asn_id"],
    "transfer_id": lambda body: body["transfer_id"],
    "asn_id, of a file its sender": lambda body: body.get("asn_id") or body["sender"],
    "asn_id, of a file its file_id": lambda body: body.get("asn_id") or body["file_id"],
    "device_id": lambda body: body["device_id"],
    "asn_id, else node": lambda body: body.get("asn_id") or body["node"],
    "sku|node": lambda body: f"{body['sku']}|{body['node']}",
    "sku|node, and sku for the roll-up": lambda body: f"{body['sku']}|{body['node']}",
    "order_id": lambda body: body["order_id"],
    "exception_id": lambda body: body["exception_id"],
    "cause": lambda body: body["cause"],
}
each_example = pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)


@pytest.mark.parametrize("event", TOPIC_OF, ids=lambda event: event.__name__)
def test_every_event_has_an_example_of_its_first_version(event: type) -> None:
    assert f"{event.__name__}.v1.json" in {example.file for example in examples_of(event)}


@each_example
def test_every_body_ever_published_is_read_today_without_loss(example: Example) -> None:
    read = example.event.model_validate_json(json.dumps(example.body))
    assert json.loads(read.model_dump_json(exclude_unset=True)) == example.body
    assert example.event.model_validate_json(read.model_dump_json(exclude_none=True)) == read


@each_example
def test_a_struct_of_a_contract_is_written_as_the_contract_is(example: Example) -> None:
    fact = example.event.model_validate_json(json.dumps(example.body))
    assert in_order(json.loads(encode(as_struct(fact)))) == in_order(
        json.loads(fact.model_dump_json(exclude_none=True))
    )


def in_order(value: Any) -> Any:
    """Sort lists of text, which may have been sets."""
    if isinstance(value, dict):
        return {name: in_order(child) for name, child in value.items()}
    if isinstance(value, list):
        return sorted(value) if all(isinstance(child, str) for child in value) else [in_order(child) for child in value]
    return value


def as_struct(value: Any) -> Any:
    """Turn a model into a struct, and all that is in it."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        return struct_of(type(value))(**{name: as_struct(getattr(value, name)) for name in fields})
    return tuple(map(as_struct, value)) if isinstance(value, tuple) else value


@each_example
def test_every_body_fits_its_published_schema(example: Example) -> None:
    checker = Draft202012Validator.FORMAT_CHECKER
    Draft202012Validator(schema(example.event), format_checker=checker).validate(example.body)


@each_example
def test_the_record_key_is_as_its_topic_says(example: Example) -> None:
    assert example.key == KEYS[example.topic.key](example.body)
    assert example.key == example.event.model_validate_json(json.dumps(example.body)).key()


@each_example
def test_the_headers_are_a_whole_envelope_of_this_body(example: Example) -> None:
    envelope = Envelope.model_validate(example.headers)
    assert envelope.model_dump(mode="json", by_alias=True, exclude_unset=True) == example.headers
    assert EVENTS[envelope.ce_type] is example.event
    assert (envelope.ce_subject, envelope.content_type) == (example.key, "application/json")
    assert envelope.sequence == (str(example.body["sequence"]) if example.topic.name == "stock.v1" else None)


@each_example
def test_our_events_come_from_writers_of_their_topic(example: Example) -> None:
    author, who = example.headers["ce_source"].split("/")
    assert author != "firstfill" or who in example.topic.written_by


def test_no_two_events_of_one_source_share_an_id() -> None:
    assert len({example.cause for example in examples()}) == len(examples())


def test_every_cause_happened_before_its_effect() -> None:
    before: set[str] = set()
    for example in examples():
        assert set(_causes(example.body)) <= before, example.name
        before.add(example.cause)


def test_the_ledger_of_the_story_adds_up() -> None:
    on_hand: dict[tuple[str, str], int] = defaultdict(int)
    sequence: dict[str, int] = defaultdict(int)
    for example in (example for example in examples() if example.topic.name == "stock.v1"):
        sequence[example.key] += 1
        assert example.body["sequence"] == sequence[example.key]
        for movement in example.body["movements"]:
            on_hand[example.key, movement["status"]] += movement["delta"]
            assert on_hand[example.key, movement["status"]] == movement["on_hand"] >= 0


def test_the_story_shows_every_example_once() -> None:
    assert [story().count(f"examples/{example.file})") for example in examples()] == [1] * len(examples())


def _setting(body: dict[str, Any]) -> str:
    if "cut_off" in body:
        return f"node/{body['node']}"
    if "supplier_id" in body:
        return f"supplier/{body['supplier_id']}"
    if "over_percent" in body:
        return f"policy/{body['merchant']}/{body.get('sku', '*')}"
    return f"merchant/{body['merchant']}"


def _causes(part: Any) -> Iterator[str]:
    if isinstance(part, list):
        for item in part:
            yield from _causes(item)
    elif isinstance(part, dict):
        for name, value in part.items():
            yield from [value] if name == "cause" else _causes(value)
