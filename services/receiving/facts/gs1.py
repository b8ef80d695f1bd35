"""GS1 element strings: the rules that a barcode's content must keep, and the part of it that the dock needs.

Sources: GS1 General Specifications (3, data fields; 4.14, mandatory and invalid associations; 7.9, check digits; 7.12,
two-digit years) and the GS1 Barcode Syntax Dictionary, from which the table of associations is taken.
"""

import re
from calendar import monthrange
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

_TRADE_ITEM: Final = "01,02,03,8006,8026"
_ITEM: Final = "01,02"
_MEASURED: Final = "30,31nn,32nn,35nn,36nn"
# AIs (n is any digit) · what must be there, one of each group · what must not be there
ASSOCIATIONS: Final = tuple(
    (tuple(ais.split(",")), tuple(tuple(group.split(",")) for group in needs.split()), tuple(bars.split(",")))
    for ais, needs, bars in (
        ("01", "", "02,03,255,37"),
        ("02", "37", "01,03"),
        ("03", "", "01,02,37"),
        ("10,11,13,15,16,20,240,241,242,422,7001", _TRADE_ITEM, ""),
        ("12", "8020", ""),
        ("17", _TRADE_ITEM + ",255", ""),
        ("21", "01,03,8006", "235"),
        ("22,235,243,337n,71n,8001,8200", "01", ""),
        ("250", "01,8006 21", ""),
        ("251,7021,7240,8012", "01,8006", ""),
        ("254", "414", ""),
        ("255", "", "01,02,415,8006,8020,8026"),
        ("30,7002,7003,7005,7006,7007,7008,7009,7010,7011,703n,8005,8008", _ITEM, ""),
        ("310n,311n,312n,313n,314n,315n,316n,32nn,350n,351n,352n,356n,357n,360n,361n,364n,365n,366n", _ITEM, ""),
        ("330n,331n,332n,333n,334n,335n,336n,34nn,353n,354n,355n,362n,363n,367n,368n,369n,8009", "00,01", ""),
        ("37", "00 02,8026", ""),
        ("390n", "255,8020", "391n,394n,8111"),
        ("391n", "8020", ""),
        ("392n", "01 " + _MEASURED, "393n"),
        ("393n", "01 " + _MEASURED, "392n"),
        ("394n", "255", "8111"),
        ("395n", "01 " + _MEASURED, "392n,393n,8005"),
        ("403,4300,4301,4302,4304,4305,4306,4307,4308,4309,431n,432n,433n", "00", ""),
        ("4303", "4302", ""),
        ("4313", "4312", ""),
        ("4330", "", "4331"),
        ("4332", "", "4333"),
        ("415", "8020", ""),
        ("420", "", "421"),
        ("421", "", "4307"),
        ("422", "", "426"),
        ("423,424,425", _ITEM, "426"),
        ("426", _ITEM, ""),
        ("427", _ITEM + " 422", ""),
        ("7004", "01 10", ""),
        ("7020", "01,8006 416", ""),
        ("7022", "7021", ""),
        ("723n", "01,8004", ""),
        ("7241,7242,8019", "8017,8018", ""),
        ("8006", "", "01,37"),
        ("8007,8020", "415", ""),
        ("8011", "8010", ""),
        ("8017", "", "8018"),
        ("8026", "37", "02,8006"),
        ("8111", "255", ""),
    )
)
# The digits of a value that end in a check digit, from which place to which.
CHECKED: Final = {
    "00": (0, 18), "01": (0, 14), "02": (0, 14), "03": (0, 14), "253": (0, 13), "255": (0, 13), "402": (0, 17),
    "410": (0, 13), "411": (0, 13), "412": (0, 13), "413": (0, 13), "414": (0, 13), "415": (0, 13), "416": (0, 13),
    "417": (0, 13), "8003": (1, 14), "8006": (0, 14), "8017": (0, 18), "8018": (0, 18), "8026": (0, 14),
}  # fmt: skip
_DATES: Final = frozenset({"11", "12", "13", "15", "16", "17"})
_COUNTS: Final = frozenset({"30", "37"})
_MEASURES: Final = frozenset({"31", "32", "35", "36"})
_USE_BY: Final = frozenset({"17", "15", "7003"})
_HELD_DATE: Final = re.compile(r"(17|15)([0-9]{6})$", re.ASCII)
_BELIEVABLE: Final = 6 * 366  # days from today
_SEPARATOR: Final = "\x1d"
Element = tuple[str, str]  # an application identifier, and its value


@dataclass(frozen=True, slots=True)
class Symbol:
    """A barcode taken apart: its element strings, or none where it is another text; `fault` says why it is neither."""

    text: str
    elements: tuple[Element, ...] = ()
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class BarcodeReading:
    """The part of a barcode that the dock needs, or the rule that it breaks.

    `count` multiplies the units of the item's pack (37); `items` are all units, where the item holds a number of its
    own (30). A `doubt` is what the barcode does not say for certain, though it breaks no rule.
    """

    sscc: str | None = None
    gtin: str | None = None
    count: int = 1
    items: int | None = None
    lot: str | None = None
    expires_on: date | None = None
    produced_on: date | None = None
    broken: str | None = None
    doubt: str | None = None


def read(symbol: Symbol, on: date, besides: Collection[str] = ()) -> BarcodeReading:
    """Read a barcode on a day; `besides` are AIs that other barcodes of the same item are known to carry.

    Associations hold over all barcodes of one physical item (Syntax Dictionary): the content label of a pallet whose
    SSCC was scanned before is whole. The use-by date (17, with a time 7003) stands before the best-before date (15).
    """
    broken = symbol.fault or broken_rule(symbol.elements, on, besides)
    if broken:
        return BarcodeReading(broken=broken)
    fields = dict(symbol.elements)
    expiry, made = fields.get("17") or fields.get("7003", "")[:6] or fields.get("15"), fields.get("11")
    return BarcodeReading(
        fields.get("00"), fields.get("01") or fields.get("02"), int(fields.get("37", 1)),
        int(fields["30"]) if "30" in fields else None, fields.get("10"), day_of(expiry, on) if expiry else None,
        day_of(made, on) if made else None, doubt=_doubt(symbol.text, fields, on),
    )  # fmt: skip


def _doubt(text: str, fields: Mapping[str, str], on: date) -> str | None:
    """Return what may be meant otherwise: an item that is weighed and not counted, or a lot that holds a date.

    A scanner that loses the separator (FNC1) after a lot makes what follows it part of the lot.
    """
    weighed = next((ai for ai in fields if len(ai) == 4 and ai[:2] in _MEASURES), None)
    if weighed and "30" not in fields:
        return f"({weighed}) measures it: how many units it is, it does not say"
    lot = fields.get("10", "")
    held = _HELD_DATE.search(lot) if _SEPARATOR not in text and not _USE_BY & fields.keys() else None
    if held and held.start() and (day := day_of(held[2], on)) and abs((day - on).days) <= _BELIEVABLE:
        return f"lot {lot} may be lot {lot[: held.start()]} and ({held[1]}){held[2]}: was a separator (FNC1) lost?"
    return None


def broken_rule(elements: Collection[Element], on: date, besides: Collection[str] = ()) -> str | None:
    """Return the first rule that element strings break, in words, or None."""
    fields: dict[str, str] = {}
    for ai, value in elements:
        if fields.setdefault(ai, value) != value:
            return f"({ai}) stands there twice with different values"
    for ai, value in fields.items():
        if broken := _broken_value(ai, value, on):
            return broken
    return _broken_association({*fields, *besides}, fields)


def check_digit(digits: str) -> str:
    """Return the digit that makes the sum, weighted 3 and 1 from the right, a multiple of ten (GenSpecs 7.9.1)."""
    total = sum(int(digit) * (1 if place % 2 else 3) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def check_digit_holds(digits: str) -> bool:
    """Return whether the last digit is the check digit of those before it."""
    return check_digit(digits[:-1]) == digits[-1]


def day_of(digits: str, on: date) -> date | None:
    """Return the day that YYMMDD means; day 00 is the month's last; None where there is no such day (GenSpecs 3.4)."""
    year, month, day = full_year(int(digits[:2]), on.year), int(digits[2:4]), int(digits[4:6])
    if not 1 <= month <= 12 or day > (last := monthrange(year, month)[1]):
        return None
    return date(year, month, day or last)


def full_year(two_digits: int, current: int) -> int:
    """Complete a two-digit year, between 49 years back and 50 ahead (GenSpecs 7.12)."""
    year = current - current % 100 + two_digits
    ahead = two_digits - current % 100
    return year - 100 if ahead >= 51 else year + 100 if ahead <= -50 else year


def _broken_value(ai: str, value: str, on: date) -> str | None:
    first, last = CHECKED.get(ai, (0, 0))
    if not check_digit_holds(value[first:last] or "0"):
        return f"the check digit of ({ai}) is wrong"
    if ai in _DATES and day_of(value, on) is None:
        return f"({ai}) is no date"
    if ai in _COUNTS and not int(value or 0):
        return f"({ai}) counts nothing"
    return None


def _broken_association(present: set[str], said: Collection[str]) -> str | None:
    for ai in said:
        if other := next((p for p in present if p != ai and len(p) == 4 and p[0] == "3" and p[:3] == ai[:3]), None):
            return f"({ai}) and ({other}) measure the same"
        for ais, needs, bars in ASSOCIATIONS:
            if not _among(ai, ais):
                continue
            if missing := next((group for group in needs if not any(_among(p, group) for p in present)), None):
                return f"({ai}) needs {' or '.join(f'({row})' for row in missing)}"
            if barred := next((p for p in present if p != ai and _among(p, bars)), None):
                return f"({ai}) must not stand with ({barred})"
    return None


def _among(ai: str, patterns: Collection[str]) -> bool:
    return any(
        len(ai) == len(pattern) and all(wanted in ("n", digit) for digit, wanted in zip(ai, pattern, strict=True))
        for pattern in patterns
    )
