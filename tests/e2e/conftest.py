"""The whole installation, once for all tests here: the sample shift, played on processes of its own."""

import email
import email.policy
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from email.message import EmailMessage
from typing import Any

import httpx
import pytest

from deploy.local.addresses import Addresses
from deploy.local.drain import Readers, wait_until_drained
from deploy.local.expected_figures import expected
from deploy.local.places import PROJECT
from deploy.local.sample_files import rows, settings
from deploy.local.services import topics_read_by
from shared.contracts.settings import DockHours, Lane, NodeUpserted
from shared.contracts.topics import SERVICES
from shared.testing.shift import Played, played

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who holds a key of the running installation."""

    client: httpx.Client

    def ask(self, path: str, **asked: str | int) -> Any:
        """Return what is answered to a question."""
        answer = self.client.get(path, params=asked or None)  # an empty one would take away what the path asks
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rows(self, path: str, **asked: str | int) -> list[Row]:
        """Return the rows of an answer of gateway's own."""
        (rows,) = self.ask(path, **asked).values()
        return list(rows)

    def tell(self, path: str, body: Any, **asked: str) -> Row:
        """Return what is answered to a fact that is told, or to a file."""
        fields = {"content": body} if isinstance(body, bytes) else {"json": body}
        answer = self.client.post(path, params=asked, **fields)
        assert answer.status_code == 202, answer.text
        return dict(answer.json())


@pytest.fixture(scope="package")
def shift() -> Iterator[Played]:
    """Return the sample shift, played once for all tests here."""
    with played() as row:
        yield row


@pytest.fixture(scope="package")
def addresses(shift: Played) -> Addresses:
    """Return where its servers are."""
    return Addresses(**json.loads((shift.servers.places.data / "addresses.json").read_text()))


@pytest.fixture(scope="package", autouse=True)
def mails(shift: Played) -> list[EmailMessage]:
    """Return what customers got until the shift was over, in the order of arrival."""
    files = sorted(shift.servers.places.mail.glob("*.eml"))
    return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]


@pytest.fixture(scope="package")
def caller(shift: Played, addresses: Addresses) -> Iterator[Callable[..., Caller]]:
    """Make keys as `make key` does, each for one caller."""
    (gateway,) = (service for service in shift.services if service.name == "gateway")
    clients: list[httpx.Client] = []

    def call(*scopes: str) -> Caller:
        headers = {"Authorization": f"Bearer {key(addresses, scopes)}"}
        clients.append(httpx.Client(base_url=gateway.health.removesuffix("/health"), headers=headers, timeout=10))
        return Caller(clients[-1])

    yield call
    for client in clients:
        client.close()


@pytest.fixture(scope="package")
def reader(caller: Callable[..., Caller]) -> Caller:
    """Return who may read."""
    return caller("read")


def key(addresses: Addresses, scopes: tuple[str, ...]) -> str:
    """Return a new key."""
    options = [part for scope in scopes for part in ("--scope", scope)]
    command = (sys.executable, "-m", "services.gateway.keys", "create", "--name", "tests", *options)
    env = {**os.environ, "DATABASE_URL": addresses.database}
    done = subprocess.run(command, env=env, cwd=PROJECT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def waiting() -> Counter[str]:
    """Return the units that the files leave waiting, by SKU."""
    stocked = {row["sku"] for row in rows("opening")}
    wanted = Counter[str]()
    for row in rows("orders"):
        wanted[row["sku"]] += 0 if row["sku"] in stocked else int(row["units"])
    return wanted - expected().released


def start_of(shift: Played) -> datetime:
    """Return when the shift began by its own clock."""
    return datetime.fromisoformat((shift.servers.places.data / "shift-starts-at").read_text())


async def settled(shift: Played) -> None:
    """Wait until all that was said has had its effects."""
    readers = Readers({name: topics_read_by(name) for name in SERVICES}, SERVICES)
    await wait_until_drained(shift.servers.kafka_bootstrap, shift.servers.database_url, readers, lambda: None)


async def open_doors(shift: Played, admin: Caller) -> None:
    """Give the sample's node a door and a staging lane."""
    (node,) = (node for node in settings() if isinstance(node, NodeUpserted))
    dock = DockHours(doors=("1",), opens=time(8), closes=time(17))
    node_upserted = node.model_copy(update={"version": 2, "dock": dock, "lanes": (Lane(lane="A", capacity=100),)})
    admin.tell("/v1/settings/nodes", node_upserted.model_dump(mode="json"))
    await settled(shift)
