"""A record becomes an event, or a reason that quotes nothing of it; an event becomes a record."""

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest

from shared.contracts.fields import Fact
from shared.contracts.receipts import ReceiptPosted
from shared.contracts.stock import Movement, StockAdjusted
from shared.messaging.wire import (
    Announcer,
    Headers,
    Poison,
    Record,
    Tombstone,
    announcement,
    caused_at,
    identity,
    pack,
    read,
    unpack,
)
from shared.testing.builders import MONDAY, a_receipt

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
SECRET = "mary@example.com"


def a_record(fact: Fact | None = None, trace: str | None = None, **changed: bytes | None) -> Record:
    """Return the record of a fact, with headers replaced, or left out where None."""
    topic, key, body, headers = announcement(fact or a_receipt(), "test", trace, MONDAY)
    named = {name.replace("-", "_"): name for name, _ in headers}
    announced = {**dict(headers), **{named.get(name, name): value for name, value in changed.items()}}
    kept: Headers = tuple((name, value) for name, value in announced.items() if isinstance(value, bytes))
    return Record(topic, 0, 7, key, body, kept)


def test_an_announced_fact_can_be_read() -> None:
    event = read(a_record(trace=TRACE))
    assert event.body == a_receipt()
    assert (event.source, event.key, event.at) == ("test", "TEE-M|ams", MONDAY)
    assert event.cause == f"test/{event.id}"


def test_every_header_of_cloudevents_is_there() -> None:
    _, key, _, headers = announcement(a_receipt(), "firstfill/receiving", None, datetime(2027, 3, 8, 9, tzinfo=UTC))
    announced = {name: (value or b"").decode() for name, value in headers}
    assert announced["ce_specversion"] == "1.0"
    assert UUID(announced["ce_id"]).version == 7
    assert announced["ce_type"] == "ReceiptPosted"
    assert announced["ce_source"] == "firstfill/receiving"
    assert announced["ce_subject"] == key.decode()
    assert announced["ce_time"] == "2027-03-08T09:00:00Z"
    assert announced["content-type"] == "application/json"
    assert "sequence" not in announced


def test_a_cause_of_ours_says_when_it_happened() -> None:
    assert caused_at(read(a_record()).cause) == MONDAY


@pytest.mark.parametrize(
    "cause",
    [
        "firstfill/receiving/overdue/asn-1/2027-03-08",
        "edi/asn-1",
        "",
        "shop/0d0f7e2a-3b8e-4f0e-9d0c-5e0d3c1b2a19",
        "shop/ffffffff-ffff-7fff-bfff-ffffffffffff",
    ],
)
def test_no_other_cause_says_when_it_happened(cause: str) -> None:
    assert caused_at(cause) is None


def test_news_of_stock_carry_their_sequence() -> None:
    moved = Movement(movement_id="m", reason="receipt", cause="c", status="sellable", delta=1, on_hand=1)
    *_, headers = announcement(StockAdjusted(sku="A", node="n", sequence=41, movements=(moved,)), "s", None, MONDAY)
    assert dict(headers)["sequence"] == b"41"


def test_an_effect_keeps_the_trace_of_its_cause_in_a_span_of_its_own() -> None:
    caused = read(a_record(trace=TRACE)).traceparent or ""
    assert caused[:36] == TRACE[:36]
    assert caused[36:52] != TRACE[36:52]
    assert caused[52:] == TRACE[52:]


def test_effects_of_one_cause_share_a_span_and_each_has_an_id_of_its_own() -> None:
    announcer = Announcer("test", MONDAY)
    headers = [dict(unpack(announcer.record(a_receipt(), trace)[3])) for trace in (TRACE, TRACE, None)]
    assert headers[0]["traceparent"] == headers[1]["traceparent"] != headers[2]["traceparent"]
    assert len({header["ce_id"] for header in headers}) == 3


@pytest.mark.parametrize("key", ["plain", 'a "quoted" \\ key', "schön, 東京", "\x7f"])
def test_headers_written_at_once_are_those_that_are_packed_one_by_one(key: str) -> None:
    packed = Announcer("test", MONDAY).headers("ReceiptPosted", key, None)
    assert dict(unpack(packed))["ce_subject"] == key.encode()
    assert pack(unpack(packed)) == packed


@pytest.mark.parametrize("broken", [None, "", "00-xyz", TRACE.upper(), TRACE + "\n"])
def test_without_a_cause_that_has_one_a_new_trace_begins(broken: str | None) -> None:
    assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", read(a_record(trace=broken)).traceparent or "")


def test_a_broken_trace_of_another_does_not_make_an_event_unreadable() -> None:
    assert read(a_record(traceparent=b"\xff")).traceparent is None


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"ce_specversion": None}, "header ce_specversion is missing"),
        ({"ce_specversion": b"0.3"}, "header ce_specversion must be 1.0"),
        ({"ce_type": None}, "header ce_type is missing"),
        ({"ce_type": SECRET.encode()}, "header ce_type is none of ReceiptPosted"),
        ({"ce_type": b"\xff\xfe"}, "header ce_type is not UTF-8"),
        ({"ce_id": b""}, "header ce_id is missing"),
        ({"ce_id": b"a\x00b"}, "header ce_id must be 1 to 200 characters of text"),
        ({"ce_source": b"x" * 201}, "header ce_source must be 1 to 200 characters of text"),
        ({"ce_time": None}, "header ce_time is missing"),
        ({"ce_time": SECRET.encode()}, "header ce_time must be an RFC 3339 instant"),
        ({"ce_time": b"2027-03-08T09:00:00"}, "header ce_time must carry a time zone"),
    ],
)
def test_a_broken_header_is_named(changed: dict[str, bytes | None], reason: str) -> None:
    with pytest.raises(Poison, match=f"^{reason}$"):
        read(a_record(None, None, **changed))


@pytest.mark.parametrize(
    ("key", "body", "reason"),
    [
        (b"A|n", b"{", "^ReceiptPosted: body: Invalid JSON: "),
        (b"A|n", b'{"sku": "mary@example.com', "^ReceiptPosted: body: Invalid JSON: "),
        (b"A|n", b'"\xff"', "^ReceiptPosted: body: "),
        (
            b"A|n",
            b'{"sku": "A", "units": "mary@example.com"}',
            "node: Field required; .*units: Input should be a valid",
        ),
        (b"mary@example.com", a_receipt().model_dump_json().encode(), "^record key is not what the body says"),
        (b"\xff", a_receipt().model_dump_json().encode(), "^record key is not UTF-8$"),
        (None, a_receipt().model_dump_json().encode(), "^record key must be 1 to 500 characters of text$"),
        (b"A|n", None, r"^receipts\.v1 takes no record without a body$"),
    ],
)
def test_a_broken_key_or_body_is_named_and_never_quoted(key: bytes | None, body: bytes | None, reason: str) -> None:
    whole = a_record()
    with pytest.raises(Poison, match=reason) as info:
        read(Record(whole.topic, 0, 7, key, body, whole.headers))
    assert SECRET not in str(info.value)
    assert "TEE-M" not in str(info.value)


def test_a_record_without_body_erases_its_key_where_the_topic_allows_it() -> None:
    event = read(Record("contacts.v1", 2, 9, b"o1", None, ()))
    assert event.body == Tombstone(erased="o1")
    assert (event.source, event.id) == ("kafka:contacts.v1", "2/9")


def test_an_event_is_known_by_source_and_id_and_a_broken_record_by_its_place() -> None:
    assert identity(a_record(ce_id=b"e1")) == ("test", "e1")
    assert identity(a_record(ce_id=b"\xff")) == ("kafka:receipts.v1", "0/7")


def test_any_header_survives_the_table() -> None:
    headers: Headers = (("a", b"\x00\xff"), ("a", None), ("é", b""), ("traceparent", TRACE.encode()))
    assert unpack(pack(headers)) == headers


def test_fields_of_a_later_version_are_left_aside() -> None:
    body = a_receipt().model_dump_json()[:-1].encode() + b', "new_in_2028": {"x": [1]}}'
    whole = a_record()
    assert read(Record(whole.topic, 0, 7, whole.key, body, whole.headers)).body == ReceiptPosted(
        **a_receipt().model_dump()
    )


def test_the_longest_cause_fits_into_its_fields() -> None:
    event = read(a_record(ce_source=b"s" * 200, ce_id=b"i" * 200))
    movement = Movement(movement_id="m", reason="receipt", cause=event.cause, status="sellable", delta=1, on_hand=1)
    assert movement.cause == event.cause
