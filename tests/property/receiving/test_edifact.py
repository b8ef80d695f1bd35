"""Whatever comes in: one reading, taken whole or refused whole, and to the unit; what goes out can be read back."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.receiving.facts.file_asns import (
    Advice,
    AdviceLine,
    FileAsn,
    FileAsnCarton,
    FileAsnLine,
    FileReading,
    Party,
)
from services.receiving.formats import asn_json, edifact
from services.receiving.formats.edifact.findings import Findings
from services.receiving.formats.edifact.syntax import segments_of
from tests.unit.receiving.formats.edifact.despatch_advices import HEADER, despatch, sscc
from tests.unit.receiving.formats.partner_files import NOW, files

UNITS = st.integers(1, 1_000_000)
COUNTS = st.integers(0, 1_000_000)
IDS = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="|"), min_size=1, max_size=30)
CODES = IDS.map(str.strip).filter(bool)
GTINS = st.sampled_from((None, "5412345000013", "96385074", "614141000036", "15412345000010"))
FILES = [file.read_bytes() for file in files("edifact")]
JSON_FILES = [file.read_text(encoding="utf-8") for file in files("json")]


def sound(reading: FileReading) -> FileReading:
    """Return notices or faults, never both and never neither; each fault says something."""
    assert bool(reading.notices) != bool(reading.faults)
    assert all(fault.reason and len(fault.value or "") <= 80 for fault in reading.faults)
    return reading


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    assert sound(edifact.read(content, NOW)).faults
    sound(asn_json.read(content, NOW))


@given(st.text("UNABHTZ+:'? .,0129\n", max_size=120))
def test_any_nonsense_in_the_alphabet_is_read_or_refused(text: str) -> None:
    for start in ("", "UNA:+.? '", "UNB+UNOC:3+A+B+270308:1200+1'"):
        assert sound(edifact.read((start + text).encode(), NOW)).faults


@given(st.sampled_from(FILES), st.integers(0), st.integers(0, 3), st.binary(max_size=3))
def test_a_file_damaged_anywhere_is_one_reading(content: bytes, at: int, lost: int, gained: bytes) -> None:
    at %= len(content)
    sound(edifact.read(content[:at] + gained + content[at + lost :], NOW))


ELEMENTS = st.sampled_from(
    ("", "1", "0", "-1", "EN", "12", "9" * 20, "X" * 600, "20270230", "102", "KGM", "A|B", "Ä", "?")
)


def dropped(segments: list[str], one: int, _: int, __: str) -> None:
    del segments[one]


def doubled(segments: list[str], one: int, other: int, _: str) -> None:
    segments.insert(other, segments[one])


def moved(segments: list[str], one: int, other: int, _: str) -> None:
    segments.insert(other, segments.pop(one))


def changed(segments: list[str], one: int, other: int, value: str) -> None:
    parts = segments[one].replace(":", "+:").split("+")
    parts[other % len(parts)] = value
    segments[one] = "+".join(parts).replace("+:", ":")


CHANGES: st.SearchStrategy[Callable[[list[str], int, int, str], None]] = st.sampled_from(
    (dropped, doubled, moved, changed)
)
TRUCK = (
    *HEADER, "CPS+1", "CPS+2+1", "PAC+1", "PCI+33E", f"GIN+BJ+{sscc(1)}",
    "LIN+1++5412345000013:EN", "PIA+1+TEE-M:IN", "QTY+12:24:PCE", "DTM+36:20280331:102", "RFF+ON:PO1",
    "LIN+2++TEE-L:IN", "QTY+12:10:CT", "QTY+59:12",
    "CPS+3+1", "PCI+33E", f"GIN+BJ+{sscc(2)}:{sscc(4)}", "LIN+3++TEE-S:IN", "QTY+12:300",
)  # fmt: skip


@given(st.lists(st.tuples(CHANGES, st.integers(0), st.integers(0), ELEMENTS), min_size=1, max_size=4))
def test_an_accepted_message_adds_up_after_any_change(
    changes: list[tuple[Callable[[list[str], int, int, str], None], int, int, str]],
) -> None:
    segments = list(TRUCK)
    for change, number, other, value in changes:
        change(segments, number % len(segments), other % len(segments), value)
    content = despatch(*segments, header=())
    reading = sound(edifact.read(content, NOW))
    for notice in reading.notices:
        if isinstance(notice, FileAsn):
            held = [line.qty for carton in notice.cartons for line in carton.lines]
            assert sum(held) == sum(despatched(content))


def despatched(content: bytes) -> list[int]:
    """Return what a file says was despatched, read as simply as can be: each QTY+12 in it."""
    quantities = [segment for segment in segments_of(content, Findings()) if segment.tag == "QTY"]
    return [int(segment.at(1, 2)) for segment in quantities if segment.at(1) == "12"]


LINES = st.builds(
    FileAsnLine,
    CODES,
    GTINS,
    UNITS,
    uom=st.just("each"),
    lot=st.none() | CODES,
    expires_on=st.none() | st.dates(date(2027, 1, 1), date(2037, 12, 31)),
    po_number=st.none() | CODES,
)
CARTONS = st.lists(st.lists(LINES, min_size=1, max_size=3), min_size=1, max_size=3)


@given(CARTONS, st.sampled_from(("UNA:+.? '", "UNA|;,! ~", "UNA>*.^ #")), st.sampled_from(("", "\n", "\r\n")))
def test_a_suppliers_load_is_read_as_loaded(cartons: list[list[FileAsnLine]], una: str, between: str) -> None:
    detail = ["CPS+1"]
    for number, lines in enumerate(cartons):
        detail += [f"CPS+{number + 2}+1", f"GIN+BJ+{sscc(number)}"]
        for line in lines:
            detail += segments_for(line)
    plain = despatch(*detail).decode("latin-1").replace("UNOC:3", "UNOW:4").encode("latin-1")
    reading = edifact.read(respoken(plain, una, between), NOW)
    assert reading.faults == ()
    ((notice,),) = [reading.notices]
    assert isinstance(notice, FileAsn)
    assert notice.cartons == tuple(FileAsnCarton(sscc(n), tuple(lines)) for n, lines in enumerate(cartons))


def segments_for(line: FileAsnLine) -> list[str]:
    """Return segments in Latin-1 letters, one for each byte of UTF-8."""
    rows = [
        f"LIN+1++{line.gtin}:EN" if line.gtin else "LIN+1",
        f"PIA+1+{escaped(line.sku or '')}:IN",
        f"QTY+12:{line.qty}",
    ]
    rows += [f"PIA+1+{escaped(line.lot)}:NB"] if line.lot else []
    rows += [f"DTM+36:{line.expires_on:%Y%m%d}:102"] if line.expires_on else []
    return [*rows, *([f"RFF+ON:{escaped(line.po_number)}"] if line.po_number else [])]


def escaped(text: str) -> str:
    return "".join(f"?{c}" if c in "?+:'" else c for c in text).encode().decode("latin-1")


def respoken(content: bytes, una: str, between: str) -> bytes:
    """Return the same interchange with other service characters."""
    component, element, _, release, _, terminator = tuple(una[3:])
    out, text = [una], iter(content.decode("latin-1"))
    own = {":": component, "+": element, "'": terminator + between}
    for c in text:
        literal = next(text) if c == "?" else None if c in own else c
        out.append(
            own[c] if literal is None else release + literal if literal in una[3:] and literal != " " else literal
        )
    return "".join(out).encode("latin-1")


ADVICES = st.builds(
    Advice,
    IDS,
    st.integers(1, 2**53),
    IDS,
    IDS,
    st.datetimes(datetime(2001, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC)),  # noqa: DTZ001
    st.lists(st.builds(AdviceLine, IDS, GTINS, *[COUNTS] * 6), max_size=4).map(tuple),
)


@given(ADVICES, st.booleans(), CODES, st.integers(1, 10**12))
def test_an_advice_is_read_back_as_written(advice: Advice, ours: bool, party: str, control_number: int) -> None:
    named = replace(advice, asn_id=f"{advice.supplier}/{advice.asn_id}") if ours else advice
    text = edifact.advise(named, receiver=Party(party), sender=Party(party), control_number=control_number, now=NOW)
    assert edifact.read_advice(text.encode()) == named


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("eta", "cartons", "lines", "qty", "x")), inner)
    ),
    max_leaves=10,
)


@given(JSON, st.sampled_from(JSON_FILES), st.integers(0))
def test_any_json_in_place_of_any_other_is_read_or_refused(value: object, file: str, at: int) -> None:
    sound(asn_json.read(json.dumps(value).encode(), NOW))
    sound(asn_json.read((file[: at % len(file)] + json.dumps(value)).encode(), NOW))
    try:
        parsed = json.loads(file)
    except ValueError:
        return
    if isinstance(parsed, dict):
        field = sorted(parsed)[at % len(parsed)]
        sound(asn_json.read(json.dumps(parsed | {field: value}).encode(), NOW))
