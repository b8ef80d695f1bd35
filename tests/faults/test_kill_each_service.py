"""Every service is killed with -9 once during the shift: nothing is lost, nothing doubled."""

import asyncio
import json
import os
import random
import signal
from collections import Counter

from deploy.invariants.__main__ import check
from deploy.local.addresses import Addresses
from deploy.local.servers import Servers
from shared.contracts.topics import SERVICES
from shared.testing.shift import played

PHASES = 11


class Killer:
    """Kills each service once, in phases of the shift that the seed chooses: at once, or a look later."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        phases = chance.sample(range(1, PHASES + 1), len(SERVICES))
        self.victims = {(phase, chance.choice((1, 2))): name for phase, name in zip(phases, SERVICES, strict=True)}
        self.looks = Counter[int]()

    def __call__(self, servers: Servers, phase: int) -> None:
        self.looks[phase] += 1
        if victim := self.victims.pop((phase, self.looks[phase]), None):
            os.kill(servers.supervisor.pid(victim), signal.SIGKILL)


def test_a_shift_in_which_every_service_dies_ends_the_same() -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")
    killer = Killer(seed)
    with played(killer) as shift:
        assert killer.victims == {}, f"the shift was over before {killer.victims} were killed"
        assert shift.right, shift.printed
        url = Addresses(**json.loads((shift.servers.places.data / "addresses.json").read_text())).checker
        assert {name: rows for name, rows in asyncio.run(check(url)).items() if rows} == {}
