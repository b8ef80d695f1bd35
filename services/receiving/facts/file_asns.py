"""Facts of a supplier's file, in the supplier's own codes, and of our advice when the truck is done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from services.receiving.facts.units import UnitOfMeasure
from services.receiving.facts.window import Window

Format = Literal["x12", "edifact", "json"]
OUTDATED: Final = "a newer notice of this number was taken before: send what holds now with its own date and time"
UNDATED: Final = (
    "neither a purchase order that it names nor earlier trucks of this supplier tell when the truck arrives"
)
UNKNOWN_NODE: Final = "no node is known by this code: add it to NodeUpserted.also_known_as and send the file again"


@dataclass(frozen=True, slots=True)
class FileAsnLine:
    """A quantity of one article in one carton; `units_per` is what the file says that one `uom` holds."""

    sku: str | None
    gtin: str | None
    qty: int
    uom: UnitOfMeasure
    units_per: int | None = None
    lot: str | None = None
    expires_on: date | None = None
    po_number: str | None = None


@dataclass(frozen=True, slots=True)
class FileAsnCarton:
    """A logistic unit by its SSCC (18 digits, without the AI) or by the supplier's own number."""

    carton_id: str
    lines: tuple[FileAsnLine, ...]


@dataclass(frozen=True, slots=True)
class FileBackOrder:
    """An article that was to come with this truck and was not sent; `qty` units as ordered, None if not said."""

    article: str
    qty: int | None = None


@dataclass(frozen=True, slots=True)
class FileAsn:
    """An ASN as one ship notice in a file says it.

    `supplier` and `node` are the partner's codes for them. The supplier's own number of the ship notice is unique only
    for that supplier, so `asn_id` is `<supplier>/<number>`. A file carries no revision number: the date and time of the
    document, as YYYYMMDDHHMMSS, grows with each revision. One that says something else under the same date and time is
    told from a duplicate by its content. `eta_from` says what the arrival was estimated from where the file does not
    say it; `eta` is None where it says nothing to estimate it from either.
    """

    asn_id: str
    revision: int
    supplier: str
    node: str
    eta: Window | None
    cartons: tuple[FileAsnCarton, ...]
    po_number: str | None = None
    carrier: str | None = None
    shipped_at: datetime | None = None
    back_orders: tuple[FileBackOrder, ...] = ()
    eta_from: str | None = None


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A ship notice that the supplier takes back."""

    asn_id: str
    revision: int
    supplier: str


@dataclass(frozen=True, slots=True)
class Fault:
    """The reason why a file is refused: the place in it (segments count from 1), the value there and what is wrong."""

    reason: str
    segment: int | None = None
    element: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Objections:
    """What cannot be taken of a sound file, by all that is known: nodes by code, notices by asn_id and revision.

    `ours` are the ids under which files come to us; none: any.
    """

    unknown_nodes: frozenset[str] = frozenset()
    outdated: frozenset[tuple[str, int]] = frozenset()
    undated: frozenset[tuple[str, int]] = frozenset()
    ours: frozenset[str] = frozenset()

    def is_for_another(self, receiver: str) -> bool:
        """Return whether a file's envelope names a receiver that is not us."""
        return bool(self.ours) and receiver not in self.ours


FOR_ANOTHER: Final = "this file is for another receiver: send it there, or add this id to EDI_IDS of receiving"
NO_OBJECTIONS: Final = Objections()


@dataclass(frozen=True, slots=True)
class Party:
    """A partner or us as an envelope names them: an id, and the qualifier that says whose id it is; "" if none does."""

    code: str
    qualifier: str = ""


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """The acknowledgement of a file: so many interchanges, written once the control number of the first is known."""

    interchanges: int
    write: Callable[[int], str]


@dataclass(frozen=True, slots=True)
class FileReading:
    """A file that was read: all its ship notices, or the faults for which it is refused whole; never both.

    `answer` is the acknowledgement to send back (a 997 or a CONTRL); absent where the file's envelope cannot even be
    read, and for JSON. `sender` and `receiver` are what its envelope calls the partner and us, and
    `qualifiers` say whose ids these are. A `test` is answered, and changes nothing.
    """

    sender: str | None
    notices: tuple[FileAsn | Cancellation, ...] = ()
    faults: tuple[Fault, ...] = ()
    answer: FileAnswer | None = None
    receiver: str | None = None
    test: bool = False
    qualifiers: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class AdviceLine:
    """The result of one SKU of a truck, in units.

    `received` counts every status; `damaged` and `over` are parts of it; of a SKU that the ASN did not list, all that
    was received is `wrong`.
    """

    sku: str
    gtin: str | None
    expected: int
    received: int
    damaged: int
    wrong: int
    short: int
    over: int


@dataclass(frozen=True, slots=True)
class Advice:
    """The result of a truck: announced at its close, and again with a higher version when a late scan changes it.

    `orders` are the purchase orders that its notice named.
    """

    asn_id: str
    version: int
    supplier: str
    node: str
    closed_at: datetime
    lines: tuple[AdviceLine, ...]
    orders: tuple[str, ...] = ()
