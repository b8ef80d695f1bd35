"""Acceptance of order lines, given what the customer was shown, and the alternatives to a line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from services.allocation.domain.line import LineKey
from services.allocation.domain.page import Page, State

_MOST_ALTERNATIVES: Final = 5


@dataclass(frozen=True, slots=True)
class RequestedLine:
    """Units that a new line asks for, and the state that the customer was shown; None where nothing was."""

    line: LineKey
    units: int
    shown: State | None


@dataclass(frozen=True, slots=True)
class AcceptedLine:
    """A line that is served `at_once` as far as stock allows, and waits for the rest.

    A line that `fell` was shown in stock and has to wait: its customer must be told.
    """

    line: LineKey
    at_once: int
    waits: int
    state: Literal["in_stock", "preorder", "backorder"]
    fell: bool


@dataclass(frozen=True, slots=True)
class DeclinedLine:
    """A line that is not accepted, and the SKUs that its customer may have instead, best first."""

    line: LineKey
    alternatives: tuple[str, ...]


def accept(asked: Iterable[RequestedLine], now_is: Page, *, launched: bool = True) -> list[AcceptedLine | DeclinedLine]:
    """Accept lines in order of service: each gets what is still free and waits for the rest.

    Only a line that was shown out of stock is declined, unless all of it is at hand by now. A line that was shown
    anything else, or nothing, is accepted even where the page has closed since: the shop took the order in good faith.
    """
    free = now_is.available_to_sell
    answers: list[AcceptedLine | DeclinedLine] = []
    for line in asked:
        if line.shown == "out_of_stock" and line.units > free:
            answers.append(DeclinedLine(line.line, now_is.alternatives))
            continue
        at_once = min(line.units, free)
        free -= at_once
        answers.append(_accepted(line, at_once, launched=launched))
    return answers


def _accepted(one: RequestedLine, at_once: int, *, launched: bool) -> AcceptedLine:
    waits = one.units - at_once
    later: Literal["preorder", "backorder"] = "backorder" if launched else "preorder"
    return AcceptedLine(one.line, at_once, waits, later if waits else "in_stock", fell_from_stock(one.shown, waits))


def fell_from_stock(shown: State | None, waits: int) -> bool:
    """Return whether a line fell from in stock: it was shown in stock, and units of it wait."""
    return shown == "in_stock" and waits > 0


@dataclass(frozen=True, slots=True)
class Article:
    """A SKU as a customer compares it with another. `price` is in minor units."""

    sku: str
    merchant: str
    group: str | None
    price: int
    attributes: Mapping[str, str]
    in_stock: bool


def alternatives(wanted: Article, others: Iterable[Article]) -> tuple[str, ...]:
    """Return the alternatives in stock: fewest differing attributes, nearest price, lowest SKU; 5 at most.

    They have the same merchant and group. An attribute that only one of the two has differs.
    """
    if wanted.group is None:
        return ()
    close = [
        (_differing(wanted, article), abs(wanted.price - article.price), article.sku)
        for article in others
        if article.in_stock
        and article.sku != wanted.sku
        and (article.merchant, article.group) == (wanted.merchant, wanted.group)
    ]
    return tuple(sku for _, _, sku in sorted(close)[:_MOST_ALTERNATIVES])


def _differing(one: Article, other: Article) -> int:
    names = one.attributes.keys() | other.attributes.keys()
    return sum(one.attributes.get(name) != other.attributes.get(name) for name in names)
