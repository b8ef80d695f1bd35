"""All paths of gateway, and how requests come to them."""

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final

from fastapi import FastAPI
from limits import parse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from uuid_utils import uuid7

from services.gateway.domain.callers import BY_MERCHANT
from services.gateway.http.document import (
    Api,
    Json,
    describe_own,
    describe_preview,
    describe_queue,
    describe_read,
    describe_upload,
    describe_write,
)
from services.gateway.http.door.admission import Gate
from services.gateway.http.door.bodies import Body
from services.gateway.http.door.refusals import Refused, failed, gone, not_here, refused
from services.gateway.http.reads.owners import OWNED, Owners
from services.gateway.http.reads.previews import LINE_QUEUE, PREVIEWS, line_queue, preview
from services.gateway.http.reads.read_models import READS, read
from services.gateway.http.settings import HttpSettings
from services.gateway.http.staff.codes import Codes
from services.gateway.http.staff.sign_in import Door, FirstCode, NewApp, NewPassword, SignIn
from services.gateway.http.staff.users import USERS
from services.gateway.http.writes.events import WRITES, write
from services.gateway.http.writes.files import PATH, write_file
from services.gateway.http.writes.links import LinksToRevoke, revoke
from services.gateway.http.writes.requests import AskedFor, Undone, ask, undo
from shared.messaging.service import Asgi, Receive, Scope, Send
from shared.messaging.worker import Worker

Answer = Callable[[Request], Awaitable[Response]]
_SAFE: Final = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
_ABOUT: Final = (
    "Everything that scanners, docks, suppliers and shops say by topic, and every figure of receiving and stock. "
    "What is answered 202 is durable, and reaches its topic at least once."
)


def api(worker: Worker, settings: HttpSettings | None = None) -> Asgi:
    """Build gateway's HTTP API on a worker's pool and outbox."""
    settings = settings or HttpSettings()
    rates = (parse(settings.requests_per_key), parse(settings.unknown_keys_per_address))
    gate = Gate(worker, *rates, settings.secrets("link_keys"))
    at = {
        "receiving": settings.receiving_url,
        "inventory": settings.inventory_url,
        "allocation": settings.allocation_url,
        "notification": settings.notification_url,
    }
    app = _app()
    _add_writes(app, gate, frozenset(host.strip() for host in settings.logo_hosts.split(",") if host.strip()))
    _add_reads(app, gate, owners := Owners(at))
    _add_previews(app, gate, owners)
    _add_requests(app, gate)
    _add_staff(app, Door(gate, Codes(settings.secrets("totp_keys")), settings.provider()))

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        scope["request_id"] = str(uuid7())
        # Whatever failed was answered and logged; raised on, the server would log what the caller sent.
        with suppress(Exception):
            await app(scope, receive, partial(_send_safely, send, scope["request_id"]))

    return answer


async def _send_safely(send: Send, request_id: str, message: Scope) -> None:
    """Send an answer with its request's id, and headers by which nobody keeps it or takes it for something else."""
    if message["type"] == "http.response.start":
        message["headers"] = [*message["headers"], *_SAFE, (b"request-id", request_id.encode())]
    await send(message)


def _app() -> FastAPI:
    app = Api(
        title="Firstfill",
        version="1",
        description=_ABOUT,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(HTTPException, not_here)
    app.add_exception_handler(ClientDisconnect, gone)
    app.add_exception_handler(Exception, failed)
    return app


def _add_writes(app: FastAPI, gate: Gate, logo_hosts: frozenset[str]) -> None:
    for of in WRITES:
        about = (of.event.__doc__ or "").partition("\n")[0]
        _add(app, "POST", of.path, about, partial(write, gate, of, logo_hosts), describe_write(of))
    _add(app, "POST", PATH, "A file of ASNs, as it is", partial(write_file, gate), describe_upload())


def _add_reads(app: FastAPI, gate: Gate, owners: Owners) -> None:
    for of in READS:
        _add(app, "GET", of.path, of.says, partial(read, gate, of), describe_read(of))
    for owned in OWNED:
        about = f"{owned.says} ({owned.owner} answers)"
        _add(app, "GET", owned.path, about, partial(owners.ask, gate, owned), describe_read(owned))


def _add_previews(app: FastAPI, gate: Gate, owners: Owners) -> None:
    for of in PREVIEWS:
        _add(app, "POST", of.path, of.says, partial(preview, gate, owners, of), describe_preview(of), 200)
    _add(app, "GET", LINE_QUEUE, "Who is before a line, and why", partial(line_queue, gate, owners), describe_queue())


def _add_requests(app: FastAPI, gate: Gate) -> None:
    _add(
        app,
        "POST",
        "/v1/requests",
        "What a person asks for",
        partial(ask, gate),
        describe_own(AskedFor, "", repeat=True),
    )
    undone = describe_own(Undone, "", repeat=True)
    revoked = describe_own(LinksToRevoke, "order", repeat=True, bound_by=BY_MERCHANT)
    _add(app, "POST", "/v1/orders/links-revoked", "Links to an order lead nowhere", partial(revoke, gate), revoked)
    _add(app, "POST", "/v1/requests/undone", "A request is not sent after all", partial(undo, gate), undone)


def _add_staff(app: FastAPI, door: Door) -> None:
    own: tuple[tuple[str, str, str, Answer, type[Body] | None], ...] = (
        ("POST", "/v1/sessions", "Sign in", door.sign_in, SignIn),
        ("POST", "/v1/sessions/ended", "Sign out", door.sign_out, None),
        ("GET", "/v1/sessions/oidc", "Sign in at the company's identity provider", door.go_to_provider, None),
        ("GET", "/v1/sessions/oidc/finished", "Come back from it", door.come_from_provider, None),
        ("GET", "/v1/caller", "Who calls, and what they may do and see", door.say_who, None),
        ("POST", "/v1/caller/password", "Another password of one's own", door.change_password, NewPassword),
        ("POST", "/v1/caller/app", "Another authenticator app of one's own", door.new_code, NewApp),
        ("POST", "/v1/caller/app/confirmed", "The first code of it", door.confirm_code, FirstCode),
    )
    for method, path, about, answer, body in own:
        _add(app, method, path, about, answer, describe_own(body, ""), 200)
    for method, path, about, work, body in USERS:
        _add(app, method, path, about, partial(work, door.gate), describe_own(body, "admin"), 200)


def _add(
    app: FastAPI, method: str, path: str, about: str, answer: Answer, document: Json, status: int | None = None
) -> None:
    async def endpoint(request: Request) -> Response:
        return await answer(request)

    app.add_api_route(
        path,
        endpoint,
        methods=[method],
        status_code=status or (202 if method == "POST" else 200),
        response_class=Response,
        summary=about,
        operation_id=method.lower() + re.sub(r"\W+", "_", path.removeprefix("/v1")),
        openapi_extra=document,
    )
