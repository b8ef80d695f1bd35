"""Figures of trucks, and what suppliers were advised of them."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from services.receiving.domain.dock.close import ClosedLine
from services.receiving.facts.file_asns import Format, Party
from services.receiving.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx


@dataclass(frozen=True, slots=True)
class Origin:
    """The way an ASN came by file: its format, and the partner's names for itself, us, the supplier and the node.

    `orders` are the purchase orders that it named.
    """

    format: Format
    partner: Party
    receiver: Party
    supplier: str
    node: str
    orders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """The format of a supplier's own notice, and the advice written in it; None where there is no such way."""

    format: Format | None = None
    document: str | None = None


@dataclass(frozen=True, slots=True)
class LastAdvice:
    """The last advice of a truck."""

    asn_id: str
    version: int
    format: Format | None
    document: str | None


async def closed_lines(tx: Tx, asn_ids: Collection[str]) -> dict[str, list[ClosedLine]]:
    """Read what ASNs were to bring and what came, SKU by SKU."""
    lines: dict[str, list[ClosedLine]] = defaultdict(list)
    for row in await tx.fetch(QUERIES["closed_lines"], list(asn_ids)):
        of = dict(row)
        lines[of.pop("asn_id")].append(ClosedLine(**of))
    return lines


async def advised(tx: Tx, asn_ids: Collection[str]) -> dict[str, tuple[int, Any]]:
    """Read version and figures of the last advices."""
    rows = await tx.fetch(QUERIES["advised"], list(asn_ids))
    return {row["asn_id"]: (row["version"], json.loads(row["figures"])) for row in rows}


async def keep_advices(tx: Tx, advices: Iterable[tuple[str, int, Any, Written]]) -> None:
    """Store (ASN, version, figures, document written for the supplier)."""
    rows = [
        (asn_id, version, json.dumps(figures), written.format, written.document)
        for asn_id, version, figures, written in advices
    ]
    await tx.execute(QUERIES["keep_advices"], *columns(rows, 5))


async def last_advice(tx: Tx, asn_id: str) -> LastAdvice | None:
    """Read the last advice; None of a truck that is not closed."""
    row = await tx.connection.fetchrow(QUERIES["last_advice"], asn_id)
    return LastAdvice(**row) if row else None


async def origins(tx: Tx, asn_ids: Collection[str]) -> dict[str, Origin]:
    """Read how ASNs came that came by file."""
    rows = await tx.fetch(QUERIES["origins"], list(asn_ids))
    return {
        row["asn_id"]: Origin(
            row["format"],
            Party(row["partner"] or row["supplier"], row["partner_qualifier"]),
            Party(row["receiver"] or row["node"], row["receiver_qualifier"]),
            row["supplier"],
            row["node"],
            tuple(row["orders"]),
        )
        for row in rows
    }
