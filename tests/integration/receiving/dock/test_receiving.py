"""From the supplier's notice to the last unit in stock: what is expected, what came, and what is still on its way."""

from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.dock import ClosedLine, ReceivingClosed
from shared.contracts.fields import DateRange, Fact
from shared.contracts.inbound import MOST_LOTS, InboundChanged, Supply
from shared.contracts.receipts import ReceiptPosted
from shared.contracts.story import examples, examples_of
from shared.testing.builders import (
    a_carton,
    a_carton_scan,
    a_close,
    a_day,
    a_node,
    a_product,
    a_scan,
    an_asn,
    an_asn_line,
    landed,
)
from shared.testing.bus import Sent
from tests.integration.receiving.conftest import Dock

CASE = "14006381333938"
DATED: dict[str, Any] = {"lot": "L1", "expires_on": a_day(31)}


async def test_a_truck_is_announced_counted_closed_and_landed(dock: Dock) -> None:
    cartons = (a_carton("c1"), a_carton("c2", an_asn_line(qty=2, uom="case")))
    (_, _, asn, *_) = await dock.hears(a_node(), a_product(), an_asn("asn-1", *cartons))
    await dock.hears(a_carton_scan("gun/1", "c1"), a_scan("gun/2", gtin=CASE, carton_id="c2"))
    await dock.hears(a_scan("gun/3", 2, carton_id="c2", disposition="damaged"))
    await dock.hears(landed(10, 1), landed(12, 2), a_close(), landed(2, 3, status="damaged"))

    assert await dock.inbound() == [
        (1, {"asn-1": 34}, None),
        (2, {"asn-1": 34}, None),  # it is there
        (3, {"asn-1": 24}, None),
        (4, {}, 3),
    ]
    assert await dock.receipts() == {
        "gun/1/1": ("TEE-M", 10, "sellable"),
        "gun/2/1": ("TEE-M", 12, "sellable"),
        "gun/3/1": ("TEE-M", 2, "damaged"),
    }
    (closed,) = await dock.world.bus.told(ReceivingClosed)
    assert closed.lines == (ClosedLine(sku="TEE-M", expected=34, received=24, damaged=2, short=10, over=0),)
    (first, *_) = await dock.world.bus.told(InboundChanged)
    event_id = dict(asn.headers)["ce_id"].decode()  # type: ignore[union-attr]
    assert first.supplies == (
        Supply(
            supply_id="asn-1", expected_units=34, window=DateRange(earliest=a_day(10), latest=a_day(18)), basis="asn",
            supplier_id="mills", cause=f"test/{event_id}", reason="ASN asn-1 revision 1: ETA 9–10 March",
        ),
    )  # fmt: skip


async def test_the_contracts_story_of_receiving_holds(dock: Dock) -> None:
    ours = {"InboundChanged", "ReceiptPosted", "ReceivingClosed", "ExceptionChanged", "ReceivingAdvised"}
    for example in examples():
        if example.event.__name__ not in ours and "receiving" in example.topic.read_by:
            body = example.event.model_validate(example.body).model_dump_json(exclude_none=True).encode()
            headers = tuple((name, value.encode()) for name, value in example.headers.items())
            await dock.hears(Sent(example.topic.name, example.key.encode(), body, headers))

    await _assert_inbound_is_the_storys(dock)
    receipts, meant = await _told(ReceiptPosted, dock), _meant(ReceiptPosted)
    beside = [receipt for receipt in receipts if receipt not in meant]
    assert len(receipts) == len(meant) + len(beside)
    assert sorted((r["sku"], r["units"], r["disposition"]) for r in beside) == [
        ("acme/VITC-60", -12, "sellable"),
        ("acme/VITC-60", 12, "sellable"),
        ("acme/ZINC-90", 1, "quarantine"),
    ]
    assert await _told(ReceivingClosed, dock) == _meant(ReceivingClosed)
    (closed,) = await dock.world.bus.told(ReceivingClosed)
    assert [line.owed_on_po for line in closed.lines] == [240 - 108]
    assert await dock.exceptions() == {
        ("unknown_barcode", "open"): 1,
        ("unknown_barcode", "settled"): 1,
        ("carton_short", "open"): 1,
        ("short", "open"): 1,
    }


async def _assert_inbound_is_the_storys(dock: Dock) -> None:
    """Check what the story tells of the ASN alone: not its booking, arrival or purchase order."""
    announced = await _told(InboundChanged, dock)
    # By version: what is on a compacted topic may be published again.
    news = list({row["version"]: row for row in announced if row["sku"] == "acme/VITC-60"}.values())
    asn, order = (
        [supply for row in news for supply in row["supplies"] if supply["supply_id"] == name]
        for name in ("northwind/ASN-4711", "acme/PO-204/10")
    )
    meant = [row for row in _meant(InboundChanged) if row["sku"] == "acme/VITC-60"]
    assert [supply for supply in asn if supply["basis"] == "asn"] == [s for row in meant for s in row["supplies"]]
    assert [supply["basis"] for supply in asn] == ["asn", "asn", "appointment", "arrived"]
    assert news[-1]["after_sequence"] == meant[-1]["after_sequence"]
    assert [supply["expected_units"] for supply in order] == [240, 120, 120, 120, 120, 240 - 108]
    assert [len(row["supplies"]) for row in news] == [1, 2, 2, 2, 2, 1]


def _plain(body: Any) -> dict[str, Any]:
    """Return all but the time of closing, the lane, the words of a reason, and what a purchase order owes."""
    left_out: Any = {"closed_at": True, "lane": True, "lines": {"__all__": {"owed_on_po"}}}
    fields: dict[str, Any] = body.model_dump(exclude=left_out)
    return fields | {"supplies": [s | {"reason": ""} for s in fields.get("supplies", ())]}


async def _told(kind: type[Fact], dock: Dock) -> list[dict[str, Any]]:
    return [_plain(body) for body in await dock.world.bus.told(kind)]


def _meant(kind: type[Fact]) -> list[dict[str, Any]]:
    return [_plain(kind.model_validate(example.body)) for example in examples_of(kind)]


async def test_a_revision_replaces_lines_and_no_window_of_a_truck_that_is_there(dock: Dock) -> None:
    both = a_carton("c1", an_asn_line(), an_asn_line("MUG", 5))
    await dock.hears(a_node(), a_product(), a_product("MUG", packs=()), an_asn("asn-1", both))
    await dock.hears(a_carton_scan())
    await dock.hears(an_asn("asn-1", a_carton("c1", an_asn_line(qty=12)), revision=3, due=(11, 12)))
    await dock.hears(an_asn("asn-1", a_carton("c1", an_asn_line(qty=99)), revision=2))

    assert await dock.inbound() == [(1, {"asn-1": 10}, None), (2, {"asn-1": 10}, None), (3, {"asn-1": 12}, None)]
    assert await dock.inbound("MUG|ams") == [(1, {"asn-1": 5}, None), (2, {"asn-1": 5}, None), (3, {}, None)]
    news = await dock.world.bus.told(InboundChanged, "TEE-M|ams")
    assert news[-1].supplies[0].reason == "first scanned Mon 8 March 09:00"
    assert (await dock.receipts())["gun/1/2"] == ("MUG", 5, "sellable")


async def test_a_revision_that_changes_nothing_is_no_news(dock: Dock) -> None:
    await dock.hears(a_node(), a_product(), an_asn(revision=1), an_asn(revision=2))
    assert await dock.inbound() == [(1, {"asn-1": 10}, None)]


async def test_all_trucks_of_a_position_are_announced_as_one_inbound(dock: Dock) -> None:
    await dock.hears(a_node(), a_product())
    await dock.hears_at_once(an_asn("asn-1"), an_asn("asn-2", a_carton("c9", an_asn_line(qty=3))))
    await dock.hears(a_close("asn-2"))
    news = await dock.inbound()
    assert news[-1][1] == {"asn-1": 10}
    assert [version for version, _, _ in news] == list(range(1, len(news) + 1))


async def test_units_over_wrong_or_undated_wait_in_quarantine(dock: Dock) -> None:
    dated = a_product("VITC", dated=True, packs=({"gtin": "09520123450014", "units": 1, "level": "each"},))
    mug = a_product("MUG", packs=({"gtin": "00000000000017", "units": 1, "level": "each"},))
    await dock.hears(a_node(), a_product(), dated, mug)
    await dock.hears(an_asn("asn-1", a_carton("c1", an_asn_line(), an_asn_line("VITC", 5, **DATED))))
    await dock.hears(
        a_scan("gun/1", 13),
        a_scan("gun/2", gtin="00000000000017"),
        a_scan("gun/3", 2, gtin="9520123450014", lot="L1"),
        a_scan("gun/4", 3, gtin="9520123450014", **DATED),
    )
    assert await dock.receipts() == {
        "gun/1/1": ("TEE-M", 10, "sellable"),
        "gun/1/1/quarantine": ("TEE-M", 3, "quarantine"),
        "gun/2/1/quarantine": ("MUG", 1, "quarantine"),
        "gun/3/1/quarantine": ("VITC", 2, "quarantine"),
        "gun/4/1": ("VITC", 3, "sellable"),
    }
    assert await dock.exceptions() == {(name, "open"): 1 for name in ("over", "not_on_asn", "expiry_missing")}
    assert await dock.inbound("MUG|ams") == []


async def test_units_of_a_carton_replace_its_acceptance(dock: Dock) -> None:
    await dock.hears(a_node(), a_product(), an_asn(), a_carton_scan("gun/1"), a_scan("gun/2", 9, carton_id="c1"))
    assert await dock.receipts() == {
        "gun/1/1": ("TEE-M", 10, "sellable"),
        "gun/1/1~2": ("TEE-M", -10, "sellable"),
        "gun/2/1": ("TEE-M", 9, "sellable"),
    }
    assert await dock.exceptions() == {}


async def test_a_used_counter_is_named_and_the_first_scan_stands(dock: Dock) -> None:
    await dock.hears(a_node(), a_product(), an_asn())
    await dock.hears_at_once(a_scan("gun/1", 4), a_scan("gun/1", 5))
    await dock.hears(a_scan("gun/1", 5), a_scan("gun/1", 6))
    assert await dock.receipts() == {"gun/1/1": ("TEE-M", 4, "sellable")}
    assert await dock.exceptions() == {("counter_reused", "open"): 2}


@pytest.mark.parametrize("stocked_first", [True, False])
async def test_a_late_scan_of_a_closed_truck_is_announced_anew(dock: Dock, stocked_first: bool) -> None:
    await dock.hears(a_node(), a_product(), an_asn(), a_scan("gun/1", 6))
    await dock.hears(*((landed(6, 1), a_close()) if stocked_first else (a_close(), landed(6, 1))))
    await dock.hears(a_scan("gun/2", 4), landed(4, 2))

    before_late = [(3, {}, 1)] if stocked_first else [(3, {"asn-1": 6}, None), (4, {}, 1)]
    version = before_late[-1][0]
    late = [(version + 1, {"asn-1": 10}, None), (version + 2, {}, 2)]
    there = [(1, {"asn-1": 10}, None), (2, {"asn-1": 10}, None)]
    assert await dock.inbound() == [*there, *before_late, *late]
    closed = await dock.world.bus.told(ReceivingClosed)
    assert [(c.lines[0].received, c.lines[0].short) for c in closed] == [(6, 4), (10, 0)]
    assert len({c.closed_at for c in closed}) == 1


async def test_a_truck_that_brought_nothing_is_gone_once_closed(dock: Dock) -> None:
    await dock.hears(a_node(), a_product(), an_asn(), a_close(), a_close())
    assert await dock.inbound() == [(1, {"asn-1": 10}, None), (2, {}, None)]
    (closed,) = await dock.world.bus.told(ReceivingClosed)
    assert closed.lines[0].short == 10


async def test_units_over_are_promised_to_nobody_between_close_and_stock(dock: Dock) -> None:
    await dock.hears(a_node(), a_product(), an_asn(), a_scan("gun/1", 13), a_close())
    assert await dock.inbound() == [(1, {"asn-1": 10}, None), (2, {"asn-1": 10}, None)]
    await dock.hears(landed(10, 1), landed(3, 2, status="quarantine"))
    assert (await dock.inbound())[2:] == [(3, {}, 2)]


async def test_inbound_says_which_lots_are_on_their_way_and_when_they_expire(dock: Dock) -> None:
    later = {"lot": "L2", "expires_on": a_day(31).replace(year=2028)}
    lines = [an_asn_line("VITC", 6, **DATED), an_asn_line("VITC", 2), an_asn_line("VITC", 4, **later)]
    await dock.hears(a_node(), a_product("VITC", dated=True), an_asn("asn-1", a_carton("c1", *lines)))
    (news,) = await dock.world.bus.told(InboundChanged)
    (supply,) = news.supplies
    assert supply.expected_units == 12
    assert [(lot.lot, lot.expires_on, lot.units) for lot in supply.lots] == [
        ("L1", a_day(31), 6), ("L2", a_day(31).replace(year=2028), 4),
    ]  # fmt: skip


async def test_of_more_lots_than_can_be_told_the_last_expire_with_the_first_of_them(dock: Dock) -> None:
    days = [a_day(1) + timedelta(days=n) for n in range(MOST_LOTS + 2)]
    lines = [an_asn_line("VITC", 1, lot=f"L{n}", expires_on=day) for n, day in enumerate(days)]
    await dock.hears(a_node(), a_product("VITC", dated=True), an_asn("asn-1", a_carton("c1", *lines)))
    ((supply,),) = [news.supplies for news in await dock.world.bus.told(InboundChanged)]
    assert len(supply.lots) == MOST_LOTS
    assert (supply.lots[-1].lot, supply.lots[-1].expires_on, supply.lots[-1].units) == (None, days[-3], 3)
