"""A Kafka broker for one test session."""

from __future__ import annotations

from deploy.local.jars import fetch_jars
from deploy.local.kafka import prepare_kafka, start_kafka
from deploy.local.places import LOOPBACK, Places, cache_folder, on_free_ports
from deploy.local.processes import Supervisor


def start_for_tests(supervisor: Supervisor, places: Places) -> str:
    """Start a broker of our own and return its bootstrap address."""
    jars = fetch_jars(cache_folder(places.programs) / "jars", print)

    def start(port: int, controller_port: int) -> str:
        bootstrap = f"{LOOPBACK}:{port}"
        start_kafka(supervisor, prepare_kafka(places, jars, port, controller_port), bootstrap)
        return bootstrap

    return on_free_ports(start, None, None)
