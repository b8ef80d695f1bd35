"""Firstfill on this machine: `python -m deploy.local up`."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from deploy.local import asn_file, summary
from deploy.local.addresses import of_the_run
from deploy.local.clock import move_clock
from deploy.local.expected_figures import expected
from deploy.local.nodes import nodes_of
from deploy.local.places import CannotRun, project_folder, run_places, sessions_folder
from deploy.local.preview import NOT_ON, Wanted
from deploy.local.preview import run as run_previews
from deploy.local.runner import remove, remove_dead
from deploy.local.sample_files import ZONE
from deploy.local.servers import Servers, running_servers
from deploy.local.services import LocalService, revive, running_services
from deploy.local.shift import Shift

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
console = Console(highlight=False)
if not console.is_terminal:
    console = Console(highlight=False, width=160)


@app.command()
def up(
    once: Annotated[bool, typer.Option(envvar="ONCE", help="End when all is done instead of serving on.")] = False,
    keep: Annotated[bool, typer.Option(envvar="KEEP", help="Go on with the data of the last run.")] = False,
) -> None:
    """Start every server and serve until Ctrl-C."""
    stop_on_signals()
    began = time.monotonic()

    def say(text: str) -> None:
        console.print(f"{time.monotonic() - began:6.1f} s  {text}")

    try:
        with ExitStack() as running:
            say("starting PostgreSQL, Kafka and a mail server")
            with console.status("starting"):
                servers = running.enter_context(running_servers(run_places(), say, keep=keep))
            console.print(chosen(servers))
            services = running.enter_context(running_services(servers, say))
            console.print(at_work(servers, services))
            say("the shift begins")

            def look() -> None:
                revive(servers, say)

            Shift(servers, console, look).play()
            right = summary.show(console, servers.database_url, expected(), servers.smtp.traces)
            say("the shift is over")
            if not once:
                say("serving; Ctrl-C stops everything")
                serve(look)
            say("stopping")
        raise typer.Exit(0 if right else 1)
    except KeyboardInterrupt:
        say("stopped")
    except CannotRun as error:
        fail(str(error))


@app.command()
def clock(to: Annotated[str, typer.Argument(help="such as 2027-03-12T09:00, local to the sample's node")]) -> None:
    """Move the clock of the running installation forward."""
    try:
        moment = datetime.fromisoformat(to)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(ZONE))
        asyncio.run(move_clock(of_the_run()[0].database, moment))
        console.print(f"it is {moment:%a %Y-%m-%d %H:%M} now")
    except ValueError:
        fail(f"TO={to} is no time; write it like TO=2027-03-12T09:00")
    except (CannotRun, OSError) as error:
        fail(str(error))


@app.command()
def asn(
    file: Annotated[Path, typer.Argument(help="an X12 856, an EDIFACT DESADV or JSON")],
    sender: Annotated[str, typer.Option(help="who hands it in")] = "supplier",
) -> None:
    """Hand a supplier's file in, and show what became of it."""
    if not file.name:
        fail("say which file, such as make asn FILE=truck.edi")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what is wrong with the broker we say ourselves
    try:
        addresses, now = of_the_run()
        asn_file_received = asn_file.read_file(file, sender, now)
        taken = asn_file.show(console, asyncio.run(asn_file.hand_in(addresses.kafka, asn_file_received, now)))
    except CannotRun as error:
        fail(str(error))
    raise typer.Exit(0 if taken else 1)


@app.command()
def scan(node: str, asn_id: str, device: str) -> NoReturn:
    """Be a handheld scanner: a barcode a line."""
    if not node:
        fail("say where the device is, such as make scan NODE=ams ASN=north-trading/ASN-1002")
    try:
        addresses, now = of_the_run()
        if node not in (nodes := asyncio.run(nodes_of(addresses.database))):
            fail(f"NODE={node}: no such node; it is one of {', '.join(nodes)}")
    except CannotRun as error:
        fail(str(error))
    ahead = (now - datetime.now(UTC)).total_seconds()
    kept = ("--folder", str(run_places().data / "scanners"), "--ahead", str(ahead))
    at = ("--bootstrap", addresses.kafka, "--node", node, "--asn", asn_id, "--device", device)
    os.execv(sys.executable, (sys.executable, "-m", "deploy.scanner", *at, *kept))  # noqa: S606 our own program


@app.command()
def key(name: str, scope: str, merchant: str, node: str) -> NoReturn:
    """Make a key for the HTTP API of the running installation, bound to merchants and nodes where some are named."""
    try:
        env = {**os.environ, "DATABASE_URL": of_the_run()[0].database}
    except CannotRun as error:
        fail(str(error))
    named = {"--scope": scope, "--merchant": merchant, "--node": node}
    options = [part for option, names in named.items() for row in names.split() for part in (option, row)]
    command = (sys.executable, "-m", "services.gateway.keys", "create", "--name", name, *options)
    os.execve(sys.executable, command, env)  # noqa: S606 our own program


@app.command()
def preview(
    supply: Annotated[str, typer.Option(envvar="SUPPLY", help="what slips; else the biggest")] = "",
    days: Annotated[int, typer.Option(envvar="DAYS", help="by how many days")] = 5,
    sku: Annotated[str, typer.Option(envvar="SKU", help="what is received; else what most units wait for")] = "",
    node: Annotated[str, typer.Option(envvar="NODE", help="where")] = "",
    units: Annotated[int, typer.Option(envvar="UNITS", help="how many")] = 50,
    order: Annotated[str, typer.Option(envvar="ORDER", help="which line is moved; else the last that waits")] = "",
    line: Annotated[str, typer.Option(envvar="LINE")] = "1",
) -> None:
    """Show who would gain and who would lose by a slip, a receipt and a move; nothing is changed."""
    try:
        addresses, _ = of_the_run()
    except CannotRun:
        fail(NOT_ON)
    try:
        run_previews(console, addresses, Wanted(supply, days, sku, node, units, order, line))
    except CannotRun as error:
        fail(str(error))


@app.command()
def clean() -> None:
    """Remove the data of local runs and of test sessions."""
    try:
        remove(run_places().data)
        remove_dead(sessions_folder().iterdir())
        if any(sessions_folder().glob("*/")):
            console.print("kept the data of tests that are running")
        else:
            shutil.rmtree(project_folder())
    except CannotRun as error:
        fail(str(error))


def serve(look: Callable[[], None]) -> NoReturn:
    """Serve until a signal comes; start services again that end."""
    while True:
        look()
        time.sleep(0.2)


def chosen(servers: Servers) -> Table:
    """Show what runs, in the version that the server itself names, and where."""
    table = Table("server", "version", "address", "log or files", box=None, pad_edge=False, header_style="bold")
    for server in (servers.postgres, servers.kafka, servers.smtp):
        address = server.url if server.traces else without_password(server.url)  # ours are this machine's alone
        table.add_row(server.name, server.version, address, str(server.traces or "not ours"))
    return table


def at_work(servers: Servers, services: list[LocalService]) -> Table:
    """Show the services and their addresses of health."""
    table = Table("service", "health", "log", box=None, pad_edge=False, header_style="bold")
    for service in services:
        table.add_row(service.name, service.health, str(servers.supervisor.log(service.name)))
    return table


def without_password(url: str) -> str:
    """Return the address as it may be shown."""
    password = urlsplit(url).password if "://" in url else None
    return url.replace(f":{password}@", "@") if password else url


def stop_on_signals() -> None:
    """End the run in order at the first signal; further ones wait for that."""

    def interrupt(*_: object) -> NoReturn:
        for number in STOPPING:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in STOPPING:
        signal.signal(number, interrupt)


def fail(message: str) -> NoReturn:
    """End with one clear line."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"Firstfill: {message}", markup=False)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
