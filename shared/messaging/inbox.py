"""The inbox: each event is taken once, kept if it came too early, and buried if it cannot be handled."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

import asyncpg

from shared.contracts.topic import Topic
from shared.contracts.topics import BY_NAME, TOPICS
from shared.db.queries import columns
from shared.messaging.transaction import QUERIES, Tx, Waiting
from shared.messaging.wire import Event, Headers, Poison, Record, Tombstone, WrongKey, identity, pack, unpack

DUE_AT_ONCE: Final = 1000
_LONGEST_REASON: Final = 2000
_PERSONAL: Final = {event.__name__.encode() for topic in TOPICS if topic.personal for event in topic.events}
_LARGE_BODY: Final = 700_000  # a dead-letter copy comes without a body above this,
_LARGE_HEAD: Final = 150_000  # and without key and headers above this


def waits_behind(topic: str, key: str) -> str:
    """Return what an event waits for when the one before it, of the same key, is dead."""
    return f"dead:{topic}/{key}"


async def claim(tx: Tx, events: Sequence[Event[Any]]) -> list[Event[Any]]:
    """Claim the events that are ours to handle now, in the order given: each once, and none past a dead one."""
    fresh = {(e.source, e.id): e for e in reversed(events) if e.record.parked_id is None}
    topics = [e.record.topic for e in fresh.values()]
    rows = await tx.fetch(QUERIES["claim"], *columns(fresh, 2), topics)
    taken = {(row["source"], row["event_id"]) for row in rows}
    mended = await _mend(tx, [event for name, event in fresh.items() if name not in taken])
    parked = [e.record.parked_id for e in events if e.record.parked_id is not None]
    unparked = {row["id"] for row in await tx.fetch(QUERIES["unpark"], parked)} if parked else set()
    ours = [
        event
        for event in events
        if event.record.parked_id in unparked
        or (fresh.get((event.source, event.id)) is event and (event.source, event.id) in taken | mended)
    ]
    return await _in_front(tx, ours, mended)


async def _mend(tx: Tx, events: Sequence[Event[Any]]) -> set[tuple[str, str]]:
    """Claim what died and was sent again under its own id: mended, it goes before what waits behind it."""
    places = [(e.source, e.id, e.record.topic, e.record.partition, e.record.offset) for e in events]
    rows = await tx.fetch(QUERIES["mend"], *columns(places, 5)) if places else []
    mended = {(row["source"], row["event_id"]) for row in rows}
    tx.arrived(*(waits_behind(e.record.topic, e.key) for e in events if (e.source, e.id) in mended))
    return mended


async def _in_front(tx: Tx, events: Sequence[Event[Any]], mended: Collection[tuple[str, str]]) -> list[Event[Any]]:
    """Return what may be handled: what comes after a dead letter of its key is parked, unless it mends or erases it."""
    erasures = [event for event in events if isinstance(event.body, Tombstone)]
    await _erase(tx, erasures)
    ahead = {id(event) for event in events if (event.source, event.id) in mended} | {id(event) for event in erasures}
    ordered = [event for event in events if BY_NAME[event.record.topic].ordered and id(event) not in ahead]
    asked = [(event.record.topic, event.key.encode(), event.record.parked_id) for event in ordered]
    rows = await tx.fetch(QUERIES["behind_dead_letters"], *columns(asked, 3)) if asked else []
    blocked = {id(ordered[row["place"] - 1]) for row in rows}
    for event in events:
        need = waits_behind(event.record.topic, event.key)
        if id(event) in blocked:
            tx.park(event, need)
        elif event.record.parked_id is not None:
            tx.arrived(need)
    return [event for event in events if id(event) not in blocked]


async def _erase(tx: Tx, erasures: Sequence[Event[Tombstone]]) -> None:
    """Forget what is kept under keys that are erased: nothing that came before may keep an erasure waiting, or stay."""
    if erasures:
        keys = columns([(event.record.topic, event.key.encode()) for event in erasures], 2)
        await tx.execute(QUERIES["erase_dead_letters"], *keys)
        await tx.execute(QUERIES["erase_parked"], *keys)


async def settle(tx: Tx, events: Sequence[Event[Any]], service: str) -> bool:
    """Write the outcome of claimed events; return whether parked events may now go on."""
    waiting = {id(parked.event) for parked in tx.parked} | {id(refused.event) for refused in tx.refused}
    done = [event for event in events if event.record.parked_id is not None and id(event) not in waiting]
    await _set_outcome(tx, done, "done")
    if tx.parked:
        await _set_outcome(tx, [parked.event for parked in tx.parked], "parked")
        rows = [_parked_row(parked) for parked in tx.parked]
        await tx.execute(QUERIES["park"], *columns(rows, 13))
    await _set_outcome(tx, [refused.event for refused in tx.refused], "dead")
    for refused in tx.refused:
        await _keep_dead(tx, refused.event.record, service, refused.reason)
    if not tx.needs_met:
        return False
    return bool(await tx.fetch(QUERIES["wake_parked"], sorted(tx.needs_met)))


async def _set_outcome(tx: Tx, events: Iterable[Event[Any]], outcome: str) -> None:
    names = [(event.source, event.id) for event in events]
    if names:
        await tx.execute(QUERIES["set_outcome"], *columns(names, 2), outcome)


def _parked_row(parked: Waiting) -> tuple[Any, ...]:
    event, record = parked.event, parked.event.record
    place = (record.topic, record.partition, record.offset, record.key, record.body, pack(record.headers))
    tries = (parked.waits_for, record.attempts + 1, record.parked_at, parked.is_named)
    return (record.parked_id, event.source, event.id, *place, *tries)


async def due(pool: asyncpg.Pool) -> list[Record]:
    """Read parked records that may be tried now, oldest first."""
    rows = await pool.fetch(QUERIES["due_parked"], DUE_AT_ONCE)
    return [
        Record(
            row["topic"],
            row["partition"],
            row["offset"],
            row["key"],
            row["body"],
            unpack(row["headers"]),
            row["id"],
            row["parked_at"],
            row["attempts"],
            row["waited"],
        )
        for row in rows
    ]


async def bury(tx: Tx, record: Record, service: str, reason: str, poison: Poison | None = None) -> bool:
    """Keep a record that could not be handled, and tell operators on its dead-letter topic; False if done before."""
    source, event_id = identity(record)
    if not await tx.connection.fetchval(QUERIES["condemn"], source, event_id, record.topic):
        return False
    if record.parked_id is not None:
        await tx.fetch(QUERIES["unpark"], [record.parked_id])
    await _keep_dead(tx, record, service, reason, poison)
    return True


async def _keep_dead(tx: Tx, record: Record, service: str, reason: str, poison: Poison | None = None) -> None:
    """Keep a dead letter; of a contact that cannot be read nothing, since no erasure could find whose it is."""
    source, event_id = identity(record)
    topic = BY_NAME[record.topic]
    if is_personal(record) and poison:
        record = replace(record, body=None, headers=())
    reason = reason.encode(errors="replace").decode().replace("\x00", "")[:_LONGEST_REASON]
    place = (topic.name, record.partition, record.offset, record.key, record.body, pack(record.headers))
    await tx.execute(QUERIES["bury"], source, event_id, *place, reason, not isinstance(poison, WrongKey))
    tx.send(topic.dead_letters_of(service), *_copy(record, topic, reason))


def is_personal(record: Record) -> bool:
    """Return whether a record may hold personal data: by its topic, or by its type wherever it was sent."""
    topic, kind = BY_NAME[record.topic], dict(record.headers).get("ce_type")
    return topic.personal or kind in _PERSONAL


def _copy(record: Record, topic: Topic, reason: str) -> tuple[bytes, bytes | None, Headers]:
    """Return key, body and headers for operators: no personal data, and never too large to be published."""
    place_and_reason = f"{topic.name} partition {record.partition} offset {record.offset}: {reason}"
    key, headers = record.key or b"", (*record.headers, ("dead_letter_reason", place_and_reason.encode()))
    if is_personal(record):
        return key[:500], None, headers[-1:]
    if len(key) + len(pack(headers)) > _LARGE_HEAD:
        key, headers = b"", headers[-1:]
    return key, None if len(record.body or b"") > _LARGE_BODY else record.body, headers
