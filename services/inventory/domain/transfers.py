"""Transfers to other nodes: units are kept back once they are asked for, and leave when they are sent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from services.inventory.domain.discrepancies import Discrepancy, discrepancy_of
from services.inventory.domain.ledger import Journal, Ledger, LotKey, Movement, Node, Reason, Sku, Status, natural_id
from services.inventory.domain.requests import Refusal, Request, movements_of, refused_because

State = Literal["requested", "refused", "sent", "withdrawn"]
KeptBack: TypeAlias = Mapping[LotKey, int]


@dataclass(frozen=True, slots=True)
class Transfer:
    """Units of lots that shall leave, or left, a node for another."""

    transfer_id: str
    units: Mapping[LotKey, int]
    at: datetime
    cause: str

    def requests(self) -> list[Request]:
        """Return what is asked of the ledger: that sellable units of each lot are kept back."""
        return [
            Request(
                natural_id("transfer", self.transfer_id, str(number)), "transfer", sku, node, lot, units, "sellable",
                "quarantine", self.at, self.cause,
            )
            for number, ((sku, node, lot), units) in enumerate(self.units.items(), 1)
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class KnownTransfer:
    """A transfer as it stands, and its units: kept back for it, or sent."""

    state: State | None = None
    units: KeptBack = field(default_factory=dict)

    @property
    def waits(self) -> KeptBack:
        """Return what is kept back and neither sent nor withdrawn."""
        return self.units if self.state == "requested" else {}


def keep_back(ledger: Ledger, transfers: Iterable[Transfer]) -> tuple[Journal, list[tuple[Transfer, Refusal]]]:
    """Keep units back for transfers in turn, each whole; of one that cannot be, nothing is, and it is refused."""
    journal = Journal.over(ledger)
    refused: list[tuple[Transfer, Refusal]] = []
    for transfer in transfers:
        requests = transfer.requests()
        refusals = [
            Refusal(request, journal.after.units(request.origin), instead)
            for request in requests
            if (instead := refused_because(journal.after, request))
        ]
        if refusals:
            refused.append((transfer, refusals[0]))
        else:
            for request in requests:
                journal.enter(movements_of(journal.after, request))
    return journal, refused


def refused_transfer(transfer: Transfer, refusal: Refusal) -> Discrepancy:
    """Tell a person of a transfer whose units cannot be kept back."""
    request = refusal.request
    facts = {
        "request_id": transfer.transfer_id,
        "asked": f"transfer of {request.units} units of {request.sku} to another node",
        "there": refusal.there,
        "todo": f"{refusal.instead}; then ask again under a new transfer_id",
    }
    return discrepancy_of("request_refused", request.origin, transfer.transfer_id, transfer.at, facts)


def withdrawn_too_late(transfer: Transfer) -> Discrepancy:
    """Tell a person of a transfer that was withdrawn after it had left."""
    sku, node, lot = next(iter(transfer.units))
    facts = {
        "request_id": transfer.transfer_id,
        "asked": "withdraw a transfer that has been sent",
        "there": sum(transfer.units.values()),
        "todo": "let the destination receive it, and send it back as another transfer",
    }
    subject = natural_id(transfer.transfer_id, "withdrawn")
    return discrepancy_of("request_refused", (sku, node, "sellable", lot), subject, transfer.at, facts)


def still_kept(ledger: Ledger, kept: KeptBack, renamed: Mapping[LotKey, str]) -> KeptBack:
    """Return what is kept back under the names that lots have now, as far as it still lies in quarantine."""
    found: dict[LotKey, int] = {}
    for lot, units in kept.items():
        now = (*lot[:2], renamed.get(lot, lot[2]))
        found[now] = min(found.get(now, 0) + units, ledger.units((now[0], now[1], "quarantine", now[2])))
    return found


def leave(transfer: Transfer, kept: KeptBack) -> list[Movement]:
    """Return what leaves: first what is kept back for it, then sellable units; what is not sent may be sold again."""
    movements: list[tuple[LotKey, Reason, Status, int]] = []
    for lot, units in transfer.units.items():
        of_kept = min(units, kept.get(lot, 0))
        movements += [(lot, "transfer", "quarantine", -of_kept), (lot, "transfer", "sellable", of_kept - units)]
    for lot, units in kept.items():
        movements += _put_back(lot, units - min(units, transfer.units.get(lot, 0)))
    return _movements(transfer, "sent", movements)


def put_back(ledger: Ledger, transfers: Iterable[Transfer], renamed: Mapping[LotKey, str]) -> Journal:
    """Let units be sold again that were kept back for transfers, as far as they are still in quarantine."""
    journal = Journal.over(ledger)
    for transfer in transfers:
        there = still_kept(journal.after, transfer.units, renamed)
        journal.enter(_movements(transfer, "withdrawn", [row for lot in there for row in _put_back(lot, there[lot])]))
    return journal


def _put_back(lot: LotKey, units: int) -> list[tuple[LotKey, Reason, Status, int]]:
    return [(lot, "unhold", "quarantine", -units), (lot, "unhold", "sellable", units)]


def _movements(transfer: Transfer, state: State, rows: Sequence[tuple[LotKey, Reason, Status, int]]) -> list[Movement]:
    return [
        Movement(
            natural_id("transfer", transfer.transfer_id, state, str(number)), *lot[:2], reason, status, delta,
            transfer.at, transfer.cause, lot[2],
        )
        for number, (lot, reason, status, delta) in enumerate(rows, 1)
        if delta
    ]  # fmt: skip


def lots_of(rows: Iterable[tuple[str, str | None, int]], node: str) -> dict[LotKey, int]:
    """Return units by lot, of rows of SKU, lot and units."""
    units: dict[LotKey, int] = {}
    for sku, lot, number in rows:
        key = (Sku(sku), Node(node), lot or "")
        units[key] = units.get(key, 0) + number
    return units
