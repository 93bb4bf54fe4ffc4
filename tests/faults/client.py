"""Implements a client that keeps to the API: it repeats requests without an answer, and resumes streams."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid4

from httpx2 import URL, AsyncClient, Limits, Response, Timeout, TransportError

from chassis.testing import until
from contracts.common import JobCancelled, JobFailed, JobSucceeded

#: types of the event that ends a job's stream
TERMINAL_TYPES = frozenset({JobSucceeded.type, JobFailed.type, JobCancelled.type})
WITHIN_S = 60.0
#: how long a client waits before it connects again
AGAIN_S = 0.2
#: and before it asks again who was too busy to answer; that asks for five seconds, which a test has not
BUSY_S = 1.0


@dataclass(frozen=True, slots=True)
class Seen:
    """Holds one event of a job's stream as it came."""

    seq: int
    type: str


@dataclass(slots=True)
class Observed:
    """Holds what the product has told its client, and so has promised."""

    #: the status each job that was answered with 2xx must end in
    jobs: dict[UUID, str] = field(default_factory=dict)
    #: what each stream that was followed to its end has shown
    streams: dict[UUID, list[Seen]] = field(default_factory=dict)


class Client:
    """Represents one signed-in adult."""

    def __init__(self, address: str, timeout: float = WITHIN_S) -> None:
        """Takes `timeout`: seconds within which each request must be answered, and a stream must end."""
        self.patience = timeout
        self.observed = Observed()
        # no connection is kept: of those to a process that was killed the library leaves some open
        self.http = AsyncClient(
            base_url=address, timeout=Timeout(15.0, pool=None), limits=Limits(max_keepalive_connections=0)
        )

    async def __aenter__(self) -> Self:
        await self.sign_up({"birth_date": "1990-01-01"})
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.aclose()

    async def sign_up(self, born: Mapping[str, str]) -> None:
        """Makes an account and acts as it from now on. A gateway that is busy says so before it has done anything."""
        account = {"email": f"{uuid4().hex}@example.org", "password": "correct horse battery", "username": "Robin"}

        async def ask() -> Response | None:
            answer = await self.http.post("/auth/signup", json={**account, **born})
            return None if answer.status_code == 503 else answer

        answer: Response = await until(ask, within=self.patience, every=BUSY_S, what="an account")
        assert answer.status_code == 201, answer.text
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    async def post(self, path: str, **content: Any) -> Response:
        """POSTs with an Idempotency-Key, again and again until there is an answer other than 503 and 504."""
        headers = {"Idempotency-Key": uuid4().hex}

        async def ask() -> Response | None:
            try:
                answer = await self.http.post(path, headers=headers, **content)
            except TransportError:
                answer = None
            if answer is None or answer.status_code in (503, 504):
                await asyncio.sleep(AGAIN_S if answer is None else BUSY_S)
                return None
            return answer

        response: Response = await until(ask, within=self.patience, what=f"an answer to POST {path}")
        return response

    async def submit(self, recording: bytes, text: str, *, ends: str = "succeeded") -> UUID:
        """Sends one attempt at the person's own text; returns its job."""
        files = {"recording": ("reading.webm", recording, "audio/webm")}
        answer = await self.post("/attempts", files=files, data={"text": text})
        assert answer.status_code == 202, answer.text
        job = UUID(answer.json()["job"]["id"])
        self.observed.jobs[job] = ends
        return job

    async def submit_many(self, count: int, recording: bytes, text: str) -> list[UUID]:
        """Sends several attempts at once."""
        return list(await asyncio.gather(*(self.submit(recording, text) for _ in range(count))))

    async def cancel(self, job: UUID) -> bool:
        """DELETEs a job again and again until an answer is not 503; tells whether the job is cancelled."""

        async def ask() -> int:
            try:
                status = (await self.http.delete(f"/jobs/{job}")).status_code
            except TransportError:
                status = 503
            if status == 503:
                await asyncio.sleep(AGAIN_S)
            return 0 if status == 503 else status

        status: int = await until(ask, within=self.patience, what=f"an answer to DELETE /jobs/{job}")
        assert status in (200, 202, 409), status  # cancelled before, cancelled now, ended in another way
        self.observed.jobs[job] = "succeeded" if status == 409 else "cancelled"
        return status != 409

    async def follow(
        self,
        job: UUID,
        *,
        seen: list[Seen] | None = None,
        stop_after: Callable[[Seen], bool] | None = None,
        within: float | None = None,
    ) -> list[Seen]:
        """Reads a job's stream to its terminal event, resuming after the last one seen whenever the line is cut.

        `seen`: what another window of the same person has seen.
        """
        seen = self.observed.streams.setdefault(job, []) if seen is None else seen
        async with asyncio.timeout(within or self.patience):
            while not (seen and seen[-1].type in TERMINAL_TYPES):
                last = {"Last-Event-ID": str(seen[-1].seq)} if seen else {}
                try:
                    async with self.http.stream("GET", f"/jobs/{job}/events", headers=last) as answer:
                        assert answer.status_code in (200, 503), answer.status_code
                        if await _read(answer, seen, stop_after):
                            return seen
                        busy = answer.status_code == 503
                except TransportError:
                    busy = False
                if not (seen and seen[-1].type in TERMINAL_TYPES):
                    await asyncio.sleep(BUSY_S if busy else AGAIN_S)
        return seen

    def move(self, address: str) -> None:
        """Moves the client to another replica."""
        self.http.base_url = URL(address)

    async def resume(self, job: UUID, last: Seen) -> int:
        """Returns the status of a stream that is asked for after its last event."""
        headers = {"Last-Event-ID": str(last.seq)}
        return (await self.http.get(f"/jobs/{job}/events", headers=headers)).status_code


async def _read(answer: Response, seen: list[Seen], stop_after: Callable[[Seen], bool] | None) -> bool:
    """Reads one connection's events; transient ones have no id and are not kept. True when asked to stop."""
    number = kind = ""
    async for line in answer.aiter_lines():
        if line.startswith("id:"):
            number = line.removeprefix("id:").strip()
        elif line.startswith("event:"):
            kind = line.removeprefix("event:").strip()
        elif not line:
            if number:
                seen.append(Seen(int(number), kind))
                if stop_after is not None and stop_after(seen[-1]):
                    return True
            number = kind = ""
    return False
