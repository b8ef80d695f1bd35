"""The invariants of a service's tables."""

from __future__ import annotations

from typing import Any

import asyncpg

from deploy.local.places import PROJECT
from shared.db.queries import Queries


async def broken_invariants(admin: asyncpg.Connection, service: str) -> dict[str, list[dict[str, Any]]]:
    """Return the service's invariants that do not hold, by name, with the rows that break them."""
    checks = Queries(PROJECT / "services" / service / "invariants.sql")
    async with admin.transaction(isolation="repeatable_read", readonly=True):
        await admin.execute("select set_config('search_path', $1, true)", service)
        found = {name: await admin.fetch(check) for name, check in checks.items()}
    return {name: [dict(row) for row in rows] for name, rows in found.items() if rows}
