"""A topic as data."""

from dataclasses import dataclass
from datetime import timedelta

from shared.contracts.fields import Fact


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `keeps` is None where compaction keeps the last record of each key for ever."""

    name: str
    about: str
    key: str
    written_by: tuple[str, ...]
    read_by: tuple[str, ...]
    keeps: timedelta | None
    events: tuple[type[Fact], ...] = ()
    compacted: bool = False
    ordered: bool = True
    tombstones: bool = False
    personal: bool = False
    partitions: int = 24

    def dead_letters_of(self, service: str) -> str:
        """Return the topic that takes what `service` could not handle."""
        return f"{self.name}.{service}.dlq"

    @property
    def cleanup(self) -> tuple[str, ...]:
        """Return Kafka's cleanup.policy: both where compacted records are not kept for ever either."""
        return ("compact",) * self.compacted + ("delete",) * (self.keeps is not None)
