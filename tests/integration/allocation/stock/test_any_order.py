"""Everything that can happen to stock, in any order across keys, once, twice and again: the books stay right."""

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

import pytest

from shared.contracts.fields import Fact
from shared.contracts.stock import StockAdjusted
from shared.contracts.topics import TOPIC_OF
from shared.testing.builders import (
    MONDAY,
    a_line,
    a_merchant,
    a_node,
    a_product,
    a_supply,
    an_inbound,
    an_order,
    landed,
)
from shared.testing.bus import record_of
from shared.testing.stock import a_movement, adjusted, counted, relabelled, shorted, turned
from tests.integration.allocation.conftest import Desk
from tests.integration.allocation.stock.test_shipments import shipped

STEPS = 40


def story(sku: str, chance: random.Random) -> list[Fact]:
    """Return orders of a SKU and what the ledger tells of it; the ledger itself never falls below zero."""
    orders: list[Fact] = [
        an_order(f"{sku}-{n}", a_line(sku=sku, units=chance.randint(1, 4)), completed_at=MONDAY + timedelta(minutes=n))
        for n in range(12)
    ]
    lots, rework = {"L1": 0, "L2": 0}, 0
    facts: list[Fact] = [an_inbound(a_supply(units=30), sku=sku)]
    for sequence in range(1, STEPS):
        lot = chance.choice(sorted(lots))
        kind = chance.choice(["land", "land", "count", "short", "ship", "ship", "label", "rework", "done"])
        units = min(chance.randint(1, 3), rework if kind == "done" else 3 if kind in ("land", "rework") else lots[lot])
        facts.append(_news(sku, sequence, kind, lot, units, f"{sku}-{chance.randint(0, 14)}"))
        other = next(name for name in lots if name != lot)
        lots[lot] += {"land": units, "rework": 0, "done": units}.get(kind, -units)
        lots[other] += units if kind == "label" else 0
        rework += {"rework": units, "done": -units}.get(kind, 0)
        lots[lot] += 0 if units else 1
    return [*orders, *facts]


def _news(sku: str, sequence: int, what: str, lot: str, units: int, order: str) -> StockAdjusted:
    at = {"sku": sku, "lot": lot}
    other = "L2" if lot == "L1" else "L1"
    news = {
        "land": lambda: landed(units, sequence, **at),
        "count": lambda: counted(-units, sequence, lot=lot),
        "short": lambda: shorted(units, sequence, order, lot=lot),
        "ship": lambda: shipped(units, sequence, order, **at),
        "label": lambda: relabelled(units, sequence, {"lot": lot}, {"lot": other}),
        "rework": lambda: adjusted(sequence, a_movement(units, "receipt", status="rework", lot=lot)),
        "done": lambda: turned(units, sequence, "rework", "sellable", lot=lot),
    }
    stock_adjusted = news[what]() if units else landed(1, sequence, supply_id=None, **at)
    return stock_adjusted.model_copy(update={"sku": sku})


def shuffled(facts: Sequence[Fact], chance: random.Random) -> list[Fact]:
    """Return events in any order, except that one key of one topic stays in order, as Kafka keeps it."""
    places = defaultdict(list)
    for fact in facts:
        places[TOPIC_OF[type(fact)].name, fact.key()].append(fact)
    turns = [place for place, facts in places.items() for _ in facts]
    chance.shuffle(turns)
    streams = {place: iter(facts) for place, facts in places.items()}
    return [next(streams[turn]) for turn in turns]


@pytest.mark.parametrize("seed", range(6))
async def test_the_books_are_right_after_every_batch_and_a_replay_changes_nothing(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    every = shuffled([fact for sku in "ABC" for fact in story(sku, chance)], chance)
    sent = [record_of(fact) for fact in (a_node(zone="UTC"), a_merchant(), *map(a_product, "ABC"), *every)]
    start = 0
    while start < len(sent):
        batch = sent[start : start + chance.randint(1, 25)]
        start += len(batch)
        await desk.hear(*batch, *chance.sample(batch, len(batch) // 3))
        await desk.check()
    assert (await desk.parked(), await desk.dead()) == ([], [])

    for sku in "ABC":
        last = max((f for f in every if isinstance(f, StockAdjusted) and f.sku == sku), key=lambda f: f.sequence)
        assert await desk.admin.fetchval("select stock_sequence from positions where sku = $1", sku) == last.sequence
    assert await _ledger(every) == await _kept(desk)
    rows, announced = await desk.business(), await desk.admin.fetchval("select count(*) from outbox")
    await desk.hear(*sent)
    await desk.hear(*every)
    assert (await desk.business(), await desk.admin.fetchval("select count(*) from outbox")) == (rows, announced)


async def _ledger(facts: Sequence[Fact]) -> dict[tuple[str, str], int]:
    """Return units by SKU and lot, or in rework, or shipped."""
    units: dict[tuple[str, str], int] = defaultdict(int)
    for movement, sku in ((m, f.sku) for f in facts if isinstance(f, StockAdjusted) for m in f.movements):
        if movement.status in ("sellable", "rework"):
            units[sku, (movement.lot or "") if movement.status == "sellable" else "rework"] += movement.delta
    return {key: n for key, n in units.items() if n}


async def _kept(desk: Desk) -> dict[tuple[str, str], int]:
    rows = await desk.admin.fetch(
        "select sku, lot, on_hand from lots where on_hand > 0 "
        "union all select sku, 'rework', sum(expected) from supplies where kind = 'rework' group by sku"
    )
    return {(row[0], row[1]): int(row[2]) for row in rows}
