"""Signing in at the company's own identity provider (OpenID Connect Core 1.0, code flow with PKCE)."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import structlog
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.gateway.http.door.clients import client_within
from services.gateway.http.door.refusals import Refused

log = structlog.get_logger(__name__)
COOKIE: Final = "__Host-firstfill-oidc"
COOKIE_LASTS: Final = 600
_ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
_WITHIN: Final = 5.0
_LEEWAY: Final = 60
_AGAIN: Final = "begin anew at /v1/sessions/oidc"


@dataclass(frozen=True, slots=True)
class Way:
    """The secrets of one sign-in, which wait in the visitor's cookie while they are at the provider."""

    state: str
    nonce: str
    verifier: str

    def challenge(self) -> str:
        """Return what the provider is told of the verifier (RFC 7636, 4.2: S256)."""
        return urlsafe_b64encode(sha256(self.verifier.encode()).digest()).decode().rstrip("=")

    def text(self) -> str:
        """Write them as a cookie."""
        return f"{self.state}.{self.nonce}.{self.verifier}"


def new_way() -> Way:
    """Return the secrets of a new sign-in."""
    return Way(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48))


def way_of(cookie: str | None) -> Way | None:
    """Read the secrets from a cookie; None where it is none of ours."""
    parts = (cookie or "").split(".")
    return Way(*parts) if len(parts) == 3 and all(parts) else None


@dataclass(frozen=True, slots=True)
class Provider:
    """An identity provider at which gateway is a client; `claim` names the user."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_url: str
    claim: str
    client: httpx.AsyncClient = field(default_factory=lambda: client_within(_WITHIN))
    known: dict[str, Any] = field(default_factory=dict)

    async def address(self, way: Way) -> str:
        """Return where to send a visitor."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_url,
            "scope": "openid profile email",
            "state": way.state,
            "nonce": way.nonce,
            "code_challenge": way.challenge(),
            "code_challenge_method": "S256",
        }
        return f"{await self._endpoint('authorization_endpoint')}?{urlencode(asked)}"

    async def who(self, way: Way | None, state: str, code: str) -> tuple[str, str]:
        """Return the user's name and the provider's own id of them; refuse what did not begin here."""
        if way is None or not code or not hmac.compare_digest(way.state.encode(), state.encode()):
            raise Refused(400, "this sign-in did not begin here, or took too long", "state", _AGAIN)
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_url,
            "code_verifier": way.verifier,
            "client_id": self.client_id,
        }
        answer = await self._ask("POST", await self._endpoint("token_endpoint"), data=body)
        claims = await self._claims(str(answer.get("id_token", "")), way.nonce)
        name = claims.get(self.claim)
        if not isinstance(name, str) or not name:
            raise Refused(403, f"the provider does not say {self.claim}", "", "name another claim in OIDC_CLAIM")
        return name, str(claims["sub"])

    async def _claims(self, token: str, nonce: str) -> dict[str, Any]:
        found: Any = await self._ask("GET", await self._endpoint("jwks_uri"))
        options = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self.client_id},
        }
        try:
            parsed = jwt.decode(token, KeySet.import_key_set(found), algorithms=list(_ALGORITHMS))
            claims = CodeIDToken(parsed.claims, parsed.header, options, {"nonce": nonce, "client_id": self.client_id})
            claims.validate(leeway=_LEEWAY)
        except (JoseError, ValueError, KeyError) as error:
            log.warning("a sign-in was refused", error=type(error).__name__)
            raise Refused(401, "the provider's answer is not valid", "", _AGAIN) from None
        return dict(claims)

    async def _endpoint(self, name: str) -> str:
        if not self.known:
            self.known.update(await self._ask("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"))
        if name not in self.known:
            raise Refused(503, f"the identity provider names no {name}", "", "check OIDC_ISSUER of gateway")
        return str(self.known[name])

    async def _ask(self, method: str, url: str, data: dict[str, str] | None = None) -> dict[str, Any]:
        secret = httpx.BasicAuth(self.client_id, self.client_secret) if data and self.client_secret else None
        try:
            answer = await self.client.request(method, url, data=data, auth=secret)
            answer.raise_for_status()
            return dict(answer.json())
        except (httpx.HTTPError, ValueError) as error:
            log.warning("the identity provider does not answer", error=type(error).__name__)
            if data and isinstance(error, httpx.HTTPStatusError) and error.response.is_client_error:
                raise Refused(401, "the provider refused this sign-in", "code", _AGAIN) from None
            raise Refused(503, "the identity provider does not answer", "", "try again in a moment") from None
