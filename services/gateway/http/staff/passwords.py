"""Passwords, kept as argon2id (RFC 9106): each check takes long, so that guessing is no use."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER: Final = PasswordHasher()
_AT_ONCE: Final = 2  # each takes 64 MiB


@dataclass(frozen=True, slots=True)
class Passwords:
    """The check of passwords in threads, two at a time, so that nothing else waits for it."""

    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def hash_of(self, password: str) -> str:
        """Hash a password as it is kept."""
        async with self.turns:
            return await asyncio.to_thread(_HASHER.hash, password)

    async def is_right(self, password: str, kept: str | None) -> bool:
        """Return whether a password has the kept hash; without one it takes as long, so that the time tells nothing."""
        if kept is None:
            await self.hash_of(password)
            return False
        async with self.turns:
            return await asyncio.to_thread(_verify, password, kept)


def _verify(password: str, kept: str) -> bool:
    try:
        return _HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
