"""Staff sign in, see what is theirs, and sign out."""

import asyncio
import time
from datetime import datetime
from typing import Any, cast

import httpx
import pyotp
import pytest

from services.gateway.domain.callers import SCOPES, Scope, scopes_open
from services.gateway.domain.staff import COOKIE, ROLES, Role
from services.gateway.http.settings import HttpSettings
from services.gateway.http.staff.passwords import Passwords
from services.gateway.store import staff
from shared.messaging.worker import Worker
from shared.testing.faults import fault_of
from tests.integration.gateway.conftest import Site, site_of
from tests.integration.gateway.test_bounds import OPERATIONS, sent
from tests.integration.gateway.test_keys import command

PASSWORD = "four plain words here"
SETTINGS = HttpSettings(requests_per_key="10000/minute", totp_keys="a:" + "k" * 32)
WRONG = "the name, the password, the code or the link is not right"


@pytest.fixture
async def office(worker: Worker) -> Any:
    """Serve gateway to Kim of operations, who has a password."""
    await staff.keep_user(worker.pool, "kim", "operations", None, None)
    await staff.set_password(worker.pool, "kim", await Passwords().hash_of(PASSWORD))
    async with site_of(worker, SETTINGS) as site:
        yield site


async def sign_in(site: Site, **body: Any) -> httpx.Response:
    site.client.cookies.clear()
    return await site.post("/v1/sessions", body, {})


def shown(answer: httpx.Response) -> dict[str, str]:
    """Return the session that an answer opened as a browser shows it."""
    session = answer.headers["set-cookie"].partition(";")[0]
    return {"Cookie": session}


async def session_of(site: Site, name: str = "kim", password: str = PASSWORD, **body: Any) -> dict[str, str]:
    answer = await sign_in(site, user=name, password=password, **body)
    assert answer.status_code == 200, answer.text
    site.client.cookies.clear()
    return shown(answer)


async def test_a_session_is_a_cookie_of_this_host_alone_and_opens_what_its_role_does(office: Site) -> None:
    answer = await sign_in(office, user="kim", password=PASSWORD)
    assert answer.headers["set-cookie"].startswith(f"{COOKIE}=fs_")
    parts = {part.strip().casefold() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert parts == {"httponly", "secure", "samesite=lax", "path=/", "max-age=43200"}
    caller = answer.json()
    assert (caller["actor"], caller["role"], caller["merchants"]) == ("user/kim", "operations", None)
    assert datetime.fromisoformat(caller["expires_at"]).isoformat() == caller["expires_at"]
    assert "fs_" not in answer.text
    office.client.cookies.clear()
    cookie = shown(answer)
    bearer = {"Authorization": f"Bearer {cookie['Cookie'].partition('=')[2]}"}
    for header in (cookie, bearer):
        assert (await office.get("/v1/queues", header)).status_code == 200
        assert (await office.get("/v1/caller", header)).json()["name"] == "kim"
    assert (await office.get("/v1/users", cookie)).json()["detail"] == "this session lacks the scope admin"


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_opens_what_the_table_says_and_nothing_else(office: Site, role: Role) -> None:
    await staff.keep_user(office.pool, "kim", role, None, None)
    session = await session_of(office)
    for operation in OPERATIONS:
        if operation["scope"]:
            answer = await sent(office, operation, session)
            lacks = answer.status_code == 403 and "lacks the scope" in answer.text
            assert lacks != scopes_open(ROLES[role], cast("Scope", operation["scope"])), operation


def test_every_scope_but_those_of_shops_is_some_roles() -> None:
    assert set(SCOPES) - {"import", "storefront"} == {scope for scopes in ROLES.values() for scope in scopes}


async def test_what_is_wrong_is_refused_in_the_same_words(office: Site) -> None:
    await staff.keep_user(office.pool, "gone", "support", None, None)
    await staff.set_password(office.pool, "gone", await Passwords().hash_of(PASSWORD))
    assert await staff.disable_user(office.pool, "gone")
    for body in (
        {"user": "kim", "password": "four other words here"},
        {"user": "nobody", "password": PASSWORD},
        {"user": "gone", "password": PASSWORD},
        {"link": "never made"},
    ):
        answer = await sign_in(office, **body)
        assert (answer.status_code, answer.json()["detail"]) == (401, WRONG)
        assert "set-cookie" not in answer.headers


async def test_a_session_ends_at_sign_out_at_the_next_sign_in_and_with_its_user(office: Site) -> None:
    first, second = await session_of(office), await session_of(office)
    rotated = await office.post("/v1/sessions", {"user": "kim", "password": PASSWORD}, first)
    office.client.cookies.clear()
    third = shown(rotated)
    assert [(await office.get("/v1/caller", s)).status_code for s in (first, second, third)] == [401, 200, 200]
    assert (await office.post("/v1/sessions/ended", {}, second)).status_code == 200
    office.client.cookies.clear()
    assert [(await office.get("/v1/caller", s)).status_code for s in (second, third)] == [401, 200]
    assert await staff.disable_user(office.pool, "kim")
    assert (await office.get("/v1/caller", third)).status_code == 401


async def test_a_session_expires(office: Site) -> None:
    session = await session_of(office)
    await office.pool.execute("update sessions set made_at = now() - interval '13 h', expires_at = now()")
    assert (await office.get("/v1/caller", session)).status_code == 401


async def test_the_database_knows_neither_session_nor_link_nor_password(office: Site, database: str) -> None:
    link = command(database, "link", "kim", module="users").stdout.strip()
    session = await session_of(office)
    rows = await office.pool.fetch(
        "select users::text as row from users union all select sessions::text from sessions "
        "union all select sign_in_links::text from sign_in_links"
    )
    kept = " ".join(row["row"] for row in rows)
    assert len(rows) == 3
    for secret in (link, session["Cookie"].partition("=")[2], PASSWORD):
        assert secret not in kept


async def test_a_page_of_another_site_changes_nothing_with_a_visitors_cookie(office: Site) -> None:
    session = await session_of(office)
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 200)):
        answer = await office.post("/v1/caller/app", {}, session, **{"Sec-Fetch-Site": site})
        assert answer.status_code == status, site
    assert (await office.get("/v1/caller", {**session, "Sec-Fetch-Site": "cross-site"})).status_code == 200


async def test_a_link_signs_in_once_and_sets_a_password_without_the_old_one(office: Site, database: str) -> None:
    made = command(database, "keep", "ana", "--role", "support", "--merchant", "acme", module="users")
    assert made.returncode == 0, made.stderr
    link = command(database, "link", "ana", module="users").stdout.strip()
    answer = await sign_in(office, link=link)
    assert (answer.json()["name"], answer.json()["merchants"]) == ("ana", ["acme"])
    assert (await sign_in(office, link=link)).status_code == 401
    office.client.cookies.clear()
    session = shown(answer)
    for password, error in (("short", "must have 12"), ("ana" * 5, "must have six"), ("a" * 20, "must have six")):
        refused = await office.post("/v1/caller/password", {"password": password}, session)
        assert (refused.status_code, fault_of(refused)["field"]) == (422, "password")
        assert refused.json()["detail"].startswith(error)
    assert (await office.post("/v1/caller/password", {"password": PASSWORD}, session)).status_code == 200
    by_password = await session_of(office, "ana")
    other = {"password": "quite other plain words"}
    refused = await office.post("/v1/caller/password", other, by_password)
    assert (refused.status_code, fault_of(refused)["field"]) == (422, "old_password")
    assert (await office.post("/v1/caller/password", {**other, "old_password": PASSWORD}, by_password)).is_success
    assert [(await office.get("/v1/caller", s)).status_code for s in (session, by_password)] == [401, 200]


async def test_a_code_is_asked_for_once_its_app_is_confirmed_and_counts_once(office: Site) -> None:
    session = await session_of(office)
    app = pyotp.TOTP((await office.post("/v1/caller/app", {}, session)).json()["seed"])
    assert (await office.post("/v1/caller/app/confirmed", {"code": "000000"}, session)).status_code == 422
    await session_of(office)  # until then no code is asked for
    now = int(time.time())
    assert (await office.post("/v1/caller/app/confirmed", {"code": app.at(now)}, session)).status_code == 200
    assert (await sign_in(office, user="kim", password=PASSWORD)).status_code == 401
    assert (await sign_in(office, user="kim", password=PASSWORD, code=app.at(now))).status_code == 401, "it counted"
    ahead = app.at(now + 30)
    both = await asyncio.gather(*(sign_in(office, user="kim", password=PASSWORD, code=ahead) for _ in range(2)))
    assert sorted(answer.status_code for answer in both) == [200, 401]
    office.client.cookies.clear()
    refused = await office.post("/v1/caller/app", {}, session)
    assert (refused.status_code, fault_of(refused)["field"]) == (422, "code")
    assert app.secret not in str(await office.pool.fetchval("select users::text from users where user_name = 'kim'"))


async def test_guesses_of_a_password_are_soon_refused_and_others_go_on(office: Site) -> None:
    await staff.keep_user(office.pool, "ana", "support", None, None)
    await staff.set_password(office.pool, "ana", await Passwords().hash_of(PASSWORD))
    answers = [await sign_in(office, user="kim", password=f"{n} wrong words here") for n in range(11)]
    assert [answer.status_code for answer in answers] == 10 * [401] + [429]
    assert int(answers[-1].headers["retry-after"]) > 0
    assert (await sign_in(office, user="kim", password=PASSWORD)).status_code == 429
    await session_of(office, "ana")


async def test_administrators_keep_users_over_http(office: Site) -> None:
    admin = await office.key("admin")
    body = {"user": "bo", "role": "dock", "nodes": ["ams"]}
    assert (await office.post("/v1/users", body, admin)).status_code == 200
    link = (await office.post("/v1/users/links", {"user": "bo"}, admin)).json()["link"]
    signed_in = await sign_in(office, link=link)
    assert (signed_in.json()["role"], signed_in.json()["nodes"]) == ("dock", ["ams"])
    office.client.cookies.clear()
    session = shown(signed_in)
    assert (await office.post("/v1/users", {**body, "nodes": ["lyon"]}, admin)).status_code == 200
    assert (await office.get("/v1/caller", session)).json()["nodes"] == ["lyon"], "at once"
    listed = {row["user_name"]: row for row in (await office.get("/v1/users", admin)).json()["users"]}
    assert (listed["bo"]["has_password"], listed["kim"]["has_password"]) == (False, True)
    assert (await office.post("/v1/users/disabled", {"user": "bo"}, admin)).status_code == 200
    assert (await office.get("/v1/caller", session)).status_code == 401
    for path in ("/v1/users/disabled", "/v1/users/links"):
        assert (await office.post(path, {"user": "bo"}, admin)).status_code == 404
    wrong = await office.post("/v1/users", {"user": "a/b", "role": "dock"}, admin)
    assert (wrong.status_code, fault_of(wrong)["field"]) == (422, "user")


async def test_a_dock_worker_sees_their_node_alone(office: Site) -> None:
    await staff.keep_user(office.pool, "kim", "dock", None, ["ams"])
    await office.pool.execute("insert into queues values ('a', 'ams', 1, 1, 1, 1), ('a', 'lyon', 1, 1, 1, 1)")
    session = await session_of(office)
    assert [row["node"] for row in await office.rows("/v1/queues", session)] == ["ams"]


def test_keys_that_mean_nothing_are_refused_at_start() -> None:
    with pytest.raises(ValueError, match="totp_keys"):
        HttpSettings(totp_keys="short")
