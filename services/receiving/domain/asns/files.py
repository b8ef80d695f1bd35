"""Files of ASNs: which suppliers and nodes their codes mean, and whether a file is accepted, whole or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.receiving.facts.file_asns import Cancellation, Fault, FileAsn, FileReading, Format


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
    """One ASN of an accepted file under our ids, and the partner's codes for its supplier and node."""

    asn_id: str
    revision: int
    cancels: bool
    supplier: str
    node: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a file: all its ASNs are accepted, or none and every fault is named."""

    file: AsnFile
    reading: FileReading
    faults: tuple[Fault, ...] = ()
    taken: tuple[Taken, ...] = ()
    again: bool = False

    @property
    def answer(self) -> str | None:
        """Return the reader's acknowledgement; none where only we refuse the file, since it accepts the file."""
        return None if self.faults and not self.reading.faults else self.reading.answer


def asn_id_of(said: FileAsn | Cancellation, codes: Codes) -> str:
    """Return our id of a notice: `<supplier_id>/<number>`, since the number is unique only for the supplier."""
    number = said.asn_id.removeprefix(f"{said.supplier}/")
    return f"{codes.supplier_of(said.supplier)}/{number}"


def unknown_nodes(reading: FileReading, codes: Codes) -> set[str]:
    """Return the codes of nodes in a file that no known node has."""
    return {notice.node for notice in reading.notices if isinstance(notice, FileAsn)} - codes.nodes.keys()


def judge(file: AsnFile, reading: FileReading, codes: Codes, *, again: bool) -> Verdict:
    """Accept a file whole, or refuse it whole; `again` says that the same content was accepted before."""
    if reading.faults:
        return Verdict(file, reading, reading.faults)
    return Verdict(file, reading, taken=tuple(_taken(notice, codes) for notice in reading.notices), again=again)


def _taken(one: FileAsn | Cancellation, codes: Codes) -> Taken:
    node = one.node if isinstance(one, FileAsn) else None
    return Taken(asn_id_of(one, codes), one.revision, isinstance(one, Cancellation), one.supplier, node)
