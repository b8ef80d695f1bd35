"""A scan becomes an e-mail: the whole path over separate processes, real Kafka, PostgreSQL and SMTP."""

import asyncio
import re
from collections import Counter
from email.message import EmailMessage

import asyncpg

from deploy.invariants.__main__ import check
from deploy.local.addresses import Addresses
from deploy.local.expected_figures import expected
from deploy.local.places import PROJECT
from deploy.local.sample_files import rows
from deploy.local.trucks import cartons
from services.receiving.formats import edifact
from shared.contracts.advices import ReceivingAdvised
from shared.contracts.notices import NoticeSent
from shared.contracts.topics import TOPICS
from shared.testing.bus import Bus, bus_at
from shared.testing.shift import Played


def addressed_to(mails: list[EmailMessage], order: str) -> list[EmailMessage]:
    return [mail for mail in mails if f"customer-{order}@" in str(mail["To"])]


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def an_order_of_only(sku: str) -> str:
    """Return the first order of the sample that wants this and nothing else."""
    lines: dict[str, list[str]] = {}
    for row in rows("orders"):
        lines.setdefault(row["order"], []).append(row["sku"])
    return next(order for order, skus in lines.items() if skus == [sku])


def test_every_figure_is_as_the_files_imply(shift: Played) -> None:
    assert shift.right, shift.printed


def test_every_invariant_holds(addresses: Addresses) -> None:
    broken = {name: rows for name, rows in asyncio.run(check(addresses.checker)).items() if rows}
    assert broken == {}


def test_no_event_is_dead_or_left_parked(shift: Played) -> None:
    async def left() -> list[int]:
        database = await asyncpg.connect(shift.servers.database_url)
        tables = [f"{s.name}.{table}" for s in shift.services for table in ("dead_letters", "parked")]
        counts = [await database.fetchval(f"select count(*) from {table}") for table in tables]
        await database.close()
        return counts

    assert set(asyncio.run(left())) == {0}


async def test_each_waiting_customer_is_told_each_thing_once(shift: Played, mails: list[EmailMessage]) -> None:
    ids = Counter(mail["Message-ID"] for mail in mails)
    assert max(ids.values()) == 1
    async with bus_at(shift.servers.kafka_bootstrap, "") as bus:
        sent = await bus.told(NoticeSent)
    own = [notice for notice in sent if notice.message_id in ids]
    assert {notice.message_id for notice in own} == ids.keys()
    assert Counter(notice.kind for notice in own) == expected().notices
    assert {notice.same_day for notice in own} == {True}


def is_on_its_way(mails: list[EmailMessage], goods: str = "") -> bool:
    """Return whether mails tell that goods are packed and have left, in one mail where both happened at once."""
    return 1 <= len(mails) <= 2 and f"{goods} has shipped" in text_of(mails[-1])


def test_a_released_order_was_confirmed_before(mails: list[EmailMessage]) -> None:
    order = an_order_of_only("WAIT-01")
    confirmed, *packed = addressed_to(mails, order)
    assert order in confirmed["Subject"]
    assert re.search(r"1 × Copper Kettle ships \S+", text_of(confirmed))
    assert is_on_its_way(packed, "1 × Copper Kettle")


def test_a_slip_is_told_once_and_an_early_truck_is_not(mails: list[EmailMessage]) -> None:
    confirmed, moved = addressed_to(mails, an_order_of_only("WAIT-07"))
    assert "the ship date has changed" in moved["Subject"]
    assert re.search(r"Before: ships .*\d", text_of(moved))
    assert moved["Message-ID"] != confirmed["Message-ID"]
    _, *packed = addressed_to(mails, an_order_of_only("WAIT-11"))
    assert is_on_its_way(packed)


def test_the_storefront_hears_states_and_dates(shift: Played) -> None:
    assert "WAIT-01 is backorder" in shift.printed
    assert "HOME-01 is in stock" in shift.printed


async def test_a_scan_and_its_notice_share_one_trace(shift: Played) -> None:
    async with bus_at(shift.servers.kafka_bootstrap, "") as bus:
        released = await traces(bus, "allocations.v1", b"BackorderReleased")
        assert released
        assert released <= await traces(bus, "stock.v1", b"StockAdjusted")
        reworked = [row for row in rows("stock") if row["what"] == "reworked"]  # asked for by a person, not scanned
        assert len(released - await traces(bus, "receipts.v1", b"ReceiptPosted")) == len(reworked)
        assert released <= await traces(bus, "notices.v1", b"NoticeSent")


async def test_a_supplier_who_sends_a_desadv_gets_a_recadv(shift: Played) -> None:
    async with bus_at(shift.servers.kafka_bootstrap, "") as bus:
        *_, event = await bus.told(ReceivingAdvised, "north-trading/ASN-1003")
    advice = edifact.read_advice(event.document.encode())
    assert (advice.supplier, advice.node, event.left_out) == ("north-trading", "ams", 0)
    came = {line.sku: line.received for line in advice.lines}
    assert came == sum(cartons("ASN-1003").values(), Counter())
    assert {line.short + line.over + line.wrong for line in advice.lines} == {0}


async def test_every_record_carries_an_envelope(shift: Played) -> None:
    async with bus_at(shift.servers.kafka_bootstrap, "") as bus:
        for topic in TOPICS:
            for record in await bus.raw(topic.name):
                headers = dict(record.headers)
                assert {"ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time"} <= set(headers), topic.name


async def traces(bus: Bus, topic: str, kind: bytes) -> set[bytes]:
    """Return the trace ids on a topic, of one type of event."""
    records = [dict(record.headers) for record in await bus.raw(topic)]
    return {headers["traceparent"][3:35] for headers in records if headers["ce_type"] == kind}


def test_the_readme_shows_the_output_of_the_shift(shift: Played) -> None:
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    shown = text[text.index("the shift begins") : text.index("every figure is what the files imply")].splitlines()[1:]
    printed = {without_days(line) for line in shift.printed.splitlines()}
    assert [line for line in shown if line != "…" and without_days(line) not in printed] == []


def without_days(line: str) -> str:
    """Return a line as it is printed on any day, and however wide its columns are."""
    return re.sub(r"\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d", "#", re.sub(r"\s+", " ", line)).strip()
