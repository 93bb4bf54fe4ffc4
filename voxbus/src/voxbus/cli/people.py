"""Holds the commands about people's accounts."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from voxbus import accounts
from voxbus.cli.options import Json, NoServer, Reason, Yes
from voxbus.cli.outcome import execute
from voxbus.cli.output import confirm, documents
from voxbus.cli.place import here_alone

app = typer.Typer()

Email = Annotated[str, typer.Argument(help="the address of the account, or its id")]


@app.command(epilog="Example: voxbus people grant ada@example.org author --reason 'she writes the lessons'")
def grant(
    email: Email,
    role: Annotated[str, typer.Argument(help=", ".join(accounts.ROLES))],
    reason: Reason = None,
    json: Json = False,
    server: NoServer = None,
) -> None:
    """Gives a person a role; one that they have stays."""
    here_alone(server)
    if role not in accounts.ROLES:
        raise typer.BadParameter(f"there is no role {role}", param_hint="ROLE")
    execute(lambda settings: accounts.grant(settings, email, role, reason=reason, told=documents(json)))


@app.command(epilog="Example: voxbus people erase ada@example.org --reason 'she asked by letter'")
def erase(
    email: Email,
    last_admin: Annotated[bool, typer.Option("--last-admin", help="also if no admin is left")] = False,
    reason: Reason = None,
    yes: Yes = False,
    json: Json = False,
    server: NoServer = None,
) -> None:
    """Erases a person: rows, account, and the key that encrypts their messages. It says what goes, and asks."""
    here_alone(server)
    ask, told = partial(confirm, yes=yes), documents(json)
    execute(lambda settings: accounts.erase(settings, email, last_admin=last_admin, reason=reason, ask=ask, told=told))
