"""No number that a contract takes, however large, stops a service or becomes a dead letter, alone or summed up."""

from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from copy import deepcopy
from datetime import timedelta
from typing import Any, Final, TypeAlias

from pydantic import ValidationError

from services.allocation.app import SERVICE as ALLOCATION
from services.gateway.app import HANDLERS as OF_GATEWAY
from services.inventory.app import SERVICE as INVENTORY
from services.notification.app import HANDLERS as OF_NOTIFICATION
from services.receiving.app import SERVICE as RECEIVING
from shared.contracts.fields import LARGEST, MOST_OF_A_LINE, MOST_UNITS, MOST_WORTH, Fact
from shared.contracts.orders import (
    LinePriorityChanged,
    LineSwapped,
    OrderLineCancelled,
    OrderLineChanged,
    OrderSplit,
    RefundMade,
)
from shared.contracts.products import Component, Pack
from shared.messaging.service import Running, Service
from shared.testing.builders import (
    GTIN,
    MONDAY,
    a_carton,
    a_close,
    a_contact,
    a_line,
    a_merchant,
    a_node,
    a_product,
    a_receipt,
    a_scan,
    an_asn,
    an_asn_line,
    an_opening,
    an_order,
)
from shared.testing.floor_facts import a_count, a_hold, a_policy, a_return, a_short, an_unhold
from shared.testing.suppliers import a_purchase_order, an_order_line
from shared.testing.until import until
from tests.integration.conftest import World

Path: TypeAlias = tuple[Any, ...]
LARGEST_FIRST: Final = (
    LARGEST,
    MOST_WORTH,
    MOST_UNITS,
    MOST_OF_A_LINE,
    MOST_WORTH // MOST_OF_A_LINE,
    36_525,
    1000,
    100,
    30,
)
SERVICES: Final = (
    RECEIVING,
    INVENTORY,
    ALLOCATION,
    Service("notification", OF_NOTIFICATION),
    Service("gateway", OF_GATEWAY),
)


def said(name: str, number: int, **more: Any) -> dict[str, Any]:
    return {"order_id": name, "change_no": number, "changed_at": MONDAY, **more}


def story(name: str) -> list[Fact]:
    """Return all that happens around one SKU, each kind of fact once."""
    sku, other, kit = name, f"{name}-other", f"{name}-kit"
    pack = Pack(gtin=GTIN, units=1, level="each")
    lines = (a_line("1", sku, 3), a_line("2", kit, 2), a_line("3", other, 2))
    return [
        a_product(sku, packs=(pack,), lead_time_days=20, shelf_life_days=400, unit_margin=5),
        a_product(other, packs=()),
        a_product(kit, packs=(), components=(Component(sku=sku, units=1),)),
        a_policy(5, sku, cap_units=100, hold_days=2, padding_days=2, longest_wait_days=20),
        a_purchase_order(f"{name}-po", an_order_line("1", 10, sku=sku, uom="case", units_per=2)),
        an_asn(f"{name}-asn", a_carton("c1", an_asn_line(sku, 10), an_asn_line(sku, 4, uom="case", units_per=2))),
        an_opening(sku, 1),
        an_order(name, *lines, max_shipments=2),
        an_order(f"{name}-2", a_line("1", sku, 4), completed_at=MONDAY - timedelta(days=1)),
        a_contact(name),
        OrderLineChanged(**said(name, 1), line_id="1", units=2),
        OrderLineChanged(**said(name, 2), line_id="1", new_line_id="4", units=7),
        LineSwapped(**said(name, 3), line_id="3", new_line_id="5", sku=sku, unit_price=3),
        OrderLineCancelled(**said(name, 4), line_id="2", units=1),
        LinePriorityChanged(
            **said(name, 5), line_id="1", queue_at=MONDAY - timedelta(days=2), by="kim", reason="a call"
        ),
        OrderSplit(**said(name, 6), max_shipments=5),
        a_receipt(f"{name}-r1", sku, 6, supply_id=f"{name}-asn"),
        a_receipt(f"{name}-r2", sku, 6, supply_id=f"{name}-asn"),
        a_scan(f"gun/{name}", times=2, asn_id=f"{name}-asn"),
        a_count(f"{name}-count", 3, sku=sku),
        a_hold(f"{name}-hold", 1, sku=sku),
        an_unhold(f"{name}-unhold", 1, sku=sku),
        a_short(f"{name}-short", 1, sku=sku, order_id=name, line_id="1"),
        a_return(f"{name}-return", order_id=name),
        RefundMade(**said(name, 7), line_ids=("2",), amount=5, made_at=MONDAY),
        a_close(f"{name}-asn"),
    ]


def largest(fact: Fact) -> Iterator[Fact]:
    """Return a fact with each of its numbers as large as it may be; the last has them all at once."""
    body = fact.model_dump(mode="json", exclude_none=True)
    paths = [path for path in _numbers(body) if path[-1] not in ("change_no", "version", "revision")]
    all_at_once = fact
    for path in paths:
        yield _with_largest(fact, path)
        all_at_once = _with_largest(all_at_once, path)
    if len(paths) > 1:
        yield all_at_once


def _with_largest(fact: Fact, path: Path) -> Fact:
    for number in LARGEST_FIRST:
        changed = deepcopy(fact.model_dump(mode="json", exclude_none=True))
        place = changed
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = number
        with suppress(ValidationError):
            return type(fact).model_validate(changed)
    raise AssertionError(f"no number fits {path}")


def _numbers(body: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(body, dict | list):
        for step, value in body.items() if isinstance(body, dict) else enumerate(body):
            yield from _numbers(value, (*path, step))
    elif isinstance(body, int) and not isinstance(body, bool):
        yield path


def stories() -> Iterator[list[Fact]]:
    for place, fact in enumerate(story("s")):
        for number, _ in enumerate(largest(fact)):
            name = f"s{place}x{number}"
            facts = story(name)
            facts[place] = list(largest(facts[place]))[number]
            yield facts


async def test_the_largest_numbers_are_handled_by_every_service(world: World) -> None:
    every = list(stories())
    async with AsyncExitStack() as stack:
        at_work = [await stack.enter_async_context(world.start(service)) for service in SERVICES]
        await world.bus.publish(a_node(), a_merchant())
        for facts in every:
            await world.bus.publish(*facts)
        await until(lambda: _is_done(at_work), 120)
        dead = [
            (service.name, row["key"], row["reason"])
            for service in SERVICES
            for row in await world.admin.fetch(f"select key, reason from {service.name}.dead_letters")
        ]
    assert dead == []


async def _is_done(at_work: list[Running]) -> bool:
    states = [await each.health() for each in at_work]
    return all(state["unhandled"] == state["unsent"] == 0 for state in states)
