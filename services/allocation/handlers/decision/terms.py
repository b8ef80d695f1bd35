"""A launch or a calendar changed: exactly the waiting lines that ship on other days because of it are promised anew."""

from services.allocation.domain.position import PositionKey
from services.allocation.domain.promise import PromiseTerms
from services.allocation.handlers.decision.decided_position import PositionNews, Why
from services.allocation.handlers.decision.facts import PositionFacts
from services.allocation.store import previous_terms
from shared.messaging.transaction import Tx


async def by_terms_before(tx: Tx, known: PositionFacts) -> dict[PositionKey, PositionNews]:
    """Of locked positions whose terms changed since their lines were promised: on what these were, and what changed."""
    return {
        key: PositionNews(
            Why(reason, cause, None),
            terms_before=PromiseTerms(calendar, calendar.next_shipping_day(tx.now), launch_on),
        )
        for key, (calendar, launch_on, reason, cause) in (await previous_terms.take(tx, known.positions)).items()
    }
