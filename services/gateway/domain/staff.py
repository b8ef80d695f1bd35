"""What staff may do by their role, and what their passwords must be."""

import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Final, Literal

from services.gateway.domain.callers import SECRET_BYTES, Scope

Role = Literal["dock", "support", "operations", "planner", "admin"]
ROLES: Final[Mapping[Role, frozenset[Scope]]] = {
    "dock": frozenset({"scan", "dock", "read"}),
    "support": frozenset({"order", "settle", "read"}),
    "operations": frozenset({"scan", "asn", "dock", "stock", "order", "settle", "plan", "read"}),
    "planner": frozenset({"asn", "plan", "read"}),
    "admin": frozenset({"admin"}),
}
COOKIE: Final = (
    "__Host-firstfill"  # the prefix: https alone, of this host alone, for all its paths (RFC 6265bis, 4.1.3.2)
)
SESSION_LASTS: Final = timedelta(hours=12)
LINK_LASTS: Final = timedelta(minutes=15)
SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 200
_SESSION: Final = re.compile(r"fs_[0-9A-Za-z_-]{43}")
_SAFE: Final = ("GET", "HEAD", "OPTIONS")


def new_session() -> str:
    """Return the token of a new session."""
    return f"fs_{secrets.token_urlsafe(SECRET_BYTES)}"


def shown_session(authorization: str | None, cookie: str | None) -> str | None:
    """Return the token of a session, from `Authorization: Bearer fs_…` or else from the cookie."""
    scheme, _, text = (authorization or "").strip().partition(" ")
    token = text.strip() if scheme.lower() == "bearer" else cookie
    return token if token and _SESSION.fullmatch(token) else None


def is_from_elsewhere(method: str, site: str | None) -> bool:
    """Return whether a change comes from the page of another site (Sec-Fetch-Site, which browsers send)."""
    return method not in _SAFE and site not in (None, "same-origin", "none")


def fault_of_password(password: str, user_name: str) -> str | None:
    """Return what is wrong with a new password (NIST SP 800-63B-4, 3.1.1.2: long, and not a rule of characters)."""
    if len(password) < SHORTEST_PASSWORD:
        return f"must have {SHORTEST_PASSWORD} characters or more"
    if len(set(password.casefold().replace(user_name.casefold(), ""))) < SHORTEST_PASSWORD // 2:
        return "must have six different characters or more beside the user's name"
    return None
