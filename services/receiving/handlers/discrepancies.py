"""Announcement of discrepancies that a person must look at."""

from collections.abc import Collection, Iterable, Mapping

from services.receiving.domain.discrepancies import (
    About,
    Discrepancy,
    ExceptionClass,
    discrepancies_to_announce,
    rejudged_discrepancies,
)
from services.receiving.store import discrepancies
from shared.contracts.exceptions import ExceptionChanged
from shared.messaging.transaction import Tx

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


async def _keep_and_tell(tx: Tx, news: Iterable[Discrepancy], traces: Traces) -> None:
    news = list(news)
    await discrepancies.keep_discrepancies(tx, news)
    for discrepancy in news:
        exception = ExceptionChanged(
            exception_id=discrepancy.exception_id,
            version=discrepancy.version,
            exception_class=discrepancy.exception_class,
            subject=discrepancy.subject,
            facts=dict(discrepancy.facts),
            state=discrepancy.state,
        )
        tx.announce(exception, traces[discrepancy.subject])
