"""A person scans two cartons in the terminal of the running installation, and is told where each unit goes."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.invariants.__main__ import check
from deploy.local.addresses import Addresses
from deploy.local.clock import time_at
from deploy.local.places import PROJECT
from deploy.local.sample_files import NODE, SUPPLIER
from shared.contracts.asns import AsnReceived
from shared.contracts.fields import DateRange
from shared.contracts.scans import ScanRecorded
from shared.testing.builders import a_carton, an_asn, an_asn_line
from shared.testing.bus import bus_at
from shared.testing.shift import Played
from tests.e2e.conftest import Caller, open_doors, settled, start_of, waiting

MORTARS, CANDLES, CANDLE = "008712340000003019", "008712340000003026", "8712340001853"
pytestmark = pytest.mark.usefixtures("trucks")
NOBODY = "127.0.0.1:9"
TRUCK, LATER = f"{SUPPLIER}/ASN-3001", f"{SUPPLIER}/ASN-3002"


@dataclass
class Gun:
    """A device as its person has it: what is typed, and what the screen shows."""

    process: asyncio.subprocess.Process
    shown: list[str] = field(default_factory=list)

    async def type(self, *lines: str) -> None:
        assert self.process.stdin
        self.process.stdin.write("".join(f"{line}\n" for line in lines).encode())
        await self.process.stdin.drain()

    async def shows(self, *words: str) -> str:
        """Return the next line with all these words."""
        assert self.process.stdout
        async with asyncio.timeout(60):
            while line := (await self.process.stdout.readline()).decode():
                self.shown.append(line.rstrip())
                if all(word in line for word in words):
                    return line
        raise AssertionError(f"no {words} in {self.shown}")


@asynccontextmanager
async def a_gun(device: str, truck: str, folder: Path, at: Addresses, kafka: str) -> AsyncIterator[Gun]:
    """Return a device that is switched on, and off in the end."""
    ahead = (await time_at(at.database) - datetime.now(UTC)).total_seconds()
    fields = {"bootstrap": kafka, "node": NODE, "asn": truck, "device": device, "folder": folder, "ahead": ahead}
    options = [part for name, value in fields.items() for part in (f"--{name}", str(value))]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.scanner", *options, cwd=PROJECT, stdin=pipe, stdout=pipe,
        stderr=asyncio.subprocess.STDOUT, env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    gun = Gun(process)
    yield gun
    await gun.type("quit")
    rest, _ = await process.communicate()
    gun.shown += rest.decode().splitlines()
    assert process.returncode == 0, gun.shown


@pytest.fixture(scope="module")
async def trucks(shift: Played, caller: Callable[..., Caller]) -> None:
    """Announce two by topic: of one SKU of the first some wait, of the other nobody does."""
    first = an_asn(TRUCK, a_carton(MORTARS, an_asn_line("WAIT-09", 8)), a_carton(CANDLES, an_asn_line("HOME-05", 4)))
    second = an_asn(LATER, a_carton("LP-3002", an_asn_line("HOME-06", 4)))
    today = DateRange(earliest=start_of(shift).date(), latest=start_of(shift).date() + timedelta(days=1))
    await open_doors(shift, caller("admin"))
    async with bus_at(shift.servers.kafka_bootstrap, "") as bus:
        asns: list[AsnReceived] = [
            asn.model_copy(update={"node": NODE, "supplier_id": SUPPLIER, "eta": today}) for asn in (first, second)
        ]
        await bus.publish(*asns)
    await settled(shift)


async def scans_of(shift: Played, device: str) -> list[ScanRecorded]:
    async with bus_at(shift.servers.kafka_bootstrap, "") as bus:
        return [scan for scan in await bus.told(ScanRecorded) if scan.device_id == device]


async def test_each_scan_is_answered_with_lane_or_putaway(
    shift: Played, addresses: Addresses, reader: Caller, tmp_path: Path
) -> None:
    async with a_gun("gun-e", TRUCK, tmp_path, addresses, shift.servers.kafka_bootstrap) as gun:
        await gun.type(MORTARS)
        assert f"lane A, {waiting()['WAIT-09']} waiting" in await gun.shows("WAIT-09 × 8", "8/8")
        await gun.type("open", CANDLES)
        await gun.shows(f"carton {CANDLES}, unit by unit")
        await gun.type(CANDLE)
        assert "putaway" in await gun.shows("HOME-05 × 1", "1/4")
        await gun.type("x 2", CANDLE)
        assert "putaway" in await gun.shows("HOME-05 × 2", "3/4")
        await gun.type("4006381333931")
        assert "set it aside for the office" in await gun.shows(" ! ", "no product has this barcode")
        await gun.type("void")
        await gun.shows("taken back")
    async with a_gun("gun-e", TRUCK, tmp_path, addresses, shift.servers.kafka_bootstrap) as gun:
        await gun.type("open", CANDLES, CANDLE)
        await gun.shows("HOME-05 × 1", "4/4")
        await gun.type("void")
        await gun.shows("taken back")
        await gun.type("done", "close")
        await gun.shows("nothing more comes off truck")
    await settled(shift)
    assert "HOME-05  3" in " ".join(gun.shown)
    (closed,) = reader.rows("/v1/asns/closed", asn_id=TRUCK)
    assert {line["sku"]: (line["received"], line["short"]) for line in closed["lines"]} == {
        "WAIT-09": (8, 0), "HOME-05": (3, 1),
    }  # fmt: skip
    (aside,) = reader.rows("/v1/exceptions", subject="gun-e/4")
    assert (aside["class"], aside["state"]) == ("unknown_barcode", "settled")
    ids = [scan.scan_id for scan in await scans_of(shift, "gun-e")]
    assert sorted(ids) == [f"gun-e/{number}" for number in range(1, 8)]


async def test_scans_without_a_network_are_sent_once_it_is_back(
    shift: Played, addresses: Addresses, tmp_path: Path
) -> None:
    async with a_gun("gun-f", LATER, tmp_path, addresses, NOBODY) as gun:
        await gun.type("8712340002225")
        await gun.shows("no network", "1 kept")
        await gun.type("8712340002225")
        await gun.shows("kept on this device: 2 to be sent")
    assert "2 kept on this device: they are sent when it is started next with a network" in " ".join(gun.shown)
    assert not [line for line in gun.shown if "Unclosed" in line or "Traceback" in line]
    assert await scans_of(shift, "gun-f") == []
    async with a_gun("gun-f", LATER, tmp_path, addresses, shift.servers.kafka_bootstrap) as gun:
        await gun.shows("HOME-06 × 1", "2/4")
    assert [scan.scan_id for scan in await scans_of(shift, "gun-f")] == ["gun-f/1", "gun-f/2"]


async def test_the_invariants_hold_after_scanning(shift: Played, addresses: Addresses) -> None:
    await settled(shift)
    assert {name: rows for name, rows in (await check(addresses.checker)).items() if rows} == {}
