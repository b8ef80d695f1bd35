"""Keys of callers, made, listed and revoked: `python -m services.gateway.keys`, with gateway's DATABASE_URL."""

import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable, Collection
from typing import Annotated, TypeVar

import asyncpg
import typer
from limits import parse
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table

from services.gateway.domain.callers import PUBLISHABLE, SCOPES, SECRET_BYTES, Caller, Scope, ShownKey, hash_of
from services.gateway.store import callers as store
from shared.contracts.fields import Id
from shared.db.pool import create_pool

T = TypeVar("T")
Url = Annotated[str, typer.Option(envvar="DATABASE_URL", show_envvar=True)]
app = typer.Typer(help=__doc__, add_completion=False, pretty_exceptions_enable=False)
console = Console(width=None if sys.stdout.isatty() else 200)


async def create_key(
    pool: asyncpg.Pool,
    name: str,
    scopes: frozenset[Scope],
    merchants: Collection[str] | None = None,
    nodes: Collection[str] | None = None,
    rate: str | None = None,
) -> ShownKey:
    """Make a key. Only the answer holds its secret."""
    kind = "fp" if scopes == PUBLISHABLE else "ff"
    key = ShownKey(kind, secrets.token_hex(4), secrets.token_urlsafe(SECRET_BYTES))
    theirs, at = (frozenset(names) if names is not None else None for names in (merchants, nodes))
    holder = Caller(f"key/{key.prefix}", name, frozenset(scopes), theirs, at, rate)
    await store.make_key(pool, key.prefix, hash_of(key.secret), holder)
    return key


@app.command()
def create(
    database_url: Url,
    name: Annotated[str, typer.Option(help="who it is for")],
    scope: Annotated[list[str], typer.Option(help=f"what it opens, one or more of {', '.join(SCOPES)}")],
    merchant: Annotated[list[str] | None, typer.Option(help="binds it to this merchant, or to several")] = None,
    node: Annotated[list[str] | None, typer.Option(help="binds it to this node, or to several")] = None,
    rate: Annotated[str | None, typer.Option(help="how often it may call, such as 100/minute")] = None,
) -> None:
    """Make a key and print it, once; with the scope storefront alone, a publishable one for a shop's pages."""
    scopes = frozenset(row for row in SCOPES if row in scope)
    if unknown := sorted(set(scope) - set(SCOPES)):
        sys.exit(f"--scope: there is no {', '.join(unknown)}; it is one of {', '.join(SCOPES)}")
    checked("--name", name)
    for bound in merchant or ():
        checked("--merchant", bound)
        if "/" in bound:
            sys.exit("--merchant: must not contain /, which ends the merchant's name in ids, such as acme/1001")
    for bound in node or ():
        checked("--node", bound)
    if scopes == PUBLISHABLE and (len(merchant or ()) != 1 or node):
        sys.exit("--merchant: a publishable key opens what one merchant shows: name that one, and no node")
    if rate is not None:
        _checked_rate(rate)
    key = with_pool(database_url, lambda pool: create_key(pool, name, scopes, merchant or None, node or None, rate))
    typer.echo(key.text())
    typer.echo("It is shown this once. Send it as the header Authorization: Bearer <key>.", err=True)


@app.command("list")
def list_keys(database_url: Url) -> None:
    """List all keys, without their secrets."""
    table = Table("prefix", "name", "scopes", "merchants", "nodes", "rate", "made", "revoked")
    for row in with_pool(database_url, store.keys):
        made, revoked = (f"{at:%Y-%m-%d %H:%M}" if at else "" for at in (row["made_at"], row["revoked_at"]))
        bound = (" ".join(row[of] or ("all",)) for of in ("merchants", "nodes"))
        table.add_row(row["prefix"], row["name"], " ".join(row["scopes"]), *bound, row["rate"] or "", made, revoked)
    console.print(table)


@app.command()
def revoke(database_url: Url, prefix: str) -> None:
    """End a key at once."""
    if not with_pool(database_url, lambda pool: store.revoke_key(pool, prefix)):
        sys.exit(f"no key {prefix} is in force: see `list`")
    typer.echo(f"{prefix} is revoked")


def checked(option: str, text: str) -> None:
    """End with the fault of an option that is no name."""
    try:
        TypeAdapter(Id).validate_python(text)
    except ValidationError:
        sys.exit(f"{option}: must be 1 to 200 characters without | and control characters")


def _checked_rate(rate: str) -> None:
    try:
        parse(rate)
    except ValueError:
        sys.exit("--rate: must be a number of calls and a time, such as 100/minute")


def with_pool(url: str, work: Callable[[asyncpg.Pool], Awaitable[T]]) -> T:
    """Do some work on gateway's database; end with what prevents it."""

    async def do() -> T:
        async with await create_pool(url, "gateway", size=1) as pool:
            return await work(pool)

    try:
        return asyncio.run(do())
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
        sys.exit(f"nothing was done, see DATABASE_URL: {error}")


if __name__ == "__main__":
    app()
