"""Holds a running notify, and makes the messages that it consumes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.delivery.outbox import Bell, OutboxMessage
from chassis.delivery.person_erasure import ERASE_HANDLER
from chassis.message.envelope import new_id
from chassis.privacy.consents import Consents
from chassis.privacy.outside import OutsideCalls
from chassis.storage.database import open_database
from chassis.storage.stored_consent import StoredConsent
from chassis.stores_in_memory import keys_beside
from chassis.testing import Harness, until
from chassis.web.context import OwnerContext
from chassis.web.owner import owner_app
from chassis.web.testing import Caller, in_process, signed_in
from contracts.base import Json, Message, Problem
from contracts.common import JobCancelled, JobFailed, JobSucceeded, PersonErased
from notify.service import SERVICE
from notify.webhooks.client import WebhookClient
from notify.webhooks.deps import WebhookDeps
from notify.webhooks.ssrf import Lookup
from notify.webhooks.store import WebhookStore
from services.notify.tests.names import NameServer

ALL = ["job.succeeded", "job.failed", "job.cancelled"]
#: a name of this machine
HERE = "here.example"
#: without a listener
HOOK = "http://127.0.0.1:9/hook"
SECRET = "a secret of more than thirty-two characters"

Ended = JobSucceeded | JobFailed | JobCancelled


@dataclass(frozen=True)
class Notify:
    """Holds the running service, and an anonymous caller of its routes."""

    harness: Harness
    anonymous: Caller
    names: NameServer

    def signed_in(self) -> Caller:
        """Returns a caller who is a new person and has agreed to be told by webhooks."""
        caller = self.anonymous.by(signed_in())
        self.agree(person_of(caller))
        return caller

    def agree(self, person: UUID, recipient: str = "webhook", *, granted: bool = True) -> None:
        """Lets a person agree to be told by a recipient, or take that back."""
        store = keys_beside(self.harness.database_url)
        before = store.decided.get((person, "notify", recipient))
        number = 1 if before is None else before.number + 1
        store.decided[person, "notify", recipient] = StoredConsent(person, "notify", recipient, number, granted)

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
        """Publishes to the service that a job has ended; returns the job's id."""
        await self.hear(event, job_id=event.job_id, person_id=event.person_id)
        return event.job_id

    async def erase(self, person: UUID) -> None:
        """Publishes to the service that a person was erased, and waits until it has handled that."""
        sent = await self.harness.publish(PersonErased(person_id=person))

        async def handled() -> bool:
            done = "SELECT 1 FROM inbox WHERE id = $1 AND consumer = $2 AND done_at IS NOT NULL"
            return bool(await self.rows(done, sent.envelope.id, f"notify.{ERASE_HANDLER}"))

        await until(handled, what="the erasure")

    @asynccontextmanager
    async def resolving(self, lookup: Lookup) -> AsyncIterator[Caller]:
        """Serves the routes once more, with names that lead where a test says. Yields an anonymous caller."""
        database = open_database(self.harness.database_url, "notify")
        client = WebhookClient(SECRET, [ip_network("127.0.0.0/8")], lookup=_nobody_asks)
        context = OwnerContext(
            service="notify",
            database=database,
            keys=self.harness.keys,
            outbox=_NoOutbox(),
            key=self.anonymous.key,
            deps=WebhookDeps(
                client=client,
                outside=OutsideCalls(Consents(self.harness.keys)),
                webhooks=WebhookStore(database),
                lookup=lambda _: lookup,
            ),
        )
        yield replace(self.anonymous, exchange=in_process(owner_app(SERVICE.routes, context)))
        await database.close()


async def _nobody_asks(host: str, port: int) -> Sequence[str]:
    raise AssertionError("a name that somebody gives takes a thread of deliveries")


class _NoOutbox:
    over_budget = False

    def publish(self, messages: Sequence[OutboxMessage | Bell]) -> None:
        assert not messages


def person_of(caller: Caller) -> UUID:
    """Returns the id of who calls."""
    assert caller.principal.id is not None
    return caller.principal.id


async def make_webhook(caller: Caller, url: str = HOOK, events: Sequence[str] = ALL) -> Json:
    """Makes a webhook; returns it with its secret."""
    answer = await caller("POST", "/webhooks", {"url": url, "events": list(events)})
    assert answer.status == 201, answer.body
    made: Json = answer.json()
    return made


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
