"""Measures how fast jobs are accepted, over connections that are kept open."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence

from bench.accept_baseline import KEY
from bench.place import Place
from bench.plan import Plan
from chassis.listener import free_port
from chassis.message.envelope import new_id
from gateway.edge.auth.tokens import AccessToken, Tokens

_CONNECTIONS = 16
_STARTS_WITHIN = 120.0
# $1 id $2 person_id
_SESSION = """
INSERT INTO gateway.sessions (id, person_id, issuer, ends_at) VALUES ($1, $2, 'voxbus', now() + interval '30 days')
"""
#: where each side keeps what it has accepted
TABLES = {
    "accept_side": "gateway.jobs",
    "accept_signed_in": "gateway.jobs",
    "accept_baseline": "baseline.requests",
    "accept_baseline_signed_in": "baseline.requests",
}


class Clients:
    def __init__(self, port: int, tokens: Sequence[str]) -> None:
        """Takes an access token for each connection: no two share the read of a session."""
        self._port = port
        self._tokens = tokens
        self.answered = 0
        self._wanted, self._reached = 0, asyncio.Event()

    async def have(self, answers: int) -> None:
        """Waits until these clients have had so many answers; they have fewer yet."""
        self._wanted = answers
        await self._reached.wait()

    async def run(self, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            for token in self._tokens:
                group.create_task(self._ask(stop, token))

    async def _ask(self, stop: asyncio.Event, token: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        while not stop.is_set():
            body = json.dumps({"notification_id": str(new_id()), "person_id": str(new_id())}).encode()
            writer.write(
                b"POST /accept HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
                b"Authorization: Bearer %b\r\nContent-Length: %d\r\n\r\n%b" % (token.encode(), len(body), body)
            )
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            answer = await reader.readexactly(length)
            if not head.startswith(b"HTTP/1.1 202"):
                raise RuntimeError(f"not accepted: {answer[:200].decode(errors='replace')}")
            self.answered += 1
            if self.answered == self._wanted:
                self._reached.set()
        writer.close()
        await writer.wait_closed()


async def measure(place: Place, side: str, plan: Plan) -> dict[str, float]:
    """Measures accepts in a second, and processor ms for one. RuntimeError when an accepted job has no row."""
    await place.clear()
    port, tokens = free_port(), await sign_in(place)
    async with place.worker(side, str(port)) as worker:
        await serves(port)
        clients, stop = Clients(port, tokens), asyncio.Event()
        asking = asyncio.create_task(clients.run(stop))
        await asyncio.sleep(plan.warm_up)
        answered, begin, cpu = clients.answered, time.perf_counter(), place.cpu(worker)
        await asyncio.sleep(plan.accept)
        answered, seconds = clients.answered - answered, time.perf_counter() - begin
        spent = {who: now - cpu[who] for who, now in place.cpu(worker).items()}
        stop.set()
        await asking
        if (rows := await place.rows(TABLES[side])) != clients.answered:
            raise RuntimeError(f"{side}: {clients.answered} were accepted and {rows} are there")
    return {"accepts": answered / seconds} | {f"accepts_cpu_{who}": 1000 * s / answered for who, s in spent.items()}


async def sign_in(place: Place) -> list[str]:
    """Makes a person with a session for each connection; returns their access tokens."""
    tokens = Tokens(KEY)
    made = []
    for _ in range(_CONNECTIONS):
        person, session = new_id(), new_id()
        await place.admin.execute("INSERT INTO gateway.people (id, username) VALUES ($1, 'Robin')", person)
        await place.admin.execute(_SESSION, session, person)
        made.append(tokens.issue(AccessToken(person, session, 1)))
    return made


async def serves(port: int) -> None:
    """Waits until a process listens on the port. Raises TimeoutError."""
    async with asyncio.timeout(_STARTS_WITHIN):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
                continue
            writer.close()
            return
