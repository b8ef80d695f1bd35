"""EDIFACT's syntax (ISO 9735, versions 1 to 4): a file's bytes become segments.

pydifact writes what we send; it cannot read what we receive: it stops at the first error without saying where, drops
what stands before a UNA in mid-file, and where UNA declares no release character it swallows every space.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from services.receiving.formats.edifact.findings import (
    BAD_CHARACTER,
    BAD_SERVICE_CHARACTER,
    INVALID,
    MISSING,
    TOO_LONG,
    TOO_MANY,
    UNSUPPORTED,
    EdifactSegment,
    Findings,
    Spot,
)

MOST_BYTES: Final = 8 * 1024 * 1024
MOST_SEGMENTS: Final = 300_000
LONGEST_COMPONENT: Final = 512
_UNA: Final = 9
_SYNTAX: Final = Spot("UNB S001/0001", 1, 1)
_VERSION: Final = Spot("UNB S001/0002", 1, 2)
_LATIN: Final = "latin-1"
_CHARSETS: Final = {
    "UNOA": "ascii", "UNOB": "ascii", "UNOC": _LATIN, "UNOD": "iso8859-2", "UNOE": "iso8859-5", "UNOF": "iso8859-7",
    "UNOG": "iso8859-3", "UNOH": "iso8859-4", "UNOI": "iso8859-6", "UNOJ": "iso8859-8", "UNOK": "iso8859-9",
    "UNOW": "utf-8", "UNOY": "utf-8",
}  # fmt: skip
_VERSIONS: Final = frozenset("1234")
_BLANK: Final = re.compile(r"[ \t\r\n]*+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_TAG: Final = re.compile(r"[A-Z][A-Z0-9]{2}")
_UNREADABLE_TAG: Final = (
    "a segment begins with a tag of three capitals; was a ' in a text sent without its ? before it?"
)


class EdifactDelimiters(NamedTuple):
    """The service characters of one interchange; `release` is empty where UNA says that there is none."""

    component: str = ":"
    element: str = "+"
    marks: str = ".,"
    release: str = "?"
    terminator: str = "'"


def segments_of(content: bytes, findings: Findings) -> Iterator[EdifactSegment]:
    """Return the segments of a file in order, each cut as its own interchange's UNA and UNB say.

    The file is cut as if it were Latin-1, which loses no byte; all service characters are ASCII, and no byte of a
    longer UTF-8 character is.
    """
    if len(content) > MOST_BYTES:
        return findings.add(TOO_LONG, f"a file has at most {MOST_BYTES} bytes: split it")
    text = content.decode(_LATIN).removeprefix("\xef\xbb\xbf")
    if text[_past_blanks(text, 0) :][:3] not in ("UNA", "UNB"):
        return findings.add(MISSING, "an EDIFACT file begins with UNA or UNB", value=text[:20])
    yield from _Reader(text, findings).segments()


class _Reader:
    """One pass over a file's text."""

    def __init__(self, text: str, findings: Findings) -> None:
        self._text, self._findings = text, findings
        self._number, self._charset = 0, "ascii"
        self._use(EdifactDelimiters())

    def segments(self) -> Iterator[EdifactSegment]:
        here, may_declare = _past_blanks(self._text, 0), True
        while here < len(self._text):
            if may_declare and self._text.startswith("UNA", here):
                self._declare(self._text[here + 3 : here + _UNA])
                here, may_declare = _past_blanks(self._text, here + _UNA), False
                continue
            if not (cut := self._segment.match(self._text, here)) or self._number == MOST_SEGMENTS:
                return self._stop(here)
            self._number += 1
            if segment := self._read(cut[1]):
                yield segment
            here, may_declare = _past_blanks(self._text, cut.end()), bool(segment and segment.tag == "UNZ")
            if may_declare:
                self._use(EdifactDelimiters())
        return None

    def _use(self, delimiters: EdifactDelimiters) -> None:
        self._said = delimiters
        end, release = re.escape(delimiters.terminator), re.escape(delimiters.release)
        # Possessive: an unfinished segment fails at once instead of being tried in every other way.
        plain = f"[^{end}{release}]*+"
        self._segment = re.compile(
            f"({plain}(?:{release}.{plain})*+){end}" if release else f"({plain}){end}", re.DOTALL
        )
        self._released = re.compile(f"{release}(.)", re.DOTALL) if release else None

    def _declare(self, una: str) -> None:
        if delimiters := declared(una):
            return self._use(delimiters)
        reason = "UNA is followed by six different service characters such as :+.? ' — no letters, digits or spaces"
        self._findings.add(BAD_SERVICE_CHARACTER, reason, value=f"UNA{una}")
        return self._use(EdifactDelimiters())

    def _stop(self, here: int) -> None:
        at = EdifactSegment(self._number + 1, self._text[here : here + 3], ())
        if self._number == MOST_SEGMENTS:
            return self._findings.add(TOO_MANY, f"a file has at most {MOST_SEGMENTS} segments: split it", at)
        reason = f"the file ends within this segment, before {self._said.terminator}: was it cut off?"
        return self._findings.add(MISSING, reason, at, value=self._text[here : here + 80])

    def _read(self, raw: str) -> EdifactSegment | None:
        if raw.startswith("UNB"):
            self._charset = self._charset_of(self._split(raw))
        try:
            decoded = raw if raw.isascii() else raw.encode(_LATIN).decode(self._charset)
        except UnicodeDecodeError:
            decoded = raw
            reason = f"this is not {self._charset}, as UNB S001 says: for Latin-1 it says UNOC, for UTF-8 UNOW"
            self._findings.add(BAD_CHARACTER, reason, self._split(raw), value=raw)
        segment = self._split(decoded)
        if not _TAG.fullmatch(segment.tag):
            self._findings.add(INVALID, _UNREADABLE_TAG, segment, value=raw)
            return None
        self._check(raw, segment)
        return segment

    def _charset_of(self, unb: EdifactSegment) -> str:
        if unb.said(_VERSION) not in _VERSIONS:
            self._findings.add(UNSUPPORTED, "a syntax version from 1 to 4 is expected", unb, _VERSION)
        if (syntax := unb.said(_SYNTAX)) not in _CHARSETS:
            reason = f"a character set that we do not read; one of {', '.join(_CHARSETS)} is expected"
            self._findings.add(UNSUPPORTED, reason, unb, _SYNTAX)
        return _CHARSETS.get(syntax, _LATIN)

    def _split(self, raw: str) -> EdifactSegment:
        delimiters, released = self._said, self._released
        if not released or delimiters.release not in raw:
            tag, *elements = (tuple(element.split(delimiters.component)) for element in raw.split(delimiters.element))
        else:
            tag, *elements = (
                tuple(
                    released.sub(r"\1", value) for value in _pieces(element, delimiters.component, delimiters.release)
                )
                for element in _pieces(raw, delimiters.element, delimiters.release)
            )
        return EdifactSegment(self._number, tag[0], tuple(elements), delimiters.marks)

    def _check(self, raw: str, segment: EdifactSegment) -> None:
        if len(raw) > LONGEST_COMPONENT:
            for value in (value for element in segment.elements for value in element if len(value) > LONGEST_COMPONENT):
                reason = f"a value has at most {LONGEST_COMPONENT} characters; was an end of segment lost?"
                self._findings.add(TOO_LONG, reason, segment, value=value)
        if _CONTROL.search(raw) and any(_CONTROL.search(value) for element in segment.elements for value in element):
            reason = "a line break or control character within a segment: put line breaks only between segments"
            self._findings.add(BAD_CHARACTER, reason, segment, value=raw)


def declared(una: str) -> EdifactDelimiters | None:
    """Return the delimiters of the six characters after UNA; none where two are the same or could be text."""
    if len(una) < _UNA - 3 or una[2] not in ".,":
        return None
    component, element, mark, release, _, terminator = tuple(una)
    used = [component, element, terminator, *release.strip(" ")]
    if len({*used, mark}) <= len(used) or any(not c.isascii() or c.isalnum() or c in " \r\n" for c in used):
        return None
    return EdifactDelimiters(component, element, mark, release.strip(" "), terminator)


def _past_blanks(text: str, here: int) -> int:
    blank = _BLANK.match(text, here)
    return blank.end() if blank else here


def _pieces(text: str, separator: str, release: str) -> list[str]:
    """Cut a text at each separator that no release character makes a part of the text."""
    pieces: list[str] = []
    parts: list[str] = []
    for part in text.split(separator):
        parts.append(part)
        if (len(part) - len(part.rstrip(release))) % 2 == 0:
            pieces.append(separator.join(parts))
            parts = []
    return [*pieces, separator.join(parts)] if parts else pieces
