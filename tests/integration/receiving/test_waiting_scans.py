"""What cannot be placed is kept, named at once, and placed when what it lacks comes."""

from collections import Counter

import pytest

from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.fields import Fact
from shared.contracts.products import Pack, ProductUpserted
from shared.contracts.scans import ScanRecorded
from shared.testing.builders import (
    a_carton,
    a_carton_scan,
    a_node,
    a_product,
    a_scan,
    an_asn,
    an_asn_line,
)
from tests.integration.receiving.conftest import Dock

CASES = a_carton("c1", an_asn_line(qty=2, uom="case"))
OTHER_CARTON = an_asn("asn-1", a_carton("c2"), revision=2)
UNKNOWN_SKU = (("unknown_sku", "open"), ("unknown_sku", "settled"))
EACH = Pack(gtin="04006381333931", units=1, level="each")


@pytest.mark.parametrize(
    ("known", "scan", "why", "cause"),
    [
        ((a_product(),), a_scan(), "unknown_asn", an_asn()),
        ((a_product(),), a_carton_scan(), "unknown_asn", an_asn()),
        ((an_asn(),), a_scan(), "unknown_barcode", a_product()),
        ((an_asn(),), a_carton_scan(), "pack_unknown", a_product()),
        ((a_product(), an_asn()), a_carton_scan(carton_id="c2"), "unknown_carton", OTHER_CARTON),
        ((a_product(), an_asn()), a_scan(carton_id="c2"), "unknown_carton", OTHER_CARTON),
        ((a_product(), an_asn(node="ber"), a_node("ber")), a_scan(), "unknown_asn", an_asn(revision=2)),
    ],
)  # fmt: skip
async def test_a_scan_before_its_cause(
    dock: Dock, known: tuple[Fact, ...], scan: ScanRecorded, why: str, cause: Fact
) -> None:
    await dock.hears(a_node(), *known, scan)
    assert await dock.receipts() == {}
    named = await dock.exceptions()
    unknown = named.pop(("unknown_sku", "open"), 0)
    assert named == {(why, "open"): 1}
    assert unknown == isinstance(cause, ProductUpserted)

    await dock.hears(scan, cause)
    assert await dock.receipts() == {"gun/1/1": ("TEE-M", 10 if scan.mode == "by_carton" else 1, "sellable")}
    settled = Counter({(why, "open"): 1, (why, "settled"): 1})
    assert await dock.exceptions() == settled + Counter(dict.fromkeys(UNKNOWN_SKU, unknown))
    assert len({e.exception_id for e in await dock.world.bus.told(ExceptionChanged)}) == 1 + unknown
    assert await dock.waiting() == []


async def test_a_scan_without_an_asn_is_kept_for_a_person(dock: Dock) -> None:
    await dock.hears(a_node(), a_product(), a_scan(asn_id=None))
    assert await dock.exceptions() == {("blind_not_allowed", "open"): 1}
    assert await dock.waiting() == ["node:ams"], "or until the node allows it"
    assert await dock.world.admin.fetchval("select state from receiving.scans") == "waiting"


async def test_a_line_of_an_unknown_sku_waits_alone(dock: Dock) -> None:
    lines = (an_asn_line(), an_asn_line("MUG", 5), an_asn_line("CUP", 3))
    await dock.hears(a_node(), a_product(), an_asn("asn-1", a_carton("c1", *lines)))
    assert await dock.inbound() == [(1, {"asn-1": 10}, None)]
    assert await dock.inbound("MUG|ams") == []

    await dock.hears(a_carton_scan(), a_product("CUP", packs=()))
    assert await dock.inbound("CUP|ams") == [(1, {"asn-1": 3}, None)]
    assert await dock.receipts() == {"gun/1/1": ("TEE-M", 10, "sellable"), "gun/1/3": ("CUP", 3, "sellable")}

    await dock.hears(a_product("MUG", packs=()))
    assert await dock.inbound("MUG|ams") == [(1, {"asn-1": 5}, None)]
    assert (await dock.receipts())["gun/1/2"] == ("MUG", 5, "sellable")
    named = {(why, state): 2 for why in ("pack_unknown", "unknown_sku") for state in ("open", "settled")}
    assert await dock.exceptions() == named


async def test_a_case_of_unknown_size_waits_for_its_pack(dock: Dock) -> None:
    await dock.hears(a_node(), a_product(packs=(EACH,)), an_asn("asn-1", CASES))
    assert await dock.inbound() == []
    assert await dock.exceptions() == {("pack_unknown", "open"): 1}

    await dock.hears(a_scan(times=20))
    assert await dock.receipts() == {}
    assert await dock.exceptions() == {("pack_unknown", "open"): 2}

    await dock.hears(a_product(version=2))
    assert await dock.inbound() == [(1, {"asn-1": 24}, None)]
    assert await dock.receipts() == {"gun/1/1": ("TEE-M", 20, "sellable")}
    assert await dock.exceptions() == {("pack_unknown", "open"): 2, ("pack_unknown", "settled"): 2}


async def test_a_revision_that_says_the_units_settles_the_pack(dock: Dock) -> None:
    carton = a_carton("c1", an_asn_line(qty=2, uom="case", units_per=12))
    await dock.hears(a_node(), a_product(packs=(EACH,)), an_asn("asn-1", CASES), an_asn("asn-1", carton, revision=2))
    assert await dock.inbound() == [(1, {"asn-1": 24}, None)]
    assert await dock.exceptions() == {("pack_unknown", "open"): 1, ("pack_unknown", "settled"): 1}


async def test_an_older_product_changes_no_pack(dock: Dock) -> None:
    await dock.hears(a_node(), a_product(version=2), a_product(version=1, packs=()), an_asn("asn-1", CASES))
    assert await dock.inbound() == [(1, {"asn-1": 24}, None)]


async def test_an_accepted_carton_keeps_its_lines_as_of_then(dock: Dock) -> None:
    both = a_carton("c1", an_asn_line(), an_asn_line("MUG", 5))
    await dock.hears(a_node(), a_product(), an_asn("asn-1", both), a_carton_scan())
    await dock.hears(an_asn("asn-1", a_carton("c1", an_asn_line("MUG", 7), an_asn_line()), revision=2))
    await dock.hears(a_product("MUG", packs=()))
    assert await dock.receipts() == {"gun/1/1": ("TEE-M", 10, "sellable"), "gun/1/2": ("MUG", 5, "sellable")}
    assert await dock.inbound("MUG|ams") == [(1, {"asn-1": 7}, None)]
