"""Barcodes as scanners send them, taken apart by biip; the domain judges their content."""

import re
from typing import Final

from biip import ParseConfig, ParseError
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_messages import GS1Message
from biip.upc import Upc

from services.receiving.facts.gs1 import Element, Symbol, check_digit_holds

_GS: Final = "\x1d"
_CONFIG: Final = ParseConfig(gs1_element_strings_verify_date=False)
_NUMBERS: Final = frozenset({"]E0", "]E3", "]E4", "]I0", "]I1"})
_ELEMENT_STRINGS: Final = frozenset({"]C1", "]d2", "]e0", "]e1", "]e2", "]Q3", "]J1"})
_LENGTHS: Final = {8: "01", 12: "01", 13: "01", 14: "01", 18: "00"}
_HUMAN_FORM: Final = re.compile(r"\([0-9]{2,4}\)")
_SEPARATOR_IN_WORDS: Final = re.compile("<(?:GS|FNC1)>|\\{(?:GS|FNC1)\\}", re.IGNORECASE)
_COMPOSITE: Final = re.compile(r"([0-9]{13})(?:\x1d|\||\]e[0-2])+(.+)", re.ASCII | re.DOTALL)
_AROUND: Final = _GS + " \t\r\n"


def parse(barcode: str, symbology: str | None = None) -> Symbol:
    """Take a barcode apart; the symbology may stand in front of it, as scanners send it.

    What scanners and keyboards make of one is read too: a carriage return, line feed or tab after it, `<GS>` written
    out for the separator, and the text under a barcode with its brackets. A link with a GTIN or SSCC in its path is a
    GS1 Digital Link. Without a symbology, digits of the length of a GTIN or SSCC are one, and a text that is no GS1
    stays a text.
    """
    if sent := re.match(r"\][A-Za-z][0-9A-Za-z]", barcode):
        symbology, barcode = sent[0], barcode[3:]
    barcode = _SEPARATOR_IN_WORDS.sub(_GS, barcode)
    text = barcode.strip(_AROUND)
    if _HUMAN_FORM.match(text):
        return _human_form(text)
    if text.lower().startswith(("http://", "https://")):
        return _link(text)
    if symbology == "]E0" and (both := _COMPOSITE.fullmatch(text)):
        return _composite(text, both[1], both[2])
    if symbology in _ELEMENT_STRINGS:
        return _element_strings(text)
    if symbology in _NUMBERS:
        return _number(text[:13] if symbology == "]E3" else text, compressed=symbology == "]E0")
    if symbology is not None:
        return Symbol(text)
    return _guessed(text, marked=barcode.startswith(_GS) or _GS in text)


def _human_form(text: str) -> Symbol:
    """Take apart the text under a barcode, in which brackets stand for the separators."""
    try:
        message = GS1Message.parse_hri(text, config=_CONFIG)
    except ParseError:
        return Symbol(text, fault="these are no GS1 element strings")
    return Symbol(text, tuple((element.ai.ai, element.value) for element in message.element_strings))


def _link(text: str) -> Symbol:
    """Take a GS1 Digital Link apart (GS1 Digital Link Standard: URI Syntax); any other link stays a text."""
    try:
        link = GS1DigitalLinkURI.parse(text, config=_CONFIG)
    except ParseError:
        return Symbol(text)
    return Symbol(text, tuple((element.ai.ai, element.value) for element in link.element_strings))


def _composite(text: str, number: str, more: str) -> Symbol:
    """Join a GTIN and the element strings of the composite component above it (GenSpecs 5.9)."""
    above = _element_strings(more)
    return Symbol(text, (("01", number.zfill(14)), *above.elements), above.fault)


def _guessed(text: str, *, marked: bool) -> Symbol:
    if text.isascii() and text.isdigit() and len(text) in _LENGTHS and not marked:
        return _number(text, compressed=len(text) == 8 and not check_digit_holds(text))
    found = _element_strings(text)
    return found if marked or found.elements else Symbol(text)


def _number(text: str, *, compressed: bool = False) -> Symbol:
    """Pad a number that is a key by its length alone to the length of its AI; expand a `compressed` UPC-E first."""
    if compressed and len(text) == 8:
        try:
            text = Upc.parse(text, config=_CONFIG).as_upc_a()
        except ParseError:
            return Symbol(text, (("01", text.zfill(14)),))
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
