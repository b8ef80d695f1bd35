"""Every test of inventory ends with its invariants."""

from collections.abc import AsyncIterator

import pytest

from services.inventory.app import SERVICE
from shared.contracts.fields import Fact
from shared.testing.bus import Sent
from shared.testing.invariants import broken_invariants
from shared.testing.until import until
from tests.integration.conftest import World


class Floor:
    """Inventory at work, and what it has on hand."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def hears(self, *facts: Fact | Sent) -> list[Sent]:
        """These are published, and are handled or parked when this returns."""
        records = await self.world.bus.publish(*facts)
        ids = {dict(record.headers)["ce_id"] for record in records}
        names = [(name or b"").decode() for name in ids]
        asked = "select count(*) from inventory.inbox where event_id = any ($1::text[])"
        await until(lambda: self._all_taken(asked, names))
        return records

    async def _all_taken(self, asked: str, names: list[str]) -> bool:
        return bool(await self.world.admin.fetchval(asked, names) == len(names))

    async def on_hand(self, status: str = "sellable") -> int:
        """Units in a status, over all positions."""
        asked = "select coalesce(sum(on_hand), 0)::int from inventory.lots where status = $1"
        return int(await self.world.admin.fetchval(asked, status))

    async def parked(self) -> list[str]:
        """What parked events wait for."""
        return [row[0] for row in await self.world.admin.fetch("select waits_for from inventory.parked order by id")]

    async def settled(self) -> None:
        """Nothing is parked any more, and everything was told."""
        await until(lambda: self.world.admin.fetchval("select not exists (select from inventory.parked)"))
        await self.world.settled("inventory")


@pytest.fixture
async def floor(world: World) -> AsyncIterator[Floor]:
    """Inventory, empty; whatever a test does, the invariants hold at its end."""
    async with world.start(SERVICE):
        yield Floor(world)
    assert await broken_invariants(world.admin, "inventory") == {}
    assert await world.admin.fetch("select reason from inventory.dead_letters") == []
