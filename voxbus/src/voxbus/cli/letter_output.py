"""Prints dead letters, and what became of acts on them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import typer

from chassis.console import notify_operator
from contracts.base import Json
from gateway.jobs.dead_letters import WHY, Acted, LetterId
from voxbus.cli.outcome import NothingMatched, Refused
from voxbus.cli.output import print_lines, print_table

_GROUPS = ("id", "handler", "problem", "type", "letters", "first_at", "last_at")
_EACH = ("id", "group", "type", "problem", "tries", "died_at", "job_id")


def print_letters(found: Sequence[Json], *, each: bool) -> None:
    """Prints single letters, or groups of them."""
    columns = _EACH if each else _GROUPS
    print_table(columns, [[_cell(one[name]) for name in columns] for one in found])


def print_letter(found: Json) -> None:
    """Prints a letter whole."""
    plain = {name: value for name, value in found.items() if name not in ("envelope", "failures", "body", "original")}
    problem = plain.pop("problem") or {}
    rows = [(name, value) for name, value in plain.items() if value is not None]
    rows += [("problem", f"{problem.get('type', '')} {problem.get('title', '')} {problem.get('detail', '')}".strip())]
    rows += [(f"envelope.{name}", value) for name, value in found["envelope"].items()]
    rows += [(f"try {each['try']}", f"{each['at']} {each['error']}") for each in found["failures"]]
    print_table(("field", "value"), rows)
    for name in ("body", "original"):
        if found[name] is not None:
            typer.echo(f"{name}:\n{json.dumps(found[name], indent=2)}")


def tell_plan(rows: Sequence[Json]) -> None:
    """Tells the operator what a frozen set of letters is."""
    for row in rows:
        old = f", {row['too_old']} of them too old" if row["too_old"] else ""
        notify_operator(f"{row['letters']} of {row['handler']} with {row['problem'] or 'no problem'}{old}")


def report(acted: Sequence[tuple[LetterId, Acted]], *, json: bool) -> None:
    """Prints what became of each. Raises `NothingMatched` if none was there, `Refused` if none could be changed."""
    lines = [
        {"id": str(letter), "result": each.result, "state": each.state, "retry": each.number} for letter, each in acted
    ]
    if json:
        print_lines(lines)
    else:
        why = [{**line, "why": WHY.get(str(line["result"]), "")} for line in lines]
        columns = ("id", "result", "state", "retry", "why")
        print_table(columns, [[line[name] for name in columns] for line in why])
    results = {each.result for _, each in acted}
    if results <= {"not-found"}:
        raise NothingMatched("There is no such dead letter.")
    if not results & {"done", "unchanged"}:
        raise Refused("None of them could be changed.")


def counted(ids: Sequence[LetterId]) -> str:
    """Returns how many letters of which handlers these are."""
    handlers = sorted({each.consumer for each in ids})
    return f"{len(ids)} dead letter{'s' if len(ids) > 1 else ''} of {', '.join(handlers)}"


def _cell(value: Any) -> Any:
    return value.get("type") if isinstance(value, dict) else value
