"""What a merchant wants of queues and accepts of new customers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class AcceptancePolicy:
    """What a merchant accepts. `cap_units` may wait together at one position; None is no cap.

    `backorderable` of None is as the product says; True does not overrule a product that says no.
    `longest_wait_days` are calendar days, `on_time_limit` is percent of a supplier's last 30 receipts.
    """

    backorderable: bool | None = None
    preorders: bool = True
    cap_units: int | None = None
    longest_wait_days: int = 14
    on_time_limit: int = 80


ACCEPTS_BY_DEFAULT: Final = AcceptancePolicy()


@dataclass(frozen=True, slots=True)
class Policy:
    """What a merchant wants of his queues, and accepts of new customers: head starts are hours by priority."""

    hold_days: int = 5
    padding_days: int = 2
    head_starts: Mapping[str, int] = field(default_factory=dict)
    accepts: AcceptancePolicy = ACCEPTS_BY_DEFAULT


def policy_of(policies: Mapping[tuple[str, str], Policy], merchant: str, sku: str) -> Policy:
    """What is said of the SKU goes first, then what is said of all of the merchant's."""
    return policies.get((merchant, sku)) or policies.get((merchant, "")) or Policy()
