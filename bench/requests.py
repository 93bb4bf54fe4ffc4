"""Measures what forwarding adds to a read, and a quick write beside the same write as a job."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from uuid import UUID

from bench.accepts import serves
from bench.http_clients import ask, request_of, send_all
from bench.place import Place, Worker
from bench.plan import Plan
from bench.report import percentile
from bench.round_trips import counted
from bench.streams import sign_up
from chassis.bus.topology import Topology
from chassis.listener import free_port
from chassis.message.envelope import new_id
from chassis.service import Service
from chassis.web.principal import ANONYMOUS, HEADER, SignedRequest, principal_key, sign
from content.service import SERVICE as CONTENT
from gateway.service import SERVICE as GATEWAY
from notify.service import SERVICE as NOTIFY
from voxbus.services import SERVICES as ALL

SERVICES: tuple[Service, ...] = (GATEWAY, CONTENT, NOTIFY)
#: who answers the read: its owner itself, or a gateway in front of it
READS = ("owner_direct", "forwarded_in_process", "forwarded_over_port")
WRITES = ("quick_write", "write_as_job")
_CLIENTS = 16
_FINISHES_WITHIN = 120.0
_LOOK_EVERY = 0.005
_OPEN = "SELECT count(*) FROM gateway.jobs WHERE status <> 'succeeded'"
_ENDED = "SELECT id FROM gateway.jobs WHERE id = ANY($1) AND status = 'succeeded'"
_NOTIFICATIONS = """
INSERT INTO notify.notifications (id, person_id, type, title, body, channel, delivered)
SELECT id, $2, 'feedback_ready', 'Your feedback is ready', 'See how it went.', 'in_app', true
  FROM unnest($1::uuid[]) AS id
"""


async def declare(place: Place) -> None:
    """Declares the queues of these services: from now on they take what the other sides say as well."""
    await place.bus.declare(sum((service.topology() for service in SERVICES), Topology(())))


async def read(place: Place, side: str, plan: Plan) -> dict[str, float]:
    """Measures reads of a twister: milliseconds with one client and with 16 that ask without a pause."""
    await place.clear()
    async with _reading(place, side) as (port, request, workers):
        await _latencies(port, request, _CLIENTS, plan.warm_up)
        spent = sum(worker.cpu() for worker in workers)
        alone = await _latencies(port, request, 1, plan.read)
        spent = sum(worker.cpu() for worker in workers) - spent
        together = await _latencies(port, request, _CLIENTS, plan.read)
    return {
        "read_cpu_worker": 1000 * spent / len(alone),
        "read_p50_of_1": percentile(alone, 50),
        "read_p95_of_16": percentile(together, 95),
        "reads": len(together) / plan.read,
    }


async def write(place: Place, side: str, plan: Plan) -> dict[str, float]:
    """Measures writes in a second: notifications marked as read. Raises RuntimeError when one is not.

    `writes_of_1` and `writes_of_16`: so many clients that each wait for the end of one before they begin the next.
    `writes_at_once`: 16 that only wait until it is accepted, where it is a job; the end of all of them counts.
    """
    values: dict[str, float] = {}
    async with _writing(place, side, place.database_url) as doors:
        await _write(place, doors, side, _CLIENTS, plan.writes // 2, at_once=True)
        for clients, writes in ((1, plan.writes // 4), (_CLIENTS, plan.writes)):
            values[f"writes_of_{clients}"] = await _write(place, doors, side, clients, writes)
        spent = doors.cpu(place)
        values["writes_at_once"] = await _write(place, doors, side, _CLIENTS, plan.writes, at_once=True)
        values |= {
            f"writes_at_once_cpu_{who}": 1000 * (now - spent[who]) / plan.writes
            for who, now in doors.cpu(place).items()
        }
    return values


async def count(place: Place, side: str, plan: Plan) -> dict[str, float]:
    """Counts round trips and transactions for one write of one client, through a proxy; nothing else is measured."""
    async with counted(place.database_url) as (url, seen), _writing(place, side, url) as doors:
        await _write(place, doors, side, 1, plan.writes // 4)
        before, began = replace(seen), time.perf_counter()
        await _write(place, doors, side, 1, plan.writes // 4)
        seconds, idle = time.perf_counter() - began, replace(seen)
        await asyncio.sleep(plan.idle)  # what loops do meanwhile is no write's
        rate = seen.since(idle, 1, "write")
        found = idle.since(before, plan.writes // 4, "write")
        share = seconds / plan.idle / (plan.writes // 4)
        return {name: each - rate[name] * share for name, each in found.items()}


@dataclass
class _Doors:
    """Holds where requests go: the gateway's port, that for retired commands, an access token, the processes."""

    port: int
    job_port: int
    token: str
    workers: list[Worker]

    def cpu(self, place: Place) -> dict[str, float]:
        """Returns the seconds of processor time that processes, broker and database have used so far."""
        return place.cpu(self.workers[0]) | {"worker": sum(worker.cpu() for worker in self.workers)}


@asynccontextmanager
async def _reading(place: Place, side: str) -> AsyncIterator[tuple[int, bytes, list[Worker]]]:
    """Starts the processes; yields the port that is asked, the request and the processes."""
    secret = secrets.token_hex(32)
    async with AsyncExitStack() as stack:
        if side == "forwarded_in_process":
            port, worker = await _started(stack, place, secret, SERVICES)
        else:
            port, worker = await _started(stack, place, secret, [CONTENT])
        workers = [worker]
        twister = await place.admin.fetchval("SELECT id FROM content.twisters ORDER BY id LIMIT 1")
        headers = {HEADER: _signed(secret, f"/twisters/{twister}")} if side == "owner_direct" else {}
        if side == "forwarded_over_port":
            url = f"http://127.0.0.1:{port}"
            port, worker = await _started(stack, place, secret, [GATEWAY], **{CONTENT.name: url})
            workers.append(worker)
        yield port, request_of("GET", f"/twisters/{twister}", headers), workers


@asynccontextmanager
async def _writing(place: Place, side: str, database_url: str) -> AsyncIterator[_Doors]:
    """Starts the processes, and signs a person up."""
    await place.clear()
    async with AsyncExitStack() as stack:
        port, worker = await _started(stack, place, secrets.token_hex(32), SERVICES, database_url=database_url)
        doors = _Doors(port, free_port(), (await sign_up(port))[0], [worker])
        if side == "write_as_job":
            accepting = place.worker("accept_side", str(doors.job_port), database_url=database_url)
            doors.workers.append(await stack.enter_async_context(accepting))
            await serves(doors.job_port)
        yield doors


async def _started(
    stack: AsyncExitStack,
    place: Place,
    secret: str,
    services: Sequence[Service],
    *,
    database_url: str | None = None,
    **urls: str,
) -> tuple[int, Worker]:
    port = free_port()
    names = ",".join(service.name for service in services)
    running = {service.name for service in services}
    nowhere = {service.name: "http://127.0.0.1:1" for service in ALL if service.name not in running}
    elsewhere = (f"{name}={url}" for name, url in (nowhere | urls).items())
    started = place.worker("product_side", str(port), secret, names, *elsewhere, database_url=database_url)
    worker = await stack.enter_async_context(started)
    await ready(port)
    return port, worker


async def ready(port: int) -> None:
    """Waits until a process says that it is ready: it listens before. Raises TimeoutError."""
    async with asyncio.timeout(_FINISHES_WITHIN):
        await serves(port)
        while True:
            with suppress(RuntimeError, OSError, asyncio.IncompleteReadError):
                await ask(port, iter([request_of("GET", "/readyz", {})]))
                return
            await asyncio.sleep(0.1)


async def _write(place: Place, doors: _Doors, side: str, clients: int, writes: int, *, at_once: bool = False) -> float:
    """Has so many notifications marked as read, and returns how many in a second."""
    person = _person(doors.token)
    ids = [new_id() for _ in range(writes)]
    await place.admin.execute(_NOTIFICATIONS, ids, person)
    begin = time.perf_counter()
    if side == "quick_write":
        bearer = {"Authorization": f"Bearer {doors.token}"}
        await send_all(doors.port, (request_of("POST", f"/notifications/{id}/read", bearer) for id in ids), clients)
    else:
        bodies = (json.dumps({"notification_id": str(id), "person_id": str(person)}).encode() for id in ids)
        requests = (request_of("POST", "/accept", {}, body) for body in bodies)
        async with _ends(place) as ends:
            await send_all(doors.job_port, requests, clients, finish=None if at_once else ends.of)
            await ends.ofsend_all()
    seconds = time.perf_counter() - begin
    unread = await place.admin.fetchval("SELECT count(*) FROM notify.notifications WHERE read_at IS NULL")
    if unread:
        raise RuntimeError(f"{side}: {unread} of {writes} notifications are not read")
    return writes / seconds


class _Ends:
    """Tells when jobs have ended: one look for all that wait, every few milliseconds."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._waiting: dict[UUID, asyncio.Event] = {}

    async def of(self, answer: bytes) -> None:
        """Waits for the end of the job that an answer names."""
        ended = self._waiting.setdefault(UUID(json.loads(answer)["job"]["id"]), asyncio.Event())
        await ended.wait()

    async def ofsend_all(self) -> None:
        """Waits until no job is open. Raises TimeoutError."""
        async with asyncio.timeout(_FINISHES_WITHIN):
            while True:
                if not await self._place.admin.fetchval(_OPEN):
                    return
                await asyncio.sleep(_LOOK_EVERY)

    async def look(self) -> None:
        """Looks until cancelled."""
        while True:
            for row in await self._place.admin.fetch(_ENDED, list(self._waiting)) if self._waiting else []:
                self._waiting.pop(row["id"]).set()
            await asyncio.sleep(_LOOK_EVERY)


@asynccontextmanager
async def _ends(place: Place) -> AsyncIterator[_Ends]:
    ends = _Ends(place)
    looking = asyncio.create_task(ends.look())
    try:
        yield ends
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def _latencies(port: int, request: bytes, clients: int, seconds: float) -> list[float]:
    """Returns milliseconds of each request of so many clients that ask without a pause."""
    found: list[float] = []
    until = time.perf_counter() + seconds

    def requests() -> Iterator[bytes]:
        yield request
        while time.perf_counter() < until:
            yield request

    await send_all(port, requests(), clients, lambda begin: found.append(1000 * (time.perf_counter() - begin)))
    return found


def _signed(secret: str, target: str) -> str:
    """Returns the principal's header for a read of a twister, as a gateway signs it."""
    request = SignedRequest(
        service=CONTENT.name, operation="readTwister", id=new_id(), method="GET", target=target, body=""
    )
    return sign(principal_key(CONTENT.name, secret=secret, given=None), ANONYMOUS, request, time.time())


def _person(token: str) -> UUID:
    claims = token.split(".")[1]
    return UUID(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"])
