"""Codes of an authenticator app (TOTP, RFC 6238), whose seeds are kept encrypted."""

import hashlib
import hmac
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pyotp
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

_ISSUER: Final = "Firstfill"
_SECONDS: Final = 30
_APART: Final = (-1, 0, 1)  # a phone's clock may be half a minute off


@dataclass(frozen=True, slots=True)
class Codes:
    """The seeds of codes under the keys of TOTP_KEYS: the first encrypts, each may decrypt."""

    keys: Mapping[str, bytes]

    def new_seed(self) -> tuple[str, bytes]:
        """Return a new seed, and it encrypted."""
        seed = pyotp.random_base32()
        return seed, self._fernet().encrypt(seed.encode())

    def address(self, seed: str, user_name: str) -> str:
        """Return the address that an authenticator app reads as a picture (otpauth://)."""
        return pyotp.TOTP(seed).provisioning_uri(name=user_name, issuer_name=_ISSUER)

    def counter_of(self, code: str, encrypted: bytes) -> int | None:
        """Return which 30 seconds a code is of; None where it is wrong, or its seed's key is gone."""
        try:
            totp = pyotp.TOTP(self._fernet().decrypt(encrypted).decode())
        except InvalidToken:
            return None
        now = int(time.time()) // _SECONDS
        counters = [now + apart for apart in _APART]
        right = [n for n in counters if hmac.compare_digest(totp.generate_otp(n).encode(), code.encode())]
        return max(right) if right else None

    def _fernet(self) -> MultiFernet:
        secrets = (hashlib.sha256(secret).digest() for secret in self.keys.values())
        return MultiFernet([Fernet(urlsafe_b64encode(secret)) for secret in secrets])
