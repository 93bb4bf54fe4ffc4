"""Holds the commands about dead letters: messages that a handler has given up."""

from __future__ import annotations

from typing import Annotated

import typer

from chassis.console import notify_operator
from gateway.jobs.dead_letters import LetterFilters, LetterId, NoSuchLetter
from voxbus.cli.letter_edit import edited_fields, given_changes
from voxbus.cli.letter_output import counted, print_letter, print_letters, report, tell_plan
from voxbus.cli.options import Asked, Json, NoServer, Reason, Reveal, Server, Token, Yes, filtered
from voxbus.cli.outcome import NothingMatched
from voxbus.cli.output import confirm, print_document, print_lines
from voxbus.cli.place import here_alone, work_at
from voxbus.dead_letters import LetterBook, Letters, opened_letters, plan, reached_letters

app = typer.Typer()

#: what a list shows unless --limit says more
_SHOWN = 50

Ids = Annotated[list[str] | None, typer.Argument(help="<service>.<handler>/<message id>", metavar="ID...")]
SomeIds = Annotated[list[str], typer.Argument(help="<service>.<handler>/<message id>", metavar="ID...")]
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

    async def work(letters: LetterBook) -> None:
        filters, limit = _filters(asked, handler, problem), asked.filters.limit or _SHOWN
        if each:
            found = await letters.each(filters, asked.person, limit)
        else:
            found = (await letters.groups(filters, asked.person))[:limit]
        if not found:
            raise NothingMatched("No dead letter matches.")
        if json:
            print_lines(found)
        else:
            print_letters(found, each=each)

    work_at(reached_letters, work, server, token)


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
    letter = _letter(id)

    async def work(letters: LetterBook) -> None:
        found = await letters.show(letter, reveal=reveal, reason=reason)
        if json:
            print_document(found)
        else:
            print_letter(found)

    work_at(reached_letters, work, server, token)


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
    server: Server = None,
    token: Token = None,
) -> None:
    """Has dead letters handled again: some, a group, or those that filters match; what waits or is done stays."""
    filters = _filters(asked, handler, problem, group)
    if bool(ids) == (filters != LetterFilters() or asked.person is not None):
        raise typer.BadParameter("name either ids, or a group or filters")
    named = [_letter(each) for each in ids or ()]

    async def work(letters: LetterBook) -> None:
        found = [] if named else await letters.each(filters, asked.person, asked.filters.limit)
        frozen = named or [_letter(each["id"]) for each in found]
        if not frozen:
            raise NothingMatched("No dead letter matches.")
        if found:
            tell_plan(plan(found))
        confirm(f"Retry {counted(frozen)}?", yes=yes or len(named) == 1)
        report([each async for each in letters.do("retry", frozen, reason)], json=json)

    work_at(reached_letters, work, server, token)


@app.command(epilog="Example: voxbus dead-letters edit feedback.give_feedback/0192f0c1-… --set text='\"Red lorry\"'")
def edit(
    id: OneId,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="FIELD=JSON; may come again", metavar="FIELD=JSON")
    ] = None,
    reason: Reason = None,
    json: Json = False,
    server: NoServer = None,
) -> None:
    """Changes the body of a dead letter, in $EDITOR or by --set; the contract has to hold. Retry it afterwards.

    An editor shows personal fields masked, unless --reason says why they are to be seen. The original stays beside it.
    """
    here_alone(server)
    letter, given = _letter(id), given_changes(changes or ())
    reveal = bool((reason or "").strip())

    async def work(letters: Letters) -> None:
        opened = await letters.open(letter)
        if not given:
            await letters.show(letter, reveal=reveal, reason=reason)  # whoever opens an editor has seen it
        hidden = frozenset[str]() if reveal else opened.personal
        wanted = given or edited_fields(opened.body if reveal else opened.masked, hidden)
        if not wanted:
            notify_operator("nothing was changed")
            return
        acted = await letters.edit(letter, opened, wanted, reason)
        report([(letter, acted)], json=json)

    work_at(opened_letters, work, None, None)


@app.command(
    epilog="Example: voxbus dead-letters drop notify.send_mail/0192f0c1-… --reason 'the address was never one'"
)
def drop(
    ids: SomeIds, reason: Why, yes: Yes = False, json: Json = False, server: Server = None, token: Token = None
) -> None:
    """Gives dead letters up for good: their bodies are deleted, and they are never handled again."""
    named = [_letter(each) for each in ids]

    async def work(letters: LetterBook) -> None:
        confirm(f"Drop {counted(named)} for good?", yes=yes)
        report([each async for each in letters.do("drop", named, reason)], json=json)

    work_at(reached_letters, work, server, token)


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
