"""Admission: the key, how often it may call, and what it opens."""

import asyncio
import math
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.requests import Request

from services.gateway.domain.callers import (
    CUSTOMER,
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
    shown_link,
)
from services.gateway.domain.staff import COOKIE, is_from_elsewhere, shown_session
from services.gateway.http.door.refusals import Refused
from services.gateway.store import callers as store
from services.gateway.store import links, staff
from shared.contracts.order_links import action_token, is_action_token, link_of
from shared.messaging.worker import Worker

_FORM: Final = (
    "send the header Authorization: Bearer ff_<prefix>_<secret> with a key that is in force, or sign in at /v1/sessions"
)
_NOBODY: Final = bytes(32)
_ACTS_FOR: Final = 12 * 3600
ACTION: Final = "Firstfill-Action"
WITHIN: Final = 5.0  # seconds, for the database


@dataclass(frozen=True, slots=True)
class Visit:
    """A caller who was let in, and the secret that seals what is remembered of their requests."""

    caller: Caller
    secret: str


def address_of(request: Request) -> str:
    """Return who is counted as one address."""
    return neighbourhood(request.client.host if request.client else "")


def _counted_as(caller: Caller, request: Request) -> str:
    """Return what counts as one caller: of a publishable key each address, since every visitor of a shop shows it."""
    return f"{caller.actor} {address_of(request)}" if caller.scopes == PUBLISHABLE else caller.actor


@dataclass(frozen=True, slots=True)
class Gate:
    """The check of callers. Each process counts the calls of a key, and those of an address with unknown keys.

    A key that was let in is not counted by address: guesses of keys from the same address do not shut it out.
    """

    worker: Worker
    rate: RateLimitItem
    strangers: RateLimitItem
    link_keys: Mapping[str, bytes] = field(default_factory=dict)
    limiter: FixedWindowRateLimiter = field(default_factory=lambda: FixedWindowRateLimiter(MemoryStorage()))
    let_in: set[bytes] = field(default_factory=set)

    async def admit(self, request: Request, scope: Scope, bound_by: Collection[Binding] = ()) -> Visit:
        """Return the caller, if they may do what needs `scope`; who is bound, only where it can be bound by that."""
        visit = await self.meet(request)
        allow(visit.caller, scope, bound_by)
        return visit

    async def meet(self, request: Request) -> Visit:
        """Return the caller, whatever they may do."""
        authorization, cookie = request.headers.get("authorization"), request.cookies.get(COOKIE)
        token = shown_session(authorization, cookie)
        if token and token == cookie and is_from_elsewhere(request.method, request.headers.get("sec-fetch-site")):
            raise Refused(
                403, "this comes from the page of another site", "Sec-Fetch-Site", "send it from our own pages"
            )
        visit = await self._known(token or shown_link(authorization), shown_key(authorization), address_of(request))
        if visit is None:
            challenge = {"WWW-Authenticate": "Bearer"}
            raise Refused(401, "the key is missing or unknown", "Authorization", _FORM, (), challenge)
        rate = parse(visit.caller.rate) if visit.caller.rate else self.rate
        who = _counted_as(visit.caller, request)
        self.count(rate, who, f"this {visit.caller.shown} may call", "send several scans in one request")
        return visit

    async def _known(self, token: str | None, key: ShownKey | None, address: str) -> Visit | None:
        """Return who shows a session, a link or a key; refuse an address that showed too many unknown ones."""
        shown = token or (key.text() if key else "")
        kept = hash_of(shown) if shown else _NOBODY
        if kept not in self.let_in:
            self.count(
                self.strangers, f"from {address}", "an address may show unknown keys", "use a key that is in force"
            )
        async with asyncio.timeout(WITHIN):
            caller = await self._holder(key, token)
        if caller:
            self.let_in.add(kept)
        else:
            self.let_in.discard(kept)
        return Visit(caller, shown) if caller else None

    async def _holder(self, key: ShownKey | None, token: str | None) -> Caller | None:
        if token and token.startswith("fs_"):
            return await staff.session_in_force(self.worker.pool, hash_of(token))
        if token:
            return await self._customer(token)
        if key is None:
            return None
        found = await store.key_in_force(self.worker.pool, key.prefix)
        # The comparison is made for unknown prefixes too, so that the time tells nothing.
        right = is_right(key.secret, found[1] if found else _NOBODY)
        return found[0] if found and right else None

    async def _customer(self, token: str) -> Caller | None:
        """Return whose order a link leads to; of one that was revoked, or is over, nobody."""
        if (link := link_of(token, self.link_keys)) is None:
            return None
        merchant = await links.merchant_of_link(self.worker.pool, link.order_id, link.generation)
        if merchant is None:
            return None
        return Caller(f"order/{link.order_id}", "customer", CUSTOMER, frozenset({merchant}), order=link.order_id)

    def count(self, rate: RateLimitItem, who: str, what: str, besides: str) -> None:
        """Count a call, and refuse one too many."""
        if self.limiter.hit(rate, who):
            return
        resets_at = self.limiter.get_window_stats(rate, who).reset_time
        wait = max(1, math.ceil(resets_at - time.time()))
        fix = f"wait {wait} s, and {besides}"
        raise Refused(429, f"{what} {rate}", "Authorization", fix, (), {"Retry-After": str(wait)})


def allow(caller: Caller, scope: Scope, bound_by: Collection[Binding] = ()) -> None:
    """Refuse a caller who may not do what needs `scope`; who is bound, where it cannot be bound by that."""
    if not scopes_open(caller.scopes, scope):
        fix = f"use a {caller.shown} with the scope {scope}"
        raise Refused(403, f"this {caller.shown} lacks the scope {scope}", "Authorization", fix)
    if unmet := caller.unmet(bound_by):
        fix = f"use a {caller.shown} of the installation"
        problem = f"a {caller.shown} that is bound to a {unmet} does not open this"
        raise Refused(403, problem, "Authorization", fix)


def guard_action(gate: Gate, request: Request) -> None:
    """Refuse what comes by a link without the token that a page of the order hands out: mail scanners follow links."""
    link = link_of(shown_link(request.headers.get("authorization")) or "", gate.link_keys)
    token = request.headers.get(ACTION, "")
    if link is None or not is_action_token(token, link, gate.link_keys, time.time()):
        raise Refused(403, "this link alone changes nothing", ACTION, "send the action token of GET /v1/caller")


def action_of(gate: Gate, request: Request) -> str:
    """Return a token by which who came by a link may change its order, for some hours."""
    link = link_of(shown_link(request.headers.get("authorization")) or "", gate.link_keys)
    return action_token(link, gate.link_keys, int(time.time() + _ACTS_FOR)) if link else ""
