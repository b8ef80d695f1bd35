"""Control numbers of what is sent to partners by file: one sequence for each, so that they can miss none."""

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Final, TypeVar

from services.receiving.store import QUERIES
from shared.db.queries import columns
from shared.messaging.transaction import Tx

H = TypeVar("H", bound=Hashable)
_LONGEST: Final = 200  # characters of a partner's name: a damaged file may say any


async def take(tx: Tx, partners: Mapping[H, str]) -> dict[H, int]:
    """Return the next number of each partner for something that is sent, in this order: 1, 2, 3 … for each."""
    partners = {thing: partner[:_LONGEST] for thing, partner in partners.items()}
    wanted = Counter(partners.values())
    rows = await tx.fetch(QUERIES["take_control_numbers"], *columns(wanted.items(), 2))
    last = {row["partner"]: row["last"] for row in rows}
    numbers: dict[H, int] = {}
    for thing, partner in reversed(list(partners.items())):
        numbers[thing] = last[partner]
        last[partner] -= 1
    return numbers
