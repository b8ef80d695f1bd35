"""Everything may come twice, as the same event or as the same fact in a new one, and changes nothing."""

from collections.abc import Sequence

import pytest

from shared.contracts.fields import Fact
from shared.testing.builders import (
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
from tests.integration.allocation.conftest import Desk

KNOWN: Sequence[Fact] = (a_node(zone="UTC"), a_merchant(), a_product())
SHIPPED = landed(-1, 2, supply_id=None, reason="ship", order_id="o1", line_id="1")
STORY: dict[str, Fact] = {
    "node": a_node(zone="UTC"),
    "merchant": a_merchant(),
    "product": a_product(),
    "inbound": an_inbound(a_supply(units=4)),
    "order": an_order("o1", a_line(units=3)),
    "receipt": landed(2, 1),
    "shipment": SHIPPED,
    "slip": an_inbound(a_supply(units=4, earliest=23, latest=24), version=2, after_sequence=2),
    "another order": an_order("o2", a_line("1"), a_line("2", units=2)),
}


async def outbox(desk: Desk) -> int:
    return int(await desk.admin.fetchval("select count(*) from outbox"))


@pytest.mark.parametrize("name", STORY)
async def test_each_event_twice_counts_once(desk: Desk, name: str) -> None:
    """At once, and again as a new event that says the same, before the story goes on and at its end."""
    for step, fact in STORY.items():
        sent = await desk.hear(fact)
        if step == name:
            rows, number = await desk.business(), await outbox(desk)
            await desk.hear(*sent)
            await desk.hear(fact)
            assert (await desk.business(), await outbox(desk)) == (rows, number)
    rows, number = await desk.business(), await outbox(desk)
    await desk.hear(STORY[name], STORY[name])
    assert (await desk.business(), await outbox(desk)) == (rows, number)
    assert (await desk.parked(), await desk.dead()) == ([], [])


async def test_the_whole_story_again_from_zero_changes_nothing(desk: Desk) -> None:
    sent = [record for fact in STORY.values() for record in await desk.hear(fact)]
    rows, number = await desk.business(), await outbox(desk)
    await desk.hear(*sent)
    await desk.hear(*STORY.values())
    assert (await desk.business(), await outbox(desk)) == (rows, number)


async def test_a_batch_with_everything_twice_counts_once(desk: Desk) -> None:
    sent = [record_of(fact) for fact in STORY.values()]
    await desk.hear(
        *[either for record, fact in zip(sent, STORY.values(), strict=True) for either in (record, record, fact)]
    )
    together = await desk.business()
    await desk.empty()
    await desk.hear(*sent)
    assert await desk.business() == together


async def test_an_order_under_two_event_ids_in_one_batch_is_one_order(desk: Desk) -> None:
    await desk.hear(*KNOWN, landed(5, 1, supply_id=None))
    await desk.hear(an_order("o1", a_line(units=2)), an_order("o1", a_line(units=2)))
    assert await desk.admin.fetchval("select sum(on_floor) from releases") == 2


async def test_an_older_version_changes_nothing(desk: Desk) -> None:
    newer = (a_node(zone="UTC", version=3), a_merchant(version=3, hub="ams"), a_product(version=3, min_life_days=4))
    await desk.hear(*newer)
    rows = await desk.business()
    await desk.hear(a_node(version=2), a_merchant(version=2, hub="rot"), a_product(version=1))
    await desk.hear(a_node(version=1), a_node(version=2), a_product(version=2, min_life_days=9))
    assert await desk.business() == rows
