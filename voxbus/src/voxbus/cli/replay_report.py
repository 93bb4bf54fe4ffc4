"""Prints plans and reports of replays for people."""

from __future__ import annotations

import json
from typing import Any

import typer

from contracts.base import Json
from gateway.operate.replay_plan import Plan
from gateway.operate.replays import Replay
from voxbus.cli.output import print_table
from voxbus.replay_report import Asked, Report

#: what a report shows of differences and failures; --json has them all
_SHOWN = 40
#: characters of a value that are shown, and how many of them are alike before a difference
_LONGEST, _BEFORE = 100, 30
_WORDS = {
    "total": "messages match",
    "already_handled": "were handled before",
    "to_run": "would run",
    "dead_letters": "are dead letters",
    "erased": "are of erased persons",
    "refs_gone": "have a recording that is gone",
    "upcast": "are of an older version, and are upcast",
    "unknown": "are of a version that this release cannot read",
}


def tell_plan(wanted: Asked, plan: Plan) -> None:
    """Prints a plan."""
    where = "the log" if wanted.tape is None else str(wanted.tape)
    typer.echo(f"{wanted.handler}, mode {wanted.mode}, from {where}{', dry' if wanted.dry else ''}", err=True)
    for name, words in _WORDS.items():
        if (number := plan.document()[name]) or name in ("total", "to_run"):
            again = ", and are run again all the same" if wanted.dry and name == "already_handled" else ""
            typer.echo(f"  {number:>8} {words}{again}", err=True)
    versions = ", ".join(f"{version} × {number}" for version, number in sorted(plan.versions.items()))
    typer.echo(f"  versions: {versions or 'none'}", err=True)
    if plan.dead_letters and not wanted.dry:
        left = "are left to it" if wanted.mode == "repair" else "stay, and are to be dropped"
        typer.echo(f"  Dead letters {left}: voxbus dead-letters list --handler {wanted.handler} --each", err=True)
    typer.echo("  Outside effects are recorded, not performed; timers stay as they are.", err=True)
    if not wanted.dry:
        published = "is published, marked as a replay" if wanted.mode == "reprocess" else "is not published"
        typer.echo(f"  What the handler emits {published}.", err=True)


def tell_report(report: Report) -> None:
    """Prints how a replay went."""
    if report.differences:
        print_table(
            ("event", "kind", "where", "field", "was", "is"),
            [(d.event_id, d.kind, d.where, d.field, *cut(d.was, d.now)) for d in report.differences[:_SHOWN]],
        )
    for event, why in report.failures[:_SHOWN]:
        typer.echo(f"{event}: {why}")
    left = len(report.differences) - _SHOWN
    if left > 0:
        typer.echo(f"… and {left} more differences: --json has them all.")
    names = ("same", "differs", "new", "failed", "skipped") if report.dry else ("done", "failed", "skipped")
    typer.echo(", ".join(f"{report.result[name]} {name}" for name in names))
    if report.result["not_compared"]:
        typer.echo(
            f"{report.result['not_compared']} cannot be compared: the handler wrote and emitted nothing, as one"
            " that knows what it has handled; whether its code does the same was not seen."
        )
    if report.effects:
        typer.echo(f"{report.effects} outside effects recorded, none performed")
    if report.cancelled:
        typer.echo("The replay was cancelled.")


def kept(replay: Replay) -> Json:
    """Returns a replay as JSON."""
    return {
        "id": str(replay.id),
        "handler": replay.handler,
        "mode": replay.mode,
        "status": replay.status,
        "filters": replay.filters,
        "tape": replay.tape,
        "rate": replay.rate,
        "planned": replay.planned,
        "created_at": replay.created_at,
        "finished_at": replay.finished_at,
    }


def cut(was: Any, now: Any) -> tuple[str, str]:
    """Returns two values as text, long ones from a little before the place where they begin to differ."""
    texts = _text(was), _text(now)
    begin = max(0, _alike(*texts) - _BEFORE) if any(len(text) > _LONGEST for text in texts) else 0
    return _part(texts[0], begin), _part(texts[1], begin)


def _alike(one: str, other: str) -> int:
    """Returns with how many of the same characters two texts begin."""
    for number, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return number
    return min(len(one), len(other))


def _part(text: str, begin: int) -> str:
    end = begin + _LONGEST
    return f"{'…' if begin else ''}{text[begin:end]}{'…' if len(text) > end else ''}"


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
