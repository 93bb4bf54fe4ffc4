"""Holds the commands about jobs."""

from __future__ import annotations

from typing import Annotated, get_args
from uuid import UUID

import typer

from chassis.console import notify_operator
from contracts.base import Json as Document
from gateway.jobs.admin_jobs import JobFilters, Status
from voxbus import remote
from voxbus.cli.options import Asked, Json, Reason, Server, Token, Yes, filtered
from voxbus.cli.outcome import Differs, NothingMatched, Refused
from voxbus.cli.output import confirm, print_document, print_lines, print_table
from voxbus.cli.place import ask, work_here
from voxbus.jobs import Jobs, opened_jobs

app = typer.Typer()

_PATH = "/admin/jobs"
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
    if asked.filters.types:
        raise typer.BadParameter("jobs have a --kind; events have a --type", param_hint="--type")
    given, limit = asked.filters, asked.filters.limit or _SHOWN
    filters = JobFilters(since=given.since, until=given.until, job=given.job, kind=given.kind, status=status)  # type: ignore[arg-type]

    async def here(jobs: Jobs) -> list[Document]:
        return await jobs.find(filters, asked.person, limit)

    async def there(gateway: remote.RemoteGateway) -> list[Document]:
        if asked.person is not None and "@" in asked.person:
            raise typer.BadParameter("a gateway takes the id of a person", param_hint="--person")
        query = {
            "from": None if given.since is None else given.since.isoformat(),
            "to": None if given.until is None else given.until.isoformat(),
            "job": None if given.job is None else str(given.job),
            "person": asked.person,
            "kind": given.kind,
            "status": status,
        }
        found: list[Document] = []
        cursor = None
        while len(found) < limit:
            page = await gateway.get(_PATH, {**query, "limit": min(100, limit - len(found)), "cursor": cursor})
            found += page["items"]
            if (cursor := page["next_cursor"]) is None:
                break
        return found

    def show(found: list[Document]) -> None:
        if not found:
            raise NothingMatched("No job matches.")
        _print_jobs(found, json=json)

    ask(opened_jobs, here, there, show, server, token)


@app.command(epilog="Example: voxbus jobs show 0192f0c1-0000-7000-8000-000000000001")
def show(id: JobId, json: Json = False, server: Server = None, token: Token = None) -> None:
    """Shows a job: its timeline, where it waits, its dead letters."""

    async def here(jobs: Jobs) -> Document | None:
        return await jobs.show(id)

    async def there(gateway: remote.RemoteGateway) -> Document | None:
        found: Document = await gateway.get(f"{_PATH}/{id}")
        return found

    def shown(found: Document | None) -> None:
        if found is None:
            raise NothingMatched(f"There is no job {id}.")
        if json:
            print_document(found)
        else:
            _print_job(found)

    ask(opened_jobs, here, there, shown, server, token)


@app.command(epilog="Example: voxbus jobs cancel 0192f0c1-0000-7000-8000-000000000001 --reason 'its owner asked'")
def cancel(id: JobId, reason: Reason = None, yes: Yes = False) -> None:
    """Cancels a job. Running work is stopped; the recording is deleted."""

    async def work(jobs: Jobs) -> None:
        job = await jobs.show(id)
        if job is None:
            raise NothingMatched(f"There is no job {id}.")
        confirm(f"Cancel the {job['kind']} {id}, which is {job['status']}?", yes=yes)
        outcome = await jobs.cancel(id, reason)
        if outcome == "conflict":
            raise Refused("The job has ended: it cannot be cancelled.")
        notify_operator("it was cancelled before" if outcome == "already" else "it is cancelled")

    work_here(opened_jobs, work)


@app.command(epilog="Example: voxbus jobs stuck")
def stuck(json: Json = False, server: Server = None, token: Token = None) -> None:
    """Lists open jobs that are lost, overdue, or silent for longer than their step allows; exit code 3 if there are."""

    async def here(jobs: Jobs) -> list[Document]:
        return await jobs.stuck()

    async def there(gateway: remote.RemoteGateway) -> list[Document]:
        found: list[Document] = (await gateway.get(f"{_PATH}/stuck"))["items"]
        return found

    def show(found: list[Document]) -> None:
        if not found:
            notify_operator("no job is stuck")
            return
        _print_jobs(found, json=json)
        raise Differs(f"{len(found)} jobs are stuck: voxbus jobs show ID says where each waits.")

    ask(opened_jobs, here, there, show, server, token)


@app.command(epilog="Example: voxbus jobs resend 0192f0c1-0000-7000-8000-000000000001")
def resend(id: JobId, reason: Reason = None, yes: Yes = False) -> None:
    """Sends the messages of a lost job once more, from the log; inboxes drop those that are done."""

    async def work(jobs: Jobs) -> None:
        job = await jobs.show(id)
        if job is None:
            raise NothingMatched(f"There is no job {id}.")
        confirm(f"Send the {len(job['timeline'])} messages of the {job['kind']} {id} once more?", yes=yes)
        notify_operator(f"{await jobs.resend(id, reason)} messages are in the outbox")

    work_here(opened_jobs, work)


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
