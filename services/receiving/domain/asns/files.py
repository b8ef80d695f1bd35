"""Files of ASNs: which suppliers and nodes their codes mean, and whether a file is accepted, whole or not at all."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from services.receiving.domain.discrepancies import Discrepancy, discrepancy_of
from services.receiving.facts.file_asns import (
    Cancellation,
    Fault,
    FileAnswer,
    FileAsn,
    FileBackOrder,
    FileReading,
    Format,
)


@dataclass(frozen=True, slots=True)
class AsnFile:
    """A file as a partner sent it."""

    file_id: str
    sender: str
    name: str
    format: Format
    content: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Codes:
    """Suppliers and nodes by the codes that partners use for them."""

    suppliers: Mapping[str, str]
    nodes: Mapping[str, str]

    def supplier_of(self, code: str) -> str:
        """Return the supplier of a code; an unknown code is the supplier's id, since suppliers need no registration."""
        return self.suppliers.get(code, code)


@dataclass(frozen=True, slots=True)
class Taken:
    """One ASN of an accepted file under our ids, and the partner's codes for its supplier and node.

    `stated` is the revision that the file says, `content` a digest of all else; `repeated` is what was taken before.
    """

    asn_id: str
    revision: int
    cancels: bool
    supplier: str
    node: str | None
    stated: int = 0
    content: bytes = b""
    repeated: bool = False


@dataclass(slots=True)
class TakenBefore:
    """What files told of ASNs before, and the highest revision that is known of each, by whatever way."""

    notices: dict[str, list[Taken]] = field(default_factory=dict)
    highest: dict[str, int] = field(default_factory=dict)

    def add(self, taken: Taken) -> None:
        self.notices.setdefault(taken.asn_id, []).append(taken)
        self.highest[taken.asn_id] = max(self.highest.get(taken.asn_id, 0), taken.revision)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a file: all its ASNs are accepted, or none and every fault is named; of a test none is taken.

    `answer` is the acknowledgement as it is sent.
    """

    file: AsnFile
    reading: FileReading
    faults: tuple[Fault, ...] = ()
    taken: tuple[Taken, ...] = ()
    answer: str | None = None

    @property
    def unwritten(self) -> FileAnswer | None:
        """Return the reader's acknowledgement; none where only we refuse the file, since it accepts the file."""
        return None if self.faults and not self.reading.faults else self.reading.answer


def asn_id_of(said: FileAsn | Cancellation, codes: Codes) -> str:
    """Return our id of a notice: `<supplier_id>/<number>`, since the number is unique only for the supplier."""
    number = said.asn_id.removeprefix(f"{said.supplier}/")
    return f"{codes.supplier_of(said.supplier)}/{number}"


def content_of(notice: FileAsn | Cancellation) -> bytes:
    """Return a digest of all that a notice says, but for when it was written; what was estimated it does not say."""
    undated = replace(notice, revision=0)
    if isinstance(undated, FileAsn) and undated.eta_from:
        undated = replace(undated, eta=None, eta_from=None)
    return sha256(repr((type(notice).__name__, astuple(undated))).encode()).digest()


def take(notice: FileAsn | Cancellation, codes: Codes, before: TakenBefore, *, exact: bool) -> Taken | None:
    """Take a notice under the revision that replaces all before it; None if something newer was taken before.

    What was taken already is repeated, and changes nothing. A correction under the same date and time is told by its
    content and gets the next number; where the revision is `exact`, the partner must raise it.
    """
    asn_id, stated, content = asn_id_of(notice, codes), notice.revision, content_of(notice)
    node = notice.node if isinstance(notice, FileAsn) else None
    known = before.notices.get(asn_id, [])
    first = next((old for old in known if (old.stated, old.content) == (stated, content)), None)
    if first:
        return replace(first, repeated=True, supplier=notice.supplier, node=node)
    highest = before.highest.get(asn_id, 0)
    if stated < max((old.stated for old in known), default=0) or (exact and stated <= highest):
        return None
    revision = max(stated, highest + 1)
    return Taken(asn_id, revision, isinstance(notice, Cancellation), notice.supplier, node, stated, content)


def back_order(asn_id: str, order: FileBackOrder) -> Discrepancy:
    """Name an article that the supplier could not send, for a person: nobody says yet when it comes."""
    units = str(order.qty) if order.qty else None
    facts = {"asn_id": asn_id, "article": order.article, "units": units, "todo": "ask the supplier when it is sent"}
    return discrepancy_of("supplier_back_order", "asn", asn_id, facts, order.article)


def undated(reading: FileReading) -> frozenset[tuple[str, int]]:
    """Return the notices of which nothing tells when they arrive."""
    return frozenset(
        (notice.asn_id, notice.revision)
        for notice in reading.notices
        if isinstance(notice, FileAsn) and notice.eta is None
    )


def unknown_nodes(reading: FileReading, codes: Codes) -> frozenset[str]:
    """Return the codes of nodes in a file that no known node has."""
    return frozenset(notice.node for notice in reading.notices if isinstance(notice, FileAsn)) - codes.nodes.keys()
