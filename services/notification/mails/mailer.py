"""How mails leave over SMTP."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal, Self
from urllib.parse import unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings

from services.notification.domain.letters import Letter
from services.notification.mails.compose import NoSuchAddress, NoSuchSender, compose
from shared.contracts.order_links import OrderLink, link_keys, token_of

_SERVICE_CLOSING: Final = 421
_UNWRITABLE: Final = "the notice cannot be written as a message: mend the name in it, and tell the customer yourself"
_PATIENCE: Final = 30.0
_ENHANCED: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")


class MailSettings(BaseSettings):
    """The settings of mail that this service reads from its environment."""

    smtp_url: str = Field(min_length=1)
    smtp_connections: int = Field(default=4, ge=1, le=64)
    bounce_folder: Annotated[str, Field(description="a Maildir to which reports about mails are delivered")] = ""
    bounce_address: Annotated[
        str, Field(description="where they go, as name+mail@domain", pattern="^$|^[^@]+@[^@]+$")
    ] = ""
    portal_url: str = ""
    link_keys: str = Field(default="", repr=False)

    @field_validator("smtp_url")
    @classmethod
    def _names_a_server(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("must be smtp://user:password@host:port, or smtps://")
        return url

    @model_validator(mode="after")
    def _links_can_be_signed(self) -> Self:
        if self.portal_url:
            if not urlsplit(self.portal_url).hostname:
                raise ValueError("PORTAL_URL must be an address, such as https://orders.example")
            link_keys(self.link_keys)
        return self

    def return_path(self, mail_id: str) -> str | None:
        """Return where reports about a mail go: an address of its own for each, or the merchant's sender."""
        name, at, domain = self.bounce_address.partition("@")
        return f"{name}+{mail_id}@{domain}" if at else None

    def status_page(self, order_id: str, generation: int) -> str:
        """Return the link to an order's status page, of a generation; nothing where there is none."""
        if not self.portal_url:
            return ""
        link = OrderLink(order_id, generation)
        return f"{self.portal_url.rstrip('/')}/o/{token_of(link, link_keys(self.link_keys))}"


class NoMailServer(Exception):
    """A setting of mail is missing or wrong."""


def mail_settings() -> MailSettings:
    """Read the settings of mail; say what to set if that cannot be."""
    try:
        return MailSettings()
    except ValidationError as error:
        problems = (f"set {_name(e['loc'])} in the environment ({e['msg']})" for e in error.errors())
        raise NoMailServer("; ".join(problems)) from None


def _name(place: tuple[int | str, ...]) -> str:
    return str(place[0]).upper() if place else "PORTAL_URL and LINK_KEYS"


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of sending a letter. A reason never repeats the server's words, since they repeat the address.

    sent: the server took it. refused: it never will. later: it will not now. unreachable: no letter can leave now.
    in_doubt: the connection broke before the answer, so it may have been taken.
    """

    result: Literal["sent", "refused", "later", "unreachable", "in_doubt"]
    reason: str = ""


IN_DOUBT: Final = Answer("in_doubt")


class Mailer:
    """A sender of letters over a few connections that stay open."""

    def __init__(self, settings: MailSettings) -> None:
        url = urlsplit(settings.smtp_url)
        self._settings = settings
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

    async def send(self, letters: Sequence[Letter], at: datetime, answers: dict[str, Answer]) -> None:
        """Send letters and note each answer by its mail at once; a letter without an answer was never begun."""
        share = len(self._clients)
        lanes = (self._send(client, letters[n::share], at, answers) for n, client in enumerate(self._clients))
        await asyncio.gather(*lanes)

    async def _send(self, client: SMTP, letters: Sequence[Letter], at: datetime, answers: dict[str, Answer]) -> None:
        for letter in letters:
            if not (answer := await _open(client)):
                answers[letter.mail_id] = IN_DOUBT
                answer = await _attempt(client, letter, at, self._settings)
            answers[letter.mail_id] = answer
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


async def _attempt(client: SMTP, letter: Letter, at: datetime, settings: MailSettings) -> Answer:
    try:
        message = compose(letter, at, settings.status_page(letter.order_id, letter.link_generation))
        await client.send_message(message, sender=settings.return_path(letter.mail_id))
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
