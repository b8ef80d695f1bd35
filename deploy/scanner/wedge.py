"""Input of a keyboard wedge: barcodes, and the few words that a person types or scans from a command card."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from pydantic import TypeAdapter, ValidationError

from shared.contracts.dock import CloseRequested
from shared.contracts.fields import Fact, Id
from shared.contracts.scans import CartonClosed, ScanRecorded

Disposition = Literal["sellable", "damaged", "rework"]
HELP: Final = {
    "asn ID": "what follows comes off this truck; asn alone: it comes without one",
    "open": "the label scanned next is a carton to count unit by unit",
    "done": "that carton is empty",
    "x N": "the next scan counts N times",
    "damaged, rework": "the next scan is in that condition",
    "unlabelled": "the next scan has no label of its own: it needs rework",
    "lot L, date D": "what the next scan's label says, where its barcode does not",
    "void": "takes the last scan back",
    "list": "expected against scanned",
    "close": "nothing more comes off this truck",
    "quit": "ends; what is not sent yet is kept for next time",
}
_LABEL: Final = re.compile(r"(?:\][A-Za-z][0-9A-Za-z])?(?:00)?(\d{18})")


_ID: Final = TypeAdapter[str](Id)


class NotUnderstood(ValueError):
    """A line is neither a barcode nor a word that is known."""


@dataclass(frozen=True, slots=True)
class Hand:
    """What the person holds: the device, its counter, the truck, the carton, and the marks for the next scan."""

    device_id: str
    node: str
    counter: int = 0
    asn_id: str | None = None
    carton_id: str | None = None
    opening: bool = False
    times: int = 1
    disposition: Disposition = "sellable"
    unlabelled: bool = False
    lot: str | None = None
    printed_date: str | None = None
    last: str | None = None

    @property
    def holds(self) -> str:
        """Describe in one line what the next scan will mean."""
        rows = [f"truck {self.asn_id}" if self.asn_id else "no truck"]
        rows += ["scan the carton's label"] * self.opening
        rows += [f"carton {self.carton_id}, unit by unit"] * (self.carton_id is not None)
        rows += [f"× {self.times}"] * (self.times > 1)
        rows += [self.disposition] * (self.disposition != "sellable") + ["unlabelled"] * self.unlabelled
        rows += [f"lot {self.lot}"] * (self.lot is not None) + [f"date {self.printed_date}"] * bool(self.printed_date)
        return ", ".join(rows)


def read(hand: Hand, line: str, now: datetime) -> tuple[Hand, Fact | None]:
    """Read a line: return the hand after it, and what is to be published, if anything.

    Raises NotUnderstood, with what to do instead.
    """
    word, _, rest = line.partition(" ")
    command = _COMMANDS.get(word.lower())
    if command:
        return command(hand, rest.strip(), now)
    if not re.fullmatch(r"[\x1d\x20-\x7e]{4,200}", line) or " " in line:
        raise NotUnderstood(f"{line!r} is no barcode and no command; type help")
    return _scan(hand, line, now)


def an_id(name: str, said: str) -> str:
    """Return an id; raise NotUnderstood where nothing could have it."""
    try:
        return _ID.validate_python(said)
    except ValidationError:
        raise NotUnderstood(f"{name}: must be 1 to 200 characters without | and control characters") from None


def closing(fact: Fact) -> str:
    """Return what is over once this is published; None for a scan, which is answered."""
    if isinstance(fact, CartonClosed):
        return f"carton {fact.carton_id} is empty"
    return f"nothing more comes off truck {fact.asn_id}" if isinstance(fact, CloseRequested) else ""


def _scan(hand: Hand, barcode: str, now: datetime) -> tuple[Hand, Fact | None]:
    label = _LABEL.fullmatch(barcode)
    if hand.opening:
        return replace(hand, opening=False, carton_id=label.group(1) if label else barcode), None
    symbology, code = (barcode[:3], barcode[3:]) if barcode.startswith("]") else (None, barcode)
    whole = label is not None and hand.carton_id is None
    scan = ScanRecorded(
        scan_id=f"{hand.device_id}/{hand.counter + 1}", device_id=hand.device_id, node=hand.node, asn_id=hand.asn_id,
        carton_id=label.group(1) if whole and label else hand.carton_id, mode="by_carton" if whole else "by_unit",
        barcode=code, symbology=symbology, times=hand.times, disposition=hand.disposition,
        unlabelled=hand.unlabelled, lot=hand.lot, printed_date=hand.printed_date, scanned_at=now,
    )  # fmt: skip
    return _after(hand, scan.scan_id), scan


def _after(hand: Hand, scan_id: str) -> Hand:
    """Return the hand without the marks of one scan, which do not hold for the next."""
    kept = (hand.device_id, hand.node, hand.counter + 1, hand.asn_id, hand.carton_id)
    return Hand(*kept, last=scan_id)


def _asn(hand: Hand, said: str, _: datetime) -> tuple[Hand, None]:
    return replace(hand, asn_id=an_id("asn", said) if said else None, carton_id=None), None


def _open(hand: Hand, _said: str, _: datetime) -> tuple[Hand, None]:
    return replace(hand, opening=True, carton_id=None), None


def _done(hand: Hand, _said: str, now: datetime) -> tuple[Hand, Fact]:
    if hand.asn_id is None or hand.carton_id is None:
        raise NotUnderstood("no carton is open; say open, then scan its label")
    closed = CartonClosed(
        node=hand.node, asn_id=hand.asn_id, carton_id=hand.carton_id, device_id=hand.device_id, closed_at=now
    )
    return replace(hand, carton_id=None), closed


def _times(hand: Hand, said: str, _: datetime) -> tuple[Hand, None]:
    if not re.fullmatch(r"[1-9]\d{0,5}", said):
        raise NotUnderstood("say how many times, such as x 12")
    return replace(hand, times=int(said)), None


def _damaged(hand: Hand, _said: str, _: datetime) -> tuple[Hand, None]:
    return replace(hand, disposition="damaged"), None


def _rework(hand: Hand, _said: str, _: datetime) -> tuple[Hand, None]:
    return replace(hand, disposition="rework"), None


def _unlabelled(hand: Hand, _said: str, _: datetime) -> tuple[Hand, None]:
    return replace(hand, unlabelled=True), None


def _lot(hand: Hand, said: str, _: datetime) -> tuple[Hand, None]:
    if not said:
        raise NotUnderstood("say which lot, such as lot A17")
    return replace(hand, lot=an_id("lot", said)), None


def _date(hand: Hand, said: str, _: datetime) -> tuple[Hand, None]:
    digits = re.sub(r"[^0-9]", "", said)
    if not re.fullmatch(r"\d{4,8}", digits):
        raise NotUnderstood("key the digits as they are printed, such as date 31 08 27")
    return replace(hand, printed_date=digits), None


def _void(hand: Hand, said: str, now: datetime) -> tuple[Hand, Fact]:
    wrong = said or hand.last
    if wrong is None:
        raise NotUnderstood("nothing was scanned yet; say which, such as void gun-1/42")
    scan = ScanRecorded(
        scan_id=f"{hand.device_id}/{hand.counter + 1}", device_id=hand.device_id, node=hand.node, asn_id=hand.asn_id,
        mode="by_unit", void_of=an_id("void", wrong), scanned_at=now,
    )  # fmt: skip
    return replace(_after(hand, scan.scan_id), last=None), scan


def _close(hand: Hand, _said: str, now: datetime) -> tuple[Hand, Fact]:
    if hand.asn_id is None:
        raise NotUnderstood("say which truck first, such as asn north-trading/ASN-1002")
    return replace(hand, carton_id=None), CloseRequested(asn_id=hand.asn_id, requested_at=now)


_COMMANDS: Final = {
    "asn": _asn, "open": _open, "done": _done, "x": _times, "damaged": _damaged, "rework": _rework,
    "unlabelled": _unlabelled, "lot": _lot, "date": _date, "void": _void, "close": _close,
}  # fmt: skip
