"""Admission: the key, how often it may call, and what it opens."""

import asyncio
import math
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.requests import Request

from services.gateway.domain.callers import (
    PUBLISHABLE,
    Binding,
    Caller,
    Scope,
    ShownKey,
    hash_of,
    is_right,
    neighbourhood,
    scopes_open,
    shown_key,
)
from services.gateway.http.door.refusals import Refused
from services.gateway.store import callers as store
from shared.messaging.worker import Worker

_FORM: Final = "send the header Authorization: Bearer ff_<prefix>_<secret> with a key that is in force"
_NOBODY: Final = bytes(32)
WITHIN: Final = 5.0  # seconds, for the database


@dataclass(frozen=True, slots=True)
class Visit:
    """A caller who was let in, and the secret that seals what is remembered of their requests."""

    caller: Caller
    secret: str


def _address(request: Request) -> str:
    return neighbourhood(request.client.host if request.client else "")


def _counted_as(caller: Caller, request: Request) -> str:
    """Return what counts as one caller: of a publishable key each address, since every visitor of a shop shows it."""
    return f"{caller.actor} {_address(request)}" if caller.scopes == PUBLISHABLE else caller.actor


@dataclass(frozen=True, slots=True)
class Gate:
    """The check of callers. Each process counts the calls of a key, and those of an address with unknown keys.

    A key that was let in is not counted by address: guesses of keys from the same address do not shut it out.
    """

    worker: Worker
    rate: RateLimitItem
    strangers: RateLimitItem
    limiter: FixedWindowRateLimiter = field(default_factory=lambda: FixedWindowRateLimiter(MemoryStorage()))
    let_in: set[bytes] = field(default_factory=set)

    async def admit(self, request: Request, scope: Scope, bound_by: Collection[Binding] = ()) -> Visit:
        """Return the caller, if the key opens `scope`; one bound to merchants or nodes only where it can be bound."""
        key = shown_key(request.headers.get("authorization"))
        caller = await self._known(key, _address(request))
        if key is None or caller is None:
            raise Refused(
                401, "the key is missing or unknown", "Authorization", _FORM, (), {"WWW-Authenticate": "Bearer"}
            )
        rate = parse(caller.rate) if caller.rate else self.rate
        self._count(rate, _counted_as(caller, request), "this key may call", "send several scans in one request")
        if not scopes_open(caller.scopes, scope):
            raise Refused(
                403, f"this key lacks the scope {scope}", "Authorization", f"use a key with the scope {scope}"
            )
        if unmet := caller.unmet(bound_by):
            fix = "use a key of the installation"
            raise Refused(403, f"a key that is bound to a {unmet} does not open this", "Authorization", fix)
        return Visit(caller, key.secret)

    async def _known(self, key: ShownKey | None, address: str) -> Caller | None:
        """Return the holder of the key; refuse an address that shows too many unknown ones before looking."""
        kept = hash_of(key.text()) if key else _NOBODY
        if kept not in self.let_in:
            self._count(
                self.strangers, f"from {address}", "an address may show unknown keys", "use a key that is in force"
            )
        caller = await self._look_up(key) if key else None
        if caller:
            self.let_in.add(kept)
        else:
            self.let_in.discard(kept)
        return caller

    async def _look_up(self, key: ShownKey) -> Caller | None:
        async with asyncio.timeout(WITHIN):
            found = await store.key_in_force(self.worker.pool, key.prefix)
        # The comparison is made for unknown prefixes too, so that the time tells nothing.
        right = is_right(key.secret, found[1] if found else _NOBODY)
        return found[0] if found and right else None

    def _count(self, rate: RateLimitItem, who: str, what: str, besides: str) -> None:
        if self.limiter.hit(rate, who):
            return
        resets_at = self.limiter.get_window_stats(rate, who).reset_time
        wait = max(1, math.ceil(resets_at - time.time()))
        fix = f"wait {wait} s, and {besides}"
        raise Refused(429, f"{what} {rate}", "Authorization", fix, (), {"Retry-After": str(wait)})
