"""An SMTP server that accepts everything and keeps each message as a file that a person can read."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from itertools import count
from pathlib import Path

import typer
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.places import LOOPBACK


class KeepAsFiles:
    """A handler that writes messages as `000001 someone@example.com.eml`; the number goes on after a restart."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        used = [int(file.name[:6]) for file in folder.glob("[0-9][0-9][0-9][0-9][0-9][0-9] *.eml")]
        self._numbers = count(max(used, default=0) + 1)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd
        """Answer 250 only after the file is on disk under its final name."""
        receivers = ", ".join(envelope.rcpt_tos)
        head = f"Return-Path: <{envelope.mail_from}>\r\nDelivered-To: {receivers}\r\n"
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        receiver = re.sub(r"[^\w.@+-]", "_", envelope.rcpt_tos[0])[:100]
        keep(self._folder / f"{next(self._numbers):06d} {receiver}.eml", head.encode() + content)
        return "250 OK"


def keep(file: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees half of it, and a crash cannot take it back."""
    beside = file.with_suffix(".new")
    with beside.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    beside.replace(file)


async def serve(port: int, folder: Path) -> None:
    """Accept mail on the loopback address until SIGTERM."""
    handler = KeepAsFiles(folder)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, (stop := asyncio.Event()).set)
    server = await loop.create_server(lambda: SMTP(handler, hostname="localhost", enable_SMTPUTF8=True), LOOPBACK, port)
    print(f"accepting mail on {LOOPBACK}:{port}, keeping it in {folder}", flush=True)
    await stop.wait()
    server.close()


def main(port: int = 1025, folder: Path = Path("mail")) -> None:
    """Accept all mail on --port and keep it in --folder."""
    asyncio.run(serve(port, folder))


if __name__ == "__main__":
    typer.run(main)
