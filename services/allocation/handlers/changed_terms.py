"""A launch or a calendar changed: exactly the waiting lines that ship on other days because of it are promised anew."""

from services.allocation.domain.positions import Key
from services.allocation.domain.promising import Terms
from services.allocation.handlers.knowing import Known
from services.allocation.handlers.served import News, Why
from services.allocation.store import terms
from shared.messaging.transaction import Tx


async def by_terms_before(tx: Tx, known: Known) -> dict[Key, News]:
    """Of locked positions whose terms changed since their lines were promised: on what these were, and what changed."""
    return {
        key: News(
            Why(reason, cause, None),
            terms_before=Terms(calendar, calendar.next_shipping_day(tx.now), launch_on),
        )
        for key, (calendar, launch_on, reason, cause) in (await terms.take(tx, known.positions)).items()
    }
