"""What waits for more than ten minutes is named to a person, and settled once it goes on.

An order of a SKU that nobody sent, a change whose number leaves a gap, what stands behind a dead letter: each thing
that is waited for is one exception, however many events wait for it.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

import asyncpg

from shared.contracts.exceptions import ExceptionChanged, ExceptionSettleRequested
from shared.db.queries import columns
from shared.messaging.transaction import QUERIES, Tx
from shared.messaging.wire import Event

LONG: Final = timedelta(minutes=10)
_NAMES: Final = UUID("01a4f0c2-91d4-7c0e-8a55-3f0f6c3a2e11")
_MOST_AT_ONCE: Final = 200
_MOST_SHOWN: Final = 100
_LONGEST_FACT: Final = 500
_NOT_SENT: Final = (
    "send what they wait for; they go on by themselves then. If it never comes give them up: "
    "python -m shared.messaging.replay SERVICE --discard-waiting NEED"
)
_BEHIND_DEAD: Final = (
    "replay or discard the dead letter before them (python -m shared.messaging.replay); they go on then"
)


async def name_long_waits(tx: Tx, service: str) -> None:
    """Name what is waited for since more than ten minutes, and settle what nothing waits for any more."""
    for row in await tx.connection.fetch(QUERIES["end_long_waits"]):
        if not row["is_settled"]:
            _announce(tx, row["exception_id"], row["waits_for"], json.loads(row["facts"]), row["opened_at"], "settled")
    found = [
        (str(uuid5(_NAMES, f"{service}\n{row['waits_for']}\n{row['since']}")), row["waits_for"], _facts(row, service))
        for row in await tx.connection.fetch(QUERIES["new_long_waits"], LONG, _MOST_AT_ONCE)
    ]
    rows = [(exception_id, waits_for, json.dumps(facts)) for exception_id, waits_for, facts in found]
    await tx.execute(QUERIES["add_long_waits"], *columns(rows, 3), tx.now)
    for exception_id, waits_for, facts in found:
        _announce(tx, exception_id, waits_for, facts, tx.now, "open")


async def settle(tx: Tx, requests: Sequence[Event[ExceptionSettleRequested]]) -> None:
    """Settle what a person has dealt with, with who and why; what waits goes on waiting and is not named again."""
    first = {event.body.exception_id: event for event in reversed(requests)}
    rows = [(name, event.body.by, event.body.why) for name, event in sorted(first.items())]
    for row in await tx.fetch(QUERIES["settle_long_waits"], *columns(rows, 3)):
        trace = first[row["exception_id"]].traceparent
        facts = json.loads(row["facts"])
        _announce(tx, row["exception_id"], row["waits_for"], facts, row["opened_at"], "settled", trace)


async def waits(pool: asyncpg.Pool) -> list[dict[str, Any]]:
    """Return what is waited for, the longest first: since when, how many events wait, and the first of them."""
    rows = await pool.fetch(QUERIES["waits"], _MOST_SHOWN)
    return [
        {
            "waits_for": row["waits_for"], "since": row["since"].isoformat(), "events": row["events"],
            "topics": row["topics"], "first_event": f"{row['source']} {row['event_id']}",
        }
        for row in rows
    ]  # fmt: skip


def _facts(row: asyncpg.Record, service: str) -> dict[str, str]:
    facts = {
        "service": service, "waits_for": row["waits_for"], "since": row["since"].isoformat(),
        "events": str(row["events"]), "topics": ", ".join(row["topics"]),
        "first_event": f"{row['source']} {row['event_id']}",
        "todo": _BEHIND_DEAD if row["waits_for"].startswith("dead:") else _NOT_SENT,
    }  # fmt: skip
    return {name: value[:_LONGEST_FACT] for name, value in facts.items()}


def _announce(
    tx: Tx,
    name: str,
    waits_for: str,
    facts: Mapping[str, str],
    opened_at: datetime,
    state: str,
    traceparent: str | None = None,
) -> None:
    exception = {
        "exception_id": name, "version": 1 if state == "open" else 2, "class": "waits_too_long",
        "subject": waits_for[:_LONGEST_FACT], "facts": facts, "state": state, "opened_at": opened_at,
    }  # fmt: skip
    tx.announce(ExceptionChanged.model_validate(exception), traceparent)
