"""Every file of the corpus is read as its expectation says: taken whole, or refused whole with each fault."""

from pathlib import Path

import pytest
from mockedi import edifact as peer
from mockedi.validate import validate
from pydifact.parser import Parser

from services.receiving.formats import edifact
from services.receiving.formats.edifact.findings import Findings
from services.receiving.formats.edifact.syntax import segments_of
from tests.unit.receiving.formats.answers import sent
from tests.unit.receiving.formats.partner_files import NOW, expected, files, told

FILES = files("edifact")
ACCEPTED = [file for file in FILES if not file.name.startswith("bad-")]
EXPECTED = expected("edifact")
# mock-edi knows neither error 21 nor UCF, and pydifact drops what stands before a second UNA.
KNOWN_TO_PEER = [file for file in FILES if file.stem not in ("bad-letters", "group-of-one")]
CUT_BY_PYDIFACT = [file for file in ACCEPTED if file.stem != "two-interchanges"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_partners_file_is_read_as_expected(file: Path) -> None:
    assert told(edifact.read(file.read_bytes(), NOW)) == EXPECTED[file.name]


def test_every_expectation_has_its_file() -> None:
    assert sorted(EXPECTED) == [file.name for file in FILES]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_is_taken_whole_or_refused_whole(file: Path) -> None:
    reading = edifact.read(file.read_bytes(), NOW)
    assert bool(reading.notices) != bool(reading.faults)
    assert bool(reading.faults) == file.name.startswith("bad-")


@pytest.mark.parametrize("file", KNOWN_TO_PEER, ids=lambda file: file.stem)
def test_an_answer_is_a_contrl_that_a_partners_software_accepts(file: Path) -> None:
    answer = sent(edifact.read(file.read_bytes(), NOW))
    if not answer:
        assert file.stem == "bad-x12"
        return
    report = validate(peer.parse(answer))
    assert (report.envelope_errors, [message.segments for message in report.messages if not message.clean]) == ([], [])


@pytest.mark.filterwarnings("ignore::pydifact.exceptions.MissingImplementationWarning")
@pytest.mark.parametrize("file", CUT_BY_PYDIFACT, ids=lambda file: file.stem)
def test_pydifact_cuts_a_sound_interchange_into_the_same_segments(file: Path) -> None:
    content = file.read_bytes()
    ours = [
        (segment.tag, [list(element) for element in segment.elements]) for segment in segments_of(content, Findings())
    ]
    text = content.decode("utf-8" if b"UNOW" in content else "latin-1")
    theirs = [(segment.tag, [_parts(element) for element in segment.elements]) for segment in Parser().parse(text)]
    assert ours == [segment for segment in theirs if segment[0] != "UNA"]


def _parts(element: str | list[str]) -> list[str]:
    return [element] if isinstance(element, str) else element
