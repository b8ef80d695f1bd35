"""Whatever comes first: what was ordered is covered or owed, and the same is on its way in the end."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.receiving.domain.asns.asns import Asn, covered_units, revise
from services.receiving.domain.discrepancies import Discrepancy, discrepancy_of, rejudged_discrepancies
from services.receiving.domain.dock.close import ClosedLine
from services.receiving.domain.inbound import units_to_expect
from services.receiving.domain.purchase_orders.purchase_orders import OpenLine, consume, cover_lines
from tests.unit.receiving.scanning.docks import an_asn, march

DUE = st.integers(1, 28).map(march)
LINES = st.lists(st.tuples(DUE, st.integers(1, 40)), max_size=5).map(
    lambda rows: [(f"po/{n}", due, units) for n, (due, units) in enumerate(rows)]
)


@given(LINES, st.integers(0, 250))
def test_every_ordered_unit_is_covered_or_owed(lines: list[tuple[str, date, int]], units: int) -> None:
    filled = cover_lines(lines, units)
    assert sum(filled.values()) == min(units, sum(ordered for _, _, ordered in lines))
    assert all(0 <= filled[line] <= ordered for line, _, ordered in lines)
    for line, due, _ in lines:
        if filled[line]:
            assert all(filled[other] == ordered for other, earlier, ordered in lines if earlier < due)


@given(LINES, st.integers(0, 250))
def test_units_without_an_asn_are_all_given_out(lines: list[tuple[str, date, int]], units: int) -> None:
    shares = consume([OpenLine(line, "po", line, due, owed) for line, due, owed in lines], units)
    assert sum(share for _, share in shares) == units
    owed = {line: units for line, _, units in lines}
    assert all(0 < share <= owed.get(line or "", units) for line, share in shares)
    assert [line for line, _ in shares if line is None] in ([], [None])


@given(
    st.dictionaries(st.sampled_from((None, "po-1", "po-2", "po-3")), st.integers(0, 30), min_size=1),
    st.integers(0, 150),
    st.booleans(),
)
def test_an_asn_covers_no_more_than_it_brings(announced: dict[str | None, int], received: int, done: bool) -> None:
    shares = covered_units(announced, received, done=done)
    assert all(units > 0 for units in shares.values())
    assert shares.keys() <= announced.keys()
    assert sum(shares.values()) <= (received if done else sum(announced.values()))
    if done and None not in announced:
        assert sum(shares.values()) == received


@dataclass
class Story:
    """One purchase order line and its ASN, as the service keeps them."""

    ordered: tuple[int, int, bool] = (0, 0, False)  # version, units, final
    asn: Asn = field(default_factory=lambda: an_asn(0))
    announced: int = 0
    received: int = 0
    receipts: frozenset[str] = frozenset()

    def hears(self, news: tuple[str, int, int]) -> None:
        """Take one fact, as the handlers do."""
        kind, number, units = news
        if kind == "order" and number > self.ordered[0]:
            self.ordered = (number, units, number % 5 == 0)
        elif kind == "asn" and (asn := revise(self.asn, an_asn(number))):
            self.asn, self.announced = asn, units
        elif kind == "cancel":
            self.asn = replace(self.asn, cancelled_by=max(number, self.asn.cancelled_by))
        elif kind == "close":
            self.asn = replace(self.asn, closed=True)
        elif kind == "receipt" and f"{number}" not in self.receipts:
            self.receipts |= {f"{number}"}
            self.received += units

    @property
    def done(self) -> bool:
        return self.asn.closed or self.asn.cancelled

    def inbound(self) -> tuple[int, int]:
        """Return what the ASN and the purchase order are expected to bring."""
        announced = 0 if self.asn.cancelled else self.announced
        by_asn = units_to_expect(announced, self.received, min(announced, self.received), done=self.done)
        taken = covered_units({"po": self.announced}, self.received, done=self.done).get("po", 0)
        _, units, final = self.ordered
        filled = cover_lines([("po/1", march(9), units)], taken)["po/1"]
        return by_asn, units_to_expect(units - filled, 0, 0, done=final)


NEWS = st.lists(
    st.tuples(st.sampled_from(("order", "asn", "cancel", "close", "receipt")), st.integers(1, 6), st.integers(1, 40)),
    max_size=12,
    unique_by=lambda news: news[:2],
)


@given(NEWS, st.randoms(use_true_random=False))
def test_news_in_any_order_and_number_end_in_the_same_inbound(
    news: Sequence[tuple[str, int, int]], chance: random.Random
) -> None:
    once, again = Story(), Story()
    for row in news:
        once.hears(row)
    for row in chance.sample([*news, *news], 2 * len(news)):
        again.hears(row)
    assert again.inbound() == once.inbound()


@given(NEWS, st.integers(1, 40))
def test_a_receipt_of_an_open_asn_lowers_nothing(news: Sequence[tuple[str, int, int]], units: int) -> None:
    story = Story()
    for row in news:
        story.hears(row)
    before, open_then = story.inbound(), not story.done
    story.hears(("receipt", 99, units))
    if open_then:
        assert story.inbound() == before
    elif not story.asn.cancelled:
        assert sum(story.inbound()) >= sum(before) - max(0, story.received - story.announced)


@given(st.integers(0, 50), st.integers(0, 50), st.booleans())
def test_the_figures_of_a_truck_add_up(expected: int, received: int, listed: bool) -> None:
    line = ClosedLine(an_asn().asn_id, expected if listed else 0, received, 0, listed)  # type: ignore[arg-type]
    assert line.expected - line.short + line.over + line.wrong == received


@given(st.lists(st.dictionaries(st.sampled_from(("A", "B", "C")), st.integers(1, 3)), max_size=6))
def test_the_open_discrepancies_are_those_judged_last(rounds: list[dict[str, int]]) -> None:
    known: dict[str, Discrepancy] = {}
    for now in rounds:
        judged = [
            discrepancy_of("short", "asn", "asn-1", {"sku": sku, "short": str(units)}, sku)
            for sku, units in now.items()
        ]
        news = rejudged_discrepancies(frozenset({"short"}), known.values(), judged)
        assert all(
            discrepancy.version == getattr(known.get(discrepancy.exception_id), "version", 0) + 1
            for discrepancy in news
        )
        known |= {discrepancy.exception_id: discrepancy for discrepancy in news}
        standing = {
            discrepancy.facts["sku"]: int(discrepancy.facts["short"])
            for discrepancy in known.values()
            if discrepancy.state == "open"
        }
        assert standing == now
        assert rejudged_discrepancies(frozenset({"short"}), known.values(), judged) == []
