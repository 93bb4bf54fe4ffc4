"""Decides by a rule which open jobs are lost. Pure: `gateway.jobs.audit` asks database and broker.

The message that moves a job goes from place to place, never back: an outbox, a queue, perhaps a dead queue, an inbox,
the next outbox, the next queue, at last the recorder's. It is in at least one place at any time, since each place
releases it only when the next one has it. So an audit that looks into the places in that order cannot miss a message
that moves on meanwhile: it would have to pass the place that is looked at.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from chassis.bus.topology import dead_queue
from contracts.base import JobKind
from gateway.jobs.event_log.recorder import QUEUE

#: queues in the order in which a job's messages pass them
Route = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SilentJob:
    """Holds an open job that is in no inbox and no outbox, with the time since its last event and its log's types."""

    id: UUID
    kind: str
    last_seq: int
    silent: timedelta
    types: frozenset[str] = frozenset()


def queue_routes(kinds: Mapping[str, JobKind], silent_jobs: Iterable[SilentJob]) -> dict[Route, list[SilentJob]]:
    """Groups jobs that are silent for longer than their step allows by the queues in which they may still be.

    Jobs of an unknown kind belong to a newer release, which decides on them.
    """
    found: dict[Route, list[SilentJob]] = {}
    for job in silent_jobs:
        kind = kinds.get(job.kind)
        if kind is not None and job.silent > allowed_silence(kind, job.types):
            found.setdefault(queue_route(kind, job.types), []).append(job)
    return found


def queue_route(kind: JobKind, types: Collection[str]) -> Route:
    """Lists the queues of unfinished steps, each with its service's dead queue; then the recorder's queues."""
    steps = [step for step in kind.steps if step.done.type not in types]
    queues = [queue for step in steps for queue in (step.handler, dead_queue(step.service))]
    return (*queues, QUEUE.name, dead_queue("gateway"))


def shortest_max_silence(kinds: Iterable[JobKind]) -> timedelta:
    """Returns the shortest silence after which any job may count as lost."""
    return min(step.max_silence for kind in kinds for step in kind.steps)


async def find_orphans(
    route: Route,
    jobs: Sequence[SilentJob],
    is_empty: Callable[[str], Awaitable[bool | None]],
    still_silent: Callable[[Sequence[SilentJob]], Awaitable[Sequence[SilentJob]]],
) -> Sequence[SilentJob]:
    """Finds the jobs that are nowhere: looks for missing jobs again after each queue that was seen empty.

    A queue that is not known to be empty may hold any of them: then none counts as lost.
    """
    for queue in route:
        if not jobs or await is_empty(queue) is not True:
            return ()
        jobs = await still_silent(jobs)
    return jobs


def allowed_silence(kind: JobKind, types: Collection[str]) -> timedelta:
    step = next((step for step in kind.steps if step.done.type not in types), kind.steps[-1])
    return step.max_silence
