"""Read model of exceptions that a person must settle."""

import json
from collections.abc import Sequence

from services.gateway.domain.versions import newest_versions
from services.gateway.handlers.requests import settle_by_exceptions
from services.gateway.store import read_models as store
from shared.contracts.exceptions import ExceptionChanged
from shared.messaging.transaction import Tx
from shared.messaging.wire import Event


async def show_exceptions(tx: Tx, exceptions: Sequence[Event[ExceptionChanged]]) -> None:
    """Show the newest state of each exception, whichever service found it."""
    last = newest_versions(
        (event.body for event in exceptions),
        lambda exception: exception.exception_id,
        lambda exception: exception.version,
    )
    rows = [
        (
            exception.exception_id,
            exception.version,
            exception.exception_class,
            exception.subject,
            json.dumps(exception.facts),
            exception.state,
            exception.opened_at,
            exception.node,
            exception.merchant,
        )
        for exception in last
    ]
    await store.keep_exceptions(tx, rows)
    await settle_by_exceptions(tx, exceptions)
