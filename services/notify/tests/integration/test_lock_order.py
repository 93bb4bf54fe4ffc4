"""Tests that a person is locked before a row about them is: two handlers of one event must not meet in a deadlock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from chassis.handler import FastHandler
from chassis.message.envelope import new_id
from chassis.privacy.consents import Consents
from chassis.storage.database import Database, Transaction, open_database
from chassis.storage.person_lock import lock_people
from chassis.testing import until
from contracts.gateway import PersonChanged
from contracts.learning import LearnerProgressed
from notify.notifications.handlers import note_learner, note_person
from notify.notifications.people import keep_learners, keep_people
from services.notify.tests.integration.fixtures import Notify

Work = Callable[..., Awaitable[None]]

_PID = "SELECT pg_backend_pid() AS pid"
_WAITS = "SELECT FROM pg_locks WHERE pid = $1 AND locktype = 'advisory' AND NOT granted"


class _Unit:
    """Passes statements on to a transaction; what is scheduled is of no interest."""

    def __init__(self, tx: Transaction) -> None:
        self.execute = tx.execute

    def schedule(self, *_: object, **__: object) -> None:
        """Schedules nothing."""

    unschedule = schedule


@pytest.mark.parametrize(
    ("message", "handler", "keep"),
    [(PersonChanged, note_person, keep_people), (LearnerProgressed, note_learner, keep_learners)],
)
async def test_who_has_locked_a_person_writes_the_row_for_which_a_handler_waits(
    notify: Notify, message: Any, handler: FastHandler[Any, Any], keep: Work
) -> None:
    example = message.model_validate(message.examples()[0])
    event = example.model_copy(update={"person_id": new_id(), "at": datetime.now(UTC)})
    database = open_database(notify.harness.database_url, "notify", size=3)
    try:
        async with database.transaction() as first:
            await lock_people(first, [event.person_id])
            pid: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            handling = asyncio.create_task(_handle(notify, database, pid, handler, event))
            waits_for = await pid
            await until(lambda: database.fetch(_WAITS, waits_for), what="the handler at the person's lock")
            await keep(first, [event])  # the server would find a deadlock here, had the handler taken the row first
        await handling
    finally:
        await database.close()


async def _handle(
    notify: Notify, database: Database, pid: asyncio.Future[int], handler: FastHandler[Any, Any], event: Any
) -> None:
    deps = SimpleNamespace(consents=Consents(notify.harness.keys))
    async with database.transaction() as tx:
        [[own]] = await tx.fetch(_PID)
        pid.set_result(own)
        await handler.function([event], cast(Any, deps), cast(Any, _Unit(tx)))
