"""A drawing of the flow: the services, and the topics that carry events today."""

from collections.abc import Iterable
from typing import Final

from shared.contracts.topic import Topic
from shared.contracts.topics import PLANNED_SERVICES, SERVICES, TOPICS

_ALL: Final = "every service"
_CALLERS: Final = "gateway, for HTTP callers"
_READ_MODELS: Final = "gateway, read models"
_OURS: Final = (_ALL, _CALLERS, _READ_MODELS, *SERVICES)


def flow() -> str:
    """Draw a Mermaid flowchart: one line for each topic, services green, outsiders grey."""
    live = [topic for topic in TOPICS if topic.events]
    parties = sorted({party for topic in live for party in (*_writers(topic), *_readers(topic))})
    return "\n    ".join(
        (
            "flowchart LR",
            "classDef ours fill:#1f6f5c,color:#ffffff,stroke:#1f6f5c",
            "classDef outside fill:#f2f2f2,color:#222222,stroke:#999999",
            *(f'{_id(party)}["{party}"]:::{"ours" if party in _OURS else "outside"}' for party in parties),
            *(_line(topic) for topic in live),
        )
    )


def _line(topic: Topic) -> str:
    writers, readers = (" & ".join(map(_id, parties)) for parties in (_writers(topic), _readers(topic)))
    return f'{writers} --> {_id(topic.name)}(["{topic.name}"]) --> {readers}'


def _writers(topic: Topic) -> list[str]:
    return [_CALLERS if name == "gateway" else name for name in _together(topic.written_by)]


def _readers(topic: Topic) -> list[str]:
    return [_READ_MODELS if name == "gateway" else name for name in _together(topic.read_by)]


def _together(names: Iterable[str]) -> tuple[str, ...]:
    """Draw all services as one node, since an arrow to each would hide the others; leave out those still to come."""
    return (_ALL,) if set(SERVICES) <= set(names) else tuple(name for name in names if name not in PLANNED_SERVICES)


def _id(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name)
