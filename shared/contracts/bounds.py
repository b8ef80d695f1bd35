"""Of which merchants and at which nodes a caller may see anything: what gateway tells the owner of an answer."""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any, Final

HEADER: Final = "Firstfill-Bounds"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The only merchants and nodes that a caller may see; None is all."""

    merchants: Collection[str] | None = None
    nodes: Collection[str] | None = None

    def cover_merchant(self, merchant: str) -> bool:
        """Return whether a merchant's own may be seen."""
        return self.merchants is None or merchant in self.merchants

    def cover_node(self, node: str) -> bool:
        """Return whether a node may be seen."""
        return self.nodes is None or node in self.nodes

    def headers(self) -> dict[str, str]:
        """Write them as a header of a question, which holds no more than ASCII; none where all may be seen."""
        return {HEADER: json.dumps(asdict(self))} if self != Bounds() else {}


def bounds_in(header: str | None) -> Bounds:
    """Read them from the header of a question."""
    fields: dict[str, Any] = json.loads(header) if header else {}
    return Bounds(**fields)
