"""An ASN takes over what it announces of a purchase order, and gives back what it does not bring."""

import random

import pytest

from shared.contracts.asns import AsnCancelled
from shared.contracts.inbound import InboundChanged
from shared.testing.builders import (
    a_carton,
    a_carton_scan,
    a_close,
    a_node,
    a_product,
    a_scan,
    an_asn,
    an_asn_line,
    landed,
)
from shared.testing.suppliers import a_cancellation, a_purchase_order, an_order_line
from tests.integration.receiving.conftest import Dock

KNOWN = (a_node(), a_product())
FOUR = a_carton("c1", an_asn_line(qty=4))


async def test_a_purchase_order_that_its_asn_replaces_is_one_news(dock: Dock) -> None:
    await dock.hears(*KNOWN, a_purchase_order(), an_asn(po_number="po"))
    assert await dock.inbound() == [(1, {"po/1": 10}, None), (2, {"asn-1": 10}, None)]


async def test_the_rest_that_a_purchase_order_owes_stays_inbound(dock: Dock) -> None:
    lines = (an_order_line("1", 3, due=16), an_order_line("2", 3, due=9), an_order_line("3", 3, due=23))
    await dock.hears(*KNOWN, a_purchase_order("po", *lines), an_asn("asn-1", FOUR, po_number="po"))
    assert (await dock.inbound())[-1] == (2, {"asn-1": 4, "po/1": 2, "po/3": 3}, None)
    (*_, news) = await dock.world.bus.told(InboundChanged)
    assert [supply.basis for supply in news.supplies] == ["asn", "purchase_order", "purchase_order"]


async def test_an_asn_before_its_purchase_order(dock: Dock) -> None:
    await dock.hears(*KNOWN, an_asn("asn-1", FOUR, po_number="po"), a_purchase_order())
    assert await dock.inbound() == [(1, {"asn-1": 4}, None), (2, {"asn-1": 4, "po/1": 6}, None)]


async def test_a_line_names_another_purchase_order_than_its_asn(dock: Dock) -> None:
    carton = a_carton("c1", an_asn_line(qty=4), an_asn_line(qty=7, po_number="other"))
    orders = (a_purchase_order(), a_purchase_order("other"))
    await dock.hears(*KNOWN, *orders, an_asn("asn-1", carton, po_number="po"))
    assert (await dock.inbound())[-1] == (3, {"asn-1": 11, "other/1": 3, "po/1": 6}, None)


async def test_a_revision_gives_back_the_units_it_no_longer_covers(dock: Dock) -> None:
    await dock.hears(*KNOWN, a_purchase_order(), an_asn(po_number="po"))
    await dock.hears(an_asn("asn-1", FOUR, po_number="po", revision=2), an_asn("asn-1", FOUR, revision=3))
    assert (await dock.inbound())[2:] == [(3, {"asn-1": 4, "po/1": 6}, None), (4, {"asn-1": 4, "po/1": 10}, None)]


async def test_a_receipt_lowers_nothing_and_the_close_gives_back_the_short(dock: Dock) -> None:
    await dock.hears(*KNOWN, a_purchase_order(), an_asn(po_number="po"), a_scan(times=7), landed(7))
    assert (await dock.inbound())[-1] == (3, {"asn-1": 10}, None)
    await dock.hears(a_close())
    assert (await dock.inbound())[-1] == (4, {"po/1": 3}, 1)


async def test_a_late_scan_takes_from_the_units_given_back(dock: Dock) -> None:
    await dock.hears(*KNOWN, a_purchase_order(), an_asn(po_number="po"), a_scan(times=7), landed(7), a_close())
    await dock.hears(a_scan("gun/2", 2))
    assert (await dock.inbound())[-1] == (5, {"asn-1": 9, "po/1": 1}, None)
    await dock.hears(landed(2, 2))
    assert (await dock.inbound())[-1] == (6, {"po/1": 1}, 2)


async def test_a_cancelled_asn_gives_back_its_coverage(dock: Dock) -> None:
    await dock.hears(*KNOWN, a_purchase_order(), an_asn(po_number="po"), a_cancellation())
    assert (await dock.inbound())[-1] == (3, {"po/1": 10}, None)


async def test_a_later_revision_brings_a_cancelled_asn_again(dock: Dock) -> None:
    await dock.hears(*KNOWN, a_purchase_order(), an_asn(po_number="po"), a_cancellation())
    await dock.hears(an_asn(po_number="po", revision=3), a_cancellation(revision=2))
    assert (await dock.inbound())[-1] == (4, {"asn-1": 10}, None)


async def test_a_cancellation_waits_for_its_asn(dock: Dock) -> None:
    await dock.hears(*KNOWN, a_cancellation(revision=3), an_asn(revision=2))
    assert await dock.waiting() == []
    assert (await dock.inbound())[-1:] in ([(2, {}, None)], [])


async def test_units_received_of_a_cancelled_asn_stay_received(dock: Dock) -> None:
    await dock.hears(*KNOWN, a_purchase_order(), an_asn(po_number="po"), a_scan(times=3), a_cancellation())
    assert (await dock.inbound())[-1] == (4, {"asn-1": 3, "po/1": 7}, None)
    await dock.hears(a_scan("gun/2", 2), landed(3, 1), landed(2, 2, status="quarantine"))
    assert (await dock.receipts())["gun/2/1/quarantine"] == ("TEE-M", 2, "quarantine")
    assert (await dock.inbound())[-1] == (6, {"po/1": 5}, 2)


async def test_cartons_of_a_cancelled_asn_still_count(dock: Dock) -> None:
    await dock.hears(*KNOWN, an_asn(), a_cancellation(), a_carton_scan())
    assert await dock.receipts() == {"gun/1/1/quarantine": ("TEE-M", 10, "quarantine")}


async def test_lines_that_waited_for_their_product_are_one_news(dock: Dock) -> None:
    await dock.hears(a_node(), a_purchase_order(), an_asn("asn-1", FOUR, po_number="po"), a_product())
    assert await dock.inbound() == [(1, {"asn-1": 4, "po/1": 6}, None)]


async def test_news_of_purchase_orders_twice_changes_nothing(dock: Dock) -> None:
    facts = (*KNOWN, a_purchase_order(), an_asn("asn-1", FOUR, po_number="po"), a_cancellation(), a_close())
    records = await dock.hears(*facts)
    rows = await dock.rows()
    await dock.world.admin.execute("delete from receiving.inbox where outcome = 'done'")
    await dock.hears_at_once(*records, *facts)
    assert await dock.rows() == rows


IN_ORDER = (
    a_node(),
    a_product(),
    a_purchase_order(),
    an_asn("asn-1", FOUR, po_number="po"),
    an_asn("asn-2", a_carton("c1", an_asn_line(qty=5)), po_number="po"),
    a_purchase_order("po", an_order_line("1", 12), an_order_line("2", 9, due=16), version=2),
    a_cancellation("asn-1", 2),
    an_asn("asn-1", a_carton("c1", an_asn_line(qty=6)), po_number="po", revision=3),
    a_scan("gun/1", 3, asn_id="asn-2"),
    an_asn("asn-3", a_carton("c1", an_asn_line(qty=2)), po_number="po"),
    a_cancellation("asn-3"),
    a_close("asn-2"),
    a_scan("gun/2", 1, asn_id="asn-2"),
    landed(4, supply_id="asn-2"),
)


@pytest.mark.parametrize("seed", range(1, 5))
async def test_shuffled_repeats_end_in_the_same_inbound(dock: Dock, seed: int) -> None:
    await dock.hears_at_once(*random.Random(seed).sample(IN_ORDER * 2, 2 * len(IN_ORDER)))
    news = await dock.inbound()
    assert news[-1][1] == {"asn-1": 6, "po/1": 2, "po/2": 9}
    assert [version for version, _, _ in news] == list(range(1, len(news) + 1))
    assert await dock.waiting() == []


async def test_cancelling_twice_is_once(dock: Dock) -> None:
    await dock.hears(*KNOWN, an_asn(), a_cancellation(), AsnCancelled(asn_id="asn-1", revision=2))
    assert await dock.inbound() == [(1, {"asn-1": 10}, None), (2, {}, None)]
