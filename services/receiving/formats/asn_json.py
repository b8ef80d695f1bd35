"""ASNs as JSON: a file of one object or of an array of them, with the fields of the contract AsnReceived."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from services.receiving.facts.file_asns import (
    NO_OBJECTIONS,
    UNKNOWN_NODE,
    Cancellation,
    Fault,
    FileAsn,
    FileAsnCarton,
    FileAsnLine,
    FileReading,
    Objections,
)
from services.receiving.facts.gs1 import check_digit
from services.receiving.facts.window import Window
from shared.contracts.asns import AsnCarton, AsnLine, AsnReceived
from shared.contracts.fields import DateRange, Id, Ordinal, Part

MOST_BYTES: Final = 8 * 1024 * 1024
MOST_ASNS: Final = 5_000
MOST_FAULTS: Final = 20
DEEPEST: Final = 8
_LONGEST_VALUE: Final = 80
_TAKEN: Final = "this revision, or a newer one, was taken before with other content: raise it"
_CANCELLED: Final = "cancelled"
_BRACKETS: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[{\]}]', re.DOTALL)

_REASONS: Final = {"missing": "this field is expected", "too_short": "at least one is expected"}

Said = dict[str, Any]


class CancellationInFile(Part):
    """A cancellation, which names only the notice, its revision and its supplier."""

    asn_id: Id
    revision: Ordinal
    supplier_id: Id


_FIELDS: Final = {
    "": (*AsnReceived.model_fields, _CANCELLED),
    "eta": tuple(DateRange.model_fields),
    "cartons": tuple(AsnCarton.model_fields),
    "lines": tuple(AsnLine.model_fields),
}


def read(
    content: bytes,
    now: datetime,  # noqa: ARG001 — all formats are read alike
    objections: Objections = NO_OBJECTIONS,
) -> FileReading:
    """Read all ASNs of a file, or the faults for which it is refused whole, each with its field: cartons.3.lines.0.qty.

    Unknown fields are faults, since a misspelt `units_per` would make ten cases ten units. What stands in the
    `objections` is a fault. There is no answer to send.
    """
    rows, faults = _parsed(content)
    if rows is None:
        return FileReading(None, faults=_first(faults))
    notices = []
    for number, first in enumerate(rows):
        where = f"{number}." if len(rows) > 1 else ""
        notice, wrong = _notice(first, where)
        faults += wrong
        if isinstance(notice, FileAsn) and notice.node in objections.unknown_nodes:
            faults.append(Fault(UNKNOWN_NODE, element=f"{where}node", value=_cut(notice.node)))
        if notice and (notice.asn_id, notice.revision) in objections.outdated:
            faults.append(Fault(_TAKEN, element=f"{where}revision", value=str(notice.revision)))
        notices += [notice] if notice else []
    faults += _doubled(notices)
    suppliers = {notice.supplier for notice in notices}
    sender = suppliers.pop() if len(suppliers) == 1 else None
    return FileReading(sender, faults=_first(faults)) if faults else FileReading(sender, tuple(notices))


def _first(faults: list[Fault]) -> tuple[Fault, ...]:
    more = len(faults) - MOST_FAULTS
    first = tuple(faults[:MOST_FAULTS])
    return (*first, Fault(f"{more} more faults follow the {MOST_FAULTS} above")) if more > 0 else first


def _parsed(content: bytes) -> tuple[list[Any] | None, list[Fault]]:
    """Parse the objects of a file; none where it is no JSON that can be read."""
    if len(content) > MOST_BYTES:
        return None, [Fault(f"a file has at most {MOST_BYTES} bytes: split it")]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        return None, [Fault(f"UTF-8 is expected; byte {wrong.start} is not")]
    if _depth(text) > DEEPEST:
        return None, [Fault(f"brackets are nested {DEEPEST} deep at most")]
    return _loaded(text)


def _loaded(text: str) -> tuple[list[Any] | None, list[Fault]]:
    faults: list[Fault] = []

    def once(pairs: list[tuple[str, Any]]) -> Said:
        doubled = [key for key, times in Counter(key for key, _ in pairs).items() if times > 1]
        faults.extend(
            Fault("this field is given twice in one object: give it once", element=_cut(key)) for key in doubled
        )
        return dict(pairs)

    def number(name: str) -> None:
        faults.append(Fault("a number is expected; JSON knows no such value", value=name))

    try:
        parsed = json.loads(text, object_pairs_hook=once, parse_constant=number)
    except json.JSONDecodeError as wrong:
        return None, [Fault(f"JSON is expected; line {wrong.lineno}, column {wrong.colno}: {wrong.msg}")]
    except ValueError:
        return None, [Fault("JSON is expected; a number in it has too many digits")]
    parsed = parsed if isinstance(parsed, list) else [parsed]
    if not 0 < len(parsed) <= MOST_ASNS:
        faults.append(Fault(f"an ASN, or an array of 1 to {MOST_ASNS} of them, is expected"))
    return (None if faults else parsed), faults


def _depth(text: str) -> int:
    """Count how deep brackets are nested, without a parser that could itself be nested too deep."""
    depth = deepest = 0
    for bracket in _BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(bracket[0], 0)
        deepest = max(deepest, depth)
    return deepest


def _notice(said: object, where: str) -> tuple[FileAsn | Cancellation | None, list[Fault]]:
    if not isinstance(said, dict):
        return None, [Fault("an ASN, as an object, is expected", element=where.rstrip(".") or None, value=_cut(said))]
    faults = [
        Fault(f"an unknown field; the fields here are {', '.join(known)}", element=f"{where}{path}")
        for path, known in _unknown(said)
    ]
    if not isinstance(gone := said.get(_CANCELLED, False), bool):
        faults.append(Fault("this should be true or false", element=f"{where}{_CANCELLED}", value=_cut(gone)))
    try:
        if gone is True:
            taken = CancellationInFile.model_validate(said)
            return Cancellation(taken.asn_id, taken.revision, taken.supplier_id), faults
        asn = AsnReceived.model_validate(said)
    except ValidationError as wrong:
        return None, faults + [_fault(error, where) for error in wrong.errors(include_url=False) if _tells(error)]
    faults += _miscounted(asn, where)
    return (None if faults else _as_notice(asn)), faults


def _tells(error: Mapping[str, Any]) -> bool:
    """Return whether an error says something of its own: a list with an error inside is not also too short."""
    return not (error["type"] == "too_short" and error["input"])


def _fault(error: Mapping[str, Any], where: str) -> Fault:
    path = where + ".".join(map(str, error["loc"]))
    reason = error["msg"].removeprefix("Value error, ").replace("Input", "this")
    return Fault(_REASONS.get(error["type"], reason), element=path or None, value=_cut(error["input"]))


def _cut(value: object) -> str | None:
    if value is None or isinstance(value, dict | list):
        return None
    return (value if isinstance(value, str) else json.dumps(value))[:_LONGEST_VALUE]


def _unknown(said: Said) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Return the path of each field that is unknown, and the fields that are known there."""
    for path, kind, part in _objects(said):
        for key in part:
            if key not in _FIELDS[kind]:
                yield f"{path}{_cut(key)}", _FIELDS[kind]


def _objects(said: Said) -> Iterator[tuple[str, str, Said]]:
    yield "", "", said
    if isinstance(eta := said.get("eta"), dict):
        yield "eta.", "eta", eta
    for carton_path, carton in _listed(said, "cartons"):
        yield carton_path, "cartons", carton
        for line_path, line in _listed(carton, "lines"):
            yield f"{carton_path}{line_path}", "lines", line


def _listed(said: Said, field: str) -> Iterator[tuple[str, Said]]:
    parts = said.get(field)
    for number, part in enumerate(parts if isinstance(parts, list) else ()):
        if isinstance(part, dict):
            yield f"{field}.{number}.", part


def _miscounted(asn: AsnReceived, where: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for c, carton in enumerate(asn.cartons):
        path = f"{where}cartons.{c}"
        if carton.carton_id in seen:
            yield Fault(
                "this carton is listed before: list it once", element=f"{path}.carton_id", value=carton.carton_id
            )
        seen.add(carton.carton_id)
        for n, line in enumerate(carton.lines):
            if line.gtin and (right := check_digit(line.gtin[:-1])) != line.gtin[-1]:
                reason = f"the check digit of this GTIN is wrong: {right} is expected at its end"
                yield Fault(reason, element=f"{path}.lines.{n}.gtin", value=line.gtin)


def _doubled(notices: list[FileAsn | Cancellation]) -> list[Fault]:
    counts = Counter((notice.asn_id, notice.revision) for notice in notices)
    reason = "the same revision of this ASN is given twice in the file: give it once"
    return [Fault(reason, element="asn_id", value=_cut(asn_id)) for (asn_id, _), times in counts.items() if times > 1]


def _as_notice(asn: AsnReceived) -> FileAsn:
    cartons = tuple(
        FileAsnCarton(carton.carton_id, tuple(
            FileAsnLine(
                line.sku, line.gtin, line.qty, line.uom, line.units_per, line.lot, line.expires_on, line.po_number
            )
            for line in carton.lines
        ))
        for carton in asn.cartons
    )  # fmt: skip
    return FileAsn(
        asn.asn_id, asn.revision, asn.supplier_id, asn.node, Window(asn.eta.earliest, asn.eta.latest), cartons,
        asn.po_number, asn.carrier, asn.shipped_at,
    )  # fmt: skip
