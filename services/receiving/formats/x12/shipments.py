"""Reading of one 856: supplier, node, arrival and cartons of an ASN."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final, Literal

from services.receiving.facts.file_asns import OUTDATED, UNDATED, UNKNOWN_NODE, Cancellation, FileAsn
from services.receiving.facts.window import Window
from services.receiving.formats.x12.cartons import back_orders, cartons
from services.receiving.formats.x12.elements import BAD_CODE, BAD_DATE, coded, instant, required, text, window, zone_of
from services.receiving.formats.x12.faults import Faults
from services.receiving.formats.x12.hierarchy import Level, tree
from services.receiving.formats.x12.interchange import TransactionSet, X12Group
from services.receiving.formats.x12.segments import X12Segment

_MISSING_SEGMENT, _OUT_OF_ORDER = "3", "7"
# X12 element 353. A change has no way to say what changed: suppliers send the whole notice again, as for a replacement,
# and as confirmation (06) or advance notice (14) too.
_PURPOSES: Final[dict[str, Literal["told", "cancelled"]]] = {
    "00": "told",
    "01": "cancelled",
    "04": "told",
    "05": "told",
    "06": "told",
    "14": "told",
}
# X12 element 374: estimated delivery, estimated arrival, scheduled, promised and at last requested delivery.
_ARRIVES: Final = ("017", "371", "067", "069", "002")
_NOT_BEFORE, _NOT_AFTER = "064", "063"
_SHIPPED: Final = "011"
# X12 element 98: supplier, vendor, and at last the place that it ships from.
_SUPPLIER: Final = ("SU", "VN", "SF")
_SHIP_TO: Final = "ST"
_SCAC: Final = "2"


def notice(faults: Faults, group: X12Group, one: TransactionSet) -> FileAsn | Cancellation | None:
    """Read the notice of an 856; None where it has faults. A cancellation needs no more than its BSN."""
    bsn = one.body[0] if one.body else None
    if bsn is None or bsn.tag != "BSN":
        faults.of_segment(_MISSING_SEGMENT, "expected BSN after ST", bsn or one.header, "BSN")
        return None
    purpose = coded(faults, bsn, 1, _PURPOSES)
    number = required(faults, bsn, 2, "the supplier's number of this notice")
    told_at = instant(faults, bsn, 3)
    if not bsn.get(4):
        required(faults, bsn, 4, "a time as HHMM or HHMMSS")
    levels = tree(one.body[1:], faults)
    supplier = _supplier(faults, levels, group)
    _check_totals(faults, one.body)
    shipment = _shipment(faults, one.last, levels, number or "", told_at) if purpose != "cancelled" else None
    if number is None or supplier is None or told_at is None or purpose is None:
        return None
    asn_id, revision = f"{supplier}/{number}", int(f"{told_at:%Y%m%d%H%M%S}")
    if (asn_id, revision) in faults.objections.outdated:
        faults.of_element(BAD_DATE, OUTDATED, bsn, 3)
    if (asn_id, revision) in faults.objections.undated:
        faults.of_segment(_MISSING_SEGMENT, f"expected DTM*017 with the estimated delivery: {UNDATED}", one.last, "DTM")
    if purpose == "cancelled":
        return Cancellation(asn_id, revision, supplier)
    return replace(shipment, asn_id=asn_id, revision=revision, supplier=supplier) if shipment else None


def _shipment(
    faults: Faults, last: X12Segment, levels: Sequence[Level], number: str, told_at: datetime | None
) -> FileAsn | None:
    """Read what a notice tells of its shipment; its name, revision and supplier are still to be filled in."""
    if not levels or levels[0].code != "S":
        at = levels[0].header if levels else last
        faults.of_segment(_MISSING_SEGMENT, "expected HL*1**S, the shipment, as the first HL", at, "HL")
        return None
    shipment = levels[0]
    node = _node(faults, levels)
    eta = _eta(faults, levels)
    held = cartons(faults, levels, number)
    later = back_orders(faults, levels)
    shipped_at, carrier = _shipped_at(faults, shipment), _carrier(faults, shipment)
    estimate = None if eta else _estimate(shipment, shipped_at or told_at)
    if not held and not faults:
        faults.of_segment(_MISSING_SEGMENT, "this notice lists nothing; expected HL*I", last, "HL")
    if faults or node is None:
        return None
    orders = {line.po_number for carton in held for line in carton.lines}
    order = orders.pop() if len(orders) == 1 else None
    due, due_from = estimate or (eta, None)
    return FileAsn("", 1, "", node, due, held, order, carrier, shipped_at, later, due_from)


def _supplier(faults: Faults, levels: Sequence[Level], group: X12Group) -> str | None:
    """Return the supplier's code in N1, or the group's sender."""
    for level in levels:
        party = next((found for role in _SUPPLIER if (found := level.first("N1", role)) and found.get(4)), None)
        if party and level.code in "SO":
            return text(faults, party, 4)
    return required(faults, group.header, 2, "the sender's code")


def _node(faults: Faults, levels: Sequence[Level]) -> str | None:
    """Return the code of the node in N1*ST of the shipment, or of its orders, which must agree."""
    found = [party for level in levels if level.code in ("S", "O") for party in level.all("N1", _SHIP_TO)]
    if not found:
        reason = "expected N1*ST with the code of the node that the shipment goes to"
        faults.of_segment(_MISSING_SEGMENT, reason, levels[0].header, "N1")
        return None
    for other in found[1:]:
        if other.get(4) != found[0].get(4):
            faults.of_element(BAD_CODE, "expected the code of the first N1*ST: a notice goes to one node", other, 4)
    code = required(faults, found[0], 4, "the code of the node that the shipment goes to")
    if code in faults.objections.unknown_nodes:
        faults.of_element(BAD_CODE, UNKNOWN_NODE, found[0], 4)
    return code


def _eta(faults: Faults, levels: Sequence[Level]) -> Window | None:
    """Return when the truck is due, as the shipment says, else its orders; None where nothing says."""
    if due := _due(faults, levels[0]):
        return due
    orders = [due for level in levels if level.code == "O" and (due := _due(faults, level))]
    if not orders:
        return None
    return Window(min(due.earliest for due in orders), max(due.latest for due in orders))


def _due(faults: Faults, level: Level) -> Window | None:
    """Return the days on which a level arrives: a day, or those between which it may be delivered."""
    if dated := level.first("DTM", *_ARRIVES):
        return window(faults, dated)
    first, last = level.first("DTM", _NOT_BEFORE), level.first("DTM", _NOT_AFTER)
    begin, end = first or last, last or first
    if begin is None or end is None:
        return None
    earliest, latest = window(faults, begin), window(faults, end)
    if earliest is None or latest is None:
        return None
    if earliest.earliest > latest.latest:
        faults.of_element(BAD_DATE, "expected a day that is not before DTM*064", end, 2)
        return None
    return Window(earliest.earliest, latest.latest)


def _estimate(shipment: Level, left_at: datetime | None) -> tuple[Window, str] | None:
    """Return when the truck is due by its slowest leg's transit time (TD511, in units of TD510), and from what."""
    days = [found for leg in shipment.all("TD5") if left_at and (found := _arrives(leg, left_at.date()))]
    return (Window(max(days), max(days)), "the carrier's transit time") if days else None


def _arrives(leg: X12Segment, left: date) -> date | None:
    text = leg.get(11)
    if not (text.isascii() and text.isdigit() and len(text) <= 3):
        return None
    number = int(text)
    match leg.get(10):  # X12 element 732
        case "CD" | "AD" | "SD":  # days: calendar, air, surface
            return left + timedelta(days=number)
        case "CW":  # weeks
            return left + timedelta(weeks=number)
        case "HO" | "AA" | "SH":  # hours: any, air, surface
            return left + timedelta(days=-(-number // 24))
        case "WD":  # working days
            return _weekdays_after(left, number)
        case "WW":  # weeks of five working days
            return _weekdays_after(left, 5 * number)
    return None


def _weekdays_after(day: date, number: int) -> date:
    while number:
        day += timedelta(days=1)
        number -= day.isoweekday() <= 5
    return day


def _shipped_at(faults: Faults, shipment: Level) -> datetime | None:
    dated = shipment.first("DTM", _SHIPPED)
    return instant(faults, dated, 2, zone_of(faults, dated, 4)) if dated else None


def _carrier(faults: Faults, shipment: Level) -> str | None:
    """Return the carrier's SCAC, where one is given as such."""
    legs = (leg for leg in shipment.all("TD5") if leg.get(2) == _SCAC and leg.get(3))
    leg = next(legs, None)
    return text(faults, leg, 3) if leg else None


def _check_totals(faults: Faults, body: Sequence[X12Segment]) -> None:
    """Check the totals: CTT01 counts the HLs, or only the items; CTT02 adds up SN102, or counts items or packages.

    Partners do it either way; a number that is none of these says that something was lost.
    """
    totals = [segment for segment in body if segment.tag == "CTT"]
    for ctt in totals[:1]:
        if ctt is not body[-1]:
            faults.of_segment(_OUT_OF_ORDER, "expected CTT before SE, once", ctt)
        levels = [segment.get(3) for segment in body if segment.tag == "HL"]
        items, packages = levels.count("I"), levels.count("P")
        if _number(ctt.get(1)) not in (len(levels), items):
            reason = f"expected the number of HL segments, which is {len(levels)}, or of items, which is {items}"
            faults.of_element(BAD_CODE, reason, ctt, 1)
        units = _sum(segment.get(2) for segment in body if segment.tag == "SN1")
        if ctt.get(2) and units is not None and _number(ctt.get(2)) not in (units, items, packages):
            faults.of_element(BAD_CODE, f"expected the sum of all SN102, which is {units:f}", ctt, 2)


def _sum(values: Iterable[str]) -> Decimal | None:
    """Add values; None where one of them is no number, which is a fault of its own."""
    numbers = [_number(value) for value in values]
    known = [number for number in numbers if number is not None]
    return sum(known, Decimal(0)) if len(known) == len(numbers) else None


def _number(value: str) -> Decimal | None:
    plain = value.isascii() and value.replace(".", "", 1).isdigit() and len(value) <= 20
    return Decimal(value) if plain else None
