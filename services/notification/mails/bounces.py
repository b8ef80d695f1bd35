"""Reports that a mail did not reach its customer after all (RFC 3464), as mail servers send them back."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from typing import Final

MOST_BYTES: Final = 1_000_000  # of a report; what comes after it is of no interest
_OWN_ID: Final = re.compile(r"<([0-9a-f-]{36})@firstfill>")
_OWN_ADDRESS: Final = re.compile(r"\+([0-9a-f-]{36})@")
_STATUS: Final = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail that did not reach its customer, and the status code that says why; never the words, nor the address."""

    mail_id: str
    reason: str


def read_bounce(report: bytes) -> Bounce | None:
    """Return which mail a report is about, if it says that it failed for good; None of a delay and of all else."""
    try:
        message = message_from_bytes(report[:MOST_BYTES], policy=policy.default)
        status = _failed_with(message)
        mail_id = next(_ids(message), None)
    except Exception:  # noqa: BLE001 its parser raises anything, RecursionError among it, and anyone may write to us
        return None
    return Bounce(mail_id, status) if status and mail_id else None


def _failed_with(message: Message) -> str | None:
    """Return the status of the first recipient to whom it failed; "failed" where the report names none."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            for fields in part.get_payload() if part.is_multipart() else []:
                if isinstance(fields, Message) and str(fields.get("Action", "")).strip().lower() == "failed":
                    status = _STATUS.search(str(fields.get("Status", "")))
                    return status[1] if status else "failed"
    return None


def _ids(message: EmailMessage | Message) -> Iterator[str]:
    """Return the ids of our mails that a report names: of the mail it sends back, what it answers, where it goes."""
    for part in message.walk():
        if part.get_content_type() in ("message/rfc822", "message/rfc822-headers", "text/rfc822-headers"):
            original = part.get_payload(0) if part.is_multipart() else part.get_payload(decode=True)
            headers = str(original.get("Message-ID", "")) if isinstance(original, Message) else _text(original)
            yield from _OWN_ID.findall(headers)
    for name in ("In-Reply-To", "References"):
        yield from _OWN_ID.findall(str(message.get(name, "")))
    for name in ("To", "Delivered-To"):
        yield from _OWN_ADDRESS.findall(str(message.get(name, "")))


def _text(payload: object) -> str:
    return payload.decode("ascii", "replace") if isinstance(payload, bytes) else ""
