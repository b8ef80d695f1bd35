"""Files as suppliers hand them in."""

import hashlib
from typing import Literal

FileFormat = Literal["x12", "edifact", "json"]


def format_of(content: bytes) -> FileFormat | None:
    """What a file is by its first bytes: X12 begins with ISA, EDIFACT with UNA or UNB, JSON with a brace or bracket."""
    start = content[:100].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"ISA"):
        return "x12"
    if start.startswith((b"UNA", b"UNB")):
        return "edifact"
    return "json" if start.startswith((b"{", b"[")) else None


def file_id_of(sender: str, content: bytes) -> str:
    """The same content from the same sender is the same file: the SHA-256 of both, in hex."""
    return hashlib.sha256(sender.encode() + b"\x00" + content).hexdigest()
