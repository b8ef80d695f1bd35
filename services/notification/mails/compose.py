"""Letters as messages: text and page of equal content, in the merchant's name."""

from collections.abc import Iterator
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

import jinja2

from services.notification.domain.letters import Letter
from services.notification.mails.calendar import calendar_of
from services.notification.mails.content import Content, content_of

_TEMPLATES: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=jinja2.select_autoescape(disabled_extensions=("txt.j2",), default=True),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class NoSuchAddress(Exception):
    """The customer's address cannot be written into a message."""


class NoSuchSender(Exception):
    """The merchant's sender cannot be written into a message: send a MerchantUpserted with a valid address."""


def message_id(mail_id: str) -> str:
    """Return the Message-ID of a mail, the same for every attempt, so that a repeat can be recognised."""
    return f"<{mail_id}@firstfill>"


def compose(letter: Letter, at: datetime, status_page: str = "") -> EmailMessage:
    """Compose a letter as text and HTML, in the merchant's name; dates of what waits come for a calendar, too."""
    content, brand = content_of(letter, status_page), letter.brand
    message = EmailMessage()
    message["From"] = _address(brand.name, brand.sender, NoSuchSender)
    message["To"] = _address(letter.name, letter.email, NoSuchAddress)
    if brand.reply_to:
        message["Reply-To"] = _address(brand.name, brand.reply_to, NoSuchSender)
    message["Subject"] = _as_it_reads(content.subject)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id(letter.mail_id)
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = content.language
    for name, value in _unsubscribe(letter, content):
        message[name] = value
    text, html = (
        _TEMPLATES.get_template(f"mail.{form}.j2").render(mail=content, brand=brand) for form in ("txt", "html")
    )
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    if calendar := calendar_of(letter, at):
        message.add_attachment(
            calendar,
            subtype="calendar",
            params={"method": "PUBLISH"},
            filename="ship-dates.ics",
            cte="quoted-printable",
        )
    return message


def _unsubscribe(letter: Letter, content: Content) -> Iterator[tuple[str, str]]:
    """Return the headers by which a customer gets no reminders any more (RFC 2369, RFC 8058); other mails are due."""
    if content.unsubscribe:
        address = quote(letter.brand.reply_to or letter.brand.sender, safe="@+")
        mailto = f"<mailto:{address}?subject=unsubscribe%20{quote(letter.order_number)}>"
        page = content.unsubscribe.url
        yield "List-Unsubscribe", f"<{page}>, {mailto}" if page else mailto
        if page:
            yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"


def _address(name: str, address: str, problem: type[Exception]) -> Address:
    try:
        return Address(_as_it_reads(name), addr_spec=address)
    except (MessageError, ValueError, LookupError, AttributeError):  # its parser raises any of these
        raise problem from None


def _as_it_reads(name: str) -> str:
    """Keep a name from being read as an encoded word (RFC 2047), which would be decoded, or be malformed."""
    return name.replace("=?", "= ?")
