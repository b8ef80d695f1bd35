"""Steps around every rule of stock: park what is unknown, lock, write, announce."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TypeAlias, TypeVar

from services.inventory.domain.discrepancies import Discrepancy, discrepancies_to_announce, settled
from services.inventory.domain.ledger import Journal, Position, Posted, by_position
from services.inventory.domain.lot_dates import two_dates
from services.inventory.store import catalogue, discrepancies, ledger
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.fields import Fact
from shared.contracts.stock import Movement as MovementTold
from shared.contracts.stock import StockAdjusted
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

F = TypeVar("F", bound=Fact)
T = TypeVar("T")
Wanted: TypeAlias = tuple[Event[F], T]
Traces: TypeAlias = Mapping[Position, str | None]


async def of_known_positions(
    tx: Tx, wanted: Sequence[Wanted[F, T]], positions: Callable[[T], Iterable[Position]]
) -> list[Wanted[F, T]]:
    """Return the meaning of events whose SKUs and nodes are known; park the others until the first unknown is known."""
    every = {position for _, meant in wanted for position in positions(meant)}
    skus = await catalogue.unknown_skus(tx, {sku for sku, _ in every})
    nodes = await catalogue.unknown_nodes(tx, {node for _, node in every})
    known: list[Wanted[F, T]] = []
    for event, meant in wanted:
        needs = [f"sku:{sku}" for sku, _ in positions(meant) if sku in skus]
        needs += [f"node:{node}" for _, node in positions(meant) if node in nodes]
        if needs:
            tx.park(event, needs[0])
        else:
            known.append((event, meant))
    return known


def units_at(position: Position) -> str:
    """Return the key under which an event waits for more units at a position."""
    return f"units:{'|'.join(position)}"


async def write(tx: Tx, journal: Journal, traces: Traces) -> None:
    """Write what was posted, wake the events that waited for units, and announce each position's news once."""
    await ledger.record(tx, journal)
    tx.arrived(*(units_at(receipt.movement.position) for receipt in journal.posted if receipt.movement.delta > 0))
    for (sku, node), news in by_position(journal.posted).items():
        stock_adjusted = StockAdjusted(sku=sku, node=node, sequence=news[0].sequence, movements=tuple(map(_told, news)))
        tx.announce(stock_adjusted, traces[sku, node])
    await _settle_lots(tx, journal, traces)
    await announce_discrepancies(tx, two_dates(journal.other_dates), traces)


async def _settle_lots(tx: Tx, journal: Journal, traces: Traces) -> None:
    """Settle what was said of a lot past its life or with two dates: it left quarantine, or its date was corrected."""
    left = {receipt.movement.lot_place for receipt in journal.posted if receipt.movement.status == "quarantine"}
    left = {place for place in left if not journal.after.units(place)}
    corrected = {receipt.movement.lot_key for receipt in journal.posted if receipt.movement.reason == "lot_correction"}
    positions: set[Position] = {place[:2] for place in left} | {lot[:2] for lot in corrected}
    if not positions:
        return
    known = await discrepancies.open_discrepancies(tx, positions, "lot_expired", "lot_with_two_dates")
    over = [
        settled(row)
        for row in known
        if row.place in left or (row.exception_class == "lot_with_two_dates" and row.lot_key in corrected)
    ]
    await announce_discrepancies(tx, over, traces)


async def announce_discrepancies(tx: Tx, now: Collection[Discrepancy], traces: Traces) -> None:
    """Announce discrepancies that are new or changed."""
    if not now:
        return
    known = await discrepancies.discrepancies(tx, [discrepancy.exception_id for discrepancy in now])
    news = discrepancies_to_announce(known, now)
    kept = await discrepancies.keep_discrepancies(tx, news)
    for row in news:
        exception = ExceptionChanged(
            exception_id=row.exception_id, version=row.version, exception_class=row.exception_class,
            subject=row.subject, facts=dict(row.facts), state=row.state, **kept[row.exception_id],
        )  # fmt: skip
        tx.announce(exception, traces[row.place[0], row.place[1]])


def _told(posted: Posted) -> MovementTold:
    m = posted.movement
    return MovementTold(
        movement_id=m.movement_id, reason=m.reason, supply_id=m.supply_id, order_id=m.order_id, line_id=m.line_id,
        lane=m.lane, cause=m.cause, lot=m.lot or None, expires_on=m.expires_on, status=m.status, delta=m.delta,
        on_hand=posted.on_hand,
    )  # fmt: skip
