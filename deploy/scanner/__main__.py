"""A handheld scanner in a terminal: `python -m deploy.scanner --node ams --asn north-trading/ASN-1002`."""

import asyncio
import io
import logging
import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.scanner.journal import Journal
from deploy.scanner.screen import Screen
from deploy.scanner.terminal import Terminal
from deploy.scanner.wedge import Hand, NotUnderstood, an_id


def main(
    node: Annotated[str, typer.Option(help="where the device is")],
    bootstrap: Annotated[str, typer.Option(envvar="KAFKA_BOOTSTRAP_SERVERS", help="address of Kafka")],
    folder: Annotated[Path, typer.Option(help="where the device keeps what it said")],
    asn: Annotated[str, typer.Option(help="the truck that is scanned first")] = "",
    device: Annotated[str, typer.Option(help="the device's own name")] = "terminal-1",
    ahead: Annotated[float, typer.Option(help="seconds by which the installation's clock is ahead")] = 0.0,
) -> None:
    """Read barcodes line by line, as a keyboard wedge types them, and show what became of each."""
    # The screen itself says that there is no network; asyncio would tell of connections that switching off cut short.
    for library in ("aiokafka", "asyncio"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    if not re.fullmatch(r"\w[\w.-]{0,49}", device, re.ASCII):
        sys.exit("device: must be 1 to 50 letters, digits and . _ - such as gun-1")
    try:
        an_id("node", node)
        an_id("asn", asn or "none")
    except NotUnderstood as error:
        sys.exit(str(error))
    journal = Journal.open(folder / device)
    hand = Hand(device, node, counter=journal.scans, asn_id=asn or None)
    terminal = Terminal(hand, journal, Screen(Console(highlight=False)), bootstrap, timedelta(seconds=ahead))
    asyncio.run(terminal.run())


if __name__ == "__main__":
    typer.run(main)
