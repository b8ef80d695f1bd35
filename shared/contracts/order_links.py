"""Signed links to the status page of one order: notification signs them, gateway lets in whoever holds one.

A token is four parts in base64url, joined by dots: the name of the key, the order, the generation and the HMAC-SHA-256
of these three. A key that is retired makes its links worthless; a generation that is revoked those of one order.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

FIRST_GENERATION: Final = 1
SHORTEST_SECRET: Final = 32
LONGEST_TOKEN: Final = 2000


class NoLinkKeys(ValueError):
    """LINK_KEYS must be name:secret pairs, joined by commas, of 32 characters or more each; the first one signs."""


@dataclass(frozen=True, slots=True)
class OrderLink:
    """The order that a link leads to, and the generation of its links."""

    order_id: str
    generation: int = FIRST_GENERATION


def link_keys(text: str) -> dict[str, bytes]:
    """Read keys written as name:secret pairs."""
    pairs = [pair.strip().partition(":") for pair in text.split(",") if pair.strip()]
    keys = {name: secret.encode() for name, _, secret in pairs}
    if not keys or any(not name or len(secret) < SHORTEST_SECRET for name, secret in keys.items()):
        raise NoLinkKeys(NoLinkKeys.__doc__)
    return keys


def token_of(link: OrderLink, keys: Mapping[str, bytes]) -> str:
    """Return a link as a token, signed with the first key."""
    name, secret = next(iter(keys.items()))
    signed = ".".join(map(_encoded, (name, link.order_id, str(link.generation))))
    return f"{signed}.{_mac(signed, secret)}"


def link_of(token: str, keys: Mapping[str, bytes]) -> OrderLink | None:
    """Return what a token leads to; None where it was not signed with one of the keys, or is no token at all."""
    signed, _, mac = token.rpartition(".")
    if len(token) > LONGEST_TOKEN or len(parts := _decoded(signed)) != 3:
        return None
    name, order_id, generation = parts
    if not (secret := keys.get(name)) or not hmac.compare_digest(mac.encode(), _mac(signed, secret).encode()):
        return None
    return OrderLink(order_id, int(generation))


def action_token(link: OrderLink, keys: Mapping[str, bytes], until: int) -> str:
    """Return a token by which the holder of a link may change its order, until a second of the epoch.

    A page that shows the order hands it out, so that following a link changes nothing.
    """
    return f"{until}.{_mac(_action(link, until), next(iter(keys.values())))}"


def is_action_token(token: str, link: OrderLink, keys: Mapping[str, bytes], now: float) -> bool:
    """Return whether a token lets the holder of a link change its order now."""
    text, _, mac = token.partition(".")
    until = int(text) if text.isdecimal() and text.isascii() and len(text) < 12 else 0
    right = (_mac(_action(link, until), secret) for secret in keys.values())
    return until > now and any(hmac.compare_digest(mac.encode(), known.encode()) for known in right)


def _action(link: OrderLink, until: int) -> str:
    return ".".join(map(_encoded, ("action", link.order_id, str(link.generation), str(until))))


def _mac(signed: str, secret: bytes) -> str:
    return urlsafe_b64encode(hmac.digest(secret, signed.encode(), sha256)).decode().rstrip("=")


def _encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(signed: str) -> list[str]:
    try:
        return [urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode() for part in signed.split(".")]
    except (Error, ValueError):
        return []
