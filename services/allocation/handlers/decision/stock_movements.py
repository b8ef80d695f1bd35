"""Stock that comes and leaves: movements are written to lots, and units that left are charged to their owners."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, NamedTuple

from services.allocation.domain.line import LineKey, PlacedLine
from services.allocation.domain.lot import FreeLot
from services.allocation.domain.position import PositionKey
from services.allocation.domain.stock_loss import (
    ChargedUnits,
    LotCorrection,
    OwnedUnits,
    OwnershipChange,
    charge,
    settle,
    sums,
)
from services.allocation.domain.why import Why
from services.allocation.handlers.decision.decided_position import LostUnits, PositionNews
from services.allocation.store import allocations, lines, positions, settings
from services.allocation.store.positions import LotChange, LotKey
from shared.contracts.stock import Movement, StockAdjusted
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

Changes = dict[PositionKey, list[OwnershipChange]]
Whys = Mapping[tuple[LotKey, bool], Why]
_REASONS: Final = {
    "short": "a picker did not find it",
    "count": "a count found less",
    "expiry": "it would expire too soon",
    "hold": "it was put on hold",
    "damage": "it was damaged",
    "rework": "it needs rework",
    "receipt": "a receipt was taken back",
    "lot_correction": "its lot was corrected and expires too soon",
    "transfer": "it is sent to another node",
    "ship": "it was shipped to someone else",
}


class Moved(NamedTuple):
    """A movement of a position, and the news that told of it."""

    key: PositionKey
    event: Event[StockAdjusted]
    movement: Movement

    @property
    def lot(self) -> LotKey:
        return (*self.key, self.movement.lot or "")

    @property
    def why(self) -> Why:
        reason = _REASONS.get(self.movement.reason, "the ledger was corrected")
        return Why(reason, self.movement.cause, self.event.traceparent)


@dataclass(slots=True)
class Lots:
    """What a wave comes to, by lot: units that came or left, and units that lines own more or less."""

    delta: dict[LotKey, int] = field(default_factory=lambda: defaultdict(int))
    owned: dict[LotKey, int] = field(default_factory=lambda: defaultdict(int))

    def rows(self) -> list[LotChange]:
        return [(*lot, self.delta.get(lot, 0), self.owned.get(lot, 0)) for lot in self.delta.keys() | self.owned.keys()]

    def own(self, changes: Changes) -> None:
        for key, group in changes.items():
            for change in group:
                self.owned[*key, change.lot] += change.units


async def settle_stock(tx: Tx, movements: Sequence[Moved]) -> dict[PositionKey, PositionNews]:
    """Applies movements: shipped and shorted units are charged to their lines, all else to the end of the queue.

    After it no lot has fewer units than lines own. Says for each position what lines lost, and which wait again.
    """
    sellable = [moved for moved in movements if moved.movement.status == "sellable"]
    lots = Lots()
    for row in sellable:
        lots.delta[row.lot] += row.movement.delta
    await _know_lots(tx, sellable)
    charged = await _charge(tx, [moved for moved in sellable if _names_a_line(moved)])
    await allocations.hold(tx, _every(charged))
    lots.own(charged)
    settled = await _settle(tx, lots, sellable)
    await allocations.hold(tx, _every(settled))
    lots.own(settled)
    sequences = {moved.key: moved.event.body.sequence for moved in movements}
    await positions.change_stock(tx, sequences, lots.rows())
    return await _news(tx, movements, charged, settled)


async def _know_lots(tx: Tx, sellable: Iterable[Moved]) -> None:
    """The ledger names the expiry of a lot with each movement; the last that is named is right."""
    expiries: dict[LotKey, date | None] = {}
    for moved in sellable:
        expiries[moved.lot] = moved.movement.expires_on or expiries.get(moved.lot)
    await positions.create_lots(tx, [(*lot, expires_on) for lot, expires_on in expiries.items()])


def _names_a_line(one: Moved) -> bool:
    m = one.movement
    return bool(m.reason in ("ship", "short") and m.delta < 0 and m.order_id and m.line_id)


async def _charge(tx: Tx, named: Sequence[Moved]) -> Changes:
    """What left in the name of lines; units shipped to lines that nobody has told of are remembered for them.

    Another SKU than a line's, or one from another node, left stock and is none of its units.
    """
    if not named:
        return {}
    waiting = await allocations.named_lines(tx, {(*_line(moved), *moved.key) for moved in named})
    known = [moved for moved in named if _line(moved) in waiting.get(moved.key, {})]
    owned = await allocations.owned_by(tx, {_line(moved) for moved in known})
    takings: dict[PositionKey, list[ChargedUnits]] = defaultdict(list)
    for fact in known:
        takings[fact.key].append(_taking(fact))
    placed = await lines.keys_of(tx, {_line(moved) for moved in named})
    unknown = [moved for moved in named if moved.movement.reason == "ship" and _line(moved) not in placed]
    await allocations.add_unknown_shipments(
        tx, [(*_line(moved), *moved.lot, -moved.movement.delta) for moved in unknown]
    )
    return {key: charge(owned.get(key, ()), waiting[key], charges) for key, charges in takings.items()}


def _line(one: Moved) -> LineKey:
    return (one.movement.order_id or "", one.movement.line_id or "")


def _taking(one: Moved) -> ChargedUnits:
    m = one.movement
    return ChargedUnits(_line(one), m.lot or "", -m.delta, "short" if m.reason == "short" else "ship")


async def _settle(tx: Tx, lots: Lots, sellable: Sequence[Moved]) -> Changes:
    """Where lines own more than is there; nothing is read where they do not."""
    short = await positions.short_lots(tx, lots.rows())
    if not short:
        return {}
    keys = sorted({(sku, node) for sku, node, _ in short})
    after = await positions.lots_after(tx, keys, lots.rows())
    owners = await allocations.last_in_line(tx, short)
    calendars = await settings.calendars(tx, {node for _, node in keys})
    corrections = _corrections(sellable)
    ships_on = {node: calendar.next_shipping_day(tx.now) for node, calendar in calendars.items()}
    return {key: settle(after[key], owners.get(key, ()), corrections.get(key, ()), ships_on[key[1]]) for key in keys}


def _corrections(sellable: Iterable[Moved]) -> dict[PositionKey, list[LotCorrection]]:
    """Units that left one lot and came to another for the same cause."""
    wrong: dict[tuple[PositionKey, str], str] = {}
    corrections: dict[PositionKey, list[LotCorrection]] = defaultdict(list)
    for moved in sellable:
        m = moved.movement
        if m.reason == "lot_correction" and m.delta < 0:
            wrong[moved.key, m.cause] = m.lot or ""
        elif m.reason == "lot_correction" and (moved.key, m.cause) in wrong:
            corrections[moved.key].append(LotCorrection(wrong[moved.key, m.cause], m.lot or "", m.delta))
    return corrections


def _every(changes: Changes) -> list[OwnershipChange]:
    return [change for group in changes.values() for change in group]


async def _news(
    tx: Tx, movements: Sequence[Moved], charged: Changes, settled: Changes
) -> dict[PositionKey, PositionNews]:
    news = {
        moved.key: PositionNews(Why("stock changed", moved.movement.cause, moved.event.traceparent))
        for moved in movements
    }
    changes = {key: [*charged.get(key, ()), *settled.get(key, ())] for key in charged.keys() | settled.keys()}
    came_to = {key: sums(group) for key, group in changes.items()}
    if came_to:
        await allocations.charge_lines(tx, came_to.values())
    whys = _whys(movements)
    lost = {
        key: [*_lost(key, charged, whys, by_picker=True), *_lost(key, settled, whys, by_picker=False)]
        for key in came_to
    }  # fmt: skip
    again = await _again(tx, movements, settled)
    return {
        key: replace(
            position_news,
            waits=came_to[key].waiting if key in came_to else {},
            whys={x.line: x.why for x in lost.get(key, ())},
            changes=changes.get(key, ()),
            lost=lost.get(key, ()),
            again=again.get(key, ()),
        )
        for key, position_news in news.items()
    }


def _whys(movements: Iterable[Moved]) -> Whys:
    """Why a lot has fewer units; a shipment only where nothing else took any."""
    less = sorted(
        (moved for moved in movements if moved.movement.delta < 0), key=lambda moved: moved.movement.reason != "ship"
    )
    return {(moved.lot, moved.movement.reason == "short"): moved.why for moved in less}


def _lost(key: PositionKey, changes: Changes, whys: Whys, *, by_picker: bool) -> list[LostUnits]:
    return [
        LostUnits(
            change.line, FreeLot(change.lot, change.expires_on, -change.units), by_picker,
            whys.get(((*key, change.because), by_picker)) or whys[(*key, change.because), not by_picker],
        )
        for change in changes.get(key, ())
        if change.change == "revoked"
    ]  # fmt: skip


async def _again(tx: Tx, movements: Iterable[Moved], settled: Changes) -> dict[PositionKey, list[OwnedUnits]]:
    """All that released lines own whose lots, or the dates of these, are not what the floor was told."""
    corrected = [
        moved
        for moved in movements
        if moved.movement.reason == "lot_correction" and moved.movement.status == "sellable"
    ]
    left = {(moved.lot, moved.movement.cause) for moved in corrected if moved.movement.delta < 0}
    redated = {
        moved.lot: moved.movement.delta
        for moved in corrected
        if moved.movement.delta > 0 and (moved.lot, moved.movement.cause) in left
    }
    owners = await allocations.last_of_lots(tx, redated)
    named = {owned.line for owned_units in owners.values() for owned in owned_units}
    named |= {change.line for changes in settled.values() for change in changes if change.change == "moved"}
    return await allocations.owned_by(tx, named)


async def take_unknown_shipments(tx: Tx, placed: Sequence[PlacedLine]) -> Changes:
    """What was shipped to lines before anyone told of them, they have got."""
    unknown_shipments = await allocations.unknown_shipments(tx, list({line.order_id for line in placed}))
    if not unknown_shipments:
        return {}
    waiting: dict[PositionKey, dict[LineKey, int]] = defaultdict(dict)
    takings: dict[PositionKey, list[ChargedUnits]] = defaultdict(list)
    for line in placed:
        waiting[line.key][line.order_id, line.line_id] = line.units
    for order_id, line_id, sku, node, lot, units in unknown_shipments:
        if (order_id, line_id) in waiting.get((sku, node), {}):
            takings[sku, node].append(ChargedUnits((order_id, line_id), lot, units, "ship"))
    got = {key: charge((), waiting[key], charges) for key, charges in takings.items()}
    await allocations.hold(tx, _every(got))
    await allocations.charge_lines(tx, [sums(changes) for changes in got.values()])
    return got
