"""Letters as messages: nothing that a name or an address holds breaks out of its place."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from pydantic import ValidationError

from services.notification import app
from services.notification.domain.letters import Letter, LetterLine, MailBrand, OtherLine, Parcel, Section, one_line
from services.notification.domain.notices import Kind, NoticeId, OrderId, Range
from services.notification.mails.compose import NoSuchAddress, NoSuchSender, compose
from services.notification.mails.mailer import MailSettings
from shared.contracts.order_links import OrderLink, link_keys, link_of
from shared.texts import LANGUAGES

AT = datetime(2027, 3, 8, 8, tzinfo=UTC)
RANGE = Range(date(2027, 3, 16), date(2027, 3, 22))


def a_line(product: str = "Tee", ships: Range | None = RANGE, told: Range | None = None, **fields: Any) -> LetterLine:
    return LetterLine("1", 1, product, 1, 1, ships, told, **{"refund_by": RANGE.latest, **fields})


def a_letter(
    kind: Kind = "confirmed", name: str = "Anna", email: str = "anna@customer.example", **fields: Any
) -> Letter:
    lines = fields.pop("lines", (a_line(fields.pop("product", "Tee")),))
    merchant = fields.pop("merchant", "Acme")
    brand = MailBrand(merchant, fields.pop("sender", "hello@acme.example"), "#1f6f5c", "#ffffff")
    values = {"order_number": "1001", "language": "en", "market": "NL", "brand": brand, **fields}
    return Letter(
        "n1", OrderId("o1"), name=name, email=email, zone=ZoneInfo("UTC"), today=AT.date(),
        sections=(Section(NoticeId("n1"), kind, AT, lines),), **values,
    )  # fmt: skip


def body(message: EmailMessage, form: str) -> str:
    found = message.get_body((form,))
    assert found is not None
    return " ".join(str(found.get_content()).split())


@pytest.mark.parametrize("kind", get_args(Kind))
def test_markup_in_names_is_shown_and_not_obeyed(kind: Kind) -> None:
    script = "<script>alert('x')</script>"
    other = OtherLine(script, 1, 1, "waits", RANGE)
    names: dict[str, Any] = {"product": script, "merchant": script, "order_number": script, "others": (other,)}
    for language in LANGUAGES:
        message = compose(a_letter(kind, name=script, language=language, **names), AT)
        html, text = body(message, "html"), body(message, "plain")
        assert "<script" not in html
        assert html.count("&lt;script&gt;") >= 5
        assert text.count(script) >= 5


HOSTILE = (
    "=?utf-8?b?=41a,YQ==", "=?utf-8?q?=?=", '=?utf-8?b?]"utf-8<)=?=?utf-8?q?é', "=?utf-8?b?=41(a=41:=?=?)",
    "=?x-none?b?YQ==?=", "=?utf-8?q?=41?= =?utf-8?q?=42?=", "a\u2028b\u2029c\x85d", "\u202etxt.exe", "x" * 500,
    "Anna <evil@x.example>", '"', "(", "\\", "a,b;c:d", "\U0001f600" * 100, "\ufeff", "\r\nBcc: x@acme.example",
    "{{ 7 }}",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_hostile_name_goes_through_every_letter(kind: Kind, text: str) -> None:
    """Nothing of it is decoded, adds a header or keeps the letter from being written."""
    name = one_line(text)
    plain = compose(a_letter(kind), AT)
    message = compose(a_letter(kind, name=name, product=name, merchant=name, order_number=name), AT)
    read = message_from_bytes(message.as_bytes(policy=policy.SMTPUTF8), policy=policy.default)
    assert read.keys() == plain.keys()
    assert " ".join(read["Subject"].split()).count(name.replace("=?", "= ?")) == 1
    assert read["To"].addresses[0].addr_spec == "anna@customer.example"


@given(
    st.lists(st.sampled_from(["=?", "?=", "utf-8", "?q?", "?b?", "=", "?", " ", "a", "=41", "é", '"', "(", ",", "@"]))
)
def test_no_piece_of_an_encoded_word_stops_a_letter(pieces: list[str]) -> None:
    name = one_line("".join(pieces))
    compose(a_letter(name=name, merchant=name, order_number=name), AT).as_bytes()


def test_a_printed_letter_hides_its_recipient() -> None:
    assert "anna" not in repr(a_letter()).lower()


@pytest.mark.parametrize("sender", ["", "hello", "a@b@c", "x@y\r\nBcc: z@z", "Acme <hello@acme.example>"])
def test_an_invalid_sender_is_named_as_the_merchants_fault(sender: str) -> None:
    with pytest.raises(NoSuchSender):
        compose(a_letter(sender=sender), AT)


@given(
    email=st.from_regex(r"[^@\s<>,;:\"\x00-\x1f\x7f]{1,40}@[^@\s<>,;:\"\x00-\x1f\x7f]{1,40}", fullmatch=True),
    name=st.text(max_size=30).filter(lambda text: not set(text) & set("\r\n")),
)
def test_every_address_that_the_contract_allows_is_written_or_refused(email: str, name: str) -> None:
    try:
        message = compose(a_letter(email=email, name=name), AT)
    except NoSuchAddress:
        return
    read = message_from_bytes(message.as_bytes(policy=policy.SMTPUTF8), policy=policy.default)
    assert len(read["To"].addresses) == 1
    assert read.keys() == message.keys()


@pytest.mark.parametrize("url", ["", "localhost:25", "http://mail", "smtp://"])
def test_a_mail_server_must_be_named(url: str) -> None:
    with pytest.raises(ValidationError):
        MailSettings(smtp_url=url)


def test_without_a_mail_server_the_service_says_so_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMTP_URL", raising=False)
    with pytest.raises(SystemExit, match=r"^notification: set SMTP_URL in the environment \(Field required\)$"):
        app.main()


@pytest.mark.parametrize(
    ("kind", "ships", "subject"),
    [
        ("confirmed", RANGE, "Your order 1001 is confirmed, and this is when it ships"),
        ("confirmed", None, "Your order 1001 is confirmed"),
        ("moved", RANGE, "Your order 1001: the ship date has changed"),
        ("moved", None, "Your order 1001: there is no ship date any more"),
        ("released", None, "Your order 1001 is being packed"),
    ],
)
def test_a_subject_promises_no_more_than_its_letter_says(kind: Kind, ships: Range | None, subject: str) -> None:
    message = compose(a_letter(kind, lines=(a_line(ships=ships, told=RANGE),)), AT)
    assert message["Subject"] == subject
    assert f"<title>{subject}</title>" in body(message, "html")


@pytest.mark.parametrize(
    ("preorders", "subject", "opening"),
    [
        ([True], "Your pre-order 1001 is confirmed, and this is when it ships", "Thank you for your pre-order 1001."),
        ([True, False], "Your order 1001 is confirmed, and this is when it ships", "Thank you for your order 1001."),
        ([False], "Your order 1001 is confirmed, and this is when it ships", "Thank you for your order 1001."),
    ],
)
def test_a_pre_order_is_told_in_its_own_words(preorders: list[bool], subject: str, opening: str) -> None:
    message = compose(a_letter(lines=tuple(a_line(preorder=preorder) for preorder in preorders)), AT)
    assert message["Subject"] == subject
    for form in ("plain", "html"):
        words = body(message, form)
        assert opening in words
        assert words.count("It is not on sale yet") == preorders.count(True)
        assert words.count("It is out of stock at the moment") == preorders.count(False)


PORTAL: dict[str, Any] = {"portal_url": "https://orders.acme.example/", "link_keys": f"a:{'k' * 32}"}


def test_a_link_to_the_status_page_is_signed_and_only_there_where_there_is_a_page() -> None:
    settings = MailSettings(smtp_url="smtp://mail", **PORTAL)
    page = settings.status_page("o1", 2)
    assert page.startswith("https://orders.acme.example/o/")
    assert link_of(page.rpartition("/")[2], link_keys(PORTAL["link_keys"])) == OrderLink("o1", 2)
    assert MailSettings(smtp_url="smtp://mail").status_page("o1", 1) == ""
    with_page, without = compose(a_letter(), AT, page), compose(a_letter(), AT)
    assert f'<a href="{page}"' in body(with_page, "html")
    assert f"Change or cancel Tee: {page}" in body(with_page, "plain")
    assert "href" not in body(without, "html"), "no mail has a link that leads nowhere"


@pytest.mark.parametrize("wrong", [{"link_keys": ""}, {"link_keys": "a:short"}, {"portal_url": "orders.acme.example"}])
def test_links_that_cannot_be_signed_are_refused_at_the_start(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        MailSettings(smtp_url="smtp://mail", **{**PORTAL, **wrong})


def test_only_reminders_can_be_unsubscribed_by_one_click_where_there_is_a_page() -> None:
    page = "https://orders.acme.example/o/token"
    reminder = compose(a_letter("on_track"), AT, page)
    assert reminder["List-Unsubscribe"] == f"<{page}/reminders>, <mailto:hello@acme.example?subject=unsubscribe%201001>"
    assert reminder["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    by_mail = compose(a_letter("on_track"), AT)
    assert by_mail["List-Unsubscribe"] == "<mailto:hello@acme.example?subject=unsubscribe%201001>"
    assert by_mail["List-Unsubscribe-Post"] is None
    assert "answer this mail with “unsubscribe”" in body(by_mail, "plain")
    for kind in set(get_args(Kind)) - {"on_track"}:
        assert compose(a_letter(kind), AT, page)["List-Unsubscribe"] is None
        assert "are always sent" in body(compose(a_letter(kind), AT), "plain")


def calendar_events(message: EmailMessage) -> list[Any]:
    (attachment,) = message.iter_attachments()
    assert attachment.get_content_type() == "text/calendar"
    calendar = Calendar.from_ical(str(attachment.get_content()))
    assert calendar["METHOD"] == "PUBLISH"
    return list(calendar.walk("VEVENT"))


def test_dates_come_for_a_calendar_and_move_with_the_line() -> None:
    lines = (a_line("Fig, Preserve; red"), replace(a_line(), line_id="2"), replace(a_line(), line_id="3", range=None))
    first, second = calendar_events(compose(a_letter(lines=lines), AT))
    assert (first["SUMMARY"], first["DTSTART"].dt, first["DTEND"].dt) == (
        "Fig, Preserve; red ships", RANGE.earliest, RANGE.latest + timedelta(days=1),
    )  # fmt: skip
    (moved,) = calendar_events(compose(a_letter("moved", lines=(replace(a_line(told=RANGE), line_version=5),)), AT))
    assert first["UID"] == moved["UID"] != second["UID"]
    assert moved["SEQUENCE"] > first["SEQUENCE"]
    assert list(compose(a_letter("shipped"), AT).iter_attachments()) == []


def test_a_parcel_can_be_followed() -> None:
    parcel = Parcel("postnl", "3S1", "https://postnl.example/3S1")
    message = compose(a_letter("shipped", lines=(a_line(parcels=(parcel, Parcel("ups", "1Z"))),)), AT)
    assert body(message, "html").count('href="https://postnl.example/3S1"') == 1
    assert "With ups, tracking number 1Z" in body(message, "plain")
