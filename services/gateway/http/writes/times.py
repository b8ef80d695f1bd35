"""When an order was complete, or changed, decides its place in the queue: it is told then, not long after."""

from collections.abc import Collection, Sequence
from datetime import datetime

from services.gateway.http.door.refusals import Refused
from shared.contracts.fields import Fact
from shared.contracts.orders import AHEAD, BACK, OrderChange, OrderPlaced


def guard_times(now: datetime, scopes: Collection[str], facts: Sequence[Fact]) -> None:
    """Refuse times ahead of ours, and from long ago without the scope `import`, which `admin` does not open."""
    for fact in facts:
        if not isinstance(fact, OrderPlaced | OrderChange):
            continue
        field = "completed_at" if isinstance(fact, OrderPlaced) else "changed_at"
        at = getattr(fact, field)
        if at > now + AHEAD:
            fix = f"mend your clock, or send it when it has happened: here it is {now:%Y-%m-%dT%H:%M:%SZ}"
            raise Refused(422, f"must be no more than {AHEAD.seconds // 60} minutes ahead of our clock", field, fix)
        if at < now - BACK and "import" not in scopes:
            fix = "use a key with the scope import for old orders"
            raise Refused(422, f"must be from the last {BACK.days} days", field, fix)
