"""PostgreSQL and Kafka in containers, with the images and settings of docker-compose.yml."""

from __future__ import annotations

import os
import shlex
import socket
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import yaml
from testcontainers.community.kafka import KafkaContainer
from testcontainers.community.postgres import PostgresContainer

from deploy.local.places import PROJECT

_ENGINE_WITHIN = 3  # seconds


def engine_answers() -> bool:
    """Return whether something listens where a Docker engine is expected: at DOCKER_HOST, else at its usual socket."""
    address = urlsplit(os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock")
    family, at = (
        (socket.AF_UNIX, address.path)
        if address.scheme == "unix"
        else (socket.AF_INET, (address.hostname, address.port or 2375))
    )
    with socket.socket(family) as probe:
        probe.settimeout(_ENGINE_WITHIN)
        try:
            probe.connect(at)
        except OSError:
            return False
    return True


def compose_service(name: str) -> dict[str, Any]:
    """Return what docker-compose.yml says of one service."""
    compose = yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))
    return dict(compose["services"][name])


def postgres_container() -> PostgresContainer:
    """Return PostgreSQL as docker-compose.yml runs it, but that it forgets on power loss. It asks the engine."""
    service = compose_service("postgres")
    command = [*service["command"], "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200"]
    container = PostgresContainer(service["image"], username="postgres", password="only-for-tests", dbname="postgres")
    return container.with_command(shlex.join(command))


def kafka_container() -> KafkaContainer:
    """Return one Kafka broker of the image that docker-compose.yml names; topics are made by the tests alone."""
    container = KafkaContainer(compose_service("kafka")["image"]).with_kraft()
    for name in ("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS"):
        container = container.with_env(name, compose_service("kafka")["environment"][name])
    return container


def start_postgres(running: ExitStack) -> str:
    """Start PostgreSQL and return its address as superuser."""
    container = running.enter_context(postgres_container())
    at = f"{container.get_container_host_ip()}:{container.get_exposed_port(5432)}"
    return f"postgresql://postgres:only-for-tests@{at}/postgres?sslmode=disable"


def start_kafka(running: ExitStack) -> str:
    """Start Kafka and return its bootstrap address."""
    return str(running.enter_context(kafka_container()).get_bootstrap_server())
