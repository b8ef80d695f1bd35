"""Who is before a line, and why: what support tells the customer who asks."""

from datetime import timedelta
from typing import Any

from shared.contracts.orders import LinePriorityChanged, OrderHeld
from shared.contracts.settings import PolicyUpserted
from shared.testing.builders import MONDAY, a_day, a_line, a_supply, an_inbound, an_order, landed
from shared.testing.faults import fault_of
from tests.integration.allocation.conftest import Desk
from tests.integration.allocation.support.http import answer, ask


async def queue_of(desk: Desk, order: str, **asked: Any) -> dict[str, Any]:
    announced = await answer(desk, "queue", order_id=order, line_id="1", **asked)
    return dict(announced["waiting"])


def why(told: dict[str, Any]) -> dict[str, str]:
    return {row["order_id"]: row["why"] for row in told["before"]}


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


async def test_each_line_before_gives_its_reason(desk: Desk) -> None:
    await desk.know()
    await desk.hear(PolicyUpserted(merchant="acme", version=1, head_starts={"wholesale": 48, "slow": -24}))
    await desk.hear(an_inbound(a_supply(units=9), a_supply("far", 90, 25, 26)))
    await desk.hear(an_order("early", a_line(units=4), completed_at=MONDAY - minutes(60)))
    await desk.hear(an_order("mine", a_line(units=5)))
    await desk.hear(an_order("big", a_line(units=2), completed_at=MONDAY + minutes(3), priority="wholesale"))
    await desk.hear(an_order("gift", a_line(units=1), completed_at=MONDAY + minutes(4)))
    await desk.hear(
        LinePriorityChanged(
            order_id="gift", change_no=1, changed_at=MONDAY, line_id="1", queue_at=MONDAY - minutes(600), by="kim",
            reason="a birthday",
        )
    )  # fmt: skip
    announced = await queue_of(desk, "mine")
    assert why(announced) == {
        "big": "head start of wholesale 48 h",
        "gift": "moved by kim: a birthday",
        "early": "completed earlier",
    }
    assert (announced["lines_before"], announced["units_before"]) == (3, 7)
    assert announced["overtaken_within_hours"] == 48
    assert announced["supply"]["supply_id"] == "far"
    assert (announced["eligible"], announced["not_eligible"], announced["next"]) == (True, [], None)
    gift = await answer(desk, "queue", order_id="gift", line_id="1")
    assert gift["moved"] == "moved by kim: a birthday"


async def test_a_long_queue_is_paged_and_counted_whole(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_inbound(*(a_supply(f"s{n}", 10, 10 + n, 11 + n) for n in range(6))))
    await desk.hear(
        *(an_order(f"o{n:03}", a_line(units=1 + n % 3), completed_at=MONDAY + minutes(n)) for n in range(45))
    )
    for place in (0, 7, 23, 44):
        announced = await queue_of(desk, f"o{place:03}", limit=10)
        units = sum(1 + n % 3 for n in range(place))
        assert (announced["lines_before"], announced["units_before"]) == (place, units)
        seen = [row["order_id"] for row in announced["before"]]
        while announced["next"]:
            announced = await queue_of(desk, f"o{place:03}", limit=10, after=announced["next"])
            seen += [row["order_id"] for row in announced["before"]]
        assert seen == [f"o{n:03}" for n in range(place)]


async def test_a_line_that_was_passed_says_by_whom_and_why(desk: Desk) -> None:
    await desk.know("TEE-M", "CAP")
    await desk.hear(an_inbound(a_supply(units=9, earliest=29, latest=30), sku="CAP"))
    await desk.hear(an_order("held", completed_at=MONDAY - minutes(5)))
    await desk.hear(OrderHeld(order_id="held", change_no=1, changed_at=MONDAY, kind="payment"))
    await desk.hear(an_order("gated", completed_at=MONDAY - minutes(4), ship_not_before=a_day(20)))
    await desk.hear(
        an_order("both", a_line("1"), a_line("2", "CAP"), completed_at=MONDAY - minutes(3), max_shipments=1)
    )
    await desk.hear(an_order("next"), landed(1, supply_id=None))
    for order, because in (
        ("held", "the order is held: payment"),
        ("gated", "it is not to ship before 2027-03-20"),
        ("both", "it ships together with line 2 of CAP, which is not ready: promised by 2027-03-30"),
    ):
        announced = await queue_of(desk, order)
        assert announced["not_eligible"] == [because]
        assert [(row["order_id"], row["units"]) for row in announced["passed_by"]] == [("next", 1)]


async def test_a_line_that_waits_for_nothing_stands_nowhere(desk: Desk) -> None:
    await desk.know()
    await desk.hear(landed(3, supply_id=None), an_order("o1", a_line(units=2)))
    announced = await answer(desk, "queue", order_id="o1", line_id="1")
    assert (announced["waiting"], announced["allocated_units"]) == (None, 2)


async def test_anothers_line_and_an_unknown_line_get_the_same_answer(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_order("acme/1"))
    anothers = await ask(desk, "queue", merchant="zeta", order_id="acme/1", line_id="1")
    nobodys = await ask(desk, "queue", merchant="zeta", order_id="none", line_id="1")
    assert (anothers.status_code, anothers.json()) == (nobodys.status_code, nobodys.json())
    assert nobodys.status_code == 404


async def test_a_page_that_nobody_gave_is_refused(desk: Desk) -> None:
    await desk.know()
    await desk.hear(an_order("o1"))
    got = await ask(desk, "queue", order_id="o1", line_id="1", after="yesterday|x|y")
    assert (got.status_code, fault_of(got)["field"]) == (422, "after")
