"""What lines lost, as events: the shop and the floor hear of it before anything new is promised."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final, TypeAlias, TypeVar
from uuid import UUID, uuid5

from services.allocation.domain.line import LineKey
from services.allocation.domain.stock_loss import OwnedUnits
from services.allocation.handlers.decision.decided_position import DecidedPosition, LostUnits, Versions, waited_seconds
from shared.contracts import allocations
from shared.contracts.exceptions import ExceptionChanged
from shared.contracts.fields import OrderFact
from shared.contracts.structs import Struct, struct_of
from shared.messaging.transaction import Tx

LineTold: TypeAlias = tuple[type[OrderFact], str, Struct]  # the event, the order, and its line as the event says it
T = TypeVar("T", LostUnits, OwnedUnits)
_Lot: Final = struct_of(allocations.AllocatedLot)
_ReleasedLine: Final = struct_of(allocations.ReleasedLine)
_RevokedLine: Final = struct_of(allocations.RevokedLine)
_NAMES: Final = UUID("01a4391b-ff24-7832-8f33-c40332f2dfba")


def revoked(served: Iterable[DecidedPosition], versions: Versions) -> Iterator[LineTold]:
    """Each line that lost units, once, with the first reason."""
    for position in served:
        for line, lost in _by_line(position.news.lost).items():
            yield allocations.AllocationRevoked, line[0], _revoked(position, lost, versions[line, "lost"])


def _revoked(one: DecidedPosition, lost: Sequence[LostUnits], line_version: int) -> Struct:
    lots = tuple(_Lot(lot=x.lot.lot or None, expires_on=x.lot.expires_on, units=x.lot.units) for x in lost)
    return _RevokedLine(
        line_id=lost[0].line[1], line_version=line_version, sku=one.position.sku, node=one.position.node,
        units=sum(lot.units for lot in lots), lots=lots, was_released=True,
        reason=lost[0].why.reason, cause=lost[0].why.cause,
    )  # fmt: skip


def released_again(tx: Tx, served: Iterable[DecidedPosition], versions: Versions) -> Iterator[LineTold]:
    """Released lines whose lots are others now: all that they own, in place of what the floor was told before."""
    for position in served:
        for line, owned in _by_line(position.news.again).items():
            lots = lots_of(owned)
            yield allocations.BackorderReleased, line[0], _ReleasedLine(
                line_id=line[1], line_version=versions[line, "again"], sku=position.position.sku,
                node=position.position.node, units=sum(lot.units for lot in lots), lots=lots, again=True,
                waited_seconds=waited_seconds(tx.now, owned[0].completed_at),
            )  # fmt: skip


def lots_of(owned: Sequence[OwnedUnits]) -> tuple[Struct, ...]:
    """Units by lot, each lot once."""
    units: dict[tuple[str, date | None], int] = defaultdict(int)
    for owned_units in owned:
        units[owned_units.lot, owned_units.expires_on] += owned_units.units
    return tuple(_Lot(lot=lot or None, expires_on=day, units=n) for (lot, day), n in units.items())


def floor_must_know(
    served: Iterable[DecidedPosition], versions: Versions
) -> Iterator[tuple[ExceptionChanged, str | None]]:
    """Units that the floor may have in hand and must put back, but those of which the floor told us."""
    for position in served:
        for line, lost in _by_line(x for x in position.news.lost if not x.floor_knows).items():
            revoked_line = _revoked(position, lost, versions[line, "lost"])
            yield _exception(line, revoked_line), lost[0].why.traceparent


def _exception(line: LineKey, told: Struct) -> ExceptionChanged:
    order_id, line_id = line
    facts = {
        "order": order_id, "line": line_id, "sku": told.sku, "node": told.node, "units": str(told.units),
        "lots": ", ".join(sorted(lot.lot or "none" for lot in told.lots))[:500], "reason": told.reason,
    }  # fmt: skip
    return ExceptionChanged(
        exception_id=str(uuid5(_NAMES, f"{order_id}\n{line_id}\n{told.line_version}")), version=1,
        exception_class="released_line_revoked", subject=order_id, facts=facts, state="open",
    )  # fmt: skip


def _by_line(some: Iterable[T]) -> Mapping[LineKey, list[T]]:
    lines: dict[LineKey, list[T]] = defaultdict(list)
    for row in some:
        lines[row.line].append(row)
    return lines
