"""Staff sign in at the company's identity provider: a real one, in a process of its own."""

import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from deploy.local.places import free_port, is_free
from services.gateway.domain.staff import COOKIE
from services.gateway.http.settings import HttpSettings
from services.gateway.http.staff.oidc import COOKIE as WAY
from services.gateway.store import staff
from shared.messaging.worker import Worker
from shared.testing.faults import fault_of
from shared.testing.until import until
from tests.integration.gateway.conftest import Site, site_of

HERE = "https://console.example/v1/sessions/oidc/finished"
USERS = ('{"sub": "42", "preferred_username": "kim"}', '{"sub": "43", "preferred_username": "kim"}', '{"sub": "44"}')


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """Run an identity provider that knows two who call themselves Kim, and one without a name."""
    port = free_port()
    claims = [part for user in USERS for part in ("--user-claims", user)]
    provider = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true", *claims]
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        provider.terminate()
        provider.wait()


@pytest.fixture
async def office(worker: Worker, issuer: str) -> AsyncIterator[Site]:
    """Serve gateway to Kim, who has no password here."""

    async def answers() -> bool:
        return not is_free(urlsplit(issuer).port or 0)

    await until(answers)
    await staff.keep_user(worker.pool, "kim", "support", ["acme"], None)
    settings = HttpSettings(
        oidc_issuer=issuer, oidc_client_id="firstfill", oidc_client_secret=SecretStr("s"), oidc_redirect_url=HERE
    )
    async with site_of(worker, settings) as site:
        yield site


async def sign_in(site: Site, subject: str, **changed: str) -> httpx.Response:
    """Go to the provider, sign in there and come back; some of what comes back may be changed on the way."""
    site.client.cookies.clear()
    gone = await site.get("/v1/sessions/oidc", {})
    assert gone.status_code == 303, gone.text
    way = gone.headers["set-cookie"].partition(";")[0]
    assert way.startswith(WAY)
    site.client.cookies.clear()
    async with httpx.AsyncClient(trust_env=False) as browser:
        back = await browser.post(gone.headers["location"], data={"sub": subject})
    assert back.status_code in (302, 303), back.text
    assert back.headers["location"].startswith(HERE)
    brought = {name: value[0] for name, value in parse_qs(urlsplit(back.headers["location"]).query).items()}
    state, nonce, verifier = way.split(".")
    cookie = changed.pop("cookie", f"{state}.{changed.pop('nonce', nonce)}.{verifier}")
    answer = await site.get("/v1/sessions/oidc/finished", {"Cookie": cookie}, **{**brought, **changed})
    site.client.cookies.clear()
    return answer


def session_in(answer: httpx.Response) -> str | None:
    found = re.search(rf"{COOKIE}=(fs_[\w-]+)", ",".join(answer.headers.get_list("set-cookie")))
    return found[1] if found else None


async def test_who_is_a_user_here_comes_back_signed_in(office: Site) -> None:
    answer = await sign_in(office, "42")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    caller = (await office.get("/v1/caller", {"Authorization": f"Bearer {session_in(answer)}"})).json()
    assert (caller["name"], caller["role"], caller["merchants"]) == ("kim", "support", ["acme"])


async def test_another_who_takes_the_name_later_is_not_let_in(office: Site) -> None:
    assert session_in(await sign_in(office, "42"))
    other = await sign_in(office, "43")
    assert (other.status_code, session_in(other)) == (403, None)
    assert session_in(await sign_in(office, "42"))


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"state": "another"}, 400, "this sign-in did not begin here"),
        ({"cookie": "x=y"}, 400, "this sign-in did not begin here"),
        ({"cookie": f"{WAY}=a.b.c"}, 400, "this sign-in did not begin here"),
        ({"code": "guessed"}, 401, "the provider refused this sign-in"),
        ({"nonce": "of-another-sign-in"}, 401, "the provider's answer is not valid"),
    ],
)
async def test_what_did_not_begin_here_is_refused(
    office: Site, changed: dict[str, str], status: int, error: str
) -> None:
    answer = await sign_in(office, "42", **changed)
    assert (answer.status_code, session_in(answer)) == (status, None)
    assert answer.json()["detail"].startswith(error)


async def test_who_is_no_user_or_has_no_name_is_refused(office: Site) -> None:
    assert (await sign_in(office, "44")).json()["detail"] == "the provider does not say preferred_username"
    await staff.disable_user(office.pool, "kim")
    assert (await sign_in(office, "42")).json()["detail"] == "nobody of this name is a user here"


async def test_without_a_provider_the_way_to_it_says_so(site: Site) -> None:
    answer = await site.get("/v1/sessions/oidc", {})
    assert (answer.status_code, fault_of(answer)["fix"]) == (503, "set OIDC_ISSUER for gateway, or use a password")


def test_a_provider_without_a_client_is_refused_at_start() -> None:
    with pytest.raises(ValueError, match="OIDC_ISSUER needs OIDC_CLIENT_ID"):
        HttpSettings(oidc_issuer="https://id.example")
