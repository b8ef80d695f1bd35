"""Reports of mail servers: which mail failed and why, and never to whom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notification.mails.bounces import Bounce, read_bounce

MAIL = "ed95b8f6-960d-5895-ab3b-6f5911338696"


def a_report(action: str = "failed", status: str = "5.1.1", original: str = "message/rfc822", **fields: str) -> bytes:
    """Return a report as Postfix writes it."""
    returned = "text/rfc822-headers" if original == "text/rfc822-headers" else original
    to = fields.get("to", "bounces@firstfill.example")
    message_id = fields.get("message_id", f"<{MAIL}@firstfill>")
    return f"""From: MAILER-DAEMON@mx.example
To: {to}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I'm sorry to have to inform you that anna@customer.example does not exist.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Mon, 8 Mar 2027 08:00:00 +0000

Final-Recipient: rfc822; anna@customer.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <anna@customer.example>: Recipient address rejected

--B
Content-Type: {returned}

Message-ID: {message_id}
From: Acme <hello@acme.example>
To: anna@customer.example
Subject: Your order 1001

--B--
""".encode()


@pytest.mark.parametrize("original", ["message/rfc822", "text/rfc822-headers", "message/rfc822-headers"])
def test_a_failed_mail_is_known_by_its_id_and_its_status(original: str) -> None:
    assert read_bounce(a_report(original=original)) == Bounce(MAIL, "5.1.1")


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", ""])
def test_a_mail_that_did_not_fail_for_good_is_no_bounce(action: str) -> None:
    assert read_bounce(a_report(action)) is None


def test_what_failed_after_days_of_trying_is_a_bounce_whatever_its_status() -> None:
    assert read_bounce(a_report(status="4.4.7")) == Bounce(MAIL, "4.4.7")
    assert read_bounce(a_report("Failed", status="anna@customer.example")) == Bounce(MAIL, "failed"), "no address"


def test_a_report_without_the_mail_is_known_by_the_address_that_it_comes_to() -> None:
    bare = a_report(message_id="", to=f"bounces+{MAIL}@firstfill.example")
    assert read_bounce(bare) == Bounce(MAIL, "5.1.1")
    assert read_bounce(a_report(message_id="<other@elsewhere.example>")) is None


@pytest.mark.parametrize("text", [b"", b"\x00\xff", b"Subject: hello\n\nI am on holiday.", a_report()[:400]])
def test_what_is_no_report_is_left_aside(text: bytes) -> None:
    assert read_bounce(text) is None


@pytest.mark.parametrize(
    "text",
    [
        b"To: " + b"(" * 3000,
        b"Content-Type: " + b"(" * 3000,
        b"Content-Type: message/rfc822\n\n" * 2000,
        b"Content-Type: multipart/report; boundary=B\n\n"
        + b"--B\nContent-Type: multipart/mixed; boundary=B\n\n" * 2000,
    ],
)
def test_a_report_that_is_made_to_break_its_reader_is_left_aside(text: bytes) -> None:
    assert read_bounce(text) is None


@given(st.binary(max_size=400), st.integers(0, 1200))
def test_no_report_however_broken_stops_anything(noise: bytes, at: int) -> None:
    whole = a_report()
    read_bounce(noise)
    read_bounce(whole[:at] + noise + whole[at:])


def test_a_huge_report_is_read_as_far_as_it_matters() -> None:
    assert read_bounce(a_report() + b"x" * 5_000_000) == Bounce(MAIL, "5.1.1")
