"""One SKU at one node."""

from datetime import datetime
from typing import TypeAlias

from msgspec import Struct

from services.allocation.domain.page import ShownPage, page_from_text

PositionKey: TypeAlias = tuple[str, str]


class Position(Struct, frozen=True, gc=False):
    """A locked position: how far its news has been applied, what its page shows and what waits for it.

    `waiting` is announced as lines, units and their value in minor units, `page_state_since` is when its page got its
    state. `claimed` units in stock are kept for lines that cannot be released yet; those do not count as waiting. It
    `renews` while some lines are still to be promised anew, since a supply changed.
    """

    sku: str
    node: str
    version: int
    stock_sequence: int
    inbound_version: int
    availability_version: int
    shown: str | None
    waiting: tuple[int, int, int]
    queue_version: int
    page_state_since: datetime | None = None
    claimed: int = 0
    renews: bool = False

    @property
    def key(self) -> PositionKey:
        return (self.sku, self.node)

    @property
    def told(self) -> ShownPage | None:
        """Return the page as it was announced last."""
        return (
            ShownPage(page_from_text(self.shown), self.page_state_since)
            if self.shown and self.page_state_since
            else None
        )
