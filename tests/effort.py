"""How hard tests that make up their cases try: EFFORT is 1 in `make test`, less in `make check`, more in `soak`."""

import os
from typing import Final

EFFORT: Final = float(os.environ.get("EFFORT", "1"))


def cases(usual: int) -> int:
    """Return how many cases a test tries that usually tries so many."""
    return max(1, round(usual * EFFORT))
