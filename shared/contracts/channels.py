"""Topics as the channels and events as the messages of AsyncAPI 3."""

from datetime import timedelta
from inspect import getdoc
from typing import Any

from shared.contracts.fields import Fact
from shared.contracts.story import examples_of
from shared.contracts.topic import Topic
from shared.contracts.topics import TOPIC_OF

Json = dict[str, Any]


def channel(topic: Topic) -> Json:
    """Describe a topic: who writes and reads it, its key, how long it keeps what, and its settings in Kafka."""
    kept = f"{topic.keeps.days} days" if topic.keeps else "for ever"
    shape = f"The last record of each key is kept {kept}" if topic.compacted else f"Every record is kept {kept}"
    deletes = " A record without a body erases its key." if topic.tombstones else ""
    retention = {"retention.ms": topic.keeps // timedelta(milliseconds=1)} if topic.keeps else {}
    return {
        "address": topic.name,
        "title": topic.about,
        "description": f"Written by {', '.join(topic.written_by)}. Read by {', '.join(topic.read_by)}. "
        f"The record key is {topic.key}. {shape}.{deletes}",
        "messages": {event.__name__: {"$ref": ref("messages", event.__name__)} for event in topic.events},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {"cleanup.policy": list(topic.cleanup), **retention},
                "bindingVersion": "0.5.0",
            }
        },
    }


def message(event: type[Fact]) -> Json:
    """Describe an event: its headers, its body and its examples."""
    return {
        "name": event.__name__,
        "summary": getdoc(event),
        "headers": {"$ref": ref("schemas", "Envelope")},
        "payload": {"$ref": ref("schemas", event.__name__)},
        "bindings": {
            "kafka": {"key": {"type": "string", "description": TOPIC_OF[event].key}, "bindingVersion": "0.5.0"}
        },
        "examples": [
            {"name": example.name, "summary": example.says} | {"headers": example.headers, "payload": example.body}
            for example in examples_of(event)
        ],
    }


def ref(kind: str, name: str) -> str:
    """Return the place of a component in the document."""
    return f"#/components/{kind}/{name}"
