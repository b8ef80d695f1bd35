"""What a refusal over HTTP says."""

from typing import Any

import httpx


def fault_of(answer: httpx.Response) -> dict[str, Any]:
    """Return the first error of a refusal: its field, the reason and the fix."""
    errors: list[dict[str, Any]] = answer.json()["errors"]
    return errors[0]
