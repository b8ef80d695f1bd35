"""Messages that we send: pydifact writes the segments, this counts them and puts them into their envelope."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pydifact.control.characters import Characters
from pydifact.segments import Segment
from pydifact.serializer import Serializer

_SERVICE: Final = Characters.from_str("UNA:+.? '")
_LATIN: Final = ["UNOC", "3"]
_UNICODE: Final = ["UNOW", "4"]

Elements = Sequence[str | Sequence[str]]
Body = Sequence[tuple[str, Elements]]


def interchange(
    sender: Sequence[str],
    receiver: Sequence[str],
    reference: str,
    now: datetime,
    messages: Sequence[tuple[str, Body]],
    *,
    test: bool = False,
) -> str:
    """Write an interchange of messages, each given by its type (as in UNH, such as RECADV:D:96A:UN) and its segments.

    Where its text goes beyond ASCII it declares Unicode, so that it is right when sent as UTF-8.
    """
    prepared = [f"{now:%y%m%d}", f"{now:%H%M}"]
    inner = [segment for number, (kind, body) in enumerate(messages, 1) for segment in _message(number, kind, body)]
    last = _segment("UNZ", [str(len(messages)), reference])
    for syntax in (_LATIN, _UNICODE):
        first = _segment("UNB", [syntax, sender, receiver, prepared, reference, *[""] * 5, "1" if test else ""])
        text = Serializer(_SERVICE).serialize([first, *inner, last])
        if text.isascii():
            break
    return text


def _message(number: int, kind: str, body: Body) -> list[Segment]:
    head = _segment("UNH", [str(number), kind.split(":")])
    return [head, *(_segment(*row) for row in body), _segment("UNT", [str(len(body) + 2), str(number)])]


def _segment(tag: str, elements: Elements) -> Segment:
    """Write a segment without the empty elements at its end."""
    rows = [element if isinstance(element, str) else list(element) for element in elements]
    while rows and not any(rows[-1]):
        rows.pop()
    return Segment(tag, *rows)
