"""Reads of ASNs for people."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from services.receiving.store import QUERIES
from shared.messaging.transaction import Tx


@dataclass(frozen=True, slots=True)
class AsnFigures:
    """One SKU of an ASN in units; received counts every status."""

    sku: str
    expected: int
    received: int
    sellable: int
    rework: int
    quarantine: int
    damaged: int
    stocked: int


@dataclass(frozen=True, slots=True)
class AsnStatus:
    """The state of an ASN, and when its units are ready to ship."""

    asn_id: str
    revision: int
    supplier_id: str
    node: str
    po_number: str | None
    earliest: date
    latest: date
    reason: str
    closed_at: datetime | None
    state: Literal["open", "cancelled", "closed"]
    lines: tuple[AsnFigures, ...]


async def asn_status(tx: Tx, asn_id: str) -> AsnStatus | None:
    """Read what an ASN is to bring and what came of it; None if it is unknown."""
    row = await tx.connection.fetchrow(QUERIES["asn_status"], asn_id)
    if row is None:
        return None
    lines = await tx.fetch(QUERIES["asn_figures"], asn_id)
    return AsnStatus(**row, lines=tuple(AsnFigures(**line) for line in lines))


async def open_asns(tx: Tx, node: str, at_most: int) -> list[str]:
    """Read the open ASNs to a node, the one that is ready first before the others."""
    return [row["asn_id"] for row in await tx.fetch(QUERIES["open_asns"], node, at_most)]
