"""Units that came without an ASN: the purchase orders that still owe them take them, the oldest first."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from services.receiving.domain.inbound import Position
from services.receiving.domain.purchase_orders.purchase_orders import OpenLine, Owed, consume
from services.receiving.domain.scanning.tallies import Disposition, Part


def share_out(
    parts: Iterable[tuple[Part, str | None]], owed: Mapping[Position, Owed], unknown: Collection[str] = ()
) -> list[list[Part]]:
    """Split parts by the supply that takes their units, each after what the parts before it took.

    Lines of the purchase order that a scan names go before older lines of others. Then come the units that are
    tolerated over; what is over after that waits in quarantine. Where there is no purchase order of a SKU, or one that
    is named is `unknown` yet, nothing limits the units and they have no supply: once it is known it owes so much less.
    """
    left = dict(owed)
    split: list[list[Part]] = []
    for part, po_number in parts:
        now = left.get(part.position, Owed()) if po_number not in unknown else Owed()
        named = [line for line in now.lines if line.po_number == po_number]
        taken = _consume(named, [line for line in now.lines if line.po_number != po_number], part.units)
        shares, over = _limited(taken, now)
        if po_number not in unknown:
            left[part.position] = _less(now, dict(taken), over)
        split.append(
            [
                replace(part, line=n, supply_id=supply, units=units, wished=part.wished if fits else _over(part))
                for n, (supply, units, fits) in enumerate(shares, 1)
            ]
        )
    return split


def units_over(placed: Iterable[Part], shared: Iterable[Part]) -> int:
    """Return how many units of a scan are over: they would be sellable, and no purchase order lets them be."""
    return sum(part.units for part in placed if part.good) - sum(part.units for part in shared if part.good)


def _over(part: Part) -> Disposition:
    return "quarantine" if part.wished == "sellable" else part.wished


def _limited(taken: Iterable[tuple[str | None, int]], owed: Owed) -> tuple[list[tuple[str | None, int, bool]], int]:
    """Return the shares and whether each is within what may come, and how many units of the tolerated were taken."""
    shares: list[tuple[str | None, int, bool]] = []
    tolerated = 0
    for supply, units in taken:
        if supply or not owed.limited:
            shares.append((supply, units, True))
            continue
        tolerated = min(units, owed.over)
        shares += [(owed.last_supply, tolerated, True)] if tolerated else []
        shares += [(None, units - tolerated, False)] if units > tolerated else []
    return shares, tolerated


def _consume(first: Iterable[OpenLine], then: Iterable[OpenLine], units: int) -> list[tuple[str | None, int]]:
    shares = consume(first, units)
    rest = sum(number for supply, number in shares if supply is None)
    return [share for share in shares if share[0]] + (consume(then, rest) if rest else [])


def _less(owed: Owed, taken: Mapping[str | None, int], over: int) -> Owed:
    left = (replace(line, units=line.units - taken.get(line.supply_id, 0)) for line in owed.lines)
    return replace(owed, lines=tuple(line for line in left if line.units), over=owed.over - over)
