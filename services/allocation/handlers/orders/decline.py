"""New lines that are not accepted: of what was shown out of stock, or of what no more may wait for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from services.allocation.domain.acceptance import Reason, RequestedLine, Room, decline
from services.allocation.domain.line import LineKey, PlacedLine
from services.allocation.domain.policy import Policy, policy_of
from services.allocation.domain.position import Position, PositionKey
from services.allocation.domain.why import Why
from services.allocation.handlers.decision.pages import instead
from services.allocation.store import settings
from shared.contracts.allocations import DeclinedLine, LineDeclined
from shared.messaging.transaction import Tx


async def decline_lines(
    tx: Tx,
    locked: Mapping[PositionKey, Position],
    placed: Sequence[PlacedLine],
    policies: Mapping[tuple[str, str], Policy],
    why: Mapping[str, Why],
) -> set[LineKey]:
    """Announces which lines are declined, each as it was ordered, and which SKUs their customers may have instead.

    What is at hand, and the units that may wait, go to those before them in the order of service.
    """
    ordered = _as_ordered(placed)
    rooms = await rooms_of(tx, locked, policies)
    reasons = decline([_requested(name, lines) for name, lines in ordered.items()], rooms)
    await _tell(tx, [(ordered[name], reason) for name, reason in reasons.items()], why)
    return {line.line for name in reasons for line in ordered[name]}


def _as_ordered(placed: Iterable[PlacedLine]) -> dict[LineKey, list[PlacedLine]]:
    """Lines by the line that was ordered, in order of service: a bundle has one for each of its components."""
    ordered: dict[LineKey, list[PlacedLine]] = defaultdict(list)
    for line in sorted(placed, key=lambda line: (line.queue_at, line.completed_at, line.line)):
        ordered[line.order_id, line.bundle.line_id if line.bundle else line.line_id].append(line)
    return ordered


def _requested(name: LineKey, lines: Sequence[PlacedLine]) -> RequestedLine:
    return RequestedLine(name, {line.key: line.units for line in lines}, lines[0].shown)


async def rooms_of(
    tx: Tx, locked: Mapping[PositionKey, Position], policies: Mapping[tuple[str, str], Policy]
) -> dict[PositionKey, Room]:
    """What locked positions have for new lines."""
    products = await settings.products(tx, {sku for sku, _ in locked})
    rooms = {}
    for key, position in locked.items():
        cap = policy_of(policies, products[key[0]].merchant, key[0]).accepts.cap_units
        free = position.told.page.available_to_sell if position.told else 0
        rooms[key] = Room(free, None if cap is None else max(0, cap - position.waiting[1]))
    return rooms


async def _tell(tx: Tx, declined: Sequence[tuple[Sequence[PlacedLine], Reason]], why: Mapping[str, Why]) -> None:
    if not declined:
        return
    wanted = {(_sku(lines[0]), lines[0].node) for lines, _ in declined}
    products = await settings.products(tx, {sku for sku, _ in wanted})
    others = await instead(tx, {key: products[key[0]] for key in wanted})
    of_orders: dict[str, list[DeclinedLine]] = defaultdict(list)
    for lines, reason in declined:
        first, sku = lines[0], _sku(lines[0])
        line_id, units = (first.bundle.line_id, first.bundle.units) if first.bundle else (first.line_id, first.units)
        of_orders[first.order_id].append(
            DeclinedLine(
                line_id=line_id, line_version=1, sku=sku, node=first.node, units=units, reason=reason,
                alternatives=others[sku, first.node],
            )
        )  # fmt: skip
    for order_id, of_order in of_orders.items():
        tx.announce(LineDeclined(order_id=order_id, lines=tuple(of_order)), why[order_id].traceparent)


def _sku(line: PlacedLine) -> str:
    return line.bundle.sku if line.bundle else line.sku
