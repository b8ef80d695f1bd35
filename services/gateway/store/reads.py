"""Answers to callers, each row as the JSON text that they get."""

from typing import Any, Literal

import asyncpg

from services.gateway.store import QUERIES

Question = Literal[
    "exceptions",
    "requests",
    "scan_answers",
    "advices",
    "asn_files",
    "dock",
    "dock_of_asn",
    "closed",
    "inbound",
    "queues_by_value",
    "queues_by_units",
    "availability",
    "promises",
    "order_lines",
]


async def ask(pool: asyncpg.Pool, question: Question, *values: Any) -> list[str]:  # noqa: ANN401 as each asks
    """Read the rows of one question."""
    return [row[0] for row in await pool.fetch(QUERIES[question], *values)]


async def zone_of(pool: asyncpg.Pool, node: str) -> str | None:
    """Read the IANA zone of a node; None where the node is unknown."""
    zone: str | None = await pool.fetchval(QUERIES["zone_of"], node)
    return zone
