"""Who may come in."""

import os
import secrets
import subprocess
import sys

import httpx
import pytest

from deploy.local.places import PROJECT
from services.gateway.domain.callers import PUBLISHABLE
from services.gateway.http.api import api
from services.gateway.http.settings import HttpSettings
from services.gateway.keys import create_key
from services.gateway.store import callers
from shared.db.migrations import role_of, url_for
from shared.messaging.worker import Worker
from shared.testing.faults import fault_of
from shared.testing.postgres import ROLE_PASSWORD
from tests.integration.gateway.conftest import Site, site_of

ASKED = "/v1/queues"


async def test_without_a_key_nothing_opens(site: Site) -> None:
    for headers in ({}, {"Authorization": "Bearer ff_00000000_" + "a" * 43}, {"Authorization": "Basic YTpi"}):
        answer = await site.get(ASKED, headers)
        assert (answer.status_code, fault_of(answer)["field"]) == (401, "Authorization")
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_known_prefix_with_another_secret_opens_nothing(site: Site) -> None:
    right = await site.key("read")
    forged = right["Authorization"].rpartition("_")[0][: len("Bearer ff_00000000")] + "_" + secrets.token_urlsafe(32)
    assert (await site.get(ASKED, {"Authorization": forged})).status_code == 401
    assert (await site.get(ASKED, right)).status_code == 200


async def test_a_revoked_key_opens_nothing_at_once(site: Site) -> None:
    key = await site.key("read")
    assert (await site.get(ASKED, key)).status_code == 200
    assert await callers.revoke_key(site.pool, key["Authorization"].split("_")[1])
    assert (await site.get(ASKED, key)).status_code == 401


async def test_the_database_does_not_know_the_secret(site: Site) -> None:
    key = await site.key("read")
    secret = key["Authorization"].split("_", 2)[2]
    row = await site.pool.fetchrow("select api_keys::text as whole, secret_hash from api_keys")
    assert row is not None
    assert secret not in row["whole"]
    assert len(row["secret_hash"]) == 32


async def test_a_missing_scope_is_named(site: Site) -> None:
    answer = await site.get(ASKED, await site.key("scan"))
    assert (answer.status_code, answer.json()["detail"]) == (403, "this key lacks the scope read")


async def test_admin_opens_everything(site: Site) -> None:
    assert (await site.get(ASKED, await site.key("admin"))).status_code == 200


async def test_a_caller_who_calls_too_often_waits_and_others_do_not(worker: Worker) -> None:
    async with site_of(worker, HttpSettings(requests_per_key="3/hour")) as site:
        busy, other = await site.key("read"), await site.key("read")
        statuses = [(await site.get(ASKED, busy)).status_code for _ in range(4)]
        late = await site.get(ASKED, busy)
        assert (statuses, late.status_code) == ([200, 200, 200, 429], 429)
        assert 0 < int(late.headers["retry-after"]) <= 3601
        assert (await site.get(ASKED, other)).status_code == 200


@pytest.mark.parametrize("setting", ["requests_per_key", "unknown_keys_per_address"])
def test_a_rate_that_means_nothing_is_refused_at_start(setting: str) -> None:
    with pytest.raises(ValueError, match=setting):
        HttpSettings.model_validate({setting: "often"})


def a_guess() -> dict[str, str]:
    return {"Authorization": f"Bearer ff_{secrets.token_hex(4)}_{secrets.token_urlsafe(32)}"}


async def test_a_caller_who_guesses_keys_is_refused_before_any_lookup(worker: Worker) -> None:
    async with site_of(worker, HttpSettings(unknown_keys_per_address="3/hour")) as site:
        guesses = [a_guess(), {"Authorization": "Bearer me"}, {}, a_guess(), {}]
        answers = [await site.get(ASKED, guess) for guess in guesses]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
        assert 0 < int(answers[-1].headers["retry-after"]) <= 3601
        assert (fault_of(answers[-1])["field"], fault_of(answers[-1])["fix"][:5]) == ("Authorization", "wait ")
        unseen = await site.key("read")
        assert (await site.get(ASKED, unseen)).status_code == 429, "nothing is looked up for this address"


async def test_a_known_key_goes_on_beside_guesses_from_its_address(worker: Worker) -> None:
    async with site_of(worker, HttpSettings(unknown_keys_per_address="3/hour")) as site:
        key, revoked = await site.key("read"), await site.key("read")
        assert [(await site.get(ASKED, row)).status_code for row in (key, revoked, a_guess(), a_guess())][2:] == [
            401,
            429,
        ]
        assert (await site.get(ASKED, key)).status_code == 200
        assert await callers.revoke_key(site.pool, revoked["Authorization"].split("_")[1])
        assert [(await site.get(ASKED, revoked)).status_code for _ in range(2)] == [401, 429]


async def test_guesses_do_not_slow_another_address(worker: Worker, site: Site) -> None:
    gateway = api(worker, HttpSettings(unknown_keys_per_address="3/hour"))

    async def asked_from(address: str, headers: dict[str, str]) -> int:
        transport = httpx.ASGITransport(gateway, client=(address, 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            return (await client.get(ASKED, headers=headers)).status_code

    assert [await asked_from("192.0.2.7", a_guess()) for _ in range(4)] == [401, 401, 401, 429]
    assert await asked_from("192.0.2.8", await site.key("read")) == 200


def command(database: str, *arguments: str, module: str = "keys") -> subprocess.CompletedProcess[str]:
    """Run the command line as an operator does."""
    url = url_for(database, role_of("gateway"), ROLE_PASSWORD)
    return subprocess.run(
        [sys.executable, "-m", f"services.gateway.{module}", *arguments],
        env={**os.environ, "DATABASE_URL": url}, cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip


async def test_an_operator_makes_lists_and_revokes_keys(site: Site, database: str) -> None:
    made = command(database, "create", "--name", "scanners", "--scope", "scan", "--scope", "read")
    assert made.returncode == 0, made.stderr
    key = {"Authorization": f"Bearer {made.stdout.strip()}"}
    prefix, secret = made.stdout.strip().split("_", 2)[1:]
    assert (await site.get(ASKED, key)).status_code == 200

    listed = command(database, "list")
    assert (prefix in listed.stdout, "scanners" in listed.stdout, "read scan" in listed.stdout) == (True, True, True)
    assert secret not in listed.stdout + listed.stderr

    assert command(database, "revoke", prefix).returncode == 0
    assert (await site.get(ASKED, key)).status_code == 401
    again = command(database, "revoke", prefix)
    assert (again.returncode, again.stderr) == (1, f"no key {prefix} is in force: see `list`\n")


async def test_a_publishable_key_shows_one_merchants_availability_and_nothing_else(
    worker: Worker, site: Site, database: str
) -> None:
    made = command(database, "create", "--name", "shop", "--scope", "storefront", "--merchant", "acme")
    assert made.stdout.startswith("fp_"), made.stderr
    key = {"Authorization": f"Bearer {made.stdout.strip()}"}
    rows = "('acme/1', '', 1, 'acme', 'in_stock', 1, 1, '[]', now(), null, null, '[]')"
    await worker.pool.execute(f"insert into availability values {rows}, {rows.replace('acme', 'zeta')}")
    assert [row["sku"] for row in await site.rows("/v1/availability", key, sku="acme/1")] == ["acme/1"]
    assert await site.rows("/v1/availability", key, sku="zeta/1") == []
    assert (await site.get(ASKED, key)).status_code == 403


async def test_of_a_publishable_key_each_address_is_counted_alone(worker: Worker) -> None:
    shown = await create_key(worker.pool, "shop", PUBLISHABLE, ["acme"], rate="2/hour")
    gateway = api(worker, HttpSettings())

    async def asked_from(address: str) -> int:
        transport = httpx.ASGITransport(gateway, client=(address, 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            key = {"Authorization": f"Bearer {shown.text()}"}
            return (await client.get("/v1/availability", params={"sku": "s"}, headers=key)).status_code

    assert [await asked_from("192.0.2.7") for _ in range(3)] == [200, 200, 429]
    assert await asked_from("192.0.2.8") == 200


async def test_a_key_may_be_bound_to_several_and_called_no_oftener_than_it_says(site: Site, database: str) -> None:
    bound = ("--merchant", "acme", "--merchant", "zeta", "--node", "ams", "--rate", "2/hour")
    made = command(database, "create", "--name", "3pl", "--scope", "read", *bound)
    key = {"Authorization": f"Bearer {made.stdout.strip()}"}
    listed = command(database, "list").stdout
    assert all(shown in listed for shown in ("acme zeta", "ams", "2/hour"))
    await site.pool.execute("insert into skus values ('a', 1, 'acme'), ('z', 1, 'zeta'), ('y', 1, 'yoyo')")
    await site.pool.execute(
        "insert into queues values ('a', 'ams', 1, 1, 1, 1), ('z', 'ams', 1, 1, 1, 1), ('y', 'ams', 1, 1, 1, 1), "
        "('a', 'lyon', 1, 1, 1, 1)"
    )
    assert {(row["sku"], row["node"]) for row in await site.rows(ASKED, key)} == {("a", "ams"), ("z", "ams")}
    assert [(await site.get(ASKED, key)).status_code for _ in range(2)] == [200, 429]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--name", "x", "--scope", "everything"), "--scope: there is no everything"),
        (("--name", "", "--scope", "read"), "--name: must be 1 to 200 characters"),
        (("--name", "x", "--scope", "read", "--merchant", "a|b"), "--merchant: must be 1 to 200 characters"),
        (("--name", "x", "--scope", "read", "--merchant", "acme/eu"), "--merchant: must not contain /"),
        (("--name", "x", "--scope", "read", "--node", "a|b"), "--node: must be 1 to 200 characters"),
        (("--name", "x", "--scope", "read", "--rate", "often"), "--rate: must be a number of calls and a time"),
        (("--name", "x", "--scope", "storefront"), "--merchant: a publishable key opens what one merchant shows"),
    ],
)
def test_a_key_that_means_nothing_is_not_made(database: str, arguments: tuple[str, ...], says: str) -> None:
    done = command(database, "create", *arguments)
    assert (done.returncode, done.stderr.startswith(says)) == (1, True), done.stderr
