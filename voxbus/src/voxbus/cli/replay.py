"""Holds the commands that replay messages to one handler."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import typer
from typer.core import TyperGroup

from chassis.console import notify_operator
from chassis.observe.outside import tell_outside
from chassis.settings import Settings
from chassis.storage.database import Database, open_database
from gateway.jobs.operator_acts import Act, OperatorAct, record
from gateway.operate import replays
from gateway.operate.replay_plan import Plan
from gateway.operate.replays import Replay
from voxbus.cli.events import given_reason
from voxbus.cli.options import Asked as Given
from voxbus.cli.options import Json, NoServer, Reason, Reveal, Yes, filtered
from voxbus.cli.outcome import Differs, NothingMatched, Refused, execute
from voxbus.cli.output import confirm, documents, print_document, print_lines, print_table
from voxbus.cli.place import here_alone
from voxbus.cli.progress import counted
from voxbus.cli.replay_report import kept, tell_plan, tell_report
from voxbus.events import person_of
from voxbus.local.reach import reach_database
from voxbus.operator import at_the_command_line
from voxbus.replay_pace import be_nice
from voxbus.replay_process import Replaying, again, reached
from voxbus.replay_report import Asked, Report


class _Group(TyperGroup):
    """Takes what is no command of the group for a handler: `voxbus replay SERVICE.HANDLER` is `replay start`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Resolves the command of a line."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["start", *args]
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_Group,
    epilog="Example: voxbus replay feedback.give_feedback --from -1h --mode repair --dry-run."
    " Its options: voxbus replay start --help",
)

ReplayId = Annotated[UUID, typer.Argument(metavar="ID", help="the replay's id")]


@app.command(epilog="Example: voxbus replay start feedback.give_feedback --from -1h --mode repair --dry-run")
@filtered
def start(
    asked: Given,
    handler: Annotated[str, typer.Argument(metavar="SERVICE.HANDLER", help="the one handler that gets the messages")],
    mode: Annotated[
        Literal["repair", "reprocess"],
        typer.Option(help="repair: ids kept, holes filled, nothing emitted; reprocess: new ids, and what follows"),
    ],
    tape: Annotated[Path | None, typer.Option("--tape", help="take the messages from a tape, not from the log")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="change nothing, and tell what would differ")] = False,
    rate: Annotated[
        float | None, typer.Option(min=0.01, help="so many messages a second; else it rests meanwhile")
    ] = None,
    reveal: Reveal = False,
    reason: Reason = None,
    yes: Yes = False,
    json: Json = False,
    server: NoServer = None,
) -> None:
    """Plans a replay, asks, runs it, and reports; `start` may be left out."""
    if not (dry_run and tape is not None):  # which compares what was pulled from there with the code here
        here_alone(server)
    if tape is not None and asked.filters.kind is not None:
        raise typer.BadParameter("a tape does not say of which kind a job is", param_hint="--kind")
    wanted = Asked(
        handler=handler,
        mode=mode,
        filters=asked.filters,
        tape=None if tape is None else tape.resolve(),  # as `resume` may be asked for from elsewhere
        dry=dry_run,
        rate=rate,
        reveal=given_reason(reveal, reason) is not None,
    )

    async def work(settings: Settings) -> bool:
        async with reach_database(settings) as url:
            return await _start(settings, url, wanted, asked.person, reason, yes=yes, json=json)

    execute(work)


@app.command("list", epilog="Example: voxbus replay list")
def list_replays(
    limit: Annotated[int, typer.Option(min=1, help="at most so many")] = 20, json: Json = False, server: NoServer = None
) -> None:
    """Lists replays, newest first; dry runs are not kept."""
    here_alone(server)

    async def work(database: Database) -> None:
        found = await replays.newest(database, limit)
        if not found:
            raise NothingMatched("There is no replay.")
        if json:
            print_lines([kept(each) for each in found])
        else:
            print_table(
                ("created", "id", "handler", "mode", "status", "to run"),
                [(r.created_at, r.id, r.handler, r.mode, r.status, r.planned.get("to_run")) for r in found],
            )

    _with_database(work)


@app.command(epilog="Example: voxbus replay show 0192f0c1-0000-7000-8000-000000000001")
def show(identity: ReplayId, json: Json = False, server: NoServer = None) -> None:
    """Shows a replay: its plan, how far it is, and what failed."""
    here_alone(server)

    async def work(database: Database) -> None:
        found = await _read(database, identity)
        counts = dict(await replays.counts(database, identity))
        failed = await replays.failures(database, identity, 100)
        if json:
            failures = [{"event_id": str(event), "why": why} for event, why in failed]
            print_document({**kept(found), "items": counts, "failures": failures})
            return
        rows = [*kept(found).items(), *((f"items {state}", number) for state, number in counts.items())]
        print_table(("field", "value"), [*rows, *((f"failed {event}", why) for event, why in failed)])

    _with_database(work)


@app.command(epilog="Example: voxbus replay resume 0192f0c1-0000-7000-8000-000000000001 --failed")
def resume(
    identity: ReplayId,
    failed: Annotated[bool, typer.Option("--failed", help="run those that failed once more, too")] = False,
    json: Json = False,
    server: NoServer = None,
) -> None:
    """Goes on with a replay; no message is done twice."""
    here_alone(server)

    async def work(settings: Settings) -> bool:
        async with reach_database(settings) as url:
            async with _gateway(url) as database:
                found = await _read(database, identity)
            be_nice()
            async with _told_outside(settings), reached(settings, url, again(found)) as replaying:
                return await _run(replaying, identity, found.planned, "replay_resumed", failed_too=failed, json=json)

    execute(work)


@app.command(epilog="Example: voxbus replay cancel 0192f0c1-0000-7000-8000-000000000001")
def cancel(identity: ReplayId, json: Json = False, server: NoServer = None) -> None:
    """Cancels a replay; one that runs stops after the messages in hand."""
    here_alone(server)

    async def work(database: Database) -> None:
        await _read(database, identity)
        if not await replays.cancel(database, identity):
            raise Refused(f"The replay {identity} has ended.")
        await _note(database, "replay_cancelled", identity, None)
        notify_operator(f"{identity} is cancelled")
        documents(json)({"id": str(identity), "result": "done"})

    _with_database(work)


async def _start(
    settings: Settings, url: str, wanted: Asked, person: str | None, reason: str | None, *, yes: bool, json: bool
) -> bool:
    be_nice()  # only now: a database that this process has started counts as before
    if person is not None:
        async with _gateway(url) as database:
            wanted = replace(wanted, filters=replace(wanted.filters, person=await person_of(database, person)))
    async with _told_outside(settings), reached(settings, url, wanted) as replaying:
        identity, plan, items = await replaying.plan()
        if not json:
            tell_plan(wanted, plan)
        try:
            _judge(wanted, plan)
            if not wanted.dry:
                confirm(f"Run {plan.to_run} messages through {wanted.handler}?", yes=yes)
        except BaseException:  # also Ctrl-C at the question: a plan that nobody wanted is not resumed
            await replays.cancel(replaying.gateway, identity)
            raise
        if wanted.reveal:  # the one row that a dry run writes
            await _note(replaying.gateway, "events_revealed", identity, reason)
        if wanted.dry:
            with counted(len(items)) as told:
                report = await replaying.run_dry(identity, plan, items, told)
            return _end(report, json=json)
        return await _run(replaying, identity, plan.document(), "replay_begun", reason=reason, json=json)


@asynccontextmanager
async def _told_outside(settings: Settings) -> AsyncIterator[None]:
    """Tells a collector what is run, as a service does that runs it."""
    end = tell_outside("replay", settings)
    try:
        yield
    finally:
        await asyncio.to_thread(end)


def _judge(wanted: Asked, plan: Plan) -> None:
    if plan.total == 0:
        raise NothingMatched("No message matches.")
    if plan.too_old and not wanted.dry:
        raise Refused(
            f"{plan.too_old} of them are older than 14 days, of which the inbox knows nothing any more: a repair would"
            " do them twice. Leave them out with --from -14d, or use --mode reprocess."
        )


async def _run(
    replaying: Replaying,
    identity: UUID,
    planned: dict[str, Any],
    act: Act,
    *,
    reason: str | None = None,
    failed_too: bool = False,
    json: bool,
) -> bool:
    """Runs a plan. The act is written once the replay is held: what may not go on is no act."""

    async def begun() -> None:
        await _note(replaying.gateway, act, identity, reason)
        notify_operator(f"replay {identity}; voxbus replay resume goes on with it should it end early")

    with counted(int(planned.get("to_run", 0))) as told:
        report = await replaying.run(identity, planned, told, failed_too=failed_too, begun=begun)
    return _end(report, json=json)


def _end(report: Report, *, json: bool) -> bool:
    if json:
        print_document(report.document())
    else:
        tell_report(report)
    result = report.result
    if report.dry and (result["differs"] or result["failed"]):
        raise Differs(f"{result['differs']} differ, {result['failed']} fail.")
    if report.dry and result["not_compared"] and not (result["same"] or result["new"]):
        raise NothingMatched("Nothing could be compared.")
    return not result["failed"] and not report.cancelled


async def _read(database: Database, identity: UUID) -> Replay:
    found = await replays.read(database, identity)
    if found is None:
        raise NothingMatched(f"There is no replay {identity}.")
    return found


async def _note(database: Database, act: Act, identity: UUID, reason: str | None) -> None:
    await record(database, OperatorAct(act=act, by=at_the_command_line(), object=str(identity), reason=reason))


def _with_database(work: Callable[[Database], Any]) -> None:
    async def run(settings: Settings) -> bool:
        async with reach_database(settings) as url, _gateway(url) as database:
            await work(database)
        return True

    execute(run)


@asynccontextmanager
async def _gateway(url: str) -> AsyncIterator[Database]:
    database = open_database(url, "gateway", size=1)
    try:
        yield database
    finally:
        await database.close()
