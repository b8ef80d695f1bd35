"""Users, as administrators keep them."""

import secrets
from typing import Annotated, Final

from pydantic import Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.domain.callers import SECRET_BYTES, hash_of
from services.gateway.domain.staff import LINK_LASTS, Role
from services.gateway.http.door.admission import Gate
from services.gateway.http.door.bodies import Body, answer, model_of
from services.gateway.http.door.refusals import Refused
from services.gateway.store import staff as store
from shared.contracts.fields import Id

UserName = Annotated[str, StringConstraints(pattern=r"^[^|/\x00-\x1f\x7f]{1,100}$")]
Names = Annotated[tuple[Id, ...], Field(min_length=1, max_length=100)]


class UserKept(Body):
    """A user, what they do, and the only merchants and nodes that they may see; absent: all."""

    user: UserName
    role: Role
    merchants: Names | None = None
    nodes: Names | None = None


class UserNamed(Body):
    """A user."""

    user: UserName


async def list_users(gate: Gate, request: Request) -> Response:
    """Answer all users, without their secrets."""
    await gate.admit(request, "admin")
    return answer({"users": await store.users(gate.worker.pool)})


async def keep_user(gate: Gate, request: Request) -> Response:
    """Make a user, or change what one may see; one who was disabled is in force again."""
    await gate.admit(request, "admin")
    kept = await model_of(request, UserKept)
    bounds = (sorted(names) if names else None for names in (kept.merchants, kept.nodes))
    await store.keep_user(gate.worker.pool, kept.user, kept.role, *bounds)
    return answer({"user": kept.user})


async def disable_user(gate: Gate, request: Request) -> Response:
    """Disable a user: their sessions and links are worth nothing from now on."""
    await gate.admit(request, "admin")
    named = await model_of(request, UserNamed)
    if not await store.disable_user(gate.worker.pool, named.user):
        raise _nobody()
    return answer({"user": named.user})


async def make_link(gate: Gate, request: Request) -> Response:
    """Make a link that signs a user in once, to be handed to them; it is shown to nobody else."""
    await gate.admit(request, "admin")
    named = await model_of(request, UserNamed)
    user = await store.user(gate.worker.pool, named.user)
    if user is None or user.disabled_at:
        raise _nobody()
    link = secrets.token_urlsafe(SECRET_BYTES)
    await store.make_link(gate.worker.pool, named.user, hash_of(link), LINK_LASTS)
    return answer({"user": named.user, "link": link, "minutes": int(LINK_LASTS.total_seconds() // 60)})


def _nobody() -> Refused:
    return Refused(404, "no such user is in force", "user", "see GET /v1/users")


USERS: Final = (
    ("GET", "/v1/users", "Who may sign in, and what they see", list_users, None),
    ("POST", "/v1/users", "A user, and what they may see", keep_user, UserKept),
    ("POST", "/v1/users/disabled", "A user is let in no more", disable_user, UserNamed),
    ("POST", "/v1/users/links", "A link that signs a user in once", make_link, UserNamed),
)
