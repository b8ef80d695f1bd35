"""Whatever bytes come there is a reading, what is accepted adds up, and our advices come back as they were told."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.receiving.facts.file_asns import Advice, AdviceLine, FileAsn, FileReading, Party
from services.receiving.formats import x12
from tests.effort import cases
from tests.unit.receiving.formats.x12.x12_files import NOW, a_file, a_notice

CORPUS = [file.read_bytes() for file in sorted((Path(__file__).parents[2] / "corpus" / "x12").glob("*.edi"))]
WHOLE = [
    content for content in CORPUS if x12.read(content, NOW).notices and content.startswith(b"ISA*") and b"~" in content
]
ELEMENTS = st.sampled_from(
    ["", "0", "1", "2", "99", "-1", "1.5", "EA", "CA", "S", "P", "I", "GM", "|", ">", "é", "x" * 90]
)
TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="|"), min_size=1, max_size=200)
COUNTS = st.integers(0, 1_000_000_000)
LINES = st.builds(
    AdviceLine,
    sku=TEXTS,
    gtin=st.none() | st.from_regex(r"[0-9]{8}([0-9]{4,6})?", fullmatch=True),
    expected=COUNTS,
    received=COUNTS,
    damaged=COUNTS,
    wrong=COUNTS,
    short=COUNTS,
    over=COUNTS,
)
ADVICES = st.builds(
    Advice,
    asn_id=TEXTS,
    version=st.integers(1, 2**53 - 1),
    supplier=TEXTS,
    node=TEXTS,
    closed_at=st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30), timezones=st.timezones()),  # noqa: DTZ001
    lines=st.lists(LINES, max_size=5).map(tuple),
)
AN_HOUR_THAT_COMES_TWICE = Advice(
    asn_id="ASN-9",
    version=1,
    supplier="mills",
    node="ams",
    closed_at=datetime(2010, 11, 7, 1, tzinfo=ZoneInfo("America/Indiana/Indianapolis")),
    lines=(),
)


def is_a_reading(reading: FileReading) -> None:
    """Check for notices or faults and never both, each fault with its reason, and lines that can be counted."""
    assert bool(reading.notices) != bool(reading.faults)
    assert len(reading.faults) <= 20
    assert all(fault.reason and len(fault.value or "") <= 80 for fault in reading.faults)
    for notice in reading.notices:
        if isinstance(notice, FileAsn):
            lines = [line for carton in notice.cartons for line in carton.lines]
            assert lines
            assert all(line.qty > 0 and (line.sku or line.gtin) for line in lines)
            assert notice.eta is None or notice.eta.earliest <= notice.eta.latest


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    is_a_reading(x12.read(content, NOW))


@settings(deadline=None)
@given(st.sampled_from(CORPUS), st.integers(0, 2000), st.integers(0, 40), st.binary(max_size=6))
def test_a_file_with_bytes_lost_or_put_in_is_read_or_refused(content: bytes, at: int, lost: int, put: bytes) -> None:
    is_a_reading(x12.read(content[:at] + put + content[at + lost :], NOW))


@settings(deadline=None)
@given(
    st.sampled_from(WHOLE),
    st.sampled_from("*|+\x1d"),
    st.sampled_from(":<>\x1f"),
    st.sampled_from("~'!\n\r\x1c"),
    st.booleans(),
)
def test_a_file_reads_the_same_with_any_delimiters(
    content: bytes, element: str, component: str, terminator: str, wrapped: bool
) -> None:
    plain = content.replace(b"\r", b"").replace(b"\n", b"").decode("latin-1")
    signs = str.maketrans({"*": element, ">": component, "~": terminator})
    text = plain.translate(signs)
    if wrapped and terminator not in "\r\n":
        text = "\r\n".join(text[at : at + 80] for at in range(0, len(text), 80))
    assert x12.read(text.encode("latin-1"), NOW).notices == x12.read(content, NOW).notices


@settings(max_examples=cases(300), deadline=None)
@given(st.sampled_from(WHOLE), st.data())
def test_a_file_with_damaged_segments_never_reads_other_units(content: bytes, data: st.DataObject) -> None:
    segments = content.decode("latin-1").replace("\r", "").replace("\n", "").split("~")[:-1]
    for _ in range(data.draw(st.integers(1, 3))):
        spoil(segments, data)
    reading = x12.read("".join(f"{segment}~" for segment in segments).encode("latin-1"), NOW)
    is_a_reading(reading)
    announced = [
        line.qty
        for notice in reading.notices
        if isinstance(notice, FileAsn)
        for carton in notice.cartons
        for line in carton.lines
    ]
    written = [segment.split("*") for segment in segments if segment.startswith("SN1*")]
    dozens = {"DZ": 12}
    assert not reading.notices or sum(announced) == sum(float(sn1[2]) * dozens.get(sn1[3], 1) for sn1 in written)


def spoil(segments: list[str], data: st.DataObject) -> None:
    """Spoil a file in one of the ways in which things go wrong."""
    at, to = (data.draw(st.integers(1, len(segments) - 1)) for _ in range(2))
    match data.draw(st.sampled_from(["lose", "repeat", "swap", "change"])):
        case "lose":
            del segments[at]
        case "repeat":
            segments.insert(to, segments[at])
        case "swap":
            segments[at], segments[to] = segments[to], segments[at]
        case _:
            elements = segments[at].split("*")
            elements[data.draw(st.integers(0, len(elements) - 1))] = data.draw(ELEMENTS)
            segments[at] = "*".join(elements)


@settings(deadline=None)
@given(st.lists(st.integers(1, 999), min_size=1, max_size=30))
def test_no_unit_is_lost_or_added(counts: list[int]) -> None:
    items = [row for n, qty in enumerate(counts, 4) for row in (f"HL*{n}*3*I", f"LIN**SK*S{n}", f"SN1**{qty}*EA")]
    body = [*a_notice()[:-3], *items, f"CTT*{len(counts) + 3}*{sum(counts)}"]
    (notice,) = x12.read(a_file(body), NOW).notices
    assert isinstance(notice, FileAsn)
    assert [line.qty for line in notice.cartons[0].lines] == counts


@settings(deadline=None)
@given(ADVICES, st.integers(0, 999_999_999))
@example(AN_HOUR_THAT_COMES_TWICE, 0)
@example(replace(AN_HOUR_THAT_COMES_TWICE, closed_at=AN_HOUR_THAT_COMES_TWICE.closed_at.replace(fold=1)), 0)
def test_an_advice_is_read_back_as_written(advice: Advice, number: int) -> None:
    announced = x12.advise(advice, receiver=Party("MILLS"), sender=Party("FIRSTFILL"), control_number=number, now=NOW)
    # A file tells instants (UT); Python holds no two datetimes of two zones equal in an hour that comes twice.
    assert x12.read_advice(announced.encode()) == replace(advice, closed_at=advice.closed_at.astimezone(UTC))
