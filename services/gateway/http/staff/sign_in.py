"""Signing in with a password, with a code where the user has one, or by a link that works once."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Self

from limits import parse
from pydantic import Field, model_validator
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.gateway.domain.callers import Caller, hash_of
from services.gateway.domain.staff import (
    COOKIE,
    LONGEST_PASSWORD,
    SESSION_LASTS,
    fault_of_password,
    new_session,
    shown_session,
)
from services.gateway.http.door.admission import Gate, action_of, address_of
from services.gateway.http.door.bodies import Body, answer, model_of
from services.gateway.http.door.refusals import Refused
from services.gateway.http.staff import oidc
from services.gateway.http.staff.codes import Codes
from services.gateway.http.staff.oidc import Provider, new_way
from services.gateway.http.staff.passwords import Passwords
from services.gateway.store import staff as store
from services.gateway.store.staff import Session
from shared.contracts.fields import Id

_OF_ACCOUNT: Final = parse("10/15 minutes")
_OF_ADDRESS: Final = parse("50/15 minutes")
_WRONG: Final = "the name, the password, the code or the link is not right"
_TRY: Final = "check them; a link works once and for 15 minutes; an administrator makes another one"
Secret = Annotated[str, Field(min_length=1, max_length=LONGEST_PASSWORD)]
Code = Annotated[str, Field(pattern=r"^\d{6}$")]


class SignIn(Body):
    """A user with their password, and with a code of their app if they have one; or a link alone."""

    user: Id | None = None
    password: Secret | None = None
    code: Code | None = None
    link: Secret | None = None

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        by_password = self.user is not None and self.password is not None
        if by_password == (self.link is not None):
            raise ValueError("give user and password, or link")
        return self


class NewPassword(Body):
    """A user's new password, and the one until now, if they have one and did not come by a link."""

    password: Secret
    old_password: Secret | None = None


class NewApp(Body):
    """A code of the authenticator app until now, if the user has one and did not come by a link."""

    code: Code | None = None


class FirstCode(Body):
    """The first code of a new authenticator app."""

    code: Code


@dataclass(frozen=True, slots=True)
class Door:
    """Where staff sign in and out, and change how they do."""

    gate: Gate
    codes: Codes
    provider: Provider | None = None
    passwords: Passwords = field(default_factory=Passwords)

    async def sign_in(self, request: Request) -> Response:
        """Open a session; whatever is wrong is refused in the same words."""
        asked = await model_of(request, SignIn)
        self.gate.count(_OF_ADDRESS, f"sign-in {address_of(request)}", "an address may sign in", "check what is sent")
        user_name = await self._by_link(asked.link) if asked.link else await self._by_password(asked)
        if user_name is None:
            raise _wrong()
        session, token = await self._open(request, user_name, by_link=asked.link is not None)
        return _with_cookie(answer(about(session)), token)

    async def _open(self, request: Request, user_name: str, *, by_link: bool) -> tuple[Session, str]:
        """Open a session in place of the one that is shown, if any."""
        pool, token = self.gate.worker.pool, new_session()
        if before := shown_session(None, request.cookies.get(COOKIE)):
            await store.end_session(pool, hash_of(before))
        await store.open_session(pool, user_name, hash_of(token), SESSION_LASTS, by_link=by_link)
        session = await store.session_in_force(pool, hash_of(token))
        if session is None:  # disabled at this moment
            raise _wrong()
        return session, token

    async def go_to_provider(self, request: Request) -> Response:
        """Send a visitor to the company's identity provider."""
        self.gate.count(_OF_ADDRESS, f"sign-in {address_of(request)}", "an address may sign in", "wait")
        way = new_way()
        response = RedirectResponse(await self._provider().address(way), 303)
        response.set_cookie(oidc.COOKIE, way.text(), oidc.COOKIE_LASTS, secure=True, httponly=True, samesite="lax")
        return response

    async def come_from_provider(self, request: Request) -> Response:
        """Open a session for who comes back from the provider, and is a user here."""
        asked, way = request.query_params, oidc.way_of(request.cookies.get(oidc.COOKIE))
        user_name, subject = await self._provider().who(way, asked.get("state", ""), asked.get("code", ""))
        if not await store.bind_subject(self.gate.worker.pool, user_name, subject):
            raise Refused(403, "nobody of this name is a user here", "", "an administrator makes users")
        _, token = await self._open(request, user_name, by_link=False)
        response = _with_cookie(RedirectResponse("/", 303), token)
        response.delete_cookie(oidc.COOKIE, secure=True, httponly=True, samesite="lax")
        return response

    def _provider(self) -> Provider:
        if self.provider is None:
            raise Refused(
                503, "there is no identity provider here", "", "set OIDC_ISSUER for gateway, or use a password"
            )
        return self.provider

    async def _by_link(self, link: str) -> str | None:
        return await store.use_link(self.gate.worker.pool, hash_of(link))

    async def _by_password(self, asked: SignIn) -> str | None:
        user_name, password = asked.user or "", asked.password or ""
        self.gate.count(_OF_ACCOUNT, f"sign-in {hash_of(user_name).hex()}", "one may sign in", "ask an administrator")
        user = await store.user(self.gate.worker.pool, user_name)
        right = await self.passwords.is_right(password, user.password_hash if user and not user.disabled_at else None)
        if user is None or not right:
            return None
        if not user.totp_confirmed:
            return user_name
        return (
            user_name if user.totp_seed and await self._is_right_code(user_name, asked.code, user.totp_seed) else None
        )

    async def _is_right_code(self, user_name: str, code: str | None, seed: bytes) -> bool:
        counter = self.codes.counter_of(code, seed) if code else None
        return counter is not None and await store.use_code(self.gate.worker.pool, user_name, counter, seed)

    async def sign_out(self, request: Request) -> Response:
        """End the session that is shown."""
        session, token = await self._signed_in(request)
        await store.end_session(self.gate.worker.pool, hash_of(token))
        response = answer({"user": session.name})
        response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax")
        return response

    async def say_who(self, request: Request) -> Response:
        """Answer who calls, what they may do, and what they may see."""
        caller = (await self.gate.meet(request)).caller
        action = {"order_id": caller.order, "action": action_of(self.gate, request)} if caller.order else {}
        return answer({**about(caller), **action})

    async def change_password(self, request: Request) -> Response:
        """Set the caller's own password, which ends all their other sessions."""
        session, token = await self._signed_in(request)
        asked = await model_of(request, NewPassword)
        user = await store.user(self.gate.worker.pool, session.name)
        kept = user.password_hash if user else None
        if kept and not session.by_link:
            self.gate.count(_OF_ACCOUNT, f"sign-in {hash_of(session.name).hex()}", "one may try", "sign in by a link")
            if not await self.passwords.is_right(asked.old_password or "", kept):
                raise Refused(
                    422, "this is not the password until now", "old_password", "sign in by a link if it is lost"
                )
        if fault := fault_of_password(asked.password, session.name):
            raise Refused(422, fault, "password", "use a few words that nobody else would put together")
        hashed = await self.passwords.hash_of(asked.password)
        await store.set_password(self.gate.worker.pool, session.name, hashed, hash_of(token))
        return answer({"user": session.name})

    async def new_code(self, request: Request) -> Response:
        """Make a seed for the caller's authenticator app; codes are asked for once the first one is confirmed."""
        session, _ = await self._signed_in(request)
        asked = await model_of(request, NewApp)
        if not self.codes.keys:
            raise Refused(503, "codes are not set up here", "", "set TOTP_KEYS for gateway")
        user = await store.user(self.gate.worker.pool, session.name)
        if user and user.totp_confirmed and user.totp_seed and not session.by_link:
            await self._expect_code(session.name, asked.code or "", user.totp_seed)
        seed, encrypted = self.codes.new_seed()
        await store.set_seed(self.gate.worker.pool, session.name, encrypted)
        return answer({"seed": seed, "address": self.codes.address(seed, session.name)})

    async def confirm_code(self, request: Request) -> Response:
        """Confirm the caller's authenticator app by its first code."""
        session, _ = await self._signed_in(request)
        asked = await model_of(request, FirstCode)
        user = await store.user(self.gate.worker.pool, session.name)
        await self._expect_code(session.name, asked.code, user.totp_seed if user else None)
        return answer({"user": session.name})

    async def _expect_code(self, user_name: str, code: str, seed: bytes | None) -> None:
        self.gate.count(_OF_ACCOUNT, f"sign-in {hash_of(user_name).hex()}", "one may try", "sign in by a link")
        if seed is None or not await self._is_right_code(user_name, code, seed):
            raise Refused(
                422, "this code is not right", "code", "send the one that the app shows now; each counts once"
            )

    async def _signed_in(self, request: Request) -> tuple[Session, str]:
        visit = await self.gate.meet(request)
        if not isinstance(visit.caller, Session):
            raise Refused(403, "this is for people who are signed in", "Authorization", "sign in at /v1/sessions")
        return visit.caller, visit.secret


def _wrong() -> Refused:
    return Refused(401, _WRONG, "body", _TRY, (), {"WWW-Authenticate": "Bearer"})


def _with_cookie(response: Response, token: str) -> Response:
    lasts = int(SESSION_LASTS.total_seconds())
    response.set_cookie(COOKIE, token, lasts, secure=True, httponly=True, samesite="lax")
    return response


def about(caller: Caller) -> dict[str, Any]:
    """Describe a caller to themselves."""
    merchants, nodes = caller.bounds()
    known: dict[str, Any] = {"actor": caller.actor, "name": caller.name, "scopes": sorted(caller.scopes)}
    if isinstance(caller, Session):
        known |= {"role": caller.role, "expires_at": caller.expires_at}
    return {**known, "merchants": merchants, "nodes": nodes}
