"""Files as suppliers hand them in."""

import hashlib
from typing import Literal

FileFormat = Literal["x12", "edifact", "json"]


def format_of(content: bytes) -> FileFormat | None:
    """Tell a file's format by its first bytes: ISA is X12, UNA or UNB EDIFACT, a brace or bracket JSON."""
    start = content[:100].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"ISA"):
        return "x12"
    if start.startswith((b"UNA", b"UNB")):
        return "edifact"
    return "json" if start.startswith((b"{", b"[")) else None


def file_id_of(sender: str, content: bytes) -> str:
    """Return the SHA-256 of sender and content, in hex: the same content from the same sender is the same file."""
    return hashlib.sha256(sender.encode() + b"\x00" + content).hexdigest()
