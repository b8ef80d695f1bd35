"""Why something is told of a line."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Why:
    """A reason in words, the event behind it, and the trace of that event where it is at hand."""

    reason: str
    cause: str
    traceparent: str | None
