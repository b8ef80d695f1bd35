"""Facts of allocation about lines, for tests of its readers."""

from typing import Any

from shared.contracts.allocations import (
    AllocatedLine,
    AllocatedLot,
    AllocationRevoked,
    CancelledLine,
    CancelRefused,
    ConsentRefused,
    DeclinedLine,
    LineAllocated,
    LineCancelled,
    LineDeclined,
    RefundDue,
    RefundedLine,
    RefusedBundle,
    RefusedCancel,
    RefusedConsent,
    RevokedLine,
)
from shared.testing.builders import MONDAY, a_day


def a_revoked_line(line_version: int = 4, units: int = 1, line_id: str = "1", **fields: Any) -> RevokedLine:
    """Return units of TEE-M that a count did not find."""
    return RevokedLine(
        **{
            "line_id": line_id,
            "line_version": line_version,
            "sku": "TEE-M",
            "node": "ams",
            "units": units,
            "lots": (AllocatedLot(units=units),),
            "was_released": True,
            "reason": "a count found less",
            "cause": "floor/count",
            **fields,
        }
    )


def revoked(order_id: str = "o1", *lines: RevokedLine) -> AllocationRevoked:
    """Return lines that wait again for what the floor had."""
    return AllocationRevoked(order_id=order_id, lines=lines or (a_revoked_line(),))


def at_once(order_id: str = "o1", line_version: int = 2, units: int = 1, line_id: str = "1") -> LineAllocated:
    """Return units of TEE-M that a line got without having waited."""
    line = AllocatedLine(
        line_id=line_id, line_version=line_version, sku="TEE-M", node="ams", units=units,
        lots=(AllocatedLot(units=units),),
    )  # fmt: skip
    return LineAllocated(order_id=order_id, release="now", lines=(line,))


def a_cancelled_line(
    line_version: int = 3, units: int = 1, left: int = 0, line_id: str = "1", **fields: Any
) -> CancelledLine:
    """Return units of TEE-M that the shop asked to cancel."""
    return CancelledLine(
        **{
            "line_id": line_id,
            "line_version": line_version,
            "sku": "TEE-M",
            "node": "ams",
            "units": units,
            "left": left,
            "reason": "bought elsewhere",
            "cause": "acme/shop/cancel",
            **fields,
        }
    )


def cancelled(order_id: str = "o1", *lines: CancelledLine) -> LineCancelled:
    """Return units that the shop cancels."""
    return LineCancelled(order_id=order_id, lines=lines or (a_cancelled_line(),))


def cancelled_by_us(order_id: str = "o1", line_version: int = 3, units: int = 1, left: int = 0) -> LineCancelled:
    """Return units that allocation cancels of itself."""
    fields = {"reason": "it cannot ship in time", "cause": "firstfill/allocation"}
    return cancelled(order_id, a_cancelled_line(line_version, units, left, **fields))


def declined(order_id: str = "o1", line_id: str = "1", units: int = 1, **fields: Any) -> LineDeclined:
    """Return a TEE-M that was shown to be out of stock, where there is a TEE-L."""
    line = DeclinedLine(
        **{
            "line_id": line_id,
            "line_version": 1,
            "sku": "TEE-M",
            "node": "ams",
            "units": units,
            "reason": "it was shown to be out of stock",
            "alternatives": ("TEE-L",),
            **fields,
        }
    )
    return LineDeclined(order_id=order_id, lines=(line,))


def refund_due(order_id: str = "o1", units: int = 1, due: int = 22, **fields: Any) -> RefundDue:
    """Return money that must be sent back by a day of March 2027."""
    line = RefundedLine(line_id=fields.pop("line_id", "1"), units=units, amount=1900 * units)
    return RefundDue(
        **{
            "order_id": order_id,
            "lines": (line,),
            "cause": "firstfill/allocation",
            "vests_on": a_day(11),
            "due_by": a_day(due),
            "told_at": MONDAY,
            **fields,
        }
    )


def refused_cancel(units: int = 1, change_no: int = 1, line_id: str = "1", bundles: int | None = None) -> CancelRefused:
    """Return units of o1 that had left; of a component `1/…` so many of its bundle."""
    bundle = RefusedBundle(line_id="1", units=bundles) if bundles else None
    line = RefusedCancel(line_id=line_id, units=units, reason="they were shipped already", bundle=bundle)
    return CancelRefused(order_id="o1", change_no=change_no, lines=(line,), cause=f"shop/cancel-{change_no}")


def refused_consent(units: int = 1) -> ConsentRefused:
    """Return a yes to waiting for units of o1 that came too late."""
    line = RefusedConsent(line_id="1", units=units, reason="we had cancelled them on 22 March, before your answer came")
    return ConsentRefused(order_id="o1", change_no=1, lines=(line,), cause="shop/yes")
