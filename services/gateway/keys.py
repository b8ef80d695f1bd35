"""Keys of callers, made, listed and revoked: `python -m services.gateway.keys`, with gateway's DATABASE_URL."""

import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import asyncpg
import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table

from services.gateway.domain.callers import SCOPES, SECRET_BYTES, Caller, Scope, ShownKey, hash_of
from services.gateway.store import callers as store
from shared.contracts.fields import Id
from shared.db.pool import create_pool

T = TypeVar("T")
Url = Annotated[str, typer.Option(envvar="DATABASE_URL", show_envvar=True)]
app = typer.Typer(help=__doc__, add_completion=False, pretty_exceptions_enable=False)
console = Console(width=None if sys.stdout.isatty() else 200)


async def create_key(pool: asyncpg.Pool, name: str, scopes: frozenset[Scope], merchant: str | None = None) -> ShownKey:
    """Make a key. Only the answer holds its secret."""
    key = ShownKey(secrets.token_hex(4), secrets.token_urlsafe(SECRET_BYTES))
    await store.make_key(pool, Caller(key.prefix, name, frozenset(scopes), merchant), hash_of(key.secret))
    return key


@app.command()
def create(
    database_url: Url,
    name: Annotated[str, typer.Option(help="who it is for")],
    scope: Annotated[list[str], typer.Option(help=f"what it opens, one or more of {', '.join(SCOPES)}")],
    merchant: Annotated[str | None, typer.Option(help="binds it to this merchant")] = None,
) -> None:
    """Make a key and print it, once."""
    scopes = frozenset(row for row in SCOPES if row in scope)
    if unknown := sorted(set(scope) - set(SCOPES)):
        sys.exit(f"--scope: there is no {', '.join(unknown)}; it is one of {', '.join(SCOPES)}")
    _checked("--name", name)
    if merchant is not None:
        _checked("--merchant", merchant)
        if "/" in merchant:
            sys.exit("--merchant: must not contain /, which ends the merchant's name in ids, such as acme/1001")
    key = _with_pool(database_url, lambda pool: create_key(pool, name, scopes, merchant))
    typer.echo(key.text())
    typer.echo("It is shown this once. Send it as the header Authorization: Bearer <key>.", err=True)


@app.command("list")
def list_keys(database_url: Url) -> None:
    """List all keys, without their secrets."""
    table = Table("prefix", "name", "scopes", "merchant", "made", "revoked")
    for row in _with_pool(database_url, store.keys):
        made, revoked = (f"{at:%Y-%m-%d %H:%M}" if at else "" for at in (row["made_at"], row["revoked_at"]))
        table.add_row(row["prefix"], row["name"], " ".join(row["scopes"]), row["merchant"] or "", made, revoked)
    console.print(table)


@app.command()
def revoke(database_url: Url, prefix: str) -> None:
    """End a key at once."""
    if not _with_pool(database_url, lambda pool: store.revoke_key(pool, prefix)):
        sys.exit(f"no key {prefix} is in force: see `list`")
    typer.echo(f"{prefix} is revoked")


def _checked(option: str, text: str) -> None:
    try:
        TypeAdapter(Id).validate_python(text)
    except ValidationError:
        sys.exit(f"{option}: must be 1 to 200 characters without | and control characters")


def _with_pool(url: str, work: Callable[[asyncpg.Pool], Awaitable[T]]) -> T:
    async def do() -> T:
        async with await create_pool(url, "gateway", size=1) as pool:
            return await work(pool)

    try:
        return asyncio.run(do())
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as error:
        sys.exit(f"nothing was done, see DATABASE_URL: {error}")


if __name__ == "__main__":
    app()
