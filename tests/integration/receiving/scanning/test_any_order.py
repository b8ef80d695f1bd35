"""Whatever order scans, voids and what they lack come in, and however often: the same units, the same oddities."""

import random
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.fields import Fact
from shared.contracts.products import Pack
from shared.contracts.scans import CartonClosed, ScanRecorded
from shared.contracts.settings import PolicyUpserted
from shared.testing.builders import MONDAY, a_carton, a_day, a_node, a_product, a_scan, an_asn, an_asn_line
from tests.effort import cases
from tests.integration.receiving.scanning.conftest import Desk
from tests.integration.receiving.scanning.reference import Truck, outcome

EACH, CASE, VITAMIN, MUG = "04006381333931", "14006381333938", "09520123450014", "00000000000017"
GOOD = a_day(31)
KNOWN: tuple[Fact, ...] = (
    a_node(zone="UTC", blind_receipts=True),
    PolicyUpserted(merchant="acme", version=1, over_percent=10),
    a_product(),
    a_product("VITC", dated=True, min_life_days=5, packs=(Pack(gtin=VITAMIN, units=1, level="each"),)),
    a_product("MUG", packs=(Pack(gtin=MUG, units=1, level="each"),)),
    an_asn(
        "asn-1",
        a_carton("c1", an_asn_line(qty=10)),
        a_carton("c2", an_asn_line(qty=6), an_asn_line("VITC", 5, lot="L1", expires_on=GOOD)),
    ),
    CartonClosed(node="ams", asn_id="asn-1", carton_id="c2", device_id="gun", closed_at=MONDAY),
)
TRUCK = Truck(
    {EACH: ("TEE-M", 1), CASE: ("TEE-M", 12), VITAMIN: ("VITC", 1), MUG: ("MUG", 1)},
    {"VITC": 5},
    {"c1": [("TEE-M", 10, None, None)], "c2": [("TEE-M", 6, None, None), ("VITC", 5, "L1", GOOD)]},
    10,
    frozenset({"c2"}),
)
MINUTES = st.integers(0, 3).map(lambda minute: MONDAY + timedelta(minutes=minute))
UNITS = st.fixed_dictionaries(
    {
        "times": st.integers(1, 6),
        "gtin": st.sampled_from((EACH, EACH, CASE, VITAMIN, VITAMIN, MUG, "00000000000024")),
        "carton_id": st.sampled_from((None, "c1", "c2", "c9")),
        "asn_id": st.sampled_from(("asn-1", "asn-1", "asn-1", None)),
        "lot": st.sampled_from((None, "L1", "L1", "L2")),
        "expires_on": st.sampled_from((None, GOOD, GOOD, a_day(30), a_day(10), a_day(1))),
        "disposition": st.sampled_from(("sellable", "sellable", "sellable", "damaged", "rework")),
        "unlabelled": st.sampled_from((False, False, True)),
        "scanned_at": MINUTES,
    }
)
LABELS = st.fixed_dictionaries({"carton_id": st.sampled_from(("c1", "c2", "c9")), "scanned_at": MINUTES})
VOIDS = st.integers(0, 12)


def scans_of(units: list[dict[str, Any]], labels: list[dict[str, Any]], voids: list[int]) -> list[ScanRecorded]:
    """Return unit scans, label scans, and voids of any of these, of voids, or of what never comes."""
    scans = [a_scan(f"unit/{n}", **fields) for n, fields in enumerate(units)]
    scans += [a_scan(f"label/{n}", mode="by_carton", gtin=None, **fields) for n, fields in enumerate(labels)]
    names = [scan.scan_id for scan in scans] + [f"void/{n}" for n in range(len(voids))] + ["never"]
    return scans + [a_scan(f"void/{n}", void_of=names[target % len(names)]) for n, target in enumerate(voids)]


SCANS = st.builds(scans_of, st.lists(UNITS, max_size=6), st.lists(LABELS, max_size=4), st.lists(VOIDS, max_size=4))


@settings(max_examples=cases(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SCANS, st.integers(1, 3), st.booleans(), st.randoms(use_true_random=False))
async def test_a_set_of_scans_comes_to_the_same_in_any_order(
    desk: Desk, scans: list[ScanRecorded], times: int, first: bool, chance: random.Random
) -> None:
    await desk.empty()
    facts = [*KNOWN[first * len(KNOWN) :], *scans] * times
    chance.shuffle(facts)
    await desk.hears(*KNOWN[: first * len(KNOWN)])
    while facts:
        size = chance.randint(1, 6)
        await desk.hears_at_once(*facts[:size])
        del facts[:size]
    await desk.retry()
    assert await _came_to(desk) == await _meant(scans)
    await desk.check()


async def _meant(scans: list[ScanRecorded]) -> tuple[dict[Any, int], list[tuple[str, str, int]]]:
    meant = outcome(TRUCK, scans)
    return dict(meant.units), sorted(meant.odd)


async def _came_to(desk: Desk) -> tuple[dict[Any, int], list[tuple[str, str, int]]]:
    rows = await desk.admin.fetch(
        "select sku, disposition, supply_id, sum(units)::bigint as units from receipts group by 1, 2, 3"
    )
    odd = await desk.admin.fetch(
        "select exception_class, subject, facts ->> 'units' as units from discrepancies where state = 'open'"
    )
    units = {(r["sku"], r["disposition"], r["supply_id"]): r["units"] for r in rows if r["units"]}
    counted = {"carton_counted_twice"}
    return units, sorted(
        {
            (r["exception_class"], r["subject"], 0 if r["exception_class"] in counted else int(r["units"] or 0))
            for r in odd
        }
    )
