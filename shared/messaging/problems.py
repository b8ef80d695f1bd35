"""What is refused over HTTP: a sentence, and each field with its reason and what to do (RFC 9457, problem details)."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from starlette.responses import JSONResponse

MEDIA_TYPE: Final = "application/problem+json"


def problem(
    status: int, detail: str, field: str = "", fix: str = "", errors: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    """Describe a problem: of one field, empty where it is of none; or of several, each with field, reason and fix."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "errors": list(errors) or [{"field": field, "reason": detail, "fix": fix}],
    }


class ProblemResponse(JSONResponse):
    """The answer to a request that is refused; after a 503 it may be sent again soon."""

    media_type = MEDIA_TYPE

    def __init__(self, status: int, detail: str, field: str = "", fix: str = "") -> None:
        headers = {"Retry-After": "2"} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
        super().__init__(problem(status, detail, field, fix), status, headers)
