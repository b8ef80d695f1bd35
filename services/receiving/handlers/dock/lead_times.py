"""Lead times of supplies, observed when nothing more of their truck is to come."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from services.receiving.domain.asns.asns import AsnId
from services.receiving.domain.catalogue import Node, Sku
from services.receiving.domain.dock import lead_times as domain
from services.receiving.domain.dock.lead_times import Ready, Step
from services.receiving.domain.inbound import Position
from services.receiving.store.asns import asns
from services.receiving.store.dock import appointments, lead_times
from shared.contracts.stock import StockAdjusted
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def note_progress(tx: Tx, adjusted: Sequence[Event[StockAdjusted]]) -> None:
    """Store when units of supplies became sellable, and which went into rework and out of it."""
    steps = [step for event in adjusted for step in _steps(event)]
    if ended := await lead_times.keep_steps(tx, steps):
        await lead_times.look_again(tx, ended)


async def observe_trucks(tx: Tx, at_once: int) -> int:
    """Store once what a closed truck took, when all of it is in stock and nothing of it in rework."""
    if not (waiting := await lead_times.trucks_to_observe(tx, at_once)):
        return 0
    done = await lead_times.trucks_done(tx, await asns.lock_asns(tx, waiting))
    ready, in_rework = _ready(await lead_times.steps_of(tx, done))
    rhythms = await appointments.rhythms(tx, {truck.node for truck in done.values()})
    ended = {asn_id: truck for asn_id, truck in done.items() if asn_id not in in_rework}
    supplies, trucks = [], []
    for asn_id, line in ended.items():
        calendar, zone = rhythms[line.node].calendar, rhythms[line.node].zone
        supplies += domain.lead_times(line, ready[asn_id], calendar, zone)
        if truck := domain.truck_time(line, ready[asn_id], calendar, zone):
            trucks.append(truck)
    await lead_times.add_lead_times(tx, supplies)
    await lead_times.add_truck_times(tx, trucks)
    await lead_times.set_observed(tx, ended)
    await lead_times.wait_for_rework(tx, done.keys() & in_rework)
    return len(waiting)


def _ready(steps: Iterable[Step]) -> tuple[dict[AsnId, list[Ready]], set[AsnId]]:
    """Return what became sellable by ASN, and the ASNs of which something is in rework."""
    positions: dict[Position, list[Step]] = defaultdict(list)
    for step in steps:
        positions[step.sku, step.node].append(step)
    ready: dict[AsnId, list[Ready]] = defaultdict(list)
    in_rework: set[AsnId] = set()
    for group in positions.values():
        found, still = domain.units_by_supply(group)
        in_rework |= still
        for entry in found:
            ready[entry.supply_id].append(entry)
    return ready, in_rework


def _steps(event: Event[StockAdjusted]) -> list[Step]:
    """Return units of supplies that became sellable, went into rework, or left it."""
    body, found = event.body, list[Step]()
    place, mended = (Sku(body.sku), Node(body.node)), Counter[str]()
    for movement in body.movements:
        if (movement.reason, movement.status) == ("rework", "sellable"):
            mended[movement.cause] += movement.delta
    for movement in body.movements:
        supply_id = AsnId(movement.supply_id) if movement.supply_id and movement.reason == "receipt" else None
        ready = movement.delta if movement.status == "sellable" and supply_id else 0
        if movement.status == "rework" and movement.delta < 0:
            ready = min(-movement.delta, mended[movement.cause])
            mended[movement.cause] -= ready
        rework = movement.delta if movement.status == "rework" else 0
        if ready or rework:
            found.append(Step(movement.movement_id, *place, supply_id, body.sequence, event.at, ready, rework))
    return found
