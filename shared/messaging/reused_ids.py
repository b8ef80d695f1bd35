"""Ids that are used again for something else: the first content stands, and a person hears of the other."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID, uuid5

from shared.contracts.exceptions import ExceptionChanged, ExceptionSettleRequested
from shared.contracts.fields import Fact
from shared.contracts.natural_ids import NATURAL_IDS
from shared.db.queries import columns
from shared.messaging.transaction import QUERIES, Tx
from shared.messaging.wire import Event

_NAMES: Final = UUID("01a4f0c2-91d4-7c0e-8a55-3f0f6c3a2e10")
_LARGEST_BODY: Final = 200_000  # of larger ones only the digest is kept
_LONGEST_VALUE: Final = 200
_MOST_FIELDS: Final = 8
Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Content:
    """What an id stands for: a digest of it, and the content itself where it is not too large to be kept."""

    name: Name
    digest: bytes
    body: str | None

    @property
    def row(self) -> tuple[str, str, bytes, str | None]:
        return (*self.name, self.digest, self.body)


def content_of(body: Fact, source: str) -> Content | None:
    """Return the natural id of a fact and its content, without when it was said; None of a fact that has no such id."""
    if not (natural := NATURAL_IDS.get(type(body))):
        return None
    text = json.dumps(body.model_dump(mode="json", exclude=set(natural.said_when)), sort_keys=True)
    digest = sha256(f"{type(body).__name__}\n{text}".encode()).digest()
    return Content((natural.names, natural.of(body, source)), digest, text if len(text) <= _LARGEST_BODY else None)


def watched(events: Iterable[Event[Any]], service: str) -> list[tuple[Event[Any], Content]]:
    """Return the events whose ids this service watches, with their contents; our own services use none twice."""
    return [
        (event, content)
        for event in events
        if (natural := NATURAL_IDS.get(type(event.body))) and natural.watched_by == service
        if not event.source.startswith("firstfill/") or event.source == "firstfill/gateway"
        if (content := content_of(event.body, event.source))
    ]


async def first_uses(
    tx: Tx, events: Sequence[Event[Any]], contents: Sequence[tuple[Event[Any], Content]]
) -> list[Event[Any]]:
    """Return the events whose ids stand for what they say, or for nothing yet; name the others for a person."""
    if not contents:
        return list(events)
    known = await kept(tx, [content.name for _, content in contents])
    reused: dict[int, tuple[Event[Any], Content, Content]] = {}
    for event, content in contents:
        first = known.setdefault(content.name, content)
        if first.digest != content.digest:
            reused[id(event)] = (event, first, content)
    await _name(tx, list(reused.values()))
    return [event for event in events if id(event) not in reused]


async def kept(tx: Tx, names: Iterable[Name]) -> dict[Name, Content]:
    """Read what ids stand for; those that stand for nothing yet are left out."""
    rows = await tx.fetch(QUERIES["natural_ids"], *columns(set(names), 2))
    return {
        (row["names"], row["natural_id"]): Content((row["names"], row["natural_id"]), row["digest"], row["body"])
        for row in rows
    }


async def keep(tx: Tx, contents: Iterable[Content]) -> None:
    """Store what ids stand for from now on; the first content of each stays."""
    rows = {content.name: content.row for content in reversed(list(contents))}
    await tx.execute(QUERIES["keep_natural_ids"], *columns(rows.values(), 4))


async def _name(tx: Tx, reused: Sequence[tuple[Event[Any], Content, Content]]) -> None:
    found = {
        str(uuid5(_NAMES, f"{other.name}\n{other.digest.hex()}")): (event, first, other)
        for event, first, other in reused
    }
    facts = {
        name: {
            "names": other.name[0], "id": other.name[1], "source": event.source,
            **differences(first.body, other.body),
            "todo": "the first content stands: send what is new under an id of its own",
        }
        for name, (event, first, other) in found.items()
    }  # fmt: skip
    rows = [(name, found[name][2].name[1], json.dumps(own)) for name, own in facts.items()]
    for row in await tx.fetch(QUERIES["add_reused_ids"], *columns(rows, 3), tx.now):
        name = row["exception_id"]
        exception = _exception(name, found[name][2].name[1], facts[name], tx.now, "open")
        tx.announce(exception, found[name][0].traceparent)


def differences(first: str | None, other: str | None) -> dict[str, str]:
    """Return the fields in which two contents differ, as the first and the other say them."""
    if first is None or other is None:
        return {"difference": "the content is too large to be shown"}
    was, now = _flat(json.loads(first)), _flat(json.loads(other))
    names = [name for name in {**was, **now} if was.get(name) != now.get(name)][:_MOST_FIELDS]
    return {
        f"{side} {name}"[:_LONGEST_VALUE]: fields.get(name, "nothing")[:_LONGEST_VALUE]
        for name in names
        for side, fields in (("first", was), ("other", now))
    }


def _flat(value: object, path: str = "") -> dict[str, str]:
    parts: Iterable[tuple[object, object]]
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list):
        parts = enumerate(value)
    else:
        return {path: json.dumps(value)}
    return {name: text for key, part in parts for name, text in _flat(part, f"{path}.{key}".lstrip(".")).items()}


async def settle(tx: Tx, requests: Sequence[Event[ExceptionSettleRequested]]) -> None:
    """Settle reused ids that a person has dealt with, with who and why; the first who says so is right."""
    first = {event.body.exception_id: event for event in reversed(requests)}
    rows = [(name, event.body.by, event.body.why) for name, event in sorted(first.items())]
    for row in await tx.fetch(QUERIES["settle_reused_ids"], *columns(rows, 3)):
        facts = json.loads(row["facts"])
        exception = _exception(row["exception_id"], row["subject"], facts, row["opened_at"], "settled")
        tx.announce(exception, first[row["exception_id"]].traceparent)


def _exception(name: str, subject: str, facts: Mapping[str, str], opened_at: datetime, state: str) -> ExceptionChanged:
    return ExceptionChanged.model_validate(
        {
            "exception_id": name, "version": 1 if state == "open" else 2, "class": "id_reused", "subject": subject,
            "facts": facts, "state": state, "opened_at": opened_at,
        }
    )  # fmt: skip
