"""Callers, their keys, and what a key opens."""

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal, get_args

Scope = Literal[
    "scan", "asn", "dock", "stock", "order", "import", "settle", "plan", "storefront", "read", "admin"
]  # fmt: skip
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
PUBLISHABLE: Final[frozenset[Scope]] = frozenset({"storefront"})
Binding = Literal["merchant", "node", "order"]
NOTHING: Final[frozenset[Binding]] = frozenset()
BY_MERCHANT: Final[frozenset[Binding]] = frozenset({"merchant"})
BY_NODE: Final[frozenset[Binding]] = frozenset({"node"})
BY_BOTH: Final = BY_MERCHANT | BY_NODE
BY_ORDER: Final[frozenset[Binding]] = frozenset({"order"})
CUSTOMER: Final[frozenset[Scope]] = frozenset({"read", "order"})
SECRET_BYTES: Final = 32
_KEY: Final = re.compile(r"(ff|fp)_([0-9a-f]{8})_([0-9A-Za-z_-]{43})")


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key as a caller shows it. The secret is known to nobody else: we keep its SHA-256.

    `fp_` marks a publishable key, which stands in the pages of a shop.
    """

    kind: str
    prefix: str
    secret: str

    def text(self) -> str:
        """Write the key as it is handed out, once."""
        return f"{self.kind}_{self.prefix}_{self.secret}"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: what they may do, whose goods and orders they may see and change, and at which nodes; None is all.

    The customer of an `order` came by its link. `actor` is how what they do is signed, `name` how people know them;
    `rate` is how often they may call, where it is other than for all.
    """

    actor: str
    name: str
    scopes: frozenset[str]
    merchants: frozenset[str] | None = None
    nodes: frozenset[str] | None = None
    rate: str | None = None
    order: str | None = None

    @property
    def shown(self) -> str:
        """Return what they showed to be let in, in one word."""
        return {"user": "session", "order": "link"}.get(self.actor.partition("/")[0], "key")

    def may_see_merchant(self, merchant: str | None) -> bool:
        """Return whether a merchant's own is theirs to see; what is nobody's is seen by those only who see all."""
        return self.merchants is None or merchant in self.merchants

    def may_see_node(self, node: str | None) -> bool:
        """Return whether a node is theirs to see."""
        return self.nodes is None or node in self.nodes

    def unmet(self, bound_by: Collection[Binding]) -> Binding | None:
        """Return what they are bound to though an operation cannot be bound by it, and so is closed to them."""
        if self.order is not None:  # its merchant says nothing that the order does not
            return None if "order" in bound_by else "order"
        if self.merchants is not None and "merchant" not in bound_by:
            return "merchant"
        return "node" if self.nodes is not None and "node" not in bound_by else None

    def bounds(self) -> tuple[list[str] | None, list[str] | None]:
        """Return the merchants and nodes that they may see, as a query takes them."""
        return _sorted(self.merchants), _sorted(self.nodes)


def _sorted(names: Collection[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)


def shown_key(header: str | None) -> ShownKey | None:
    """Read the key in `Authorization: Bearer ff_<prefix>_<secret>` (RFC 6750); None where it is not of that form."""
    scheme, _, text = (header or "").strip().partition(" ")
    found = _KEY.fullmatch(text.strip()) if scheme.lower() == "bearer" else None
    return ShownKey(found[1], found[2], found[3]) if found else None


def shown_link(header: str | None) -> str | None:
    """Read the token of a customer's link in `Authorization: Bearer <token>`: four parts, joined by dots."""
    scheme, _, text = (header or "").strip().partition(" ")
    return text.strip() if scheme.lower() == "bearer" and text.count(".") == 3 else None


def hash_of(secret: str) -> bytes:
    """Hash a secret as it is kept. SHA-256 without salt is enough: 32 random bytes cannot be guessed."""
    return hashlib.sha256(secret.encode()).digest()


def is_right(secret: str, kept: bytes) -> bool:
    """Return whether the secret has the kept hash, in a time that does not tell how nearly."""
    return hmac.compare_digest(hash_of(secret), kept)


def scopes_open(scopes: Collection[str], asked: Scope) -> bool:
    """Return whether these scopes open what is asked: `admin` opens every path, `read` what storefronts may read."""
    return asked in scopes or "admin" in scopes or (asked == "storefront" and "read" in scopes)


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
