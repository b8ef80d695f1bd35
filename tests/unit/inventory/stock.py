"""Ledgers and movements for tests."""

from datetime import UTC, date, datetime

from services.inventory.domain.ledger import Ledger, LotPlace, Movement, Node, Position, Sku, Status

POSITION: Position = (Sku("TEE"), Node("ams"))
HERE: LotPlace = (*POSITION, "sellable", "")
NOON = datetime(2027, 3, 8, 12, tzinfo=UTC)
COUNTED = datetime(2027, 3, 8, 14, tzinfo=UTC)


def an_empty_ledger(
    lots: dict[LotPlace, int] | None = None,
    *,
    expiries: dict[str, date] | None = None,
    counted: dict[LotPlace, datetime] | None = None,
    opened: dict[Position, datetime] | None = None,
) -> Ledger:
    """Return a ledger after four news, with nothing in it but the lots given."""
    held = lots or {}
    balances: dict[tuple[Sku, Node, Status], int] = {}
    for (sku, node, status, _), units in held.items():
        balances[sku, node, status] = balances.get((sku, node, status), 0) + units
    dates = {(*POSITION, lot): day for lot, day in (expiries or {}).items()}
    return Ledger({POSITION: 4}, balances, dict(held), dict(dates), counted or {}, opened or {})


def move(
    delta: int,
    name: str = "m",
    lot: str = "",
    status: Status = "sellable",
    at: datetime = NOON,
    expires_on: date | None = None,
) -> Movement:
    """Return units that came or left."""
    return Movement(f"{name}/{delta}/{lot}", *POSITION, "receipt", status, delta, at, "dock/1", lot, expires_on)
