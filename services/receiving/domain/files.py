"""Files of ASNs: whom and what their codes mean, and whether they are taken, whole or not at all."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.receiving.domain.notices import Cancellation, Fault, Format, Notice, Reading

_NODE_ELEMENT: Final[Mapping[Format, str]] = {"x12": "N1*ST, N104", "edifact": "NAD+DP, C082", "json": "node"}


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
        """Nobody needs to have told us of a supplier: a code that is unknown is his id."""
        return self.suppliers.get(code, code)


@dataclass(frozen=True, slots=True)
class Taken:
    """One ASN of an accepted file under our ids, and what the partner calls its supplier and node."""

    asn_id: str
    revision: int
    cancels: bool
    supplier: str
    node: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What comes of a file: all its ASNs are taken, or none and every fault is told."""

    file: AsnFile
    reading: Reading
    faults: tuple[Fault, ...] = ()
    taken: tuple[Taken, ...] = ()
    again: bool = False

    @property
    def answer(self) -> str | None:
        """What the file's reader answers; nothing where only we refuse it, since the reader's answer accepts it."""
        return None if self.faults and not self.reading.faults else self.reading.answer


def asn_id_of(said: Notice | Cancellation, codes: Codes) -> str:
    """Our name of a notice: `<supplier_id>/<number>`, since the number is unique only for the supplier."""
    number = said.asn_id.removeprefix(f"{said.supplier}/")
    return f"{codes.supplier_of(said.supplier)}/{number}"


def judge(file: AsnFile, reading: Reading, codes: Codes, *, again: bool) -> Verdict:
    """Takes a file whole, or refuses it whole for what its reader found or a node that nobody knows.

    `again` says that the same content was accepted before.
    """
    if faults := reading.faults or tuple(_unknown_nodes(file.format, reading, codes)):
        return Verdict(file, reading, faults)
    return Verdict(file, reading, taken=tuple(_taken(one, codes) for one in reading.notices), again=again)


def _unknown_nodes(file_format: Format, reading: Reading, codes: Codes) -> Iterator[Fault]:
    nodes = dict.fromkeys(one.node for one in reading.notices if isinstance(one, Notice))
    for node in nodes:
        if node not in codes.nodes:
            reason = "no node is known by this code: add it to NodeUpserted.also_known_as and send the file again"
            yield Fault(reason, element=_NODE_ELEMENT[file_format], value=node)


def _taken(one: Notice | Cancellation, codes: Codes) -> Taken:
    node = one.node if isinstance(one, Notice) else None
    return Taken(asn_id_of(one, codes), one.revision, isinstance(one, Cancellation), one.supplier, node)
