"""Holds the options that several commands share, so that they mean the same everywhere."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import wraps
from typing import Annotated, Any
from uuid import UUID

import typer

from chassis.console import notify_operator
from chassis.filters import Filters
from contracts.catalogue import MESSAGES
from voxbus.cli.times import moment

_FILTERS = "Filters"


def _moment(text: str) -> datetime:
    try:
        return moment(text, datetime.now(UTC))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


Json = Annotated[bool, typer.Option("--json", help="print JSON: one document, or a line for each of a list")]
Yes = Annotated[bool, typer.Option("--yes", help="do not ask for a confirmation")]
Reveal = Annotated[bool, typer.Option("--reveal", help="show personal fields; needs --reason, and is audited")]
Reason = Annotated[str | None, typer.Option("--reason", help="why, for the audit")]
Server = Annotated[
    str | None,
    typer.Option("--server", envvar="VOXBUS_SERVER", help="ask this gateway, in place of the database of the settings"),
]
#: of a command that no gateway does: see `place.here_alone`
NoServer = Annotated[str | None, typer.Option("--server", envvar="VOXBUS_SERVER", hidden=True)]
Token = Annotated[
    str | None, typer.Option("--token", envvar="VOXBUS_TOKEN", help="the access token of an admin, for --server")
]


@dataclass(frozen=True)
class Asked:
    """Holds the filters of a command line; the person may be an address, which only the accounts resolve."""

    filters: Filters
    person: str | None = None


def asked(
    since: Annotated[
        datetime | None,
        typer.Option("--from", parser=_moment, metavar="TIME", help="since this time", rich_help_panel=_FILTERS),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--to", parser=_moment, metavar="TIME", help="before this time", rich_help_panel=_FILTERS),
    ] = None,
    types: Annotated[
        list[str] | None, typer.Option("--type", help="of this type; may come again", rich_help_panel=_FILTERS)
    ] = None,
    job: Annotated[UUID | None, typer.Option("--job", help="of this job", rich_help_panel=_FILTERS)] = None,
    person: Annotated[
        str | None, typer.Option("--person", help="of this person: id or address", rich_help_panel=_FILTERS)
    ] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="of jobs of this kind", rich_help_panel=_FILTERS)] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="at most so many", rich_help_panel=_FILTERS)
    ] = None,
) -> Asked:
    """Returns the filters as options give them; of a type that this release does not have it says so."""
    for each in types or ():
        if each not in MESSAGES:  # the log may still have some of it
            near = get_close_matches(each, MESSAGES, cutoff=0.8)
            notify_operator(f"no message of this release is called {each}{'; near: ' if near else ''}{', '.join(near)}")
    return Asked(Filters(since, until, tuple(types or ()), job, None, kind, limit), person)


def filtered(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command, in place of its parameter `asked`, the options that all filters have."""
    options = inspect.signature(asked, eval_str=True).parameters
    own = inspect.signature(command, eval_str=True).parameters

    @wraps(command)
    def with_options(**values: Any) -> None:
        command(
            **{name: values[name] for name in own if name != "asked"}, asked=asked(**{n: values[n] for n in options})
        )

    parameters = [*(each for name, each in own.items() if name != "asked"), *options.values()]
    keyword = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in parameters]
    with_options.__signature__ = inspect.Signature(keyword)  # type: ignore[attr-defined]
    return with_options
