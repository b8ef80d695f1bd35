"""An order under the rule on delays, and what customers, mail servers and carriers say of it."""

from datetime import UTC, date, datetime
from typing import Any

from shared.contracts.allocations import RefundDue
from shared.contracts.notices import CoveredLine, NoticeFailed, NoticeSent
from shared.contracts.orders import DelayConsented, DelayRefused, OrderPlaced, Shown
from shared.contracts.promises import PromisedLine, PromiseMoved, PromiseWithdrawn
from shared.contracts.shipments import ShipmentConfirmed, ShippedLine
from shared.testing.builders import a_day, a_line, a_shipment, a_supply, an_inbound, an_order
from tests.integration.allocation.conftest import Desk, set_clock


def at(day: int, hour: int = 0, month: int = 3) -> datetime:
    return datetime(2027, month, day, hour, tzinfo=UTC)


def sold(order: str = "o1", units: int = 1, **fields: Any) -> OrderPlaced:
    """Sell to the United States, shown to ship until Monday 22 March: T."""
    shown = fields.pop("shown", Shown(state="backorder", earliest=a_day(16), latest=a_day(22)))
    return an_order(order, a_line(units=units, shown=shown), **{"market": "US", **fields})


def left(version: int, sent_at: datetime, name: str = "n1", order: str = "o1") -> NoticeSent:
    """Return the mail server took a notice of line 1 at a version."""
    covered = (CoveredLine(line_id="1", line_version=version),)
    return NoticeSent(
        order_id=order, notice_id=name, kind="moved", lines=covered, caused_at=sent_at, sent_at=sent_at, message_id="m"
    )


def bounced(version: int, failed_at: datetime, name: str = "n1") -> NoticeFailed:
    covered = (CoveredLine(line_id="1", line_version=version),)
    return NoticeFailed(
        order_id="o1", notice_id=name, kind="moved", lines=covered, caused_at=failed_at, failed_at=failed_at, reason="5"
    )


def yes(revised_by: date | None, answered_at: datetime, number: int = 1) -> DelayConsented:
    return DelayConsented(
        order_id="o1", change_no=number, changed_at=answered_at, line_ids=("1",), revised_by=revised_by,
        answered_at=answered_at,
    )  # fmt: skip


def no(answered_at: datetime, number: int = 1, order: str = "o1") -> DelayRefused:
    return DelayRefused(
        order_id=order, change_no=number, changed_at=answered_at, line_ids=("1",), answered_at=answered_at
    )


def handed_over(units: int, when: datetime, name: str = "s1") -> ShipmentConfirmed:
    line = ShippedLine(line_id="1", sku="TEE-M", node="ams", units=units)
    return a_shipment("o1", line, shipment_id=name, handed_over_at=when)


async def sold_and_told(desk: Desk, **fields: Any) -> None:
    """Sell o1, which waits for a truck of ten that is ready by T, and tell its customer."""
    await desk.know()
    await desk.hear(an_inbound(a_supply()))
    await desk.hear(sold(**fields))
    await desk.hear(left(1, at(8, 9), "confirmation"))


async def late_until(desk: Desk, latest: date | None) -> PromisedLine:
    """Move the truck later, or drop it; return what the customer is promised now."""
    supplies = (a_supply(window={"earliest": latest, "latest": latest}),) if latest else ()
    heard = (await desk.admin.fetchval("select inbound_version from positions")) + 1
    await desk.hear(an_inbound(*supplies, version=heard))
    line = await desk.admin.fetchval("select max(line_version) from promises where order_id = 'o1'")
    return next(x for x in await promises(desk) if x.line_version == line)


async def promises(desk: Desk) -> list[PromisedLine]:
    """Return every promise to o1 but the first."""
    events = [*await desk.told(PromiseMoved, "o1"), *await desk.told(PromiseWithdrawn, "o1")]
    return sorted((event.lines[0] for event in events), key=lambda line: line.line_version)


async def day_comes(desk: Desk, when: datetime) -> None:
    """Let time go on, and decide whatever is due."""
    await set_clock(desk.admin, when)
    await desk.decide_due()


async def refunds(desk: Desk) -> list[tuple[str, int, int, date, date]]:
    """Return order, units, money, when the right to it vested and when it must be sent."""
    events = await desk.told(RefundDue)
    return [(r.order_id, x.units, x.amount, r.vests_on, r.due_by) for r in events for x in r.lines]


async def stands(desk: Desk, order: str = "o1") -> tuple[date | None, bool, bool, str | None]:
    """Return the day that applies, whether a yes is awaited, whether the customer has the option, and why it ended."""
    (row,) = await desk.admin.fetch("select * from rule_states where order_id = $1", order)
    return (row["applicable_by"], row["asked"], row["offered"], row["end_cause"])
