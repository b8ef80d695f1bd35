"""A file cut into segments, with the delimiters that its ISA declares."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

LARGEST_FILE: Final = 20_000_000
MOST_SEGMENTS: Final = 500_000
MOST_ELEMENTS: Final = 200
LONGEST_ELEMENT: Final = 1_000

_ISA_ELEMENTS: Final = 16
_LONGEST_ISA: Final = 400
_REPETITION_SINCE: Final = "00402"
_WRAPPED_AT: Final = 80
_BETWEEN: Final = re.compile(r"[ \t\r\n\x1a]*")
TAG: Final = re.compile(r"[A-Z][A-Z0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class X12Delimiters:
    """The characters that separate; `repetition` is empty before version 00402."""

    element: str
    component: str
    segment: str
    repetition: str = ""


@dataclass(frozen=True, slots=True)
class X12Segment:
    """One segment: its number in the file from 1, its tag and its elements."""

    number: int
    elements: Sequence[str]
    delimiters: X12Delimiters

    @property
    def tag(self) -> str:
        return self.elements[0]

    def get(self, position: int) -> str:
        """Return an element by its position from 1, without padding; empty where it is left out."""
        return self.elements[position].strip(" ") if position < len(self.elements) else ""


class Unreadable(ValueError):
    """The file cannot be cut into segments any further."""

    def __init__(self, reason: str, segment: X12Segment | None = None) -> None:
        super().__init__(reason)
        self.reason, self.segment = reason, segment


def decode(content: bytes) -> str:
    """Decode a file: the basic and extended sets are ASCII; partners use UTF-8 or else Latin-1, which reads all."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def cut(content: bytes) -> Iterator[X12Segment]:
    """Return the segments of a file; raise Unreadable where no further one can be told."""
    if len(content) > LARGEST_FILE:
        raise Unreadable(f"the file has {len(content)} bytes; {LARGEST_FILE} are the most")
    text = _unwrapped(decode(content))
    at, number, delimiters = 0, 0, None
    while (at := _next(text, at)) < len(text):
        delimiters = _declared(text, at) if _opens(text, at, delimiters) else delimiters
        if delimiters is None:
            raise Unreadable("an X12 file begins with ISA and its 16 elements; this does not")
        end = text.find(delimiters.segment, at)
        number += 1
        if number > MOST_SEGMENTS:
            raise Unreadable(f"the file has more than {MOST_SEGMENTS} segments")
        segment = X12Segment(
            number, text[at : end if end >= 0 else len(text)].split(delimiters.element, MOST_ELEMENTS), delimiters
        )
        yield segment
        if end < 0:
            _check_last(segment)
            return
        # What follows an IEA declares its own delimiters.
        at, delimiters = end + 1, None if segment.tag == "IEA" else delimiters
    if not number:
        raise Unreadable("the file is empty")


def _unwrapped(text: str) -> str:
    """Undo the wrapping of some transports, which make all lines but the last 80 characters long."""
    lines = text.rstrip("\r\n").replace("\r\n", "\n").split("\n")
    if len(lines) > 1 and all(len(line) == _WRAPPED_AT for line in lines[:-1]) and len(lines[-1]) <= _WRAPPED_AT:
        return "".join(lines)
    return text


def _next(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def _opens(text: str, at: int, delimiters: X12Delimiters | None) -> bool:
    return text.startswith("ISA" + (delimiters.element if delimiters else ""), at)


def _declared(text: str, at: int) -> X12Delimiters | None:
    """Return the element separator after ISA, component separator in ISA16, segment terminator after it (X12.5)."""
    head = text[at : at + _LONGEST_ISA]
    elements = head.split(head[3], _ISA_ELEMENTS) if len(head) > len("ISA") else []
    if len(elements) <= _ISA_ELEMENTS or len(elements[-1]) < len(">~"):
        return None
    version, repeats = elements[12], elements[11]
    repetition = repeats if version >= _REPETITION_SINCE and len(repeats) == 1 and not repeats.isalnum() else ""
    delimiters = X12Delimiters(head[3], elements[-1][0], elements[-1][1], repetition)
    signs = delimiters.element + delimiters.component + delimiters.segment + repetition
    sound = len(set(signs)) == len(signs) and not any(sign.isalnum() or sign == " " for sign in signs)
    return delimiters if sound else None


def _check_last(segment: X12Segment) -> None:
    """Check the last segment: transports strip a line end that is the terminator; only IEA is whole without its own."""
    if segment.tag != "IEA":
        raise Unreadable("the file ends in the middle of a segment: was it cut off?", segment)
