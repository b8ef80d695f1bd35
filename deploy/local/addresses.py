"""Where the servers of the local run are, for commands that come later, such as `make clock`."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from deploy.local.places import CannotRun, run_places

_FILE: Final = "addresses.json"


@dataclass(frozen=True, slots=True)
class Addresses:
    """The database as its owner and as the checker, and the broker."""

    database: str
    checker: str
    kafka: str


def remember(folder: Path, addresses: Addresses) -> None:
    """Keeps the addresses where only this user can read them: they hold passwords."""
    file = os.open(folder / _FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(file, "w") as out:
        json.dump(asdict(addresses), out)


def recall() -> Addresses:
    """The addresses of the run that is on now, or was last."""
    try:
        return Addresses(**json.loads((run_places().data / _FILE).read_text()))
    except FileNotFoundError:
        raise CannotRun("nothing runs here; start it with `make run`") from None
