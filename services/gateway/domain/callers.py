"""Callers, their keys, and what a key opens."""

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal

Scope = Literal["scan", "asn", "dock", "stock", "order", "import", "read", "admin"]
SCOPES: Final[tuple[Scope, ...]] = ("scan", "asn", "dock", "stock", "order", "import", "read", "admin")
SECRET_BYTES: Final = 32
_KEY: Final = re.compile(r"ff_([0-9a-f]{8})_([0-9A-Za-z_-]{43})")


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key as a caller shows it. The secret is known to nobody else: we keep its SHA-256."""

    prefix: str
    secret: str

    def text(self) -> str:
        """Write the key as it is handed out, once."""
        return f"ff_{self.prefix}_{self.secret}"


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a key that is in force. A key of a merchant opens nothing of any other."""

    prefix: str
    name: str
    scopes: frozenset[str]
    merchant: str | None


def shown_key(header: str | None) -> ShownKey | None:
    """Read the key in `Authorization: Bearer ff_<prefix>_<secret>` (RFC 6750); none where it is not of that form."""
    scheme, _, text = (header or "").strip().partition(" ")
    found = _KEY.fullmatch(text.strip()) if scheme.lower() == "bearer" else None
    return ShownKey(found[1], found[2]) if found else None


def hash_of(secret: str) -> bytes:
    """Hash a secret as it is kept. SHA-256 without salt is enough: 32 random bytes cannot be guessed."""
    return hashlib.sha256(secret.encode()).digest()


def is_right(secret: str, kept: bytes) -> bool:
    """Return whether the secret has the kept hash, in a time that does not tell how nearly."""
    return hmac.compare_digest(hash_of(secret), kept)


def scopes_open(scopes: Collection[str], asked: Scope) -> bool:
    """Return whether these scopes open what is asked: `admin` opens every path."""
    return asked in scopes or "admin" in scopes


def neighbourhood(address: str) -> str:
    """Return who shares an address: an IPv6 caller has a whole /64 (RFC 4291, 2.5.4), others the address alone."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if known.version == 4:
        return str(known)
    return str(known.ipv4_mapped or ipaddress.ip_network((known, 64), strict=False))


def names_merchant(an_id: str, merchant: str) -> bool:
    """Return whether an id begins with the merchant's name and a slash, as ids do where merchants share them."""
    return an_id.startswith(f"{merchant}/") and len(an_id) > len(merchant) + 1


def seal(secret: str, *parts: str | bytes) -> bytes:
    """Seal a request for comparison: only who holds the secret can tell what it was (HMAC-SHA-256, RFC 2104)."""
    seal = hmac.new(secret.encode(), digestmod=hashlib.sha256)
    for part in parts:
        text = part.encode() if isinstance(part, str) else part
        seal.update(len(text).to_bytes(8, "big") + text)
    return seal.digest()
