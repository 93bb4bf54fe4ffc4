"""Restarts the owner of a quick write ten times under load: no outcome stays unknown, and nothing is done twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from time import monotonic
from uuid import UUID

import pytest
from httpx2 import AsyncClient, Limits, TransportError

from chassis.testing import until
from tests.faults.client import Client
from tests.faults.conftest import Make
from tests.faults.system import System

pytestmark = [pytest.mark.timeout(600), pytest.mark.in_full]

RESTARTS = 10
#: writes a second, as far as the machine can
PER_SECOND = 200


class Reader:
    """Marks notifications as read at an even rate, each until it is answered with 200."""

    def __init__(self, http: AsyncClient, unread: list[UUID], per_second: float) -> None:
        self._http, self._unread, self._every = http, unread, 1 / per_second
        self._places = asyncio.Semaphore(60)
        self.answers: Counter[int] = Counter()
        self.read_at: dict[UUID, str] = {}
        self.stopped = False

    async def run(self) -> None:
        """Reads until `stopped`, and until all that was begun is answered."""
        async with asyncio.TaskGroup() as tasks:
            began, sent = monotonic(), 0
            while not self.stopped and self._unread:
                await self._places.acquire()
                tasks.create_task(self._one(self._unread.pop()))
                sent += 1
                await asyncio.sleep(max(0.0, began + sent * self._every - monotonic()))

    async def until_read(self, count: int) -> None:
        """Waits until so many are read."""

        async def enough() -> bool:
            return len(self.read_at) >= count

        await until(enough, within=60.0, what=f"{count} writes")

    async def _one(self, notification: UUID) -> None:
        try:
            while notification not in self.read_at:
                try:
                    answer = await self._http.post(
                        f"/notifications/{notification}/read", headers={"Idempotency-Key": str(notification)}
                    )
                except TransportError:
                    answer = None
                self.answers[answer.status_code if answer is not None else 0] += 1
                if answer is not None and answer.status_code == 200:
                    self.read_at[notification] = answer.json()["read_at"]
                else:
                    await asyncio.sleep(0.2)
        finally:
            self._places.release()


async def unread_notifications(system: System, count: int) -> list[UUID]:
    """Adds notifications of the one person there is."""
    [[person]] = await system.fetch("SELECT id FROM gateway.people")
    rows = await system.fetch(
        "INSERT INTO notify.notifications (id, person_id, type, title, body, channel, delivered)"
        " SELECT gen_random_uuid(), $1, 'feedback_ready', 'a', 'b', 'in_app', true FROM generate_series(1, $2::int)"
        " RETURNING id",
        person,
        count,
    )
    return [row["id"] for row in rows]


async def test_restarts_of_the_owner_leave_no_outcome_unknown_and_nothing_done_twice(make_system: Make) -> None:
    async with make_system() as system:
        owner = await system.serve("notify")
        await system.serve("gateway")
        async with Client(system.address) as client:
            unread = await unread_notifications(system, 30_000)
            limits = Limits(max_connections=60, max_keepalive_connections=60)
            async with AsyncClient(
                base_url=system.address, headers=client.http.headers, limits=limits, timeout=30
            ) as http:
                reader = Reader(http, unread, PER_SECOND)
                reading = asyncio.create_task(reader.run())
                began = monotonic()
                for _ in range(RESTARTS):
                    done = len(reader.read_at)
                    await reader.until_read(done + 100)
                    await owner.stop()
                    owner = await system.serve("notify")
                reader.stopped = True
                await reading
                seconds = monotonic() - began
        rows = await system.fetch("SELECT id, read_at FROM notify.notifications WHERE read_at IS NOT NULL")
        records = await system.fetch("SELECT count(*) FROM notify.idempotency WHERE status = 200")
    print(f"{len(reader.read_at)} writes, {len(reader.read_at) / seconds:.0f} a second; answers {dict(reader.answers)}")
    assert reader.answers.keys() <= {0, 200, 503}, reader.answers  # never 504; 0: a connection that was closed
    assert {row["id"] for row in rows} == reader.read_at.keys()
    assert records[0][0] == reader.answers[200] == len(rows)
