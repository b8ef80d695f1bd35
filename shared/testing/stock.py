"""Facts of stock, for tests of their readers."""

from typing import Any

from shared.contracts.stock import Movement, StockAdjusted


def a_movement(delta: int, reason: str = "count", **fields: Any) -> Movement:
    """Return sellable units that a count found, or did not find when negative."""
    return Movement(
        **{
            "movement_id": "m",
            "reason": reason,
            "cause": f"floor/{reason}",
            "status": "sellable",
            "delta": delta,
            "on_hand": 0,
            **fields,
        }
    )


def adjusted(sequence: int, *movements: Movement, sku: str = "TEE-M", node: str = "ams") -> StockAdjusted:
    """Return everything that happened to a position in one transaction."""
    numbered = (m.model_copy(update={"movement_id": f"{sku}/{sequence}/{n}"}) for n, m in enumerate(movements))
    return StockAdjusted(sku=sku, node=node, sequence=sequence, movements=tuple(numbered))


def counted(delta: int, sequence: int, **fields: Any) -> StockAdjusted:
    """Return a count that found more or less than the ledger has."""
    return adjusted(sequence, a_movement(delta, **fields))


def shorted(units: int, sequence: int, order_id: str = "o1", line_id: str = "1", **fields: Any) -> StockAdjusted:
    """Return units of a line that a picker did not find; they wait in quarantine to be counted."""
    of_line = {"reason": "short", "order_id": order_id, "line_id": line_id, **fields}
    return adjusted(sequence, a_movement(-units, **of_line), a_movement(units, **of_line, status="quarantine"))


def relabelled(units: int, sequence: int, wrong: dict[str, Any], right: dict[str, Any], **fields: Any) -> StockAdjusted:
    """Return units that carry another lot or expiry than was said."""
    reason = "lot_correction"
    return adjusted(
        sequence, a_movement(-units, reason, **wrong, **fields), a_movement(units, reason, **right, **fields)
    )


def turned(units: int, sequence: int, before: str, after: str, reason: str = "rework", **fields: Any) -> StockAdjusted:
    """Return units that change their status."""
    return adjusted(
        sequence,
        a_movement(-units, reason, **{**fields, "status": before}),
        a_movement(units, reason, **{**fields, "status": after}),
    )
