"""The figures that the sample shift's files imply, worked out line by line and without the services."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

from deploy.local.sample_files import SUPPLIER, rows
from deploy.local.trucks import cartons, eta_days

ASNS: Final = ("ASN-1001", "ASN-1002", "ASN-1003")
LANDED: Final = ("ASN-1001", "ASN-1003")
_MIN_LIFE: Final = 14  # days that food must have left when it ships
Window = tuple[int, int]
_ARRIVED: Final[Window] = (-1, 0)  # it is there: sooner than any truck that is still to come
LineKey = tuple[str, str]
Promises = dict[LineKey, Window | None]
Queue = dict[str, list[tuple[str, str, int]]]
_NEVER: Final[Window] = (999, 999)


@dataclass(slots=True)
class Expected:
    """The figures that the summary must show."""

    received: Counter[str] = field(default_factory=Counter)
    released: Counter[str] = field(default_factory=Counter)
    shipped: Counter[str] = field(default_factory=Counter)
    free: Counter[str] = field(default_factory=Counter)
    made: int = 0
    moved: int = 0
    kept: int = 0
    out_of_turn: int = 0
    notices: Counter[str] = field(default_factory=Counter)
    same_day: int = 0
    told_later: int = 0
    held: int = 0


def expected() -> Expected:
    """Replay the shift: orders, slip, early truck, arrivals, receipts, the close that makes the short known."""
    result = Expected()
    queue, sold = _orders()
    windows = {asn_id: eta_days(asn_id, 1) for asn_id in ASNS}
    closed = set[str]()
    before = _promises(queue, windows, closed, Counter())
    last_told = dict(before)
    told_today = set[str]()
    result.made = sum(map(len, queue.values()))
    result.notices["confirmed"] = len({order for lines in queue.values() for order, *_ in lines})
    for change in ("ASN-1002", "ASN-1003"):
        windows[change] = eta_days(change, 2)
        before = _move(result, last_told, told_today, before, _promises(queue, windows, closed, Counter()))
    rework = Counter[str]()
    for asn_id in LANDED:
        windows[asn_id] = _ARRIVED
        before = _move(result, last_told, told_today, before, _promises(queue, windows, closed, rework))
        sellable, unlabelled = _received(asn_id)
        result.received += sellable
        rework += unlabelled
        _release(result, queue, sellable)
        closed.add(asn_id)
        before = _move(result, last_told, told_today, before, _promises(queue, windows, closed, rework))
    _release(result, queue, rework)
    result.shipped = sold + result.released
    result.same_day = result.notices.total()
    result.free = _free(result.received + rework, result.shipped)
    return result


def _free(came: Counter[str], shipped: Counter[str]) -> Counter[str]:
    """Return what is left for sale: what was there and came, less what left, was kept back, is too old or missing."""
    units = Counter[str](came)
    for row in rows("opening"):
        too_old = int(row["expires_day"] or 999) < _MIN_LIFE
        units[row["sku"]] += 0 if too_old else int(row["units"])
    units.subtract(shipped)
    units.subtract({row["sku"]: int(row["units"]) for row in rows("shorts")})
    units.subtract({row["sku"]: int(row["units"]) for row in rows("stock") if row["what"] == "hold"})
    counted = {row["sku"]: int(row["units"]) for row in rows("stock") if row["what"] == "recount"}
    return Counter({**units, **counted})


def _orders() -> tuple[Queue, Counter[str]]:
    """Return the lines that wait, oldest first, by SKU; and the units that were in stock for the others."""
    stocked = {row["sku"] for row in rows("opening")}
    queue: Queue = defaultdict(list)
    sold = Counter[str]()
    for row in sorted(rows("orders"), key=lambda row: int(row["minute"])):
        if row["sku"] in stocked:
            sold[row["sku"]] += int(row["units"])
        else:
            queue[row["sku"]].append((row["order"], row["line"], int(row["units"])))
    return queue, sold


def _received(asn_id: str) -> tuple[Counter[str], Counter[str]]:
    """Return units that are sellable, and in rework; the same scan twice is one, and what is over is neither."""
    sku_of = {row[code]: (row["sku"], int(row["units_per_case"]) if code == "case_gtin" else 1)
              for row in rows("products") for code in ("gtin", "case_gtin")}  # fmt: skip
    held = cartons(asn_id)
    sellable, rework = Counter[str](), Counter[str]()
    for row in {row["scan"]: row for row in rows("scans") if row["asn"] == f"{SUPPLIER}/{asn_id}"}.values():
        sku, pack = sku_of.get(row["gtin"], ("", 0))
        units = held[row["carton"]] if row["mode"] == "by_carton" else Counter({sku: pack * int(row["times"])})
        sellable += units if row["disposition"] == "sellable" else Counter()
        rework += units if row["disposition"] == "rework" else Counter()
    counts = sum(held.values(), Counter[str]())
    return Counter({sku: min(units, counts[sku]) for sku, units in sellable.items()}), rework


def _promises(queue: Queue, windows: dict[str, Window], closed: set[str], rework: Counter[str]) -> Promises:
    """Return, for each waiting line, the window that serves it: oldest line first, earliest supply first.

    Rework is ready before any truck that is still to come.
    """
    supplies: dict[str, list[list[Any]]] = defaultdict(list)
    for asn_id, window in windows.items():
        for sku, units in sum(cartons(asn_id).values(), Counter[str]()).items():
            supplies[sku].append([window, 0 if asn_id in closed else units])
    for sku, units in rework.items():
        supplies[sku].append([(0, 0), units])
    promises: Promises = {}
    for sku, lines in queue.items():
        left = sorted(supplies[sku], key=lambda supply: supply[0][1])
        for order, line, units in lines:
            while left and left[0][1] < units:
                left.pop(0)
            promises[order, line] = left[0][0] if left else None
            if left:
                left[0][1] -= units
    return promises


def _move(result: Expected, last_told: Promises, told_today: set[str], before: Promises, after: Promises) -> Promises:
    """Count the lines whose dates changed, and a notice for each order with a line later than it was told.

    An order that was told today is told again in the evening, when the shift is over.
    """
    result.moved += len({line for line, window in after.items() if window != before[line]})
    later = {line for line, window in after.items() if (window or _NEVER) > (last_told[line] or _NEVER)}
    orders = {order for order, _ in later}
    result.notices["moved"] += len(orders - told_today)
    result.told_later = len(orders & told_today)
    last_told.update({line: after[line] for line in later if line[0] not in told_today})
    told_today |= orders
    return after


def _release(result: Expected, queue: Queue, sellable: Counter[str]) -> None:
    """Give the oldest lines the units; an order hears of a truck's units once."""
    orders = set()
    for sku, units in sellable.items():
        while queue[sku] and queue[sku][0][2] <= units:
            order, _, wanted = queue[sku].pop(0)
            units -= wanted
            result.released[sku] += wanted
            result.kept += 1
            orders.add(order)
    for kind in ("released", "shipped"):
        result.notices[kind] += len(orders)
