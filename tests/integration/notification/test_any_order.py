"""Whatever order and number the news comes in, over two processes, customers end up knowing what is true."""

import random
from collections import defaultdict

import pytest

from shared.contracts.fields import Fact
from shared.contracts.topics import TOPIC_OF
from shared.testing.builders import (
    a_contact,
    a_line,
    a_merchant,
    a_product,
    a_promised_line,
    a_released_line,
    an_order,
    moved,
    promised,
    released,
    withdrawn,
)
from shared.testing.until import until
from tests.integration.notification.conftest import Shop

ORDERS = 60


def story(order_id: str, chance: random.Random) -> list[Fact]:
    """Return what happens to one order of five units, in the order of its versions."""
    facts: list[Fact] = [an_order(order_id, a_line(units=5)), a_contact(order_id)]
    waits = 5
    facts.append(promised(order_id, a_promised_line(1, (16, 22), units=waits)))
    for version in range(2, chance.randint(3, 7)):
        kind = chance.choice(["moved", "withdrawn", "released"])
        if kind == "released" and waits > 1:
            waits -= 1
            facts.append(released(order_id, a_released_line(version, 1)))
        elif kind == "withdrawn":
            facts.append(withdrawn(order_id, a_promised_line(version, None, units=waits)))
        else:
            day = chance.randint(10, 25)
            facts.append(moved(order_id, a_promised_line(version, (day, day + 3), units=waits)))
    return facts


def shuffled(stories: list[list[Fact]], chance: random.Random) -> list[Fact]:
    """Return events in any order, except that one key of one topic stays in order, as Kafka keeps it."""
    places = defaultdict(list)
    for fact in (fact for facts in stories for fact in facts):
        places[TOPIC_OF[type(fact)].name, fact.key()].append(fact)
    turns = [place for place, facts in places.items() for _ in facts]
    chance.shuffle(turns)
    streams = {place: iter(facts) for place, facts in places.items()}
    return [next(streams[turn]) for turn in turns]


@pytest.mark.parametrize("seed", [1, 2])
async def test_customers_end_up_knowing_the_truth(shop: Shop, seed: int) -> None:
    chance = random.Random(seed)
    stories = [story(f"o{number}", chance) for number in range(ORDERS)]
    every = shuffled(stories, chance)
    async with shop.start(), shop.start():
        for start in range(0, len(every), 40):
            await shop.world.bus.publish(*every[start : start + 40])
        await shop.world.bus.publish(a_merchant(), a_product(), *shuffled(stories, chance))
        everything = 2 * len(every) + 2
        done = "outcome = 'done' and topic <> 'notices.v1'"  # what it says itself comes back to it
        await until(lambda: shop.count("inbox", f"{done} having count(*) = {everything}"), timeout=60)
        await until(shop.all_sent, timeout=30)
        await shop.world.settled("notification")

    mails = await shop.world.admin.fetchval(
        "select count(distinct mail_id) from notification.notices where state = 'sent'"
    )
    assert len(set(shop.mail.ids())) == len(shop.mail.taken) == mails
    wrong = """units > 0 and told_by is null and not exists
               (select from notification.releases r where r.order_id = lines.order_id)"""
    assert await shop.count("lines", wrong) == 0
