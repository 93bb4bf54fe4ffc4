"""Prints what commands found: tables for people, JSON for programs; and asks for confirmations."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from voxbus.cli.outcome import Refused

#: columns where no terminal says how many it has: what reads a pipe wants whole lines
_PIPED_WIDTH = 240


def print_document(document: Mapping[str, Any]) -> None:
    """Prints one JSON document on stdout."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, default=_written) + "\n")


def documents(json: bool) -> Callable[[Mapping[str, Any]], None]:
    """Returns what is told as JSON what was done: it prints that where the command was asked for JSON."""
    return print_document if json else lambda _: None


def _written(value: object) -> str:
    """Returns a value as text; a moment as RFC 3339 has it, to be given to `--from` and `--to`; a document as JSON."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, default=_written)
    return str(value)


def print_lines(documents: Iterable[Mapping[str, Any]]) -> None:
    """Prints a JSON document a line on stdout."""
    for document in documents:
        print_document(document)


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, header: bool = True, widths: Sequence[int] = ()
) -> None:
    """Prints a table for people on stdout. `widths`: of columns, at least, where rows are printed one by one."""
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=header)
    for column, width in zip_longest(columns, widths):
        table.add_column(column, min_width=width)
    for row in rows:
        table.add_row(*(plain(cell) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH, soft_wrap=not sys.stdout.isatty())
    with console.capture() as text:  # it would end the program itself where nobody reads any more
        console.print(table)
    sys.stdout.write(text.get())


def plain(value: object) -> Text:
    """Returns a value as it is, without markup, and with control characters shown: data must not steer a terminal."""
    text = "" if value is None else _written(value)
    return Text("".join(each if each.isprintable() or each == "\n" else f"\\x{ord(each):02x}" for each in text))


def confirm(what: str, *, yes: bool) -> None:
    """Asks at the terminal whether `what` shall be done. Raises `Refused` without a yes, and without a terminal."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused(f"{what} Nobody can be asked here: add --yes.")
    if not typer.confirm(what, err=True):
        raise Refused("Nothing was done.")
