"""Holds a running notify, and makes the messages that it hears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.delivery.outbox import OutboxMessage
from chassis.message.envelope import new_id
from chassis.testing import Harness, until
from chassis.web.testing import Caller, signed_in
from contracts.base import JobCancelled, JobFailed, JobSucceeded, Message, Problem
from notify.service import SERVICE

Ended = JobSucceeded | JobFailed | JobCancelled


@dataclass(frozen=True)
class Notify:
    """Holds the running service, and a caller of its routes who is nobody."""

    harness: Harness
    anonymous: Caller

    def signed_in(self) -> Caller:
        """Returns a caller who is a new person."""
        return self.anonymous.by(signed_in())

    async def rows(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        return await self.harness.rows("notify", statement, *parameters)

    async def hear(self, message: Message, *, job_id: UUID | None = None, person_id: UUID | None = None) -> UUID:
        """Publishes a message, waits until each of its handlers has ended it, and returns its id."""
        sent = await self.harness.publish(message, job_id=job_id, person_id=person_id)
        await self.ended(sent)
        return sent.envelope.id

    async def ended(self, sent: OutboxMessage) -> None:
        """Waits until each handler of a message has ended it, well or not."""
        handlers = [each.name for each in SERVICE.handlers if each.message.type == sent.envelope.type]

        async def all_ended() -> bool:
            done = "SELECT 1 FROM inbox WHERE id = $1 AND done_at IS NOT NULL"
            return len(await self.rows(done, sent.envelope.id)) >= len(handlers)

        await until(all_ended, what=f"the end of {sent.envelope.type} in {handlers}")

    async def job_ended(self, event: Ended) -> UUID:
        """Lets the service hear that a job has ended; returns the job's id."""
        await self.hear(event, job_id=event.job_id, person_id=event.person_id)
        return event.job_id


def person_of(caller: Caller) -> UUID:
    """Returns the id of who calls."""
    assert caller.principal.id is not None
    return caller.principal.id


def succeeded(person: UUID | None, kind: str = "attempt") -> JobSucceeded:
    job_id = new_id()
    return JobSucceeded(
        job_id=job_id, person_id=person, kind=kind, finished_at=datetime.now(UTC), result={"attempt_id": str(job_id)}
    )


def failed(person: UUID) -> JobFailed:
    problem = Problem(type="/problems/deadline-passed", title="Too late", status=504)
    return JobFailed(job_id=new_id(), person_id=person, kind="attempt", finished_at=datetime.now(UTC), problem=problem)


def cancelled(person: UUID) -> JobCancelled:
    return JobCancelled(job_id=new_id(), person_id=person, kind="attempt", finished_at=datetime.now(UTC))
