"""Policies: what a merchant wants of queues and accepts from new customers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from services.allocation.domain.place import TimeLimits


@dataclass(frozen=True, slots=True)
class AcceptancePolicy:
    """The merchant's rules of acceptance. `cap_units` may wait together at one position; None is no cap.

    `buffer_units` at hand are not for sale: no page offers them, but who waits is served from them.

    `backorderable` of None is as the product says; True does not overrule a product that says no. `longest_wait_days`
    are calendar days, `on_time_limit` is percent of a supplier's last 30 receipts.
    """

    backorderable: bool | None = None
    preorders: bool = True
    cap_units: int | None = None
    longest_wait_days: int = 14
    on_time_limit: int = 80
    buffer_units: int = 0


ACCEPTS_BY_DEFAULT: Final = AcceptancePolicy()


TIMES_BY_DEFAULT: Final = TimeLimits(timedelta(minutes=5), timedelta(days=7))


@dataclass(frozen=True, slots=True)
class Policy:
    """The merchant's rules of queues and acceptance: head starts are hours by priority.

    `times` are how far from the present an order's own time may be to give it a place. What lands for a line while its
    truck is unloaded is kept for `gather_minutes` at most.
    """

    hold_days: int = 5
    padding_days: int = 2
    head_starts: Mapping[str, int] = field(default_factory=dict)
    accepts: AcceptancePolicy = ACCEPTS_BY_DEFAULT
    times: TimeLimits = TIMES_BY_DEFAULT
    gather_minutes: int = 10


def policy_of(policies: Mapping[tuple[str, str], Policy], merchant: str, sku: str) -> Policy:
    """Return the policy of the SKU, else that of all the merchant's SKUs."""
    return policies.get((merchant, sku)) or policies.get((merchant, "")) or Policy()
