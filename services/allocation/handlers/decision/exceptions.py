"""What a person must look at is told, kept, and settled once he says that he has dealt with it."""

from collections.abc import Iterable, Mapping, Sequence

from services.allocation.store import exceptions
from shared.contracts.exceptions import ExceptionChanged, ExceptionSettleRequested
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def tell_exceptions(tx: Tx, found: Iterable[tuple[ExceptionChanged, str | None]]) -> None:
    """Tells what was found, each with its trace, and keeps it until somebody settles it."""
    if not (news := list(found)):
        return
    rows = {x.exception_id: (x.exception_id, x.exception_class, x.subject, x.facts, x.merchant) for x, _ in news}
    kept = await exceptions.add_exceptions(tx, rows.values())
    for exception_changed, trace in news:
        tx.announce(exception_changed.model_copy(update=kept[exception_changed.exception_id]), trace)


async def settle_exceptions(tx: Tx, requests: Sequence[Event[ExceptionSettleRequested]]) -> None:
    """What a person has dealt with is settled, with who and why; the first who says so is right.

    Of what others found, or what is settled already, nothing is told.
    """
    first = {event.body.exception_id: event for event in reversed(requests)}
    asked = {name: (event.body.by, event.body.why) for name, event in sorted(first.items())}
    await settle(tx, asked, {name: event.traceparent for name, event in first.items()})


async def settle(tx: Tx, asked: Mapping[str, tuple[str, str]], traces: Mapping[str, str | None]) -> None:
    """Of these exceptions (by whom, and why) those that are open are settled."""
    for row in await exceptions.settle_exceptions(tx, ((name, *row) for name, row in asked.items())):
        tx.announce(ExceptionChanged(**row), traces.get(row["exception_id"]))
