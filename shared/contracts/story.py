"""The examples: one record of each event, which together tell one small story in the order of their times."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from shared.contracts.fields import Fact
from shared.contracts.topic import Topic
from shared.contracts.topics import TOPIC_OF

EXAMPLES: Final = Path(__file__).parent / "examples"
EVENTS: Final = {event.__name__: event for event in TOPIC_OF}


@dataclass(frozen=True, slots=True)
class Example:
    """A record as it is published; its file is `<Event>.v1.json` or `<Event>.v1.<what is special>.json`."""

    file: str
    says: str
    key: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def name(self) -> str:
        """Return what tells it from others."""
        return self.file.removesuffix(".json")

    @property
    def event(self) -> type[Fact]:
        """Return the model of the body."""
        return EVENTS[self.file.split(".")[0]]

    @property
    def topic(self) -> Topic:
        """Return where it is published."""
        return TOPIC_OF[self.event]

    @property
    def at(self) -> datetime:
        """Return when it was published."""
        return datetime.fromisoformat(self.headers["ce_time"])

    @property
    def cause(self) -> str:
        """Return how the effects of this event name it."""
        return f"{self.headers['ce_source']}/{self.headers['ce_id']}"


@cache
def examples() -> tuple[Example, ...]:
    """Return every example in the order of time."""
    read = (Example(path.name, **json.loads(path.read_text(encoding="utf-8"))) for path in EXAMPLES.glob("*.json"))
    return tuple(sorted(read, key=lambda example: (example.at, example.file)))


def examples_of(event: type[Fact]) -> tuple[Example, ...]:
    """Return the examples of one event."""
    return tuple(example for example in examples() if example.event is event)


def story() -> str:
    """Write the story as a table in Markdown."""
    rows = (
        f"| {example.at:%a %d %b %H:%M:%S} | {example.headers['ce_source']} "
        f"| [{example.name}](../examples/{example.file}) | {example.topic.name} | {example.says} |"
        for example in examples()
    )
    return "\n".join(("| when (UTC) | who | event | topic | what happened |", "|" + " --- |" * 5, *rows))
