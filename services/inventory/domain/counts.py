"""Counts: the units that the floor counted, compared with the ledger as of that instant.

A count fixes the units that were there at `counted_at`. Later movements do not contradict it; earlier ones that are
heard of later were seen by it (ledger.post). So counts and movements may arrive in any order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from services.inventory.domain.discrepancies import Discrepancy, discrepancy_of, settled
from services.inventory.domain.ledger import Journal, Ledger, LotKey, LotPlace, Movement, Sku, natural_id
from services.inventory.domain.lot_dates import hold_lot, other_date

Outcome = Literal["agreed", "booked", "differs", "superseded", "too_early"]
Policies = Mapping[tuple[str, str | None], int]


@dataclass(frozen=True, slots=True)
class Count:
    """Units of one lot and status that the floor counted."""

    count_id: str
    kind: Literal["blind", "recount"]
    recount_of: str | None
    place: LotPlace
    expires_on: date | None
    units: int
    counted_at: datetime
    cause: str


@dataclass(frozen=True, slots=True)
class Judged:
    """The outcome of a count, and the units that the ledger held at that instant."""

    count: Count
    ledger: int
    outcome: Outcome

    @property
    def accepted(self) -> bool:
        return self.outcome in ("agreed", "booked")


def tolerance_of(policies: Policies, merchant: str, sku: Sku) -> int:
    """Return the percent by which a count may differ: the SKU's policy, else the merchant's, else 0."""
    return policies.get((merchant, sku), policies.get((merchant, None), 0))


def take_counts(
    ledger: Ledger,
    counts: Iterable[Count],
    since: Mapping[str, int],
    percents: Mapping[Sku, int],
    awaited: Mapping[LotPlace, datetime],
) -> tuple[Journal, list[Judged]]:
    """Judge counts, oldest first, and post the differences that may be posted.

    `since` is the change in units after each count, by count id; `awaited` is the instant of the count that waits for a
    recount, by lot and status.
    """
    journal, waiting = Journal.over(ledger), dict(awaited)
    judged: list[Judged] = []
    for count in sorted(counts, key=lambda count: count.counted_at):
        judgement = _judge(journal.after, count, since[count.count_id], percents.get(count.place[0], 0), waiting)
        if judgement.accepted:
            _book(journal, judgement)
        elif judgement.outcome == "differs":
            waiting[count.place] = count.counted_at
        judged.append(judgement)
    return journal, judged


def _judge(ledger: Ledger, count: Count, since: int, percent: int, waiting: Mapping[LotPlace, datetime]) -> Judged:
    """Decide one count: a newer count stands, it agrees, its difference is posted, or a recount is needed.

    A recount is posted whatever it says, and a blind count within the tolerance (percent of the ledger's units). A
    count is too early when more units have left since than were there: receipts must be missing.
    """
    then = ledger.units(count.place) - since
    newest, awaited = ledger.fixed_at(count.place), waiting.get(count.place)
    if newest and count.counted_at < newest:
        return Judged(count, then, "superseded")
    if count.units == then:
        return Judged(count, then, "agreed")
    within = count.kind == "recount" or abs(count.units - then) * 100 <= percent * then
    if within:
        return Judged(count, then, "booked" if count.units + since >= 0 else "too_early")
    return Judged(count, then, "superseded" if awaited and count.counted_at < awaited else "differs")


def _book(journal: Journal, judged: Judged) -> None:
    count = judged.count
    journal.touch(count.place)
    journal.after.counted[count.place] = count.counted_at
    if judged.outcome == "booked":
        sku, node, status, lot = count.place
        journal.enter([
            Movement(
                natural_id("count", count.count_id), sku, node, "count", status, count.units - judged.ledger,
                count.counted_at, count.cause, lot, count.expires_on,
            )
        ])  # fmt: skip


def hold_lots_with_two_dates(journal: Journal, judged: Iterable[Judged]) -> None:
    """Put lots in quarantine that a count found with another expiry than they have, whatever it counted of them."""
    for count in (judgement.count for judgement in judged if judgement.outcome not in ("superseded", "too_early")):
        lot: LotKey = (*count.place[:2], count.place[3])
        found = other_date(journal.after, lot, count.expires_on, count.units, count.count_id, count.counted_at)
        if found and count.units:
            journal.other_dates.append(hold_lot(journal, found, count.cause))


def discrepancies_of(judged: Iterable[Judged], awaiting: Iterable[Discrepancy]) -> list[Discrepancy]:
    """Name what a person must look at after counts: a difference asks for a recount, a later count settles it.

    At most one count of a lot and status waits for a recount: the newest.
    """
    now = {discrepancy.exception_id: discrepancy for discrepancy in awaiting}
    for judgement in judged:
        count = judgement.count
        if judgement.outcome in ("superseded", "too_early"):
            continue
        for name, known in now.items():
            if known.state == "open" and _answers(judgement, known):
                now[name] = settled(known, settled_by=count.count_id)
        if judgement.outcome == "differs":
            difference = _difference(judgement)
            now[difference.exception_id] = difference
    return list(now.values())


def _answers(judged: Judged, known: Discrepancy) -> bool:
    count = judged.count
    if known.place != count.place or not (judged.accepted or known.exception_class == "count_differs"):
        return False
    return count.recount_of == known.subject or count.counted_at >= known.at


def _difference(judged: Judged) -> Discrepancy:
    count = judged.count
    facts = {
        "count_id": count.count_id,
        "counted": count.units,
        "ledger": judged.ledger,
        "difference": count.units - judged.ledger,
        "counted_at": count.counted_at.isoformat(),
        "todo": "count again and record it as a recount: stock is unchanged until then",
    }
    return discrepancy_of("count_differs", count.place, count.count_id, count.counted_at, facts)
