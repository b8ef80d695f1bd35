"""The sample shift on servers of its own, as `make run` plays it: every service a process."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console

from deploy.local import summary
from deploy.local.expected_figures import expected
from deploy.local.places import session_places
from deploy.local.servers import Servers, running_servers
from deploy.local.services import LocalService, revive, running_services
from deploy.local.shift import Shift


@dataclass(frozen=True, slots=True)
class Played:
    """A shift that was played; its services still run. `printed` is everything that a person saw."""

    servers: Servers
    services: list[LocalService]
    printed: str
    right: bool


@contextmanager
def played(while_playing: Callable[[Servers, int], None] = lambda _servers, _phase: None) -> Iterator[Played]:
    """Play the shift; `while_playing` is called at least twice in each of its phases, and may break things."""
    console = Console(file=io.StringIO(), width=160)
    with (
        running_servers(session_places(), console.print, keep=False) as servers,
        running_services(servers, console.print) as services,
    ):

        def look() -> None:
            while_playing(servers, shift.phase)
            revive(servers, console.print)

        shift = Shift(servers, console, look)
        shift.play()
        right = summary.show(console, servers.database_url, expected(), servers.places.mail)
        assert isinstance(console.file, io.StringIO)
        yield Played(servers, services, console.file.getvalue(), right)
