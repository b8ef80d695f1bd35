"""Claims are forgotten only when their topic cannot deliver the event any more."""

from shared.messaging import sweep
from shared.testing.builders import a_product, a_receipt
from shared.testing.bus import record_of
from shared.testing.until import until
from tests.integration.messaging.probe import Probe, failing_on


async def test_claims_are_kept_as_long_as_the_topic_keeps_its_events(probe: Probe) -> None:
    """receipts.v1 keeps 400 days; of products.v1 versions tell news from old; what is dead can still be replayed."""
    days = {"young": 401, "old": 403, "dead": 403, "product": 29, "whole": 31}
    facts = (a_receipt("young"), a_receipt("old"), a_receipt("dead"), a_product("A"), a_product("B"))
    probe.on = failing_on("dead")
    async with probe.running() as at_work:
        await probe.world.bus.publish(*map(record_of, facts, days))
        await until(lambda: probe.world.admin.fetchval("select count(*) = 5 from inbox"))
        for name, age in days.items():
            statement = "update inbox set claimed_at = now() - make_interval(days => $2) where event_id = $1"
            await probe.world.admin.execute(statement, name, age)
        await sweep.forget(at_work.consumer.worker)
        left = await probe.world.admin.fetchval("select array_agg(event_id order by event_id) from inbox")
    assert left == ["dead", "product", "young"]
