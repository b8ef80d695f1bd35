"""Descriptions of topics and events for outsiders: AsyncAPI 3, JSON Schemas, the flow and the story.

`python -m shared.contracts.asyncapi` writes them all to generated/ after a change of a contract.
"""

import json
import sys
from pathlib import Path
from typing import Final

from pydantic.json_schema import models_json_schema

from shared.contracts.channels import Json, channel, message, ref
from shared.contracts.compatibility import breaking_changes
from shared.contracts.envelope import Envelope
from shared.contracts.fields import Fact
from shared.contracts.flow import flow
from shared.contracts.story import story
from shared.contracts.topics import SERVICES, TOPIC_OF, TOPICS

GENERATED: Final = Path(__file__).parent / "generated"
_RULES: Final = (
    "Everything arrives at least once: ignore the id of an event, the version of a body and the line_version of a "
    "line that you have seen. Ignore fields that you do not know. Producers use the Java partitioner "
    "(partitioner=murmur2_random in librdkafka), or events of one key land on two partitions and lose their order. "
    "What a service cannot handle goes to <topic>.<service>.dlq."
)


def asyncapi(service: str | None = None) -> Json:
    """Return the AsyncAPI 3.0.0 document of the topics that `service` writes or reads; without one, of all."""
    topics = [topic for topic in TOPICS if service in (None, *topic.written_by, *topic.read_by)]
    events = [event for topic in topics for event in topic.events]
    _, schemas = models_json_schema([(event, "validation") for event in events], ref_template=ref("schemas", "{model}"))
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Firstfill {service or 'events'}",
            "version": "1.0.0",
            "description": _RULES,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: channel(topic) for topic in topics},
        "operations": {
            f"{party}.{action}.{topic.name}": {"action": action, "channel": {"$ref": f"#/channels/{topic.name}"}}
            for topic in topics
            if topic.events
            for action, parties in (("send", topic.written_by), ("receive", topic.read_by))
            for party in parties
            if party == service or (service is None and party in SERVICES)
        },
        "components": {
            "schemas": schemas["$defs"] | {"Envelope": Envelope.model_json_schema()},
            "messages": {event.__name__: message(event) for event in events},
        },
    }


def schema(event: type[Fact]) -> Json:
    """Return the JSON Schema of the body of one event."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | event.model_json_schema()


def documents() -> dict[str, str]:
    """Return everything that stands in generated/, by path."""
    return {
        "README.md": f"# Who tells whom what\n\n```mermaid\n{flow()}\n```\n\n# The examples as a story\n\n{story()}\n",
        "asyncapi.json": _text(asyncapi()),
        **{f"asyncapi/{service}.json": _text(asyncapi(service)) for service in SERVICES},
        **{f"schemas/{event.__name__}.v1.json": _text(schema(event)) for event in TOPIC_OF},
    }


def breaks(published: Path) -> list[str]:
    """Return what today's events break of the schemas in a folder. To break one on purpose, delete its file there."""
    today = {f"{event.__name__}.v1.json": schema(event) for event in TOPIC_OF}
    return [
        f"{path.name}: {change}"
        for path in sorted(published.glob("*.json"))
        for change in breaking_changes(json.loads(path.read_text(encoding="utf-8")), today.get(path.name))
    ]


def write(folder: Path) -> None:
    """Make the folder hold the documents of today and nothing else."""
    today = documents()
    for path in folder.rglob("*.json"):
        if path.relative_to(folder).as_posix() not in today:
            path.unlink()
    for name, text in today.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())


def _text(document: Json) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    if broken := breaks(GENERATED / "schemas"):
        sys.exit("\n".join(("Only additive changes are allowed; a breaking one is a new event and topic.", *broken)))
    write(GENERATED)
