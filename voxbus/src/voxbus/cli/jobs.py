"""Holds the commands about jobs."""

from __future__ import annotations

from typing import Annotated, get_args
from uuid import UUID

import typer

from chassis.console import notify_operator
from contracts.base import Json as Document
from gateway.jobs.admin_jobs import JobFilters, Status
from voxbus.cli.options import Asked, Json, NoServer, Reason, Server, Token, Yes, filtered
from voxbus.cli.outcome import NothingMatched, Refused
from voxbus.cli.output import confirm, documents, print_document, print_lines, print_table
from voxbus.cli.place import here_alone, work_at
from voxbus.jobs import JobBook, Jobs, opened_jobs, reached_jobs

app = typer.Typer()

_COLUMNS = ("id", "kind", "status", "person_id", "created_at", "heard_at", "finished_at", "lost")
_SHOWN = 50

JobId = Annotated[UUID, typer.Argument(help="the job's id", metavar="ID")]


@app.command(epilog="Example: voxbus jobs find --status failed --from -1d --person ada@example.org")
@filtered
def find(
    asked: Asked,
    status: Annotated[str | None, typer.Option("--status", help=", ".join(get_args(Status)))] = None,
    json: Json = False,
    server: Server = None,
    token: Token = None,
) -> None:
    """Finds jobs, newest first."""
    if status is not None and status not in get_args(Status):
        raise typer.BadParameter(f"there is no status {status}", param_hint="--status")
    given, limit = asked.filters, asked.filters.limit or _SHOWN
    filters = JobFilters(
        since=given.since,
        until=given.until,
        types=given.types,
        job=given.job,
        kind=given.kind,
        status=status,  # type: ignore[arg-type]
    )

    async def work(jobs: JobBook) -> None:
        found = await jobs.find(filters, asked.person, limit)
        if not found:
            raise NothingMatched("No job matches.")
        _print_jobs(found, json=json)

    work_at(reached_jobs, work, server, token)


@app.command(epilog="Example: voxbus jobs show 0192f0c1-0000-7000-8000-000000000001")
def show(id: JobId, json: Json = False, server: Server = None, token: Token = None) -> None:
    """Shows a job: its timeline, where it waits, its dead letters."""

    async def work(jobs: JobBook) -> None:
        found = await jobs.show(id)
        if found is None:
            raise NothingMatched(f"There is no job {id}.")
        if json:
            print_document(found)
        else:
            _print_job(found)

    work_at(reached_jobs, work, server, token)


@app.command(epilog="Example: voxbus jobs cancel 0192f0c1-0000-7000-8000-000000000001 --reason 'its owner asked'")
def cancel(
    id: JobId,
    reason: Reason = None,
    yes: Yes = False,
    json: Json = False,
    server: Server = None,
    token: Token = None,
) -> None:
    """Cancels a job. Running work is stopped; the recording is deleted."""

    async def work(jobs: JobBook) -> None:
        job = await jobs.show(id)
        if job is None:
            raise NothingMatched(f"There is no job {id}.")
        confirm(f"Cancel the {job['kind']} {id}, which is {job['status']}?", yes=yes)
        outcome = await jobs.cancel(id, reason)
        if outcome == "conflict":
            raise Refused("The job has ended: it cannot be cancelled.")
        before = outcome == "already" or job["status"] == "cancelled"
        notify_operator("it was cancelled before" if before else "it is cancelled")
        documents(json)({"id": str(id), "result": "unchanged" if before else "done"})

    work_at(reached_jobs, work, server, token)


@app.command(epilog="Example: voxbus jobs stuck")
def stuck(json: Json = False, server: Server = None, token: Token = None) -> None:
    """Lists open jobs that are lost, overdue, or silent for longer than their step allows; exit code 4 if none is."""

    async def work(jobs: JobBook) -> None:
        found = await jobs.stuck()
        if not found:
            raise NothingMatched("No job is stuck.")
        _print_jobs(found, json=json)
        notify_operator(f"{len(found)} jobs are stuck: voxbus jobs show ID says where each waits")

    work_at(reached_jobs, work, server, token)


@app.command(epilog="Example: voxbus jobs resend 0192f0c1-0000-7000-8000-000000000001")
def resend(id: JobId, reason: Reason = None, yes: Yes = False, json: Json = False, server: NoServer = None) -> None:
    """Sends the messages of a lost job once more, from the log; inboxes drop those that are done."""
    here_alone(server)

    async def work(jobs: Jobs) -> None:
        job = await jobs.show(id)
        if job is None:
            raise NothingMatched(f"There is no job {id}.")
        confirm(f"Send the {len(job['timeline'])} messages of the {job['kind']} {id} once more?", yes=yes)
        sent = await jobs.resend(id, reason)
        notify_operator(f"{sent} messages are in the outbox")
        documents(json)({"id": str(id), "messages": sent, "result": "done" if sent else "unchanged"})

    work_at(opened_jobs, work, None, None)


def _print_jobs(found: list[Document], *, json: bool) -> None:
    if json:
        print_lines(found)
    else:
        print_table(_COLUMNS, [[one[name] for name in _COLUMNS] for one in found])


def _print_job(found: Document) -> None:
    print_table(
        ("field", "value"), [(name, found[name]) for name in (*_COLUMNS, "deadline") if found[name] is not None]
    )
    columns = ("seq", "type", "time", "retry", "step", "tries", "problem", "trace_id")
    rows = [{**each, "problem": (each.get("problem") or {}).get("type")} for each in found["timeline"]]
    print_table(columns, [[each.get(name) for name in columns] for each in rows])
    for each in found["waits"]:
        notify_operator(f"{each['service']} has something open of it since {each['since']}")
    for each in found["dead_letters"]:
        notify_operator(f"a dead letter of it: voxbus dead-letters show {each}")
