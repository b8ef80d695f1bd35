"""A Kafka broker for one test session."""

from __future__ import annotations

from deploy.local.jars import fetch_jars
from deploy.local.kafka import prepare_kafka, start_kafka
from deploy.local.places import LOOPBACK, Places, cache_folder, free_port
from deploy.local.processes import Supervisor


def start_for_tests(supervisor: Supervisor, places: Places) -> str:
    """Start a broker of our own and return its bootstrap address."""
    jars = fetch_jars(cache_folder(places.programs) / "jars", print)
    port, controller_port = free_port(), free_port()
    bootstrap = f"{LOOPBACK}:{port}"
    start_kafka(supervisor, prepare_kafka(places, jars, port, controller_port), bootstrap)
    return bootstrap
