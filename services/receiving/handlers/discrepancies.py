"""Announcement of discrepancies that a person must look at."""

from collections.abc import Collection, Iterable, Mapping

from services.receiving.domain.discrepancies import About, Discrepancy, ExceptionClass, news_of, restated
from services.receiving.store import discrepancies
from shared.contracts.exceptions import ExceptionChanged
from shared.messaging.transaction import Tx

Traces = Mapping[str, str | None]


async def tell_discrepancies(tx: Tx, about: About, traces: Traces, now: Collection[Discrepancy]) -> None:
    """Announce discrepancies of these subjects that are new, and those that are settled."""
    news = news_of(await discrepancies.discrepancies(tx, about, traces), now)
    await _keep_and_tell(tx, news, traces)


async def tell_judged(tx: Tx, classes: frozenset[ExceptionClass], traces: Traces, now: Collection[Discrepancy]) -> None:
    """Announce discrepancies of these classes, found, changed or settled, about ASNs that were judged anew."""
    news = restated(classes, await discrepancies.discrepancies(tx, "asn", traces), now)
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
