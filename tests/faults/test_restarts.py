"""Restarts the owner of a quick write ten times under load: no outcome stays unknown, and nothing is done twice."""

from __future__ import annotations

import asyncio
import json
from asyncio import IncompleteReadError
from collections import Counter
from collections.abc import Callable, Mapping
from time import monotonic
from urllib.parse import urlsplit
from uuid import UUID

import pytest

from bench.http_clients import request_of
from chassis.testing import until
from tests.faults.client import AGAIN_S, Client
from tests.faults.conftest import Make
from tests.faults.system import System

pytestmark = [pytest.mark.timeout(1200), pytest.mark.in_full]

RESTARTS = 10
#: writes that fall due in a second, whatever becomes of those before
PER_SECOND = 200
#: more than the gateway has under way with one owner: requests that wait for it there do not stop the others
CONNECTIONS = 100
#: writes between two restarts at most: a machine that is too slow for the load never does all that is due
MOST_BETWEEN = 2_000
WITHIN_S = 300.0
#: what a 503 asks for
RETRY_AFTER_S = 5.0


class Line:
    """Keeps one connection open, and speaks plain HTTP over it: as little work as a client can have."""

    def __init__(self, address: str) -> None:
        self._at = urlsplit(address)
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Returns status and body of the answer; status 0 when the connection was closed instead."""
        try:
            self._open = self._open or await asyncio.open_connection(self._at.hostname, self._at.port)
            reader, writer = self._open
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            return int(head.split(maxsplit=2)[1]), await reader.readexactly(length)
        except (OSError, IncompleteReadError):
            self.close()
            return 0, b""

    def close(self) -> None:
        """Closes the connection."""
        if self._open is not None:
            self._open[1].close()
        self._open = None


class Reader:
    """Marks notifications as read: writes fall due at an even rate, and each is repeated until its answer is 200."""

    def __init__(self, address: str, headers: Mapping[str, str], unread: list[UUID]) -> None:
        self._address, self._headers, self._unread = address, headers, unread
        #: a write to repeat, or None for a new one
        self._due: asyncio.Queue[UUID | None] = asyncio.Queue()
        self._begun: set[UUID] = set()
        self._stopped = False
        self.offered = 0
        self.answers: Counter[int] = Counter()
        self.read_at: dict[UUID, str] = {}

    async def run(self) -> None:
        """Lets writes fall due until `stop`; returns when all that were sent are answered."""
        began = monotonic()
        async with asyncio.TaskGroup() as group:
            clients = [group.create_task(self._client()) for _ in range(CONNECTIONS)]
            while not self._stopped:
                for _ in range(int((monotonic() - began) * PER_SECOND) - self.offered):
                    self._due.put_nowait(None)
                    self.offered += 1
                await asyncio.sleep(1 / PER_SECOND)
            await self._until_read(lambda: len(self._begun))
            for client in clients:
                client.cancel()

    def stop(self) -> None:
        """Sends no write that was not sent before."""
        self._stopped = True

    async def until_caught_up(self) -> None:
        """Waits until what is due now is done, or `MOST_BETWEEN` of it."""
        wanted = min(max(self.offered, PER_SECOND), len(self.read_at) + MOST_BETWEEN)
        await self._until_read(lambda: wanted)

    async def _until_read(self, count: Callable[[], int]) -> None:
        async def enough() -> bool:
            return len(self.read_at) >= count()

        await until(enough, within=WITHIN_S, what="answers to all writes that are due")

    async def _client(self) -> None:
        line, loop = Line(self._address), asyncio.get_running_loop()
        try:
            while True:
                again = await self._due.get()
                if again is None and (self._stopped or not self._unread):
                    continue
                notification = again or self._unread.pop()
                self._begun.add(notification)
                status, body = await line.ask(self._request(notification))
                self.answers[status] += 1
                if status == 200:
                    self.read_at[notification] = json.loads(body)["read_at"]
                else:
                    loop.call_later(RETRY_AFTER_S if status else AGAIN_S, self._due.put_nowait, notification)
        finally:
            line.close()

    def _request(self, notification: UUID) -> bytes:
        headers = {**self._headers, "Idempotency-Key": str(notification)}
        return request_of("POST", f"/notifications/{notification}/read", headers)


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
            unread = await unread_notifications(system, (RESTARTS + 1) * 2 * MOST_BETWEEN)
            signed_in = {"Authorization": client.http.headers["Authorization"]}
            reader = Reader(system.address, signed_in, unread)
            began = monotonic()
            async with asyncio.TaskGroup() as group:
                group.create_task(reader.run())
                for _ in range(RESTARTS):
                    await reader.until_caught_up()
                    await owner.stop()
                    owner = await system.serve("notify")
                await reader.until_caught_up()
                reader.stop()
                seconds = monotonic() - began
                done = len(reader.read_at)
        rows = await system.fetch("SELECT id FROM notify.notifications WHERE read_at IS NOT NULL")
        records = await system.fetch("SELECT count(*) FROM notify.idempotency WHERE status = 200")
    print(
        f"{reader.offered / seconds:.0f} writes a second fell due and {done / seconds:.0f} were done, for"
        f" {seconds:.0f} s with {RESTARTS} restarts; answers {dict(reader.answers)}"
    )
    assert reader.answers.keys() <= {0, 200, 503}, reader.answers  # never 504; 0: a connection that was closed
    assert {row["id"] for row in rows} == reader.read_at.keys()
    assert records[0][0] == reader.answers[200] == len(rows)
