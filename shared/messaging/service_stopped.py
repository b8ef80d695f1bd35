"""A service that stopped is an exception for a person, until it gets something done again."""

from datetime import datetime

from shared.contracts.exceptions import ExceptionChanged
from shared.messaging.transaction import QUERIES, Tx


async def tell_stopped(tx: Tx, service: str, reason: str) -> None:
    """Tell once that a service stopped, and why."""
    if await tx.connection.fetchval(QUERIES["stop"], service, tx.now):
        tx.announce(_exception(tx, service, "open", {"why": reason}, tx.now), None)


async def tell_at_work(tx: Tx, service: str) -> None:
    """Settle that a service stopped, if that was told."""
    if since := await tx.connection.fetchval(QUERIES["go_on"], service):
        tx.announce(_exception(tx, service, "settled", {"since": since.isoformat()}, since), None)


def _exception(tx: Tx, service: str, state: str, facts: dict[str, str], opened_at: datetime) -> ExceptionChanged:
    return ExceptionChanged.model_validate(
        {
            "exception_id": f"stopped/{service}",
            "version": int(tx.now.timestamp() * 1000),
            "class": "service_stopped",
            "subject": service,
            "facts": facts,
            "state": state,
            "opened_at": opened_at,
        }
    )
