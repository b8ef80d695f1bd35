"""Users, their sessions, and links that sign them in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from services.gateway.domain.callers import Caller
from services.gateway.domain.staff import ROLES, Role
from services.gateway.store import QUERIES


@dataclass(frozen=True, slots=True)
class User:
    """Who signs in: `password_hash` and `totp_seed` (encrypted) are None where they have none."""

    user_name: str
    role: Role
    merchants: list[str] | None
    nodes: list[str] | None
    password_hash: str | None
    totp_seed: bytes | None
    totp_confirmed: bool
    made_at: datetime
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Session(Caller):
    """A user who is signed in, until when, and whether by a link."""

    role: Role = "dock"
    expires_at: datetime | None = None
    by_link: bool = False


async def session_in_force(pool: asyncpg.Pool, token_hash: bytes) -> Session | None:
    """Read who holds a session; None where it is none, has ended or expired, or its user is disabled."""
    row = await pool.fetchrow(QUERIES["session_in_force"], token_hash)
    if row is None:
        return None
    merchants, nodes = (frozenset(row[of]) if row[of] is not None else None for of in ("merchants", "nodes"))
    name, role = row["user_name"], row["role"]
    signed_in = {"role": role, "expires_at": row["expires_at"], "by_link": row["by_link"]}
    return Session(f"user/{name}", name, ROLES[role], merchants, nodes, **signed_in)


async def user(pool: asyncpg.Pool, user_name: str) -> User | None:
    """Read a user, in force or not."""
    row = await pool.fetchrow(QUERIES["user"], user_name)
    return User(**row) if row else None


async def users(pool: asyncpg.Pool) -> list[dict[str, Any]]:
    """Read all users, without their secrets."""
    return [dict(row) for row in await pool.fetch(QUERIES["users"])]


async def keep_user(
    pool: asyncpg.Pool, user_name: str, role: Role, merchants: list[str] | None, nodes: list[str] | None
) -> None:
    """Store a user and what they may see."""
    await pool.execute(QUERIES["keep_user"], user_name, role, merchants, nodes)


async def disable_user(pool: asyncpg.Pool, user_name: str) -> bool:
    """Disable a user, whose sessions and links are worth nothing from then on; return False where none is in force."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(QUERIES["end_links"], user_name)
        await connection.execute(QUERIES["end_sessions"], user_name, None)
        return await connection.fetchval(QUERIES["disable_user"], user_name) is not None


async def set_password(pool: asyncpg.Pool, user_name: str, password_hash: str, but_for: bytes | None = None) -> bool:
    """Store another password, and end all other sessions; return False where no such user is in force."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(QUERIES["end_links"], user_name)
        await connection.execute(QUERIES["end_sessions"], user_name, but_for)
        return await connection.fetchval(QUERIES["set_password"], user_name, password_hash) is not None


async def set_seed(pool: asyncpg.Pool, user_name: str, seed: bytes | None) -> bool:
    """Store another seed of a user's codes, or none; return False where there is no such user."""
    return await pool.fetchval(QUERIES["set_seed"], user_name, seed) is not None


async def use_code(pool: asyncpg.Pool, user_name: str, counter: int, seed: bytes) -> bool:
    """Count a code of a seed; return False where it, or one after it, was counted already."""
    return await pool.fetchval(QUERIES["use_code"], user_name, counter, seed) is not None


async def bind_subject(pool: asyncpg.Pool, user_name: str, subject: str) -> bool:
    """Return whether a user in force is who the provider says; the first time, who that is is stored."""
    return await pool.fetchval(QUERIES["bind_subject"], user_name, subject) is not None


async def open_session(
    pool: asyncpg.Pool, user_name: str, token_hash: bytes, lasts: timedelta, *, by_link: bool
) -> datetime:
    """Open a session, and return when it expires."""
    expires_at: datetime = await pool.fetchval(QUERIES["open_session"], token_hash, user_name, lasts, by_link)
    return expires_at


async def end_session(pool: asyncpg.Pool, token_hash: bytes) -> None:
    await pool.execute(QUERIES["end_session"], token_hash)


async def make_link(pool: asyncpg.Pool, user_name: str, token_hash: bytes, lasts: timedelta) -> None:
    await pool.execute(QUERIES["make_link"], token_hash, user_name, lasts)


async def use_link(pool: asyncpg.Pool, token_hash: bytes) -> str | None:
    """Return whose a link is, once: it is worth nothing from then on."""
    user_name: str | None = await pool.fetchval(QUERIES["use_link"], token_hash)
    return user_name


async def forget_sessions(pool: asyncpg.Pool) -> None:
    """Delete sessions and links that expired long ago."""
    await pool.execute(QUERIES["forget_sessions"])
