"""Each service is killed with signal 9 at each named crash point while jobs run, and started again.

Speech is the real one where `make faults` kills it; elsewhere the stand-in takes its place, which has the same handler,
queue, tables and child processes. Cases of one service follow each other on one system; several systems go side by
side, for most of the time is spent on starting processes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Literal, cast
from uuid import UUID

import pytest

from tests.faults.client import Client
from tests.faults.conftest import SAMPLES, Hold, Make, all_faults
from tests.faults.invariants import Books, Report
from tests.faults.processes import Running
from tests.faults.system import ALL, System
from tests.receiver import receiving

pytestmark = pytest.mark.timeout(600)

JOBS_BEFORE, JOBS_AFTER = 6, 2
#: handlers whose messages may have to let others go first
TAKES_TURNS = {"notify.deliver_webhook"}
SIDE_BY_SIDE = 2
TEXT = "She sells seashells by the seashore."


@dataclass(frozen=True, slots=True)
class Case:
    """Describes a crash of `handler` at `point`, after one at `first` if it needs one. `leaves`: what is found then."""

    handler: str
    point: str
    leaves: Literal["nothing", "a lease", "done", "unpublished", "unrecorded", "recorded"]
    first: str | None = None

    @property
    def service(self) -> str:
        """Returns the service whose process dies."""
        return self.handler.partition(".")[0]

    @property
    def name(self) -> str:
        """Returns the name of the case in the report."""
        return f"kill -9 {self.handler} at {self.point}"


_SLOW: tuple[tuple[str, Literal["nothing", "a lease", "done"]], ...] = (
    ("received", "nothing"),
    ("claimed", "a lease"),
    ("worked", "a lease"),
    ("committed", "done"),
    ("before the ack", "done"),
)
# A fast batch that dies leaves no claim. What is delivered again is claimed alone: only then there is one to die in.
_FAST: tuple[tuple[str, Literal["nothing", "a lease", "done"]], ...] = (
    ("received", "nothing"),
    ("worked", "nothing"),
    ("committed", "done"),
    ("before the ack", "done"),
)

#: Crash points are the chassis's, and so the same in every service. In `make test` these stand for all: each state that
#: a crash of a slow handler can leave, a relay, accepting and recording. `make faults` does all.
BRIEFLY = {
    *(("speech.assess_attempt", "worked"), ("speech.assess_attempt", "committed"), ("speech.relay", "published")),
    *(("gateway.accept", "committed"), ("gateway.record", "committed")),
}
#: of a fast handler, which need a system of their own: what its batch leaves is held by the chassis's own tests too
LANDING = {("content.project_progress", point) for point in ("worked", "before the ack", "claimed")}

CASES = (
    *(Case("speech.assess_attempt", *left) for left in _SLOW),
    Case("speech.relay", "published", "unpublished"),
    *(Case("feedback.give_feedback", *left) for left in _SLOW),
    Case("feedback.relay", "published", "unpublished"),
    *(Case("notify.notify_ready", *left) for left in _FAST),
    Case("notify.notify_ready", "claimed", "a lease", first="received"),
    Case("notify.relay", "published", "unpublished"),  # it speaks where a webhook is to be called
    *(Case("content.project_progress", *left) for left in _FAST),
    Case("content.project_progress", "claimed", "a lease", first="received"),  # it says nothing, so publishes nothing
    # The recorder claims nothing: the log is its own inbox.
    Case("gateway.accept", "committed", "unpublished"),
    Case("gateway.record", "received", "unrecorded"),
    *(Case("gateway.record", point, "recorded") for point in ("committed", "before the ack")),
    Case("gateway.relay", "published", "unpublished"),
)


def _marks(handler: str, point: str) -> Sequence[pytest.MarkDecorator]:
    if (handler, point) in BRIEFLY:
        return ()
    return (pytest.mark.landing if (handler, point) in LANDING else pytest.mark.in_full,)


class Chain:
    """Represents the cases of one service, on one system."""

    def __init__(self, system: System, client: Client, service: str, webhook: str, *, stand_in: bool) -> None:
        """Takes `webhook`, a URL that answers, and `stand_in`: whether speech is not the real one."""
        self._system = system
        self._client = client
        self._service = service
        self._webhook = webhook
        self._stand_in = stand_in
        self._following: list[asyncio.Task[object]] = []

    async def run(self, case: Case) -> Report:
        """Kills a process, starts it again, and checks everything that was ever done on this system."""
        known, recorded = set(self._client.observed.jobs), _recorded(await self._system.books())
        victim = await self._serve(f"{case.handler}:{case.first or case.point}")
        if case.handler == "notify.relay":
            await self._make_webhook()
        working = asyncio.gather(*(self._attempt() for _ in range(JOBS_BEFORE)))
        await victim.killed()
        if case.first is not None:
            victim = await self._serve(f"{case.handler}:{case.point}")
            await victim.killed()
        fault = await self._system.books()
        under_way = fault.under_way()
        self._check_left(case, fault, known, recorded)
        await self._system.let_time_pass(self._service)
        again = await self._serve()
        await asyncio.gather(working, *(self._attempt() for _ in range(JOBS_AFTER)))
        await asyncio.gather(*self._following)
        report = await self._system.report(self._client.observed, under_way=under_way)
        report.jobs -= len(known)
        self._check_who_won(fault, await self._system.books())
        await again.stop()
        return report

    async def _serve(self, crash_at: str | None = None) -> Running:
        if self._service != "speech" or not self._stand_in:
            return await self._system.serve(self._service, crash_at=crash_at, webhook_allow_nets="127.0.0.0/8")
        return await self._system.fake_speech(**({} if crash_at is None else {"crash_at": crash_at}))

    async def _attempt(self) -> UUID:
        """Sends one attempt, and watches its stream."""
        name = "silence" if self._service == "speech" and len(self._following) % 2 else "she-sells"
        job = await self._client.submit((SAMPLES / f"{name}.webm").read_bytes(), TEXT)
        self._following.append(asyncio.create_task(self._client.follow(job)))
        return job

    async def _make_webhook(self) -> None:
        """Has the person told of each attempt that ends."""
        hook = {"url": self._webhook, "events": ["job.succeeded"]}
        answer = await self._client.post("/webhooks", json=hook)
        assert answer.status_code == 201, answer.text

    def _check_left(self, case: Case, books: Books, known: Collection[UUID], recorded: int) -> None:
        """Checks that the process died where it should. `known` and `recorded` are of before it began."""
        rows = [row for row in books.inbox if row["consumer"] == case.handler and row["job_id"] not in known]
        held = [row for row in rows if row["done_at"] is None]
        match case.leaves:
            case "nothing":
                assert not rows
            case "a lease":
                assert held
            case "done":
                assert len(rows) > len(held)
            case "unpublished":  # what was published is not deleted yet, or what was committed is not published
                assert any(what.startswith(f"{case.service}:") for what in books.unpublished)
            case "unrecorded":
                assert _recorded(books) == recorded
            case "recorded":
                assert _recorded(books) > recorded

    def _check_who_won(self, fault: Books, after: Books) -> None:
        """Checks the inbox: finished rows stay, leased ones were taken over once, the rest ran for the first time."""
        before = {(row["consumer"], row["id"]): row for row in fault.inbox}
        for row in (row for row in after.inbox if row["service"] == self._service):
            was = before.get((row["consumer"], row["id"]))
            tries = 1 if was is None else was["tries"] + (was["done_at"] is None)
            assert row["tries"] == tries, (row, was)
            # a call that waits for those of the same person is given back, which costs no try, and may be so often
            assert row["fence"] == tries or (row["consumer"] in TAKES_TURNS and row["fence"] > tries), (row, was)
            assert was is None or was["done_at"] in (None, row["done_at"])


def _recorded(books: Books) -> int:
    """Counts the rows of the log that were recorded: all but those that accepting a job writes."""
    return sum(len(rows) for rows in books.log.values()) - len(books.jobs)


async def _run_chain(
    service: str, cases: Mapping[Case, asyncio.Future[Report]], make_system: Make, *, stand_in: bool
) -> None:
    """Runs all cases of a service. One that fails makes those after it fail: their system is not sound any more."""
    try:
        async with make_system() as system, AsyncExitStack() as stack:
            rest = [name for name in ALL if name not in (service, "speech")]
            if service != "speech":
                await system.fake_speech()
            if rest:
                await (system.serve if "gateway" in rest else system.serve_each)(*rest)
            own: Running | None = await system.serve(service) if service == "gateway" else None
            client = await stack.enter_async_context(Client(system.address))
            if own is not None:
                await own.stop()
            receiver = await stack.enter_async_context(receiving())
            chain = Chain(system, client, service, receiver.url, stand_in=stand_in)
            for case, result in cases.items():
                result.set_result(await chain.run(case))
    except BaseException as error:
        for result in cases.values():
            if not result.done():
                result.set_exception(error)
                result.exception()  # the exception goes to whoever awaits the report
        if not isinstance(error, Exception):
            raise


async def _run_chains(
    services: Sequence[str], cases: Mapping[Case, asyncio.Future[Report]], make: Make, *, stand_in: bool
) -> None:
    turn = asyncio.Semaphore(SIDE_BY_SIDE)

    async def run(service: str) -> None:
        async with turn:
            own = {case: report for case, report in cases.items() if case.service == service}
            await _run_chain(service, own, make, stand_in=stand_in)

    await asyncio.gather(*(run(service) for service in services))


@pytest.fixture(scope="module")
async def reports(
    request: pytest.FixtureRequest, make_system: Make
) -> AsyncIterator[Mapping[Case, asyncio.Future[Report]]]:
    """Provides the report of each case that this run has selected, as it comes."""
    items = [item for item in request.session.items if item.path == request.path and isinstance(item, pytest.Function)]
    loop = asyncio.get_running_loop()
    cases: dict[Case, asyncio.Future[Report]] = {
        cast(Case, item.callspec.params["case"]): loop.create_future() for item in items
    }
    services = list(dict.fromkeys(case.service for case in cases))
    stand_in = not all_faults(request.config)
    running = asyncio.create_task(_run_chains(services, cases, make_system, stand_in=stand_in))
    yield cases
    if not all(result.done() for result in cases.values()):
        running.cancel()  # else it is about to end its processes by itself, and would leave them behind
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=case.name, marks=_marks(case.handler, case.point)) for case in CASES],
)
async def test_a_killed_service_loses_and_repeats_nothing(
    case: Case, reports: Mapping[Case, asyncio.Future[Report]], hold: Hold
) -> None:
    hold(case.name, await reports[case])
