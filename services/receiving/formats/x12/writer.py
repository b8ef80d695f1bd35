"""Segments written as a file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.receiving.formats.x12.segments import X12Delimiters

_WIDTHS: Final = (2, 15, 2, 15)


@dataclass(frozen=True, slots=True)
class Route:
    """The sender and receiver of an interchange, each with a qualifier (X12 element I05) and an id; `use` is P or T."""

    sender: tuple[str, str]
    receiver: tuple[str, str]
    use: str = "P"


def header(route: Route, version: str, control: str, now: datetime, cut: X12Delimiters) -> list[str]:
    """Write an ISA, whose elements have fixed widths."""
    parties = [f"{part:{width}.{width}}" for part, width in zip((*route.sender, *route.receiver), _WIDTHS, strict=True)]
    dated = [f"{now:%y%m%d}", f"{now:%H%M}", cut.repetition or "U", version, control, "0", route.use, cut.component]
    return ["ISA", "00", " " * 10, "00", " " * 10, *parties, *dated]


def write(segments: Iterable[Sequence[str]], cut: X12Delimiters) -> str:
    """Write segments without the empty elements at their ends."""
    return "".join(cut.element.join(segment).rstrip(cut.element) + cut.segment for segment in segments)
