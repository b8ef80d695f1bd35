"""What no handler can read dies alone, with a reason that quotes nothing, and a copy for operators."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from aiokafka.errors import MessageSizeTooLargeError

from shared.contracts.contacts import ContactGiven
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event, Headers, unpack
from shared.testing.builders import a_product, a_receipt, an_opening
from shared.testing.bus import Sent, record_of
from shared.testing.until import until
from tests.integration.conftest import World
from tests.integration.messaging.conftest import with_table
from tests.integration.messaging.probe import Probe, failing_on, nothing

CANARY = b"canary-7731"


def a_record(key: str, body: bytes | str | None = "whole", **changed: bytes | None) -> Sent:
    """Return a receipt under a key of its own, broken as a test says."""
    sent = record_of(a_receipt(key, sku=key))
    headers: Headers = tuple((name, changed.get(name, value)) for name, value in sent.headers)
    return replace(sent, headers=headers, body=sent.body if isinstance(body, str) else body)


def without(record: Sent, header: str) -> Sent:
    return replace(record, headers=tuple((name, value) for name, value in record.headers if name != header))


BROKEN = {
    "header ce_type is missing": a_record("a", ce_type=None),
    "header ce_source is not UTF-8": a_record("b", ce_source=b"\xff" + CANARY),
    "header ce_id is missing": without(a_record("c"), "ce_id"),
    "header ce_type is none of ReceiptPosted": a_record("d", ce_type=CANARY),
    "header ce_time must be an RFC 3339 instant": a_record("e", ce_time=CANARY),
    "ReceiptPosted: body: Invalid JSON": a_record("f", body=b'{"sku": "' + CANARY),
    "ReceiptPosted: body: ": a_record("g", body=b'"\xff"' + CANARY),
    "receipts.v1 takes no record without a body": a_record("h", body=None),
    "receipt_id: Field required": a_record("i", body=b'{"sku": "i", "node": "ams", "units": "' + CANARY + b'"}'),
    "record key is not what the body says": replace(a_record("j"), key=CANARY),
    "record key is not UTF-8": replace(a_record("k"), key=b"\xff" + CANARY),
    "record key must be 1 to 500 characters": replace(a_record("l"), key=None),
    "record key must be 1 to 500 characters ": replace(a_record("m"), key=CANARY * 900),
    "header ce_type is none of ReceiptPosted ": a_record("n", ce_type=CANARY, ce_subject=b"\xe9" * 400_000),
}


async def test_every_broken_record_dies_with_a_reason_and_good_ones_are_handled(probe: Probe) -> None:
    broken = list(BROKEN.values())
    await probe.world.bus.publish(a_receipt("first"), *broken[:7], a_receipt("middle"), *broken[7:], a_receipt("last"))
    async with probe.running():
        await until(lambda: _all_done(probe, {"first", "middle", "last"}))
        await probe.has(len(BROKEN), "dead_letters")
        copies = await probe.dead_copies("receipts.v1", len(BROKEN))
    rows = await probe.world.admin.fetch('select reason, topic, partition, "offset" from dead_letters')
    for reason in BROKEN:
        assert [row for row in rows if reason.strip() in row["reason"]], f"{reason}: {[row['reason'] for row in rows]}"
    assert not [row["reason"] for row in rows if CANARY.decode() in row["reason"]]
    announced = {dict(copy.headers)["dead_letter_reason"].decode() for copy in copies}
    assert announced == {f"{r['topic']} partition {r['partition']} offset {r['offset']}: {r['reason']}" for r in rows}


async def _all_done(probe: Probe, names: set[str]) -> bool:
    return set(await probe.done()) == names


async def test_a_dead_letter_copy_holds_the_record_and_the_reason(probe: Probe) -> None:
    broken = a_record("a", body=b"{", ce_subject=b"\xff\x00", traceparent=None)
    await probe.world.bus.publish(broken)
    async with probe.running():
        await probe.has(1, "dead_letters")
        [copy] = await probe.dead_copies("receipts.v1")
    assert (copy.key, copy.value, tuple(copy.headers[:-1])) == (broken.key, broken.body, broken.headers)
    row = await probe.world.admin.fetchrow("select key, body, headers from dead_letters")
    assert row is not None
    assert (row["key"], row["body"], unpack(row["headers"])) == (broken.key, broken.body, broken.headers)


async def test_a_reason_of_any_length_with_any_character_can_be_kept(probe: Probe) -> None:
    async def fail(_: Tx, __: Sequence[Event[Any]]) -> None:
        raise ValueError("\x00\ud800" + "x" * 1_000_000)

    probe.on = fail
    await probe.world.bus.publish(a_receipt("r1"))
    async with probe.running():
        await probe.has(1, "dead_letters")
        await probe.dead_copies("receipts.v1")
    assert (await probe.reasons())["TEE-M|ams"].startswith("ValueError: ?x")


async def test_a_reason_does_not_quote_the_servers_row(probe: Probe) -> None:
    async def break_a_rule(tx: Tx, _: Sequence[Event[Any]]) -> None:
        await tx.connection.execute("insert into balances values ('canary-7731', 'ams', 'sellable', -1)")

    probe.on = break_a_rule
    await probe.world.bus.publish(a_receipt("r1"))
    async with probe.running():
        await probe.has(1, "dead_letters")
    reason = (await probe.reasons())["TEE-M|ams"]
    assert reason.startswith("CheckViolationError: new row for relation")
    assert "canary" not in reason


async def test_dead_letter_copies_of_personal_data_hold_none_of_it(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    probe = await with_table(Probe(world, "notification", (ContactGiven,)))
    probe.on = _cannot_take_contacts
    contact = ContactGiven(
        order_id="o1", version=1, merchant="acme", email="canary-7731@example.com", name="canary-7731", locale="en-GB"
    )
    broken = replace(record_of(contact), key=b"o2", body=b'{"email": "canary-7731@example.com"')
    await world.bus.publish(contact, replace(broken, headers=(*broken.headers, ("x-email", CANARY))))
    async with probe.running():
        await probe.has(2, "dead_letters")
        copies = await probe.dead_copies("contacts.v1", 2)
    assert [copy.value for copy in copies] == [None, None]
    assert not [copy for copy in copies if CANARY in repr(copy).encode()]
    assert not [reason for reason in (await probe.reasons()).values() if CANARY.decode() in reason]
    assert CANARY.decode() not in capsys.readouterr().out


async def _cannot_take_contacts(_: Tx, events: Sequence[Event[Any]]) -> None:
    raise asyncpg.CheckViolationError(f"no {events[0].body.email}")


async def test_a_record_of_10_mb_is_refused_with_a_clear_error(probe: Probe) -> None:
    with pytest.raises(MessageSizeTooLargeError, match="larger than the maximum request size"):
        await probe.world.bus.publish(a_record("a", body=b" " * 10_000_000))


async def test_a_record_as_large_as_the_broker_takes_dies_without_its_body(probe: Probe) -> None:
    await probe.world.bus.publish(a_record("a", body=b" " * 1_000_000))
    async with probe.running():
        await probe.has(1, "dead_letters")
        [copy] = await probe.dead_copies("receipts.v1")
    assert copy.value is None
    assert await probe.world.admin.fetchval("select length(body) from dead_letters") == 1_000_000


async def test_behind_a_dead_letter_its_key_waits_on_an_ordered_topic(probe: Probe) -> None:
    probe.on = failing_on("open/A/ams")
    await probe.world.bus.publish(an_opening("A"), an_opening("A", report_id="A2"), an_opening("B", report_id="B1"))
    async with probe.running():
        await probe.has_done("B1")
        await probe.has(1, "parked")
        await probe.world.bus.publish(an_opening("A", report_id="A3"))
        await probe.has(2, "parked")
    assert await probe.done() == ["B1"]
    assert await probe.world.admin.fetchval("select array_agg(distinct waits_for) from parked") == [
        "dead:counts.v1/A|ams"
    ]


async def test_behind_a_dead_letter_its_key_goes_on_where_order_means_nothing(probe: Probe) -> None:
    probe.on = failing_on("r1")
    await probe.world.bus.publish(a_receipt("r1"), a_receipt("r2"))
    async with probe.running():
        await probe.has_done("r2")
    assert await probe.count("parked") == 0


async def test_a_key_waits_behind_its_unreadable_record_but_not_before_it(probe: Probe) -> None:
    broken = replace(record_of(a_product("A")), body=b"{")
    await probe.world.bus.publish(a_product("A"), broken, a_product("A", version=3), a_product("B"))
    async with probe.running():
        await probe.has(1, "parked")
        await until(lambda: _all_done(probe, {"A/1", "B/1"}))


async def test_a_record_under_a_wrong_key_blocks_nobody_of_that_name(probe: Probe) -> None:
    astray = replace(record_of(an_opening("B")), key=b"A|ams")
    await probe.world.bus.publish(astray, an_opening("A"), an_opening("A", report_id="A2"))
    async with probe.running():
        await probe.has_done("open/A/ams", "A2")
    assert await probe.reasons() == {"A|ams": "record key is not what the body says"}


@pytest.mark.parametrize("how", ["unreadable", "failing"])
async def test_what_is_sent_again_mended_takes_the_place_of_its_dead_letter(probe: Probe, how: str) -> None:
    """Under the same id, at another place; the very record that died changes nothing, however often it comes."""
    good = record_of(an_opening("A"))
    bad = replace(good, body=b"{") if how == "unreadable" else good
    probe.on = failing_on("open/A/ams") if how == "failing" else nothing
    async with probe.running():
        await probe.world.bus.publish(bad, an_opening("A", report_id="A2"))
        await probe.has(1, "parked")
        probe.on = nothing
        await probe.world.bus.publish(good)
        await probe.has_done("open/A/ams", "A2")
    assert await probe.count("dead_letters") == 0
