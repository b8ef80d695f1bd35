"""Discrepancies for a person: named when found, announced again when changed, settled when the floor agrees."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal
from uuid import UUID, uuid5

from services.inventory.domain.ledger import LotKey, LotPlace

ExceptionClass = Literal[
    "request_refused",
    "count_differs",
    "on_hand_differs",
    "pick_short",
    "lot_expired",
    "lot_with_two_dates",
    "shipped_not_on_hand",
]
State = Literal["open", "settled"]

AWAIT_COUNT: Final[tuple[ExceptionClass, ...]] = ("count_differs", "pick_short")
_NAMES: Final = UUID("01a424f1-6a80-7c1b-8f0e-2b9a3c0f77d2")


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A lot in a status that is not as it should be; `at` is the instant on the floor."""

    exception_id: str
    exception_class: ExceptionClass
    place: LotPlace
    subject: str
    at: datetime
    facts: Mapping[str, str] = field(hash=False)
    version: int = 1
    state: State = "open"

    @property
    def lot_key(self) -> LotKey:
        return (self.place[0], self.place[1], self.place[3])


def discrepancy_of(
    exception_class: ExceptionClass,
    place: LotPlace,
    subject: str,
    at: datetime,
    facts: Mapping[str, object],
    *detail: str,
) -> Discrepancy:
    """Make a discrepancy; `detail` tells it from others of its class about the same subject.

    The same discrepancy always has the same id, so that finding it twice names it once.
    """
    sku, node, status, lot = place
    known: dict[str, object] = {"sku": sku, "node": node, "status": status, "lot": lot or None, **facts}
    fields = {name: str(value) for name, value in known.items() if value is not None}
    return Discrepancy(discrepancy_id(exception_class, subject, *detail), exception_class, place, subject, at, fields)


def discrepancy_id(exception_class: ExceptionClass, subject: str, *detail: str) -> str:
    """Return the id of a discrepancy."""
    return str(uuid5(_NAMES, "\n".join((exception_class, subject, *detail))))


def settled(one: Discrepancy, **facts: object) -> Discrepancy:
    """Return the discrepancy as settled, with the reason."""
    return replace(one, state="settled", facts={**one.facts, **{name: str(value) for name, value in facts.items()}})


def discrepancies_to_announce(known: Mapping[str, Discrepancy], now: Iterable[Discrepancy]) -> list[Discrepancy]:
    """Return the discrepancies to announce: new ones and changed ones, each with its next version."""
    last = {discrepancy.exception_id: discrepancy for discrepancy in now}
    return [
        replace(discrepancy, version=known[name].version + 1 if name in known else 1)
        for name, discrepancy in last.items()
        if name not in known or (discrepancy.state, discrepancy.facts) != (known[name].state, known[name].facts)
    ]
