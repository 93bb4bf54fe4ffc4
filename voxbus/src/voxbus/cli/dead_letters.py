"""Holds the commands about dead letters: messages that a handler has given up."""

from __future__ import annotations

import json as jsons
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from chassis.console import notify_operator
from contracts.base import Json as Document
from gateway.jobs.dead_letters import WHY, Acted, LetterFilters, LetterId, NoSuchLetter
from voxbus import remote
from voxbus.cli.options import Asked, Json, Reason, Reveal, Server, Token, Yes, filtered
from voxbus.cli.outcome import NothingMatched, Refused
from voxbus.cli.output import confirm, print_document, print_lines, print_table
from voxbus.cli.place import ask, work_here
from voxbus.dead_letters import Letters, opened_letters, plan

app = typer.Typer()

_PATH = "/admin/dead-letters"
_GROUPS = ("id", "handler", "problem", "type", "letters", "first_at", "last_at")
_EACH = ("id", "group", "type", "problem", "tries", "died_at", "job_id")
#: what a list shows unless --limit says more
_SHOWN = 50

Ids = Annotated[list[str] | None, typer.Argument(help="<service>.<handler>/<message id>", metavar="ID...")]
OneId = Annotated[str, typer.Argument(help="<service>.<handler>/<message id>", metavar="ID")]
Handler = Annotated[str | None, typer.Option("--handler", help="of this handler: <service>.<handler>")]
ProblemType = Annotated[str | None, typer.Option("--problem", help="with this problem: /problems/…")]
Group = Annotated[str | None, typer.Option("--group", help="of this group, as `list` names it")]
Why = Annotated[str, typer.Option("--reason", help="why, for the audit")]


@app.command("list", epilog="Example: voxbus dead-letters list --handler feedback.give_feedback --from -1d --each")
@filtered
def list_letters(
    asked: Asked,
    handler: Handler = None,
    problem: ProblemType = None,
    each: Annotated[bool, typer.Option("--each", help="single ones in place of groups")] = False,
    json: Json = False,
    server: Server = None,
    token: Token = None,
) -> None:
    """Lists dead letters in groups by handler, problem and type."""

    async def here(letters: Letters) -> list[Document]:
        filters = await letters.filters(_filters(asked, handler, problem), asked.person)
        return await letters.each(filters, asked.filters.limit or _SHOWN) if each else await letters.groups(filters)

    async def there(gateway: remote.RemoteGateway) -> list[Document]:
        query = _query(asked, handler, problem)
        if each:
            return await _pages(gateway, query, asked.filters.limit or _SHOWN)
        found: list[Document] = (await gateway.get(f"{_PATH}/groups", query))["items"]
        return found

    def show(found: list[Document]) -> None:
        if not found:
            raise NothingMatched("No dead letter matches.")
        if json:
            print_lines(found)
        else:
            columns = _EACH if each else _GROUPS
            print_table(columns, [[_cell(one[name]) for name in columns] for one in found])

    ask(opened_letters, here, there, show, server, token)


@app.command(epilog="Example: voxbus dead-letters show speech.assess_attempt/0192f0c1-0000-7000-8000-000000000001")
def show(
    id: OneId,
    reveal: Reveal = False,
    reason: Reason = None,
    json: Json = False,
    server: Server = None,
    token: Token = None,
) -> None:
    """Shows a dead letter: envelope, problem, tries, and the body with personal fields masked."""
    if reveal and not (reason or "").strip():
        raise typer.BadParameter("--reveal needs a --reason", param_hint="--reason")
    if reveal and server:
        raise typer.BadParameter("a gateway shows no personal fields: ask the database", param_hint="--reveal")
    letter = _letter(id)

    async def here(letters: Letters) -> Document:
        return await letters.show(letter, reveal=reveal, reason=reason)

    async def there(gateway: remote.RemoteGateway) -> Document:
        found: Document = await gateway.get(f"{_PATH}/{letter}")
        return found

    ask(
        opened_letters,
        here,
        there,
        lambda found: print_document(found) if json else _print_letter(found),
        server,
        token,
    )


@app.command(epilog="Example: voxbus dead-letters retry --group 3f1c9a02 --reason 'the decoder is mended'")
@filtered
def retry(
    asked: Asked,
    ids: Ids = None,
    group: Group = None,
    handler: Handler = None,
    problem: ProblemType = None,
    reason: Reason = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Has dead letters handled again: some, a group, or those that filters match; what waits or is done stays."""
    filters = _filters(asked, handler, problem, group)
    if bool(ids) == (filters != LetterFilters() or asked.person is not None):
        raise typer.BadParameter("name either ids, or a group or filters")

    async def work(letters: Letters) -> None:
        named = [_letter(each) for each in ids or ()]
        found = [] if named else await letters.each(await letters.filters(filters, asked.person), asked.filters.limit)
        frozen = named or [_letter(each["id"]) for each in found]
        if not frozen:
            raise NothingMatched("No dead letter matches.")
        if found:
            _print_plan(plan(found))
        confirm(f"Retry {_count(frozen)}?", yes=yes or len(named) == 1)
        await _act(letters, "retry", frozen, reason, json=json)

    work_here(opened_letters, work)


@app.command(epilog="Example: voxbus dead-letters edit feedback.give_feedback/0192f0c1-… --set text='\"Red lorry\"'")
def edit(
    id: OneId,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="FIELD=JSON; may come again", metavar="FIELD=JSON")
    ] = None,
    reason: Reason = None,
    json: Json = False,
) -> None:
    """Changes the body of a dead letter, in $EDITOR or by --set; the contract has to hold. Retry it afterwards.

    An editor shows personal fields, so it needs --reason. The original stays beside it.
    """
    letter, given = _letter(id), _changes(changes or ())
    if not given and not (reason or "").strip():
        raise typer.BadParameter("an editor shows personal fields: it needs a --reason", param_hint="--reason")

    async def work(letters: Letters) -> None:
        opened = await letters.open(letter)
        if not given:
            await letters.show(letter, reveal=True, reason=reason)  # whoever opens an editor has seen it
        wanted = given or _in_editor(opened.body)
        if not wanted:
            notify_operator("nothing was changed")
            return
        acted = await letters.edit(letter, opened, wanted, reason)
        _report([(letter, acted)], json=json)

    work_here(opened_letters, work)


@app.command(
    epilog="Example: voxbus dead-letters drop notify.send_mail/0192f0c1-… --reason 'the address was never one'"
)
def drop(ids: Ids, reason: Why, yes: Yes = False, json: Json = False) -> None:
    """Gives dead letters up for good: their bodies are deleted, and they are never handled again."""
    letters_ = [_letter(each) for each in ids or ()]

    async def work(letters: Letters) -> None:
        confirm(f"Drop {_count(letters_)} for good?", yes=yes)
        await _act(letters, "drop", letters_, reason, json=json)

    work_here(opened_letters, work)


async def _act(letters: Letters, act: str, ids: Sequence[LetterId], reason: str | None, *, json: bool) -> None:
    _report([each async for each in letters.do(act, ids, reason)], json=json)


def _report(acted: Sequence[tuple[LetterId, Acted]], *, json: bool) -> None:
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


def _letter(text: str) -> LetterId:
    try:
        return LetterId.parse(text)
    except NoSuchLetter as error:
        raise typer.BadParameter(str(error), param_hint="ID") from None


def _filters(asked: Asked, handler: str | None, problem: str | None, group: str | None = None) -> LetterFilters:
    given = asked.filters
    return LetterFilters(
        since=given.since,
        until=given.until,
        types=given.types,
        job=given.job,
        kind=given.kind,
        handler=handler,
        problem=problem,
        group=group,
    )


def _query(asked: Asked, handler: str | None, problem: str | None) -> dict[str, Any]:
    given = asked.filters
    if len(given.types) > 1:
        raise typer.BadParameter("a gateway takes one type", param_hint="--type")
    if asked.person is not None and "@" in asked.person:
        raise typer.BadParameter("a gateway takes the id of a person", param_hint="--person")
    return {
        "from": None if given.since is None else given.since.isoformat(),
        "to": None if given.until is None else given.until.isoformat(),
        "type": given.types[0] if given.types else None,
        "job": None if given.job is None else str(given.job),
        "person": asked.person,
        "kind": given.kind,
        "handler": handler,
        "problem": problem,
    }


async def _pages(gateway: remote.RemoteGateway, query: dict[str, Any], limit: int) -> list[Document]:
    found: list[Document] = []
    cursor = None
    while len(found) < limit:
        page = await gateway.get(_PATH, {**query, "limit": min(100, limit - len(found)), "cursor": cursor})
        found += page["items"]
        if (cursor := page["next_cursor"]) is None:
            break
    return found


def _changes(given: Sequence[str]) -> dict[str, Any]:
    found = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{each} is not FIELD=JSON", param_hint="--set")
        try:
            found[name] = jsons.loads(value)
        except ValueError:
            raise typer.BadParameter(
                f"the value of {name} is no JSON: a text stands in double quotes", param_hint="--set"
            ) from None
    return found


def _in_editor(body: Document) -> dict[str, Any]:
    """Lets the operator edit the body in a file that is theirs alone; returns the fields that differ."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory(prefix="voxbus-") as folder:
        file = Path(folder) / "body.json"
        file.touch(mode=0o600)
        file.write_text(jsons.dumps(body, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        if subprocess.run([*editor.split(), str(file)], check=False).returncode != 0:
            raise Refused(f"{editor} has failed: nothing was changed.")
        try:
            new = jsons.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            raise Refused("What was saved is no JSON: nothing was changed.") from None
    if not isinstance(new, dict) or body.keys() - new.keys():
        raise Refused("A field was taken out, which an edit cannot: nothing was changed.")
    return {name: value for name, value in new.items() if name not in body or body[name] != value}


def _count(ids: Sequence[LetterId]) -> str:
    handlers = sorted({each.consumer for each in ids})
    return f"{len(ids)} dead letter{'s' if len(ids) > 1 else ''} of {', '.join(handlers)}"


def _print_plan(rows: Sequence[Document]) -> None:
    for row in rows:
        old = f", {row['too_old']} of them too old" if row["too_old"] else ""
        notify_operator(f"{row['letters']} of {row['handler']} with {row['problem'] or 'no problem'}{old}")


def _print_letter(found: Document) -> None:
    plain = {name: value for name, value in found.items() if name not in ("envelope", "failures", "body", "original")}
    problem = plain.pop("problem") or {}
    rows = [(name, value) for name, value in plain.items() if value is not None]
    rows += [("problem", f"{problem.get('type', '')} {problem.get('title', '')} {problem.get('detail', '')}".strip())]
    rows += [(f"envelope.{name}", value) for name, value in found["envelope"].items()]
    rows += [(f"try {each['try']}", f"{each['at']} {each['error']}") for each in found["failures"]]
    print_table(("field", "value"), rows)
    for name in ("body", "original"):
        if found[name] is not None:
            typer.echo(f"{name}:\n{jsons.dumps(found[name], indent=2)}")


def _cell(value: Any) -> Any:
    return value.get("type") if isinstance(value, dict) else value
