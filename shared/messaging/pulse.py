"""The time for which this process ran: a frozen one must not take its own absence for slowness of its work."""

import time
from dataclasses import dataclass, field
from functools import cache
from threading import Thread
from typing import Final

_BEAT: Final = 0.1
_LONGEST_BEAT: Final = (
    0.5  # a busy machine wakes a thread late; later than this, the process or the machine stood still
)


@dataclass(slots=True)
class Pulse:
    """A count of the seconds in which this process ran, computing or waiting."""

    seconds: float = field(default=0.0)

    def beat(self) -> None:
        """Count for ever, in a thread of its own: what computes long holds up the event loop."""
        last = time.monotonic()
        while True:
            time.sleep(_BEAT)
            now = time.monotonic()
            self.seconds += min(now - last, _LONGEST_BEAT)
            last = now


@cache
def pulse() -> Pulse:
    """Return the pulse of this process."""
    started = Pulse()
    Thread(target=started.beat, name="pulse", daemon=True).start()
    return started
