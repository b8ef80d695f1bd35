"""Units that customers wait for go to a lane, and the device that scanned them is told which."""

from services.receiving.store.scanning import scans
from shared.contracts.queues import QueueChanged
from shared.contracts.receipts import ReceiptPosted
from shared.contracts.scan_answers import ScanAnswered
from shared.contracts.settings import Lane
from shared.messaging.transaction import begin
from shared.testing.builders import a_carton, a_carton_scan, a_node, a_product, a_scan, an_asn, an_asn_line, landed
from tests.integration.receiving.scanning.conftest import Desk

LANES = (Lane(lane="A", capacity=6), Lane(lane="B", capacity=100))


def a_queue(units: int, version: int = 1, sku: str = "TEE-M") -> QueueChanged:
    return QueueChanged(sku=sku, node="ams", version=version, waiting_lines=1, waiting_units=units, waiting_value=units)


async def know(desk: Desk, waiting: int) -> None:
    await desk.hears(a_node(lanes=LANES), a_product(), an_asn("asn-1", a_carton("c1", an_asn_line(qty=50))))
    await desk.hears(a_queue(waiting))


async def lanes(desk: Desk) -> list[str | None]:
    return [receipt.lane for receipt in await desk.told(ReceiptPosted)]


async def test_a_full_lane_passes_to_the_next_and_unwanted_units_are_put_away(desk: Desk) -> None:
    await know(desk, 12)
    await desk.hears(a_scan("gun/1", 4), a_scan("gun/2", 4), a_scan("gun/3", 2), a_scan("gun/4", 5), a_scan("gun/5"))
    assert await lanes(desk) == ["A", "B", "A", "B", None]
    assert [says for _, _, says in await desk.answers()] == [
        "lane A, 12 waiting",
        "lane B, 8 waiting",
        "lane A, 4 waiting",
        "lane B, 2 waiting",
        "putaway",
    ]


async def test_a_scan_that_is_repeated_is_sent_to_the_same_lane(desk: Desk) -> None:
    await know(desk, 12)
    await desk.hears(a_scan("gun/1", 4), a_scan("gun/1", 4))
    (first, again) = await desk.told(ScanAnswered)
    assert (first.result, first.lane, first.units, first.expected, first.so_far) == ("accepted", "A", 4, 50, 4)
    assert (again.result, again.lane, again.says) == ("repeated", "A", first.says)


async def test_a_lane_has_room_again_when_units_are_shipped_or_taken_back(desk: Desk) -> None:
    await know(desk, 40)
    await desk.hears(a_scan("gun/1", 6), landed(6, 1), landed(-6, 2, supply_id=None, reason="ship"))
    await desk.hears(landed(-6, 2, supply_id=None, reason="ship"), a_scan("gun/2", 6))
    assert await lanes(desk) == ["A", "A"]
    await desk.hears(a_scan("gun/3", void_of="gun/2"), a_scan("gun/4", 5))
    assert await lanes(desk) == ["A", "A", "A", "A"], "what is taken back leaves its lane"


async def test_units_in_lanes_are_waited_for_no_longer_until_allocation_says_so(desk: Desk) -> None:
    await know(desk, 4)
    await desk.hears(a_scan("gun/1", 4), a_scan("gun/2", 1))
    assert await lanes(desk) == ["A", None]
    await desk.hears(a_queue(3, version=2), a_scan("gun/3", 1))
    assert await lanes(desk) == ["A", None, "A"]


async def test_units_in_quarantine_go_to_no_lane(desk: Desk) -> None:
    await know(desk, 100)
    await desk.hears(a_scan("gun/1", 60), a_scan("gun/2", disposition="damaged"))
    assert [(r.disposition, r.lane) for r in await desk.told(ReceiptPosted)] == [
        ("quarantine", None),
        ("sellable", "B"),
        ("damaged", None),
    ]


async def test_the_device_is_told_the_trouble(desk: Desk) -> None:
    await know(desk, 0)
    await desk.hears(a_scan("gun/1", asn_id="asn-9"), a_carton_scan("gun/2"), a_scan("gun/3", carton_id="c1"))
    await desk.hears(a_carton_scan("gun/4"), a_scan("gun/5", gtin=None, barcode="4006381333930"))
    announced = [(a.scan_id, a.result, a.exceptions, a.says.split(":")[0]) for a in await desk.told(ScanAnswered)]
    assert announced == [
        ("gun/1", "waiting", ("unknown_asn",), "no such truck is announced here"),
        ("gun/2", "accepted", (), "putaway"),
        ("gun/3", "replaced", (), "putaway"),
        ("gun/4", "set_aside", (), "this carton is counted unit by unit"),
        ("gun/5", "waiting", ("barcode_invalid",), "this barcode breaks a rule"),
    ]


async def test_a_scanner_at_an_unknown_node_is_told_so(desk: Desk) -> None:
    await know(desk, 0)
    await desk.hears(a_scan("gun/1", node="asm"), a_scan("gun/2", node="asm", asn_id=None))
    await desk.hears(a_scan("gun/3", node="asm", gtin="00000000000017"), a_scan("gun/4", asn_id=None))
    assert [(result, says.split(":")[0]) for _, result, says in await desk.answers()] == [
        ("waiting", "no such node is known"),
        ("waiting", "no such node is known"),
        ("waiting", "no product has this barcode"),
        ("waiting", "nothing may be received here without an ASN"),
    ]


async def test_a_waiting_scan_is_answered_again_when_it_counts(desk: Desk) -> None:
    await desk.hears(a_node(), a_product(), a_scan("gun/1"), an_asn())
    assert [(result, says.split(":")[0]) for _, result, says in await desk.answers()] == [
        ("waiting", "no such truck is announced here"),
        ("accepted", "putaway"),
    ]


async def test_the_opening_list_begins_with_the_most_awaited_carton(desk: Desk) -> None:
    cartons = (a_carton("c1", an_asn_line("MUG", 9)), a_carton("c2", an_asn_line(qty=5)), a_carton("c3"))
    await desk.hears(a_node(), a_product(), a_product("MUG", packs=()), an_asn("asn-1", *cartons), a_queue(8))
    async with begin(desk.worker.pool, "test", desk.worker.bell) as tx:
        opened = await scans.opening_list(tx, "asn-1")
    assert [
        (carton_to_open.carton_id, carton_to_open.waiting_units, carton_to_open.units) for carton_to_open in opened
    ] == [
        ("c3", 8, 10),
        ("c2", 5, 5),
        ("c1", 0, 9),
    ]
