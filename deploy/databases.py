"""Schemas and login roles of every service."""

import asyncio
from collections.abc import Mapping

import asyncpg

from shared.contracts.topics import SERVICES
from shared.db.migrations import CHECKER, create_role, grant, migrate, role_of


async def prepare_database(admin_url: str, passwords: Mapping[str, str]) -> None:
    """Bring every schema up to date, and give each role the password and the rights it needs.

    `passwords` maps roles to passwords. Run it as an owner of the database that may create roles.
    """
    for service in SERVICES:
        await asyncio.to_thread(migrate, admin_url, service)
    admin = await asyncpg.connect(admin_url)
    try:
        for role in (CHECKER, *map(role_of, SERVICES)):
            await create_role(admin, role, passwords[role])
        for service in SERVICES:
            await grant(admin, service)
    finally:
        await admin.close()
