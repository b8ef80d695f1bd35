"""What allocation takes back, for tests of its readers."""

from typing import Any

from shared.contracts.allocations import AllocatedLot, AllocationRevoked, RevokedLine


def a_revoked_line(line_version: int = 4, units: int = 1, line_id: str = "1", **said: Any) -> RevokedLine:
    """Units of TEE-M that a count did not find."""
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
            **said,
        }
    )


def revoked(order_id: str = "o1", *lines: RevokedLine) -> AllocationRevoked:
    """Lines that wait again for what the floor had."""
    return AllocationRevoked(order_id=order_id, lines=lines or (a_revoked_line(),))
