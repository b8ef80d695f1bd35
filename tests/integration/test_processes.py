"""Children are started, frozen, killed and stopped for real."""

from __future__ import annotations

import json
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import psutil
import pytest

from deploy.local import jars, leftovers
from deploy.local.places import LOOPBACK, free_port
from deploy.local.processes import Program, Supervisor
from deploy.local.smtp import SINK, start_sink
from shared.testing.until import until

SLEEPER = Program("sleeper", (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"))
STUBBORN = Program(
    "stubborn",
    (
        sys.executable,
        "-c",
        "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)",
    ),
)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path)
    yield supervisor
    supervisor.stop_all()


async def started(supervisor: Supervisor, program: Program) -> None:
    supervisor.start(program)
    await until(lambda: "up" in supervisor.log(program.name).read_text())


async def test_a_killed_child_is_noticed_and_can_be_started_again(supervisor: Supervisor) -> None:
    await started(supervisor, SLEEPER)
    psutil.Process(supervisor.pid("sleeper")).kill()
    await until(lambda: supervisor.ended() == ["sleeper"])
    supervisor.stop("sleeper")
    await started(supervisor, SLEEPER)
    assert supervisor.ended() == []


async def test_killing_a_child_is_a_crash_that_the_next_start_does_not_see(supervisor: Supervisor) -> None:
    await started(supervisor, SLEEPER)
    first = supervisor.pid("sleeper")
    supervisor.kill("sleeper")
    assert not psutil.pid_exists(first)
    await started(supervisor, SLEEPER)
    assert supervisor.runs("sleeper")
    assert supervisor.pid("sleeper") != first


async def test_a_child_that_will_not_stop_is_killed_after_its_grace(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers, "GRACE", 0.3)
    await started(supervisor, STUBBORN)
    began = time.monotonic()
    supervisor.stop("stubborn")
    assert 0.3 <= time.monotonic() - began < 5


async def test_children_asked_together_stop_together(supervisor: Supervisor) -> None:
    await started(supervisor, SLEEPER)
    await started(supervisor, Program("other", SLEEPER.command))
    pids = [supervisor.pid(name) for name in ("sleeper", "other")]
    supervisor.stop("sleeper", "other")
    assert not any(map(psutil.pid_exists, pids))


def test_a_process_that_only_has_the_pid_of_a_leftover_is_not_touched(tmp_path: Path) -> None:
    with subprocess.Popen(SLEEPER.command, stdout=subprocess.DEVNULL, start_new_session=True) as stranger:
        (records := tmp_path / "processes").mkdir()
        began = psutil.Process(stranger.pid).create_time()
        (records / "kafka.json").write_text(json.dumps([stranger.pid, began - 60, signal.SIGTERM]))
        Supervisor(tmp_path)
        assert stranger.poll() is None
        (records / "kafka.json").write_text(json.dumps([stranger.pid, began, signal.SIGTERM]))
        Supervisor(tmp_path)
        assert stranger.wait(5) == -signal.SIGTERM
    assert list(records.iterdir()) == []


def send(port: int, subject: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "shop@example.com", "Ana <ana@example.com>", subject
    mail.set_content("Your tee ships between 4 and 6 March.")
    with smtplib.SMTP(LOOPBACK, port) as client:
        client.send_message(mail)


def test_mail_is_a_readable_file_and_numbers_go_on_after_a_crash(supervisor: Supervisor, tmp_path: Path) -> None:
    port, folder = free_port(), tmp_path / "mail"
    start_sink(supervisor, port, folder)
    send(port, "first")
    supervisor.kill(SINK)
    start_sink(supervisor, port, folder)
    send(port, "second")
    first, second = sorted(folder.iterdir())
    assert (first.name, second.name) == ("000001 ana@example.com.eml", "000002 ana@example.com.eml")
    assert "Delivered-To: ana@example.com" in first.read_text()
    assert "Subject: second" in second.read_text()
    assert "Your tee ships between 4 and 6 March." in second.read_text()


def test_a_jar_with_another_sum_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Elsewhere:
        """Stands for the network, which a test must not need."""

        def __init__(self, **_: object) -> None:
            raise OSError("no network")

    path = "org/example/tool/1.0/tool-1.0.jar"
    (sums := tmp_path / "jars.sha256").write_text(f"{'0' * 64}  {path}\n")
    monkeypatch.setattr(jars, "SUMS", sums)
    monkeypatch.setattr(jars, "MavenContext", Elsewhere)
    (jar := tmp_path / "cache" / path).parent.mkdir(parents=True)
    jar.write_bytes(b"not the jar")
    with pytest.raises(jars.BadJar, match=r"tool-1\.0\.jar: no network"):
        jars.fetch_jars(tmp_path / "cache", print)


def test_jars_that_are_here_need_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = "org/example/tool/1.0/tool-1.0.jar"
    (jar := tmp_path / "cache" / path).parent.mkdir(parents=True)
    jar.write_bytes(b"the jar")
    (sums := tmp_path / "jars.sha256").write_text(f"{jars.sha256(jar)}  {path}\n")
    monkeypatch.setattr(jars, "SUMS", sums)
    monkeypatch.setattr(jars, "MavenContext", None)
    assert jars.fetch_jars(tmp_path / "cache", print) == [jar]
