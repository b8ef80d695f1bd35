"""The mail server of a local run: the sink, or one that SMTP_URL names."""

from __future__ import annotations

import smtplib
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local.places import LOOPBACK, PROJECT, CannotRun
from deploy.local.processes import Program, Supervisor
from deploy.local.progress import Progress

SINK = "smtp-sink"


class NoMailServer(CannotRun):
    """The mail server did not start or does not answer."""


def start_sink(supervisor: Supervisor, port: int, folder: Path) -> str:
    """Start the sink, wait until it answers and return its greeting."""
    command = (sys.executable, "-m", "deploy.local.smtp_sink", "--port", str(port), "--folder", folder)
    supervisor.start(Program(SINK, command, folder=PROJECT))
    progress = Progress(supervisor, SINK)
    while True:
        try:
            return smtp_answers(f"smtp://{LOOPBACK}:{port}")
        except NoMailServer as error:
            if progress.has_stopped():
                raise NoMailServer(f"the SMTP sink did not start, see {supervisor.log(SINK)}") from error
        time.sleep(0.05)


def smtp_answers(url: str) -> str:
    """Return what the mail server at this address says it is."""
    address = urlsplit(url)
    try:
        with (smtplib.SMTP_SSL if address.scheme == "smtps" else smtplib.SMTP)(timeout=5) as client:
            _, greeting = client.connect(address.hostname or "", address.port or 25)
            return greeting.decode(errors="replace").partition(" ")[2]
    except (OSError, ValueError) as error:
        raise NoMailServer(f"no mail server answers: {error}") from error
