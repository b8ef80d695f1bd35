"""Files of ASNs, as partners sent them, and their outcome."""

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from services.receiving.domain.asns.files import Codes, Taken, TakenBefore, Verdict
from services.receiving.facts.file_asns import Fault, Format
from services.receiving.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx


@dataclass(frozen=True, slots=True)
class FileResult:
    """The outcome of a file, for whoever asks."""

    file_id: str
    sender: str
    name: str
    format: Format
    received_at: datetime
    state: str
    is_test: bool
    faults: tuple[Fault, ...]
    answer: str | None
    asns: tuple[str, ...]


async def known_files(tx: Tx, file_ids: Collection[str]) -> set[str]:
    """Return the files that were read before."""
    return {row["file_id"] for row in await tx.fetch(QUERIES["known_files"], list(file_ids))}


async def taken_before(tx: Tx, asn_ids: Collection[str]) -> TakenBefore:
    """Read what files told of ASNs before, and the highest revision that is known of each.

    No other file is taken until this transaction ends.
    """
    found = TakenBefore()
    if not asn_ids:
        return found
    await tx.execute(QUERIES["hold_files"])
    for row in await tx.fetch(QUERIES["taken_before"], list(asn_ids)):
        found.add(Taken(**row))
    for row in await tx.fetch(QUERIES["highest_revisions"], list(asn_ids)):
        found.highest[row["asn_id"]] = max(found.highest.get(row["asn_id"], 0), row["revision"])
    return found


async def codes(tx: Tx, suppliers: Collection[str], nodes: Collection[str]) -> Codes:
    """Read the suppliers and nodes of these codes; unknown ones are left out."""
    known = await tx.fetch(QUERIES["partner_suppliers"], list(suppliers))
    places = await tx.fetch(QUERIES["partner_nodes"], list(nodes))
    return Codes({row["code"]: row["supplier_id"] for row in known}, {row["code"]: row["node"] for row in places})


async def keep_files(tx: Tx, verdicts: Iterable[Verdict]) -> None:
    """Store files as they came, with their outcome."""
    verdicts = list(verdicts)
    await tx.execute(QUERIES["keep_files"], *columns(map(_row, verdicts), 14))
    taken = [
        (verdict.file.file_id, place, *_taken(asn))
        for verdict in verdicts
        for place, asn in enumerate(verdict.taken, 1)
    ]
    await tx.execute(QUERIES["keep_file_asns"], *columns(taken, 9))


async def file_result(tx: Tx, file_id: str) -> FileResult | None:
    """Read the outcome of a file; None until it has been read."""
    row = await tx.connection.fetchrow(QUERIES["file_result"], file_id)
    if row is None:
        return None
    faults = tuple(Fault(**load) for load in json.loads(row["faults"]))
    return FileResult(**{**row, "faults": faults, "asns": tuple(row["asns"])})


def _row(one: Verdict) -> tuple[Any, ...]:
    file, reading = one.file, one.reading
    faults = json.dumps([asdict(fault) for fault in one.faults])
    state = "refused" if one.faults else "accepted"
    outcome = (reading.sender, reading.receiver, state, faults, one.answer)
    return (
        file.file_id,
        file.sender,
        file.name,
        file.format,
        file.content,
        file.received_at,
        *outcome,
        reading.test,
        *reading.qualifiers,
    )


def _taken(asn: Taken) -> tuple[Any, ...]:
    return (asn.asn_id, asn.revision, asn.cancels, asn.supplier, asn.node, asn.stated, asn.content)
