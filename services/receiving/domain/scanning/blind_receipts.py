"""Units that came without an ASN: the purchase orders that still owe them take them, the oldest first."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from services.receiving.domain.inbound import Position
from services.receiving.domain.purchase_orders.purchase_orders import OpenLine, consume
from services.receiving.domain.scanning.tallies import Part


def share_out(
    parts: Iterable[tuple[Part, str | None]],
    owed: Mapping[Position, Sequence[OpenLine]],
    unknown: Collection[str] = (),
) -> list[list[Part]]:
    """Split parts by the supply that takes their units, each after what the parts before it took.

    Lines of the purchase order that a scan names go before older lines of others; units that nobody owes have no
    supply. Nor have units that came for a purchase order that is `unknown` yet: once it is known it owes so much less.
    """
    left = {position: list(lines) for position, lines in owed.items()}
    split: list[list[Part]] = []
    for part, po_number in parts:
        lines = left.get(part.position, []) if po_number not in unknown else []
        named = [line for line in lines if line.po_number == po_number]
        taken = _consume(named, [line for line in lines if line.po_number != po_number], part.units)
        left[part.position] = _less(left.get(part.position, []), dict(taken))
        split.append(
            [replace(part, line=n, supply_id=supply, units=units) for n, (supply, units) in enumerate(taken, 1)]
        )
    return split


def _consume(first: Iterable[OpenLine], then: Iterable[OpenLine], units: int) -> list[tuple[str | None, int]]:
    shares = consume(first, units)
    rest = sum(number for supply, number in shares if supply is None)
    return [share for share in shares if share[0]] + (consume(then, rest) if rest else [])


def _less(lines: Iterable[OpenLine], taken: Mapping[str | None, int]) -> list[OpenLine]:
    left = (replace(line, units=line.units - taken.get(line.supply_id, 0)) for line in lines)
    return [line for line in left if line.units]
