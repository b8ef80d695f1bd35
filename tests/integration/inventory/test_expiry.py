"""Lots leave sellable when their life falls below what their product needs, by the node's own calendar."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from deploy.local.clock import start_clock
from shared.contracts.fields import Fact
from shared.testing.builders import a_node, a_product, a_receipt
from shared.testing.floor_facts import a_hold, a_status_change, an_unhold
from shared.testing.until import until
from tests.integration.conftest import World
from tests.integration.inventory.conftest import Floor

EXPIRES = date(2029, 3, 31)
KNOWN: list[Fact] = [a_node(), a_product(min_life_days=10, dated=True)]
LOT = a_receipt("r1", units=5, lot="L1", expires_on=EXPIRES)
Move = Callable[[datetime], Awaitable[None]]


@pytest.fixture
async def move(world: World) -> Move:
    """Move the clock; it stands in March 2029 at first."""
    await start_clock(world.admin_url, datetime(2029, 3, 1, tzinfo=UTC))

    async def to(at: datetime) -> None:
        await start_clock(world.admin_url, at)

    return to


async def swept(floor: Floor) -> bool:
    """Wait until no sellable lot is past its life."""
    asked = """select not exists (select from inventory.lots l join inventory.nodes n using (node)
               where status = 'sellable' and on_hand > 0
                 and last_day < (inventory.clock() at time zone n.zone)::date)"""
    return bool(await floor.world.admin.fetchval(asked))


async def test_a_lot_leaves_on_the_day_after_its_last(floor: Floor, move: Move) -> None:
    await floor.hears(*KNOWN, LOT, a_receipt("r2", units=3, lot="L2", expires_on=EXPIRES + timedelta(days=1)))
    await move(datetime(2029, 3, 21, 22, 30, tzinfo=UTC))  # the last minutes of the 21st in Amsterdam
    await until(lambda: swept(floor))
    assert await floor.lots() == {("sellable", "L1"): 5, ("sellable", "L2"): 3}

    await move(datetime(2029, 3, 21, 23, 30, tzinfo=UTC))
    await until(lambda: swept(floor))

    assert await floor.lots() == {("quarantine", "L1"): 5, ("sellable", "L2"): 3}
    assert (await floor.news())[-1] == [("expiry", "sellable", -5), ("expiry", "quarantine", 5)]
    (exception,) = await floor.exceptions()
    assert (exception.exception_class, exception.state, exception.facts["lot"]) == ("lot_expired", "open", "L1")
    assert [exception.facts[name] for name in ("units", "expires_on", "min_life_days")] == ["5", "2029-03-31", "10"]


async def test_a_lot_without_a_minimum_life_leaves_when_it_has_expired(floor: Floor, move: Move) -> None:
    await floor.hears(a_node(zone="UTC"), a_product(), LOT)
    await move(datetime(2029, 3, 31, 12, tzinfo=UTC))
    await until(lambda: swept(floor))
    assert await floor.on_hand() == 5
    await move(datetime(2029, 4, 1, tzinfo=UTC))
    await until(lambda: swept(floor))

    assert await floor.on_hand() == 0


async def test_a_clock_that_jumps_takes_every_lot_out_once(floor: Floor, move: Move) -> None:
    lots = [a_receipt(f"r{n}", units=1, lot=f"L{n}", expires_on=EXPIRES + timedelta(days=n)) for n in range(450)]
    await floor.hears(*KNOWN)
    await floor.hears_at_once(*lots)
    await move(datetime(2031, 1, 1, tzinfo=UTC))
    await until(lambda: swept(floor), 30)

    assert (await floor.on_hand(), await floor.on_hand("quarantine")) == (0, 450)
    assert len(await floor.exceptions()) == 450


async def test_a_longer_minimum_life_takes_lots_out(floor: Floor, move: Move) -> None:
    await move(datetime(2029, 3, 5, tzinfo=UTC))
    await floor.hears(*KNOWN, LOT)
    await until(lambda: swept(floor))
    assert await floor.on_hand() == 5
    await floor.hears(a_product(min_life_days=28, dated=True, version=2))
    await until(lambda: swept(floor))

    assert await floor.lots() == {("quarantine", "L1"): 5}


async def test_units_that_arrive_or_are_unheld_too_old_are_taken_out(floor: Floor, move: Move) -> None:
    await move(datetime(2029, 3, 30, tzinfo=UTC))
    await floor.hears(*KNOWN, LOT)
    await until(lambda: swept(floor))
    await floor.hears(an_unhold(units=2, lot="L1"))
    await until(lambda: swept(floor))

    assert await floor.lots() == {("quarantine", "L1"): 5}
    assert [(exception.version, exception.facts["units"]) for exception in await floor.exceptions()] == [
        (1, "5"),
        (2, "2"),
    ]


async def test_the_matter_is_settled_when_the_lot_has_left_quarantine(floor: Floor, move: Move) -> None:
    await floor.hears(*KNOWN, LOT)
    await floor.hears(a_hold(units=1, lot="L1"))
    await move(datetime(2029, 3, 30, tzinfo=UTC))
    await until(lambda: swept(floor))
    await floor.hears(a_status_change("quarantine", "damaged", lot="L1", units=None))

    assert [state for _, _, state in await floor.named()] == ["open", "settled"]
    assert await floor.lots() == {("damaged", "L1"): 5}
