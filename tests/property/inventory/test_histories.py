"""Whatever happens on the floor, and however late, often and mixed up it is told: the ledger ends as the floor is."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, Literal, TypeAlias, get_args

from hypothesis import event, given
from hypothesis import strategies as st

from services.inventory.domain.counts import Count
from services.inventory.domain.ledger import LotPlace, Movement, Node, Sku, Status
from services.inventory.domain.requests import Ask, Request
from services.inventory.domain.shorts import PickShort
from tests.property.inventory.books import POSITION, Books

START = datetime(2027, 3, 8, tzinfo=UTC)
LOTS = ("", "L1")
statuses: st.SearchStrategy[Status] = st.sampled_from(get_args(Status))
Told: TypeAlias = Movement | Count | Request | PickShort
What = Literal["receipt", "ship", "lost", "found", "count"]


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def place_of(lot: str, status: Status = "sellable") -> LotPlace:
    return (*POSITION, status, lot)


def moved(name: str, reason: Any, delta: int, minute: int, lot: str, status: Status = "sellable") -> Movement:
    return Movement(name, *POSITION, reason, status, delta, at(minute), f"test/{name}", lot)


def counted(name: str, units: int, minute: int, lot: str, kind: Any = "recount", status: Status = "sellable") -> Count:
    return Count(name, kind, None, place_of(lot, status), None, units, at(minute), f"test/{name}")


@dataclass
class Floor:
    """The truth: units by lot, of which some come and go without anybody telling."""

    lots: Counter[str] = field(default_factory=Counter)
    told: list[Movement | Count] = field(default_factory=list)

    def happens(self, what: What, lot: str, units: int, minute: int) -> None:
        """Let one thing happen; no more can leave than there is."""
        name, units = f"{minute}", units if what in ("receipt", "found") else min(units, self.lots[lot])
        if what == "count":
            self.told.append(counted(name, self.lots[lot], minute, lot))
        elif units:
            delta = units if what in ("receipt", "found") else -units
            self.lots[lot] += delta
            if what in ("receipt", "ship"):
                self.told.append(moved(name, what, delta, minute, lot))


days = st.lists(
    st.tuples(st.sampled_from(get_args(What)), st.sampled_from(LOTS), st.integers(1, 6)), min_size=1, max_size=12
)


@given(days, st.data())
def test_the_ledger_equals_the_floor_in_any_order_of_news(
    day: list[tuple[What, str, int]], data: st.DataObject
) -> None:
    floor, books = Floor(), Books()
    for minute, (kind, lot, units) in enumerate(day):
        floor.happens(kind, lot, units, minute)
    for number, lot in enumerate(LOTS):
        floor.happens("count", lot, 1, len(day) + number)
    often = st.lists(st.sampled_from(floor.told), max_size=4)
    for fact in data.draw(st.permutations(floor.told + data.draw(often))):
        books.count(fact) if isinstance(fact, Count) else books.move(fact)

    assert books.waiting == []
    assert {lot: books.units(place_of(lot)) for lot in LOTS} == {lot: floor.lots[lot] for lot in LOTS}
    event(
        f"counter-movements: {sum(receipt.movement.movement_id.endswith('/counted') for receipt in books.posted) > 0}"
    )


@given(days)
def test_news_in_order_is_right_at_every_count(day: list[tuple[What, str, int]]) -> None:
    floor, books = Floor(), Books()
    for minute, (kind, lot, units) in enumerate(day):
        before = len(floor.told)
        floor.happens(kind, lot, units, minute)
        for fact in floor.told[before:]:
            books.count(fact) if isinstance(fact, Count) else books.move(fact)
        if kind == "count":
            assert books.units(place_of(lot)) == floor.lots[lot]


_receipts = st.builds(
    moved, st.uuids().map(str), st.just("receipt"), st.integers(-4, 6).filter(bool), st.integers(0, 20),
    st.sampled_from(LOTS), statuses,
)  # fmt: skip
_ships = st.builds(
    moved, st.uuids().map(str), st.just("ship"), st.integers(-4, -1), st.integers(0, 20), st.sampled_from(LOTS)
)
_counts = st.builds(
    counted, st.uuids().map(str), st.integers(0, 8), st.integers(0, 20), st.sampled_from(LOTS),
    st.sampled_from(["blind", "recount"]), statuses,
)  # fmt: skip
_dates = st.sampled_from([None, date(2027, 5, 1), date(2027, 6, 1)])
_asked = (
    st.uuids().map(str), st.sampled_from(get_args(Ask)), st.just(Sku("TEE")), st.just(Node("ams")),
    st.sampled_from(LOTS), st.none() | st.integers(1, 6), statuses, statuses, st.integers(0, 20).map(at),
    st.just("test/1"),
)  # fmt: skip
_requests = st.builds(Request, *_asked).filter(lambda request: request.asks != "lot correction")
_corrections = st.builds(Request, *_asked, st.none() | st.sampled_from(["L1", "L2"]), _dates).map(
    lambda request: replace(request, asks="lot correction", after=request.before)
)
_shorts = st.builds(
    PickShort, st.uuids().map(str), st.just(Sku("TEE")), st.just(Node("ams")), st.sampled_from(LOTS),
    st.integers(1, 6), st.just("o1"), st.just("1"), st.integers(0, 20).map(at), st.just("test/1"),
)  # fmt: skip


histories = st.lists(_receipts | _ships | _counts | _requests | _corrections | _shorts, max_size=25)


@given(histories, st.booleans())
def test_units_are_conserved_and_never_negative(history: list[Told], patient: bool) -> None:
    books = Books(patient=patient)
    for fact in history + history[::3]:
        take(books, fact)

    by_reason = Counter[str]()
    for receipt in books.posted:
        by_reason[receipt.movement.reason] += receipt.movement.delta
    assert sum(books.ledger.lots.values()) == sum(by_reason[reason] for reason in ("receipt", "ship", "count"))
    changes = {"hold", "unhold", "rework", "damage", "lot_correction", "correction", "short"}
    assert all(by_reason[reason] == 0 for reason in changes)
    assert all(second.sequence - first.sequence in (0, 1) for first, second in pairwise(books.posted))


@given(histories, st.booleans())
def test_a_lot_equals_its_newest_count_as_of_then(history: list[Told], patient: bool) -> None:
    books = Books(patient=patient)
    newest: dict[LotPlace, Count] = {}
    for fact in history:
        take(books, fact)
    for judgement in books.judged:
        known = newest.get(judgement.count.place)
        if judgement.accepted and (known is None or judgement.count.counted_at >= known.counted_at):
            newest[judgement.count.place] = judgement.count
    for place, count in newest.items():
        assert books.ledger.counted[place] == count.counted_at
        assert books.units_as_of(place, count.counted_at) == count.units
    open_counts = Counter(d.place for d in books.awaiting if d.exception_class == "count_differs" and d.state == "open")
    assert all(many == 1 for many in open_counts.values())


@given(days, st.data())
def test_late_shipments_leave_the_floors_units_whatever_was_kept_back(
    day: list[tuple[What, str, int]], data: st.DataObject
) -> None:
    floor, books = Floor(), Books(patient=False)
    for minute, (kind, lot, units) in enumerate(day):
        floor.happens("receipt" if kind != "ship" else kind, lot, units, minute)
    movements = [movement for movement in floor.told if isinstance(movement, Movement)]
    for receipt in (movement for movement in movements if movement.delta > 0):
        books.move(receipt)
    for number, lot in enumerate(data.draw(st.lists(st.sampled_from(LOTS), max_size=4))):
        group, hold = data.draw(st.none() | st.integers(1, 6)), f"hold-{number}"
        asked_at = at(len(day) + number)
        books.ask(Request(hold, "hold", *POSITION, lot, group, "sellable", "quarantine", asked_at, "test/1"))
    for shipment in data.draw(st.permutations([movement for movement in movements if movement.delta < 0])):
        books.move(shipment)

    left = {lot: books.units(place_of(lot)) + books.units(place_of(lot, "quarantine")) for lot in LOTS}
    assert books.waiting == []
    assert left == {lot: floor.lots[lot] for lot in LOTS}


@given(histories)
def test_a_request_is_done_whole_or_refused(history: list[Told]) -> None:
    books = Books()
    for fact in history:
        before, posted, refused = dict(books.ledger.lots), len(books.posted), len(books.refused)
        take(books, fact)
        if isinstance(fact, Request):
            done = len(books.posted) - posted
            assert (done == 0) == (len(books.refused) > refused)
            assert done or books.ledger.lots == before


def take(books: Books, fact: Told) -> None:
    """Take facts as the handler would."""
    if isinstance(fact, Movement):
        books.move(fact)
    elif isinstance(fact, Count):
        books.count(fact)
    elif isinstance(fact, Request):
        books.ask(fact)
    else:
        books.miss(fact)
