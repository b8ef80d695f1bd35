"""Tests run on containers where a Docker engine answers, else on local servers; TEST_RUNTIME decides otherwise."""

from __future__ import annotations

import socket
from contextlib import closing
from pathlib import Path

import pytest

from shared.testing.containers import compose_service, engine_answers
from shared.testing.servers import NoRuntime, chosen_runtime


@pytest.mark.parametrize(
    ("asked", "answers", "runtime"),
    [
        (None, True, "containers"),
        (None, False, "local"),
        ("local", True, "local"),
        ("local", False, "local"),
        ("containers", True, "containers"),
    ],
)
def test_containers_are_taken_where_an_engine_answers_unless_the_environment_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, asked: str | None, answers: bool, runtime: str
) -> None:
    monkeypatch.delenv("TEST_RUNTIME", raising=False)
    if asked:
        monkeypatch.setenv("TEST_RUNTIME", asked)
    assert chosen_runtime(lambda: answers) == runtime


@pytest.mark.parametrize(
    ("asked", "fix"),
    [
        ("containers", "no Docker engine answers: start it, or set TEST_RUNTIME=local"),
        ("podman", "TEST_RUNTIME=podman: write containers or local, or leave it out"),
    ],
)
def test_an_unavailable_runtime_is_refused_with_the_fix(monkeypatch: pytest.MonkeyPatch, asked: str, fix: str) -> None:
    monkeypatch.setenv("TEST_RUNTIME", asked)
    with pytest.raises(NoRuntime, match=fix):
        chosen_runtime(lambda: False)


def test_an_engine_is_looked_for_where_docker_host_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "docker.sock"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    assert not engine_answers()
    with closing(socket.socket(socket.AF_UNIX)) as engine:
        engine.bind(str(path))
        engine.listen()
        assert engine_answers()
    with closing(socket.create_server(("127.0.0.1", 0))) as engine:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{engine.getsockname()[1]}")
        assert engine_answers()


def test_containers_run_the_images_of_docker_compose() -> None:
    assert compose_service("postgres")["image"] == "postgres:18.6"
    assert compose_service("kafka")["image"] == "apache/kafka:4.4.0"
    assert compose_service("postgres")["command"][0] == "postgres", "further settings are appended to it"
