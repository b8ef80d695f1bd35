"""topics.py says what shared design and outsiders rely on."""

import json
import re
from collections import Counter
from datetime import timedelta

import pytest

from shared.contracts.dead_letters import dead_letter_topics
from shared.contracts.fields import Fact
from shared.contracts.story import examples_of
from shared.contracts.topic import Topic
from shared.contracts.topics import BY_NAME, PLANNED_SERVICES, SERVICES, TOPIC_OF, TOPICS

# The record key, and the days that records are kept; None where compaction keeps the last of each key for ever.
DESIGN = {
    "settings.v1": ("kind/id", None),
    "products.v1": ("sku", None),
    "purchase-orders.v1": ("po_number", None),
    "asns.v1": ("asn_id, of a file its sender", 90),
    "dock-requests.v1": ("asn_id", 90),
    "dock.v1": ("asn_id", 400),
    "advices.v1": ("asn_id, of a file its file_id", 400),
    "scans.v1": ("asn_id, else node", 90),
    "scan-answers.v1": ("device_id", 1),
    "inbound.v1": ("sku|node", None),
    "receipts.v1": ("sku|node", 400),
    "stock-requests.v1": ("sku|node", 400),
    "transfers.v1": ("transfer_id", 400),
    "counts.v1": ("sku|node", 400),
    "returns.v1": ("order_id", 400),
    "stock.v1": ("sku|node", 400),
    "orders.v1": ("order_id", 400),
    "shipments.v1": ("order_id", 400),
    "contacts.v1": ("order_id", 90),
    "allocations.v1": ("order_id", 400),
    "promises.v1": ("order_id", 400),
    "queues.v1": ("sku|node", None),
    "availability.v1": ("sku|node, and sku for the roll-up", None),
    "telling-requests.v1": ("cause", 90),
    "notices.v1": ("order_id", 400),
    "exception-requests.v1": ("exception_id", 400),
    "exceptions.v1": ("exception_id", None),
}
OUTSIDERS = {"catalogue", "ERP", "EDI bridge", "WMS", "scanners", "shop", "storefront", "operators"}
SINGULAR = {"dock.v1", "inbound.v1", "stock.v1", "availability.v1"}
each_topic = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)


def test_every_topic_has_the_key_and_the_retention_of_the_design() -> None:
    assert {topic.name: (topic.key, topic.keeps and topic.keeps.days) for topic in TOPICS} == DESIGN


def test_compacted_are_the_topics_that_hold_a_state_and_contacts() -> None:
    compacted = {topic.name for topic in TOPICS if topic.compacted}
    assert compacted == {name for name, (_, days) in DESIGN.items() if days is None} | {"contacts.v1"}


def test_contacts_alone_are_personal_and_can_be_erased() -> None:
    assert [topic.name for topic in TOPICS if topic.personal] == ["contacts.v1"]
    assert [topic.name for topic in TOPICS if topic.tombstones] == ["contacts.v1"]
    assert BY_NAME["contacts.v1"].cleanup == ("compact", "delete")


@each_topic
def test_a_name_is_a_plural_and_a_version(topic: Topic) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*\.v[1-9]", topic.name)
    assert topic.name.split(".")[0].endswith("s") or topic.name in SINGULAR


@each_topic
def test_everyone_named_is_known(topic: Topic) -> None:
    assert topic.written_by
    assert topic.read_by
    assert {*topic.written_by, *topic.read_by} <= {*SERVICES, *PLANNED_SERVICES, *OUTSIDERS}


@each_topic
def test_a_compacted_topic_has_one_whole_state_under_a_key_with_a_version(topic: Topic) -> None:
    if not topic.compacted:
        return
    assert all(event.model_fields["version"].is_required() for event in topic.events)
    event_of_key: dict[str, type[Fact]] = {}
    for event in topic.events:
        for example in examples_of(event):
            key = event.model_validate_json(json.dumps(example.body)).key()
            assert event_of_key.setdefault(key, event) is event


def test_every_event_is_in_exactly_one_topic() -> None:
    published = Counter(event for topic in TOPICS for event in topic.events)
    assert published.keys() == {event for event in _all_facts(Fact) if event.__subclasses__() == []}
    assert set(published.values()) == {1}
    assert len({event.__name__ for event in published}) == len(published)
    assert all(event in topic.events for event, topic in TOPIC_OF.items())


def test_names_are_unique() -> None:
    names = [topic.name for topic in (*TOPICS, *dead_letter_topics())]
    assert len(set(names)) == len(names)
    assert len(BY_NAME) == len(TOPICS)


def test_every_reader_of_ours_has_a_dead_letter_topic() -> None:
    assert {topic.name for topic in dead_letter_topics()} == {
        f"{topic.name}.{service}.dlq" for topic in TOPICS for service in topic.read_by if service in SERVICES
    }


def test_dead_letters_of_personal_data_live_a_week_and_others_longest() -> None:
    for letters in dead_letter_topics():
        personal = letters.name.startswith("contacts.v1.")
        assert letters.keeps == timedelta(days=7 if personal else 400)
        assert letters.cleanup == ("delete",)


def _all_facts(event: type[Fact]) -> set[type[Fact]]:
    """Return all models of contracts below `event`."""
    below = {sub for sub in event.__subclasses__() if sub.__module__.startswith("shared.contracts.")}
    return below | {deep for sub in below for deep in _all_facts(sub)}
