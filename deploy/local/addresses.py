"""Addresses of the local run's servers, for commands that come later, such as `make clock`."""

import asyncio
import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import asyncpg

from deploy.local.clock import time_at
from deploy.local.places import CannotRun, run_places

_FILE: Final = "addresses.json"


@dataclass(frozen=True, slots=True)
class Addresses:
    """The database as its owner and as the checker, the broker, and gateway over HTTP."""

    database: str
    checker: str
    kafka: str
    gateway: str


def remember(folder: Path, addresses: Addresses) -> None:
    """Keep the addresses where only this user can read them, since they hold passwords."""
    file = os.open(folder / _FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(file, "w") as out:
        json.dump(asdict(addresses), out)


def recall() -> Addresses:
    """Return the addresses of the run that is on now, or was last."""
    try:
        return Addresses(**json.loads((run_places().data / _FILE).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        raise CannotRun("nothing runs here; start it with `make run`") from None


def of_the_run() -> tuple[Addresses, datetime]:
    """Return the addresses of the run that is on, and what its clock says."""
    addresses = recall()
    try:
        return addresses, asyncio.run(time_at(addresses.database))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CannotRun(f"its database does not answer ({type(error).__name__}); is `make run` still on?") from None
