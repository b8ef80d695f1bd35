"""What allocation does at its busiest, beside what the bare writes of it would take (performance targets P1 to P9)."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any, Final

from shared.contracts.allocations import BackorderReleased
from shared.contracts.fields import Fact
from shared.contracts.promises import PromiseMoved
from shared.db.queries import Queries
from shared.testing.builders import a_merchant, a_node, a_product, a_supply, an_inbound, landed
from tests.integration.allocation.conftest import Desk
from tests.performance.bench import floors
from tests.performance.bench.bench import Bench, order, seconds
from tests.performance.bench.figures import Figure
from tests.performance.bench.mails import notices

SINGLE: Final = 200
GROW: Final = Queries(Path(__file__).with_name("growth.sql"))


def waiting(skus: Mapping[str, int]) -> list[Fact]:
    """Return the facts by which so many lines wait for each SKU, all promised from one truck."""
    known: list[Fact] = [a_node(zone="UTC"), a_merchant(), *(a_product(sku) for sku in skus)]
    trucks = [an_inbound(a_supply(units=2 * lines + 1), sku=sku) for sku, lines in skus.items()]
    most = max(skus.values())
    return [*known, *trucks, *(order(sku, n) for n in range(most) for sku, lines in skus.items() if n < lines)]


async def hot(bench: Bench, lines: int) -> str:
    """Return the name of a database in which so many lines wait for one SKU."""
    return await bench.filled(f"{lines:,} lines of a hot SKU", partial(waiting, {"HOT": lines}))


async def hot_sku(bench: Bench) -> list[Figure]:
    """Measure P2: one receipt serves a tenth of the lines that wait for a hot SKU."""
    lines = bench.size(100_000)
    served = lines // 10
    ours, floor = list[float](), list[float]()
    name = await hot(bench, lines)
    for _ in range(bench.runs):
        floor.append(served / await bare_release(bench, 1, lines, served, receipts=False))
        async with bench.clone(name) as desk:
            ours.append(served / await released(desk, {"HOT": served}))
    return [
        Figure("P2", f"{served:,} of {lines:,} lines of a hot SKU", ours, floor, "F-sql", "lines/s", "at least", 0.7)
    ]


async def many_skus(bench: Bench) -> list[Figure]:
    """Measure P1: receipts over many SKUs, each of which serves so many lines."""
    figures = []
    for each in (1, 10, 50):
        skus = {f"s{n}": 2 * each for n in range(1, bench.size(200) + 1)}
        lines = each * len(skus)
        ours, bare, plus = list[float](), list[float](), list[float]()
        name = await bench.filled(f"{2 * each} lines of {len(skus)} SKUs", partial(waiting, skus))
        for _ in range(bench.runs):
            bare.append(lines / await bare_release(bench, len(skus), 2 * each, each, receipts=False))
            plus.append(lines / await bare_release(bench, len(skus), 2 * each, each, receipts=True))
            async with bench.clone(name) as desk:
                ours.append(lines / await released(desk, dict.fromkeys(skus, each)))
        measured = f"{len(skus):,} receipts of {each}"
        figures.append(Figure("P1", measured, ours, plus, "F-sql+", "lines/s", "at least", 0.6))
        if each == 50:
            figures.append(Figure("P1", measured, ours, bare, "F-sql", "lines/s", "at least", 0.6))
    return figures


async def released(desk: Desk, units: Mapping[str, int]) -> float:
    """Return how long receipts take that serve as many lines of one unit."""
    taken = await decided(desk, *(landed(units[sku], sku=sku) for sku in units))
    events = await desk.told(BackorderReleased)
    assert sum(line.units for event in events for line in event.lines) == sum(units.values())
    return taken


async def decided(desk: Desk, *facts: Fact) -> float:
    """Return how long facts take, with the slices that follow."""
    taken = await seconds(desk, *facts)
    began = perf_counter()
    await desk.decide_due()
    return taken + perf_counter() - began


async def bare_release(bench: Bench, skus: int, waiting: int, each: int, *, receipts: bool) -> float:
    async with bench.empty() as connection:
        await floors.fill(connection, skus, waiting)
        return await floors.release(connection, each, receipts=receipts)


async def joins(bench: Bench) -> list[Figure]:
    """Measure P5: orders join a long queue, beside an empty one, one by one and in batches."""
    lines = bench.size(100_000)
    took: dict[str, list[float]] = {"long": [], "short": []}
    async with bench.clone(await hot(bench, lines)) as desk:
        await desk.hear(*waiting({"IDLE": 1}))
        for n in range(SINGLE):
            took["long"].append(await seconds(desk, order("HOT", lines + n)))
            took["short"].append(await seconds(desk, order("IDLE", 1 + n)))
    fifths = {which: [p99(values[run :: bench.runs]) for run in range(bench.runs)] for which, values in took.items()}
    measured = f"p99 of one order behind {lines:,} lines"
    single = Figure("P5", measured, fifths["long"], fifths["short"], "of a short queue", "s", "at most", 1.5)
    return [single, *[await batches(bench, skus, rate) for skus, rate in ((1, 8_000), (500, 3_500))]]


async def batches(bench: Bench, skus: int, rate: float) -> Figure:
    """Return how many orders join in a second in batches, beside the rate that is wanted."""
    names, orders = [f"s{n}" for n in range(1, bench.size(skus) + 1)], bench.size(10_000)
    ours = []
    name = await bench.filled(f"a line of {len(names)} SKUs", partial(waiting, dict.fromkeys(names, 1)))
    for _ in range(bench.runs):
        async with bench.clone(name) as desk:
            joining = [order(names[n % len(names)], 1 + n) for n in range(orders)]
            ours.append(orders / await seconds(desk, *joining))
    measured = f"orders join {len(names)} {'SKU' if len(names) == 1 else 'SKUs'} in batches"
    return Figure("P5", measured, ours, [rate] * len(ours), "wanted", "orders/s", "at least", 1)


async def slip(bench: Bench) -> list[Figure]:
    """Measure P6: a truck slips, and every line that waits for it moves."""
    lines = bench.size(10_000)
    ours, floor = list[float](), list[float]()
    names = [(f"HOT/{n:06}", "1") for n in range(lines)]
    later = an_inbound(a_supply(units=2 * lines + 1, earliest=23, latest=29), sku="HOT", version=2)
    name = await hot(bench, lines)
    for run in range(bench.runs):
        async with bench.empty() as connection:
            await floors.fill(connection, 1, 1)
            floor.append(lines / await floors.promise(connection, names, run))
        async with bench.clone(name) as desk:
            ours.append(lines / await decided(desk, later))
            assert sum(len(event.lines) for event in await desk.told(PromiseMoved)) == lines
    return [Figure("P6", f"a slip moves {lines:,} lines", ours, floor, "promise rows", "lines/s", "at least", 0.5)]


async def growth(bench: Bench) -> list[Figure]:
    """Measure P9: the time of a released line with many open lines beside that with few, in one queue."""
    few, more, most = bench.size(10_000), bench.size(100_000), bench.size(1_000_000)
    served = few // 5
    took: dict[int, list[float]] = {few: [], more: [], most: []}
    names = {few: await hot(bench, few), more: await hot(bench, more)}
    names[most] = await bench.grown(f"{most:,} lines of a hot SKU", names[few], lambda desk: grow(desk, few, most))
    for lines, name in names.items():
        for _ in range(bench.runs):
            async with bench.clone(name) as desk:
                took[lines].append(await released(desk, {"HOT": served}) / served)
    figures = []
    for lines in (more, most):
        measured = f"a released line of {lines:,} open ones"
        figures.append(Figure("P9", measured, took[lines], took[few], f"of {few:,}", "s", "at most", 1.2))
    return figures


async def grow(desk: Desk, first: int, lines: int) -> None:
    """Let so many lines wait for the SKU, all but the first of them by SQL: the handlers would take minutes."""
    for name in ("grow_orders", "grow_lines", "grow_queue", "grow_promises"):
        await desk.admin.execute(GROW[name], first, lines)
    for name in ("grow_supply", "grow_boundaries"):
        await desk.admin.execute(GROW[name], 2 * lines + 1)
    await desk.admin.execute(GROW["grow_position"])


def p99(values: Sequence[float]) -> float:
    return quantiles(values, n=100, method="inclusive")[98]


SCENARIOS: Final[Mapping[str, Callable[[Bench], Coroutine[Any, Any, list[Figure]]]]] = {
    "P1": many_skus,
    "P2": hot_sku,
    "P5": joins,
    "P6": slip,
    "P8": notices,
    "P9": growth,
}
