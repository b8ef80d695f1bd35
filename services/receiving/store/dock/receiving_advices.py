"""What trucks came to, and what suppliers were told of them."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.receiving.domain.dock.close import ClosedLine
from services.receiving.facts.notices import Format
from services.receiving.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx


@dataclass(frozen=True, slots=True)
class Origin:
    """How an ASN came by file, and what its partner calls himself, us, the supplier and the node."""

    format: Format
    partner: str
    receiver: str | None
    supplier: str
    node: str


@dataclass(frozen=True, slots=True)
class Written:
    """The format of a supplier's own notice, and what was written for him in it; nothing where there is no such way."""

    format: Format | None = None
    document: str | None = None


@dataclass(frozen=True, slots=True)
class LastAdvice:
    """What a supplier was told last of a truck."""

    asn_id: str
    version: int
    format: Format | None
    document: str | None


async def closed_lines(tx: Tx, asn_ids: Collection[str]) -> dict[str, list[ClosedLine]]:
    """What ASNs were to bring and what came, SKU by SKU."""
    lines: dict[str, list[ClosedLine]] = defaultdict(list)
    for row in await tx.connection.fetch(QUERIES["closed_lines"], list(asn_ids)):
        of = dict(row)
        lines[of.pop("asn_id")].append(ClosedLine(**of))
    return lines


async def advised(tx: Tx, asn_ids: Collection[str]) -> dict[str, tuple[int, Any]]:
    """Version and figures of what suppliers were told last."""
    rows = await tx.connection.fetch(QUERIES["advised"], list(asn_ids))
    return {row["asn_id"]: (row["version"], json.loads(row["figures"])) for row in rows}


async def keep_advices(tx: Tx, advices: Iterable[tuple[str, int, Any, Written]]) -> None:
    """(ASN, version, figures, what was written for the supplier)."""
    rows = [
        (asn_id, version, json.dumps(figures), written.format, written.document)
        for asn_id, version, figures, written in advices
    ]
    await tx.connection.execute(QUERIES["keep_advices"], *columns(rows, 5))


async def last_advice(tx: Tx, asn_id: str) -> LastAdvice | None:
    """What a supplier was told last; nothing of a truck that is not closed."""
    row = await tx.connection.fetchrow(QUERIES["last_advice"], asn_id)
    return LastAdvice(**row) if row else None


async def origins(tx: Tx, asn_ids: Collection[str]) -> dict[str, Origin]:
    """How ASNs came that came by file."""
    rows = await tx.connection.fetch(QUERIES["origins"], list(asn_ids))
    return {
        row["asn_id"]: Origin(
            row["format"], row["partner"] or row["supplier"], row["receiver"], row["supplier"], row["node"]
        )
        for row in rows
    }


async def control_numbers(tx: Tx, partners: Mapping[str, str]) -> dict[str, int]:
    """A number for each thing that is sent, by the partner to whom it is: 1, 2, 3 … for each partner."""
    wanted = Counter(partners.values())
    rows = await tx.connection.fetch(QUERIES["take_control_numbers"], *columns(wanted.items(), 2))
    last = {row["partner"]: row["last"] for row in rows}
    numbers: dict[str, int] = {}
    for thing, partner in reversed(list(partners.items())):
        numbers[thing] = last[partner]
        last[partner] -= 1
    return numbers
