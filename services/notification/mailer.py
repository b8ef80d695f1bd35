"""Letters as e-mails: their text and HTML, and how they leave over SMTP."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Final, Literal, Self
from urllib.parse import unquote, urlsplit

import jinja2
from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings

from services.notification.domain.letters import Letter, amount_in_words, day_in_words, range_in_words
from services.notification.domain.notices import Kind, NoticeId

_SERVICE_CLOSING: Final = 421
_UNWRITABLE: Final = "the notice cannot be written as a message: mend the name in it, and tell the customer yourself"
_PATIENCE: Final = 30.0
_ENHANCED: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")
_SUBJECTS: Final[Mapping[Kind, str]] = {
    "confirmed": "Your order {} is confirmed, and this is when it ships",
    "moved": "Your order {}: the ship date has changed",
    "released": "Your order {} is being packed",
    "cancelled": "Your order {}: cancelled, as you asked",
    "declined": "Your order {}: what we cannot send you",
    "refused": "Your order {}: we could not do what you asked",
    "refund": "Your order {}: when your money goes back",
}
_WITHOUT_A_DATE: Final[Mapping[Kind, str]] = {
    "confirmed": "Your order {} is confirmed",
    "moved": "Your order {}: there is no ship date any more",
}
_TEMPLATES: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=jinja2.select_autoescape(disabled_extensions=("txt.j2",), default=True),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters |= {"amount": amount_in_words, "day": day_in_words, "when": range_in_words}


class MailSettings(BaseSettings):
    """The settings of mail that this service reads from its environment."""

    smtp_url: str = Field(min_length=1)
    smtp_connections: int = Field(default=4, ge=1, le=64)

    @field_validator("smtp_url")
    @classmethod
    def _names_a_server(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("must be smtp://user:password@host:port, or smtps://")
        return url


class NoMailServer(Exception):
    """A setting of mail is missing or wrong."""


def mail_settings() -> MailSettings:
    """Read the settings of mail; say what to set if that cannot be."""
    try:
        return MailSettings()
    except ValidationError as error:
        problems = (f"set {str(e['loc'][0]).upper()} in the environment ({e['msg']})" for e in error.errors())
        raise NoMailServer("; ".join(problems)) from None


class NoSuchAddress(Exception):
    """The customer's address cannot be written into a message."""


class NoSuchSender(Exception):
    """The merchant's sender cannot be written into a message: send a MerchantUpserted with a valid address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of sending a letter. A reason never repeats the server's words, since they repeat the address.

    sent: the server took it. refused: it never will. later: it will not now. unreachable: no letter can leave now.
    in_doubt: the connection broke before the answer, so it may have been taken.
    """

    result: Literal["sent", "refused", "later", "unreachable", "in_doubt"]
    reason: str = ""


IN_DOUBT: Final = Answer("in_doubt")


def message_id(notice_id: NoticeId) -> str:
    """Return the Message-ID of a notice, the same for every attempt, so that a repeat can be recognised."""
    return f"<{notice_id}@firstfill>"


def _subject(letter: Letter) -> str:
    """Choose a subject that promises no more than the letter says."""
    dated = any(line.range for line in letter.lines)
    subject = _SUBJECTS[letter.kind] if dated else _WITHOUT_A_DATE.get(letter.kind, _SUBJECTS[letter.kind])
    return subject.replace("order", "pre-order", 1) if letter.preordered == "all" else subject


def compose(letter: Letter, at: datetime) -> EmailMessage:
    """Compose a letter as text and HTML, in the merchant's name."""
    message = EmailMessage()
    message["From"] = _address(letter.merchant, letter.sender, NoSuchSender)
    message["To"] = _address(letter.name, letter.email, NoSuchAddress)
    message["Subject"] = _subject(letter).format(_as_it_reads(letter.order_number))
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id(letter.notice_id)
    message["Auto-Submitted"] = "auto-generated"
    text, html = (_TEMPLATES.get_template(f"{letter.kind}.{form}.j2").render(letter=letter) for form in ("txt", "html"))
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message


def _address(name: str, address: str, problem: type[Exception]) -> Address:
    try:
        return Address(_as_it_reads(name), addr_spec=address)
    except (MessageError, ValueError, LookupError, AttributeError):  # its parser raises any of these
        raise problem from None


def _as_it_reads(name: str) -> str:
    """Keep a name from being read as an encoded word (RFC 2047), which would be decoded, or be malformed."""
    return name.replace("=?", "= ?")


class Mailer:
    """A sender of letters over a few connections that stay open."""

    def __init__(self, settings: MailSettings) -> None:
        url = urlsplit(settings.smtp_url)
        self._clients = [
            SMTP(
                hostname=url.hostname,
                port=url.port,
                username=unquote(url.username) if url.username else None,
                password=unquote(url.password) if url.password else None,
                use_tls=url.scheme == "smtps",
                timeout=_PATIENCE,
            )
            for _ in range(settings.smtp_connections)
        ]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients:
            client.close()

    async def send(self, letters: Sequence[Letter], at: datetime, answers: dict[NoticeId, Answer]) -> None:
        """Send letters and note each answer at once; a letter without an answer was never begun."""
        share = len(self._clients)
        lanes = (self._send(client, letters[n::share], at, answers) for n, client in enumerate(self._clients))
        await asyncio.gather(*lanes)

    async def _send(
        self, client: SMTP, letters: Sequence[Letter], at: datetime, answers: dict[NoticeId, Answer]
    ) -> None:
        for letter in letters:
            if not (answer := await _open(client)):
                answers[letter.notice_id] = IN_DOUBT
                answer = await _attempt(client, letter, at)
            answers[letter.notice_id] = answer
            if answer.result in ("unreachable", "in_doubt"):
                client.close()
                return


async def _open(client: SMTP) -> Answer | None:
    """Connect unless connected; return what prevents it, if anything."""
    if client.is_connected:
        return None
    try:
        await client.connect()
    except (SMTPException, OSError) as error:
        return Answer("unreachable", _reason(error))
    return None


async def _attempt(client: SMTP, letter: Letter, at: datetime) -> Answer:
    try:
        await client.send_message(compose(letter, at))
    except NoSuchAddress:
        return Answer("refused", NoSuchAddress.__doc__ or "")
    except NoSuchSender:
        return Answer("later", NoSuchSender.__doc__ or "")
    except SMTPNotSupported:
        return Answer("refused", "the mail server takes no address of that alphabet")
    except SMTPRecipientsRefused as error:
        return _judge(error.recipients[0])
    except SMTPResponseException as error:
        return _judge(error)
    except (SMTPException, OSError) as error:
        return Answer("in_doubt", _reason(error))
    except Exception as error:  # noqa: BLE001 one letter must not keep the others from leaving
        client.close()
        return Answer("refused", f"{_UNWRITABLE} ({type(error).__name__})")
    return Answer("sent")


def _judge(error: SMTPResponseException) -> Answer:
    """Translate an SMTP error: 5xx is final, except for the sender's address, which the merchant must mend."""
    if error.code == _SERVICE_CLOSING:
        return Answer("unreachable", _reason(error))
    if error.code < 500 or isinstance(error, SMTPSenderRefused):
        return Answer("later", _reason(error))
    return Answer("refused", _reason(error))


def _reason(error: Exception) -> str:
    """Return the codes of an SMTP error only, since the text after them may name the customer."""
    if not isinstance(error, SMTPResponseException):
        return type(error).__name__
    enhanced = _ENHANCED.match(error.message)
    return f"{error.code} {enhanced[0]}" if enhanced else str(error.code)
