"""Ports of one installation are its own, also while others start beside it."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from deploy.local.places import LOOPBACK, PROJECT, CannotRun, free_port, on_free_ports
from deploy.local.processes import Program, Supervisor
from deploy.local.progress import Progress
from shared.testing.until import until

TAKE = "from deploy.local.places import free_port; import sys; print(free_port(int(sys.argv[1])), flush=True); input()"


@pytest.fixture
def taken() -> Iterator[ExitStack]:
    with ExitStack() as taken:
        yield taken


def test_a_port_that_another_installation_chose_is_not_chosen_again_before_anyone_listens_there() -> None:
    wanted = free_port()
    command = [sys.executable, "-c", TAKE, str(wanted)]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        chosen = int(other.stdout.readline())
        assert chosen != wanted
        assert free_port(chosen) != chosen
        other.communicate("\n")
    assert free_port(chosen) == chosen


def test_a_server_that_lost_its_port_is_started_on_another(taken: ExitStack) -> None:
    tried = list[int]()

    def start(port: int) -> int:
        tried.append(port)
        if len(tried) == 1:
            taken.enter_context(socket.create_server((LOOPBACK, port)))
            raise CannotRun("the port is in use")
        return port

    assert on_free_ports(start, None) == tried[1] != tried[0]


def test_a_server_that_fails_for_another_reason_is_not_started_again() -> None:
    tried = list[int]()

    def start(port: int) -> None:
        tried.append(port)
        raise CannotRun("its folder is not writable")

    with pytest.raises(CannotRun, match="its folder is not writable"):
        on_free_ports(start, None)
    assert len(tried) == 1


@pytest.fixture
def supervisor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path_factory.mktemp("data"))
    yield supervisor
    supervisor.stop_all()


async def test_a_child_that_computes_or_prints_gets_on_and_a_silent_one_is_given_up(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.local.progress.PATIENCE", 0.5)
    scripts = {"computes": "while True: pass", "sleeps": "import time; time.sleep(600)"}
    for name, script in scripts.items():
        supervisor.start(Program(name, (sys.executable, "-c", script)))
    busy, silent = (Progress(supervisor, name) for name in scripts)
    await until(silent.has_stopped)
    assert not busy.has_stopped()


async def test_a_child_that_ends_while_starting_has_stopped_and_may_start_again_a_few_times(
    supervisor: Supervisor,
) -> None:
    supervisor.start(Program("fails", (sys.executable, "-c", "raise SystemExit(1)")))
    progress = Progress(supervisor, "fails")
    starts = 0
    while supervisor.may_start_again("fails"):
        await until(progress.has_stopped)
        supervisor.start_again("fails")
        starts += 1
    assert starts == 5
