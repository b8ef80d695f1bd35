"""Barcodes as scanners send them, taken apart by biip; the domain judges their content."""

import re
from typing import Final

from biip import ParseConfig, ParseError
from biip.gs1_messages import GS1Message

from services.receiving.facts.gs1 import Element, Symbol

_GS: Final = "\x1d"
_CONFIG: Final = ParseConfig(gs1_element_strings_verify_date=False)
_NUMBERS: Final = frozenset({"]E0", "]E3", "]E4", "]I0", "]I1"})
_ELEMENT_STRINGS: Final = frozenset({"]C1", "]d2", "]e0", "]e1", "]e2", "]Q3", "]J1"})
_LENGTHS: Final = {8: "01", 12: "01", 13: "01", 14: "01", 18: "00"}
_HUMAN_FORM: Final = re.compile(r"\([0-9]{2,4}\)")


def parse(barcode: str, symbology: str | None = None) -> Symbol:
    """Take a barcode apart; the symbology may stand in front of it, as scanners send it.

    Without a symbology, digits of the length of a GTIN or SSCC are one, and a text that is no GS1 stays a text.
    """
    if sent := re.match(r"\][A-Za-z][0-9A-Za-z]", barcode):
        symbology, barcode = sent[0], barcode[3:]
    text = barcode.strip(_GS + " ")
    if _HUMAN_FORM.match(text):
        return Symbol(text, fault="this is the text under a barcode, not the barcode")
    if symbology in _ELEMENT_STRINGS:
        return _element_strings(text)
    if symbology in _NUMBERS:
        return _number(text[:13] if symbology == "]E3" else text)
    if symbology is not None:
        return Symbol(text)
    return _guessed(text, marked=barcode.startswith(_GS) or _GS in text)


def _guessed(text: str, *, marked: bool) -> Symbol:
    if text.isascii() and text.isdigit() and len(text) in _LENGTHS and not marked:
        return _number(text)
    found = _element_strings(text)
    return found if marked or found.elements else Symbol(text)


def _number(text: str) -> Symbol:
    """Pad a number that is a key by its length alone to the length of its AI."""
    ai = _LENGTHS.get(len(text))
    if ai is None or not (text.isascii() and text.isdigit()):
        return Symbol(text, fault="this is neither a GTIN nor an SSCC")
    return Symbol(text, ((ai, text.zfill(14) if ai == "01" else text),))


def _element_strings(text: str) -> Symbol:
    try:
        message = GS1Message.parse(text, config=_CONFIG)
    except ParseError:
        return Symbol(text, fault="these are no GS1 element strings")
    elements: list[Element] = []
    rest = text
    for element in message.element_strings:
        elements.append((element.ai.ai, element.value))
        rest = rest[len(element) :]
        if element.ai.separator_required and rest and not rest.startswith(_GS):
            return Symbol(text, tuple(elements), f"after ({element.ai.ai}) a separator is missing")
        rest = rest.lstrip(_GS)
    return Symbol(text, tuple(elements), None if elements else "this barcode is empty")
