"""Holds the commands about people's accounts."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from voxbus import accounts
from voxbus.cli.outcome import execute

app = typer.Typer()

Email = Annotated[str, typer.Argument(help="the address of the account")]


@app.command(epilog="Example: voxbus people grant ada@example.org author")
def grant(email: Email, role: Annotated[str, typer.Argument(help=", ".join(accounts.ROLES))]) -> None:
    """Gives a person a role."""
    if role not in accounts.ROLES:
        raise typer.BadParameter(f"there is no role {role}", param_hint="ROLE")
    execute(lambda settings: accounts.grant(settings, email, role))


@app.command(epilog="Example: voxbus people erase ada@example.org")
def erase(
    email: Email, last_admin: Annotated[bool, typer.Option("--last-admin", help="also if no admin is left")] = False
) -> None:
    """Erases a person: rows, account, and the key that encrypts their messages."""
    execute(partial(accounts.erase, email=email, last_admin=last_admin))
