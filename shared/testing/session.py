"""The folder and the processes of one test session, gone afterwards even if it was killed with -9."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from deploy.local.places import Places, session_places, sessions_folder
from deploy.local.processes import Supervisor
from deploy.local.runner import only_runner, remove_dead


@contextmanager
def session_servers() -> Iterator[tuple[Supervisor, Places]]:
    """Return a supervisor in a data folder of its own; remove first what killed sessions left behind."""
    with ExitStack() as held:
        with only_runner(sessions_folder(), wait=True):
            remove_dead(sessions_folder().iterdir())
            places = session_places()
            held.enter_context(only_runner(places.data))
        supervisor = Supervisor(places.data)
        try:
            yield supervisor, places
        finally:
            supervisor.stop_all()
            shutil.rmtree(places.data)
