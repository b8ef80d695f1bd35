"""Announcement of discrepancies that a person must look at."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from services.receiving.domain.discrepancies import (
    MAY_BE_SETTLED,
    About,
    Discrepancy,
    ExceptionClass,
    discrepancies_to_announce,
    rejudged_discrepancies,
    settled_by_hand,
)
from services.receiving.store import discrepancies
from shared.contracts.exceptions import ExceptionChanged, ExceptionSettleRequested
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event

Traces = Mapping[str, str | None]


async def announce_discrepancies(tx: Tx, about: About, traces: Traces, now: Collection[Discrepancy]) -> None:
    """Announce discrepancies of these subjects that are new, changed, open again or settled."""
    news = discrepancies_to_announce(await discrepancies.discrepancies(tx, about, traces), now)
    await _keep_and_tell(tx, news, traces)


async def announce_rejudged(
    tx: Tx, classes: frozenset[ExceptionClass], traces: Traces, now: Collection[Discrepancy]
) -> None:
    """Announce discrepancies of these classes, found, changed or settled, about ASNs that were judged anew."""
    news = rejudged_discrepancies(classes, await discrepancies.discrepancies(tx, "asn", traces), now)
    await _keep_and_tell(tx, news, traces)


async def settle_discrepancies(tx: Tx, requests: Sequence[Event[ExceptionSettleRequested]]) -> None:
    """Settle what a person has dealt with, with who and why; the first who says so is right.

    It is open again once it is found with other facts. What waits to be counted stays open until it is.
    """
    first = {event.body.exception_id: event for event in reversed(requests)}
    asked = await discrepancies.lock_discrepancies(tx, first)
    over = [
        settled_by_hand(row, first[row.exception_id].body.by, first[row.exception_id].body.why)
        for row in asked
        if row.state == "open" and row.exception_class in MAY_BE_SETTLED
    ]
    await _keep_and_tell(tx, over, {row.subject: first[row.exception_id].traceparent for row in over})


async def _keep_and_tell(tx: Tx, news: Iterable[Discrepancy], traces: Traces) -> None:
    news = list(news)
    kept = await discrepancies.keep_discrepancies(tx, news)
    for discrepancy in news:
        exception = ExceptionChanged(
            exception_id=discrepancy.exception_id,
            version=discrepancy.version,
            exception_class=discrepancy.exception_class,
            subject=discrepancy.subject,
            facts=dict(discrepancy.facts),
            state=discrepancy.state,
            **kept[discrepancy.exception_id],
        )
        tx.announce(exception, traces[discrepancy.subject])
