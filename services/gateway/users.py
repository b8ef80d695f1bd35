"""Users, made, listed and disabled: `python -m services.gateway.users`, with gateway's DATABASE_URL."""

import secrets
import sys
from typing import Annotated, get_args

import typer
from rich.table import Table

from services.gateway.domain.callers import SECRET_BYTES, hash_of
from services.gateway.domain.staff import LINK_LASTS, Role
from services.gateway.keys import Url, checked, console, with_pool
from services.gateway.store import staff as store

app = typer.Typer(help=__doc__, add_completion=False, pretty_exceptions_enable=False)


@app.command()
def keep(
    database_url: Url,
    name: str,
    role: Annotated[str, typer.Option(help=f"what they do: {', '.join(get_args(Role))}")],
    merchant: Annotated[list[str] | None, typer.Option(help="the only merchant they see, or several")] = None,
    node: Annotated[list[str] | None, typer.Option(help="the only node they see, or several")] = None,
) -> None:
    """Make a user, or change what one may see."""
    known = next((row for row in get_args(Role) if row == role), None)
    if known is None:
        sys.exit(f"--role: there is no {role}; it is one of {', '.join(get_args(Role))}")
    _checked_name(name)
    for option, names in (("--merchant", merchant), ("--node", node)):
        for bound in names or ():
            checked(option, bound)
    with_pool(database_url, lambda pool: store.keep_user(pool, name, known, merchant or None, node or None))
    typer.echo(f"{name} is {role}; `link {name}` makes a link that signs them in")


@app.command("list")
def list_users(database_url: Url) -> None:
    """List all users."""
    table = Table("name", "role", "merchants", "nodes", "password", "code", "made", "disabled")
    for row in with_pool(database_url, store.users):
        bound = (" ".join(row[of] or ("all",)) for of in ("merchants", "nodes"))
        has = ("yes" if row[of] else "" for of in ("has_password", "has_code"))
        made, disabled = (f"{at:%Y-%m-%d %H:%M}" if at else "" for at in (row["made_at"], row["disabled_at"]))
        table.add_row(row["user_name"], row["role"], *bound, *has, made, disabled)
    console.print(table)


@app.command()
def link(database_url: Url, name: str) -> None:
    """Make a link that signs a user in once, within 15 minutes, and print it."""
    user = with_pool(database_url, lambda pool: store.user(pool, name))
    if user is None or user.disabled_at:
        sys.exit(f"no user {name} is in force: see `list`")
    token = secrets.token_urlsafe(SECRET_BYTES)
    with_pool(database_url, lambda pool: store.make_link(pool, name, hash_of(token), LINK_LASTS))
    typer.echo(token)
    typer.echo('It works once, within 15 minutes: POST /v1/sessions {"link": "<it>"}.', err=True)


@app.command()
def drop_code(database_url: Url, name: str) -> None:
    """Ask a user who lost their authenticator app for no code any more."""
    if not with_pool(database_url, lambda pool: store.set_seed(pool, name, None)):
        sys.exit(f"there is no user {name}: see `list`")
    typer.echo(f"{name} signs in without a code")


@app.command()
def disable(database_url: Url, name: str) -> None:
    """End at once what a user may do."""
    if not with_pool(database_url, lambda pool: store.disable_user(pool, name)):
        sys.exit(f"no user {name} is in force: see `list`")
    typer.echo(f"{name} is disabled")


def _checked_name(name: str) -> None:
    checked("NAME", name)
    if "/" in name or len(name) > 100:
        sys.exit("NAME: must be 1 to 100 characters without /")


if __name__ == "__main__":
    app()
