"""Every test of inventory ends with its invariants."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from deploy.local.clock import start_clock
from services.inventory.app import SERVICE
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.fields import Fact
from shared.contracts.stock import StockAdjusted
from shared.testing.builders import MONDAY
from shared.testing.bus import Sent
from shared.testing.invariants import broken_invariants
from shared.testing.until import until
from tests.integration.conftest import World


class Floor:
    """Inventory at work, and what it has on hand."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def hears(self, *facts: Fact | Sent) -> list[Sent]:
        """Publish these one after the other, each when the one before it has had all its effects."""
        return [record for fact in facts for record in await self.hears_at_once(fact)]

    async def hears_at_once(self, *facts: Fact | Sent) -> list[Sent]:
        """Publish these together, and return when they are handled or parked."""
        records = await self.world.bus.publish(*facts)
        names = [(dict(record.headers)["ce_id"] or b"").decode() for record in records]
        asked = "select count(*) from inventory.inbox where event_id = any ($1::text[])"
        await until(lambda: self._all_taken(asked, names))
        woken = "select not exists (select from inventory.parked where retry_at <= now())"
        await until(lambda: self.world.admin.fetchval(woken))
        return records

    async def _all_taken(self, asked: str, names: list[str]) -> bool:
        return bool(await self.world.admin.fetchval(asked, names) == len(set(names)))

    async def on_hand(self, status: str = "sellable") -> int:
        """Return units in a status, over all positions."""
        asked = "select coalesce(sum(on_hand), 0)::int from inventory.lots where status = $1"
        return int(await self.world.admin.fetchval(asked, status))

    async def lots(self) -> dict[tuple[str, str], int]:
        """Return units by status and lot, over all positions, where there are any."""
        rows = await self.world.admin.fetch("select status, lot, on_hand from inventory.lots where on_hand > 0")
        return {(row["status"], row["lot"]): row["on_hand"] for row in rows}

    async def news(self, key: str = "TEE-M|ams") -> list[list[tuple[str, str, int]]]:
        """Return each news of a position: reason, status and units of its movements."""
        await self.settled()
        announced: list[StockAdjusted] = await self.world.bus.told(StockAdjusted, key)
        assert [news.sequence for news in announced] == list(range(1, len(announced) + 1))
        return [[(m.reason, m.status, m.delta) for m in news.movements] for news in announced]

    async def exceptions(self) -> list[ExceptionChanged]:
        """Return what people were told to look at, or that it is settled, in that order."""
        await self.settled()
        exceptions: list[ExceptionChanged] = await self.world.bus.told(ExceptionChanged)
        return sorted(
            exceptions, key=lambda exception: (exception.exception_class, exception.subject, exception.version)
        )

    async def named(self) -> list[tuple[str, str, str]]:
        """Return class, subject and state of these."""
        return [
            (exception.exception_class, exception.subject, exception.state) for exception in await self.exceptions()
        ]

    async def parked(self) -> list[str]:
        """Return what parked events wait for."""
        return [row[0] for row in await self.world.admin.fetch("select waits_for from inventory.parked order by id")]

    async def has_waited(self) -> None:
        """Let what is parked have waited for two minutes, and try it again."""
        await self.world.admin.execute(
            "update inventory.parked set parked_at = now() - interval '2 minutes', retry_at = now()"
        )
        woken = "select not exists (select from inventory.parked where retry_at <= now())"
        await until(lambda: self.world.admin.fetchval(woken))

    async def settled(self) -> None:
        """Wait until nothing is parked any more, and everything was announced."""
        await until(lambda: self.world.admin.fetchval("select not exists (select from inventory.parked)"))
        await self.world.settled("inventory")


NOW = MONDAY + timedelta(days=7)


@pytest.fixture
async def floor(world: World) -> AsyncIterator[Floor]:
    """Return inventory, empty, a week after what tests tell and before any lot of theirs is past its life."""
    await start_clock(world.admin_url, NOW)
    async with world.start(SERVICE):
        yield Floor(world)
    assert await broken_invariants(world.admin, "inventory") == {}
    assert await world.admin.fetch("select reason from inventory.dead_letters") == []
