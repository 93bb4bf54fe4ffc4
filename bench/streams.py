"""Measures SSE fan-out: how late an event arrives, and what a client costs, with few clients and with many."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

from httpx2 import AsyncClient

from bench.accepts import serves
from bench.place import ROOT, Place
from bench.plan import RATE, Plan
from bench.report import percentile
from chassis.bus.base import Outcome
from chassis.delivery.outbox import OutboxMessage, to_outbox_uncaused
from chassis.listener import free_port
from chassis.message.envelope import new_id
from chassis.parent_death import bound
from contracts.common import StepStarted
from gateway.service import SERVICE as GATEWAY

_KIND = "attempt"
_JOBS = f"""
WITH made AS (
  INSERT INTO gateway.jobs (id, kind, person_id, status, deadline, last_seq)
  SELECT id, '{_KIND}', $2, 'running', now() + interval '1 hour', 1 FROM unnest($1::uuid[]) AS id RETURNING id
)
INSERT INTO gateway.log (stream_id, seq, event_id, type, version, time, person_id, headers, body)
SELECT id, 1, event_id, $5, '1.0', now(), $2, headers::jsonb, body
FROM unnest($1::uuid[], $3::uuid[], $4::text[], $6::bytea[]) AS row (id, event_id, headers, body)
"""
#: events of the one job that everybody watches, and seconds between them
_SHARED_EVENTS, _SHARED_EVERY = 3, 3.0
_ARRIVES_WITHIN = 60.0


class _Clients:
    """Runs the process that holds the streams."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def open(self, jobs: Sequence[UUID]) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(" ".join(map(str, jobs)).encode() + b"\n")
        if await self._process.stdout.readline() != b"open\n":
            raise RuntimeError("not every stream was opened")

    async def until(self, sent: dict[tuple[UUID, int], float], watchers: int) -> list[tuple[float, float]]:
        """Returns milliseconds from each publish to its first and last arrival, once every watcher has all events."""
        async with asyncio.timeout(_ARRIVES_WITHIN):
            while True:
                found = {(UUID(job), seq): (n, a, b) for job, seq, n, a, b in await self._ask()}
                if all(key in found and found[key][0] == watchers for key in sent):
                    return [(1000 * (found[key][1] - at), 1000 * (found[key][2] - at)) for key, at in sent.items()]
                await asyncio.sleep(0.2)

    async def _ask(self) -> list[Any]:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(b"\n")
        found: list[Any] = json.loads(await self._process.stdout.readline())
        return found


async def measure(place: Place, clients: int, plan: Plan) -> tuple[dict[str, float], list[float]]:
    """Measures so many clients, each on its own job, then all on one; returns figures and the former's latencies."""
    await place.bus.declare(GATEWAY.topology())
    await place.clear()
    port = free_port()
    async with place.worker("streams_side", str(port)) as worker:
        await serves(port)
        token, person = await sign_up(port)
        jobs, shared = [new_id() for _ in range(clients)], new_id()
        await _make(place, [*jobs, shared], person)
        before, cpu = worker.resident(), worker.cpu()
        async with _holding(port, token, jobs) as holding:
            values = {
                "stream_kib": (worker.resident() - before) / clients / 1024,
                "stream_open_cpu": 1000 * (worker.cpu() - cpu) / clients,
            }
            count = min(clients, int(plan.latency * RATE))
            sent = await _publish(place, [(job, 2) for job in jobs[:count]], 1 / RATE)
            latencies = [last for _, last in await holding.until(sent, 1)]
        async with _holding(port, token, [shared] * clients) as holding:
            sent = await _publish(place, [(shared, 2 + n) for n in range(_SHARED_EVENTS)], _SHARED_EVERY)
            arrivals = await holding.until(sent, clients)
        values["shared_first"] = percentile([first for first, _ in arrivals], 50)
        values["shared_last"] = percentile([last for _, last in arrivals], 50)
    return values, latencies


async def _make(place: Place, jobs: Sequence[UUID], person: UUID) -> None:
    """Makes jobs with one event each."""
    first = [_event(job) for job in jobs]
    ids = [outbox_message.envelope.id for outbox_message in first]
    headers = [json.dumps(outbox_message.outgoing().headers) for outbox_message in first]
    bodies = [outbox_message.body for outbox_message in first]
    await place.admin.execute(_JOBS, jobs, person, ids, headers, StepStarted.type, bodies)


def _event(job: UUID) -> OutboxMessage:
    event = StepStarted(step="speech.assess_attempt", tries=1)
    return to_outbox_uncaused(event, source="voxbus/bench", job_id=job, person_id=None)


async def _publish(place: Place, rows: Sequence[tuple[UUID, int]], every: float) -> dict[tuple[UUID, int], float]:
    """Publishes an event for each job at an even rate; returns the times, by job and the event's coming number."""
    sent: dict[tuple[UUID, int], float] = {}
    begin = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, row in enumerate(rows):
            await asyncio.sleep(begin + number * every - time.perf_counter())
            sent[row] = time.perf_counter()
            group.create_task(_publish_one(place, row[0]))
    return sent


async def _publish_one(place: Place, job: UUID) -> None:
    if (outcome := await place.bus.publish(_event(job).outgoing())) is not Outcome.CONFIRMED:
        raise RuntimeError(f"an event was not confirmed: {outcome.value}")


async def sign_up(port: int) -> tuple[str, UUID]:
    """Signs a person up; returns the token and the person's id."""
    account = {"email": f"{uuid4().hex}@example.org", "password": "correct horse battery", "username": "Robin"}
    async with AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
        answer = await http.post("/auth/signup", json={**account, "birth_date": "1990-01-01"})
        answer.raise_for_status()
        session = answer.json()
    return str(session["access_token"]), UUID(session["user"]["id"])


@asynccontextmanager
async def _holding(port: int, token: str, jobs: Sequence[UUID]) -> AsyncIterator[_Clients]:
    """Holds a stream for each of these, all open, until the end of the block."""
    command = [sys.executable, "-m", "bench.streams_clients", str(port), token]
    process = await asyncio.create_subprocess_exec(
        *bound(*command),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=64 * 1024 * 1024,
    )
    try:
        clients = _Clients(process)
        await clients.open(jobs)
        yield clients
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
