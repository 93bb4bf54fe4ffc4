"""Kills containers under open streams and under load, and holds the books against what clients were told."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

from httpx2 import Response
from websockets.asyncio.client import connect

from chassis.testing import until
from tests.compose.requests import PATIENCE_S, RECORDING, TEXT, person
from tests.compose.stack import Stack
from tests.faults.client import Client, Observed
from tests.faults.invariants import Books, check
from tests.faults.load import steady

STREAMS = 8
#: longer than the 60 s after which a proxy with its own defaults would close
SILENT_S = 65.0
#: so few at once that a busy machine, too, has ended each before its deadline
PER_SECOND, MOST_AT_ONCE = 0.5, 12
#: seconds within which a container must be healthy again, and everything must have come to rest
BACK_WITHIN_S, SETTLES_WITHIN_S = 1200.0, 1800.0
KINDS = ("speech", "feedback", "content", "notify", "gateway", "nginx", "rabbitmq", "postgres")


async def gateway_under_open_streams(stack: Stack) -> str:
    """Kills one of two gateways while clients wait for events; they must go on at the other, also after a long silence.

    Speech stands still meanwhile, so that nothing is told but what was accepted.
    """
    opened = 0

    async def count(answer: Response) -> None:
        nonlocal opened
        opened += answer.request.url.path.endswith("/events")

    async with person(stack) as client:
        client.http.event_hooks = {"request": [], "response": [count]}
        await stack.compose("pause", "speech")
        try:
            jobs = await client.submit_many(STREAMS, RECORDING, TEXT)
            streams = [asyncio.create_task(client.follow(job)) for job in jobs]

            async def all_open() -> bool:
                return all(client.observed.streams.get(job) for job in jobs)

            await until(all_open, within=PATIENCE_S, what="open streams")
            before = opened

            async def resumed() -> bool:
                return opened > before

            await stack.kill((await stack.containers("gateway"))[0])
            await until(resumed, within=PATIENCE_S, what="a stream that was resumed")
            async with _web_socket(stack, client, jobs[0]) as events:
                await asyncio.sleep(SILENT_S)
                await stack.compose("unpause", "speech")
                heard = [event["type"] async for event in events]
            await asyncio.gather(*streams)
        finally:
            await stack.compose("unpause", "speech") if await _is_paused(stack) else None
        report = check(await settled(stack, client.observed), client.observed, dead={})
    assert not [line for line in (*report.lost, *report.duplicated, *report.unexpected) if "I1" not in line], report
    assert heard[0] == "attempt.accepted" and heard[-1] == "job.end", heard
    return f"{opened - before} of {STREAMS} streams went on at the other, a WebSocket was silent for {SILENT_S:.0f} s"


async def one_of_each_kind(stack: Stack) -> str:
    """Kills one container of each kind after the other under steady load; each must come back, and nothing be lost."""
    observed, took = Observed(), {}
    async with AsyncExitStack() as people:
        clients = [await people.enter_async_context(person(stack)) for _ in range(3)]
        async with steady(clients, RECORDING, PER_SECOND, most=MOST_AT_ONCE) as load:
            for kind in KINDS:
                await asyncio.sleep(2)
                took[kind] = await _kill_one(stack, kind)
                load.raise_failed()
        for client in clients:
            observed.jobs |= client.observed.jobs
            observed.streams |= client.observed.streams
    report = check(await settled(stack, observed), observed, dead={})
    wrong = [line for line in (*report.lost, *report.duplicated, *report.unexpected) if "no client knows" not in line]
    assert not wrong, wrong
    times = ", ".join(f"{kind} {seconds:.0f}" for kind, seconds in took.items())
    return f"{len(observed.jobs)} attempts, none lost, none twice; seconds until healthy again: {times}"


async def drain(stack: Stack) -> str:
    """Stops a gateway and a speech that work: both must end by themselves within their grace."""
    async with person(stack) as client:
        jobs = await client.submit_many(3, RECORDING, TEXT)
        following = [asyncio.create_task(client.follow(job)) for job in jobs]
        began = time.monotonic()
        await stack.compose("stop", "gateway", "speech")
        seconds = time.monotonic() - began
        codes = await stack.exit_codes("gateway", "speech")
        await stack.compose("up", "--wait", "--no-deps", "--no-recreate", "--scale", "speech=3", "gateway", "speech")
        ended = [(await each)[-1].type for each in following]
    assert set(codes) == {0}, codes
    assert set(ended) == {"job.succeeded"}, ended
    return f"{len(codes)} containers ended by themselves in {seconds:.0f} s, their work went on elsewhere"


async def settled(stack: Stack, observed: Observed) -> Books:
    """Waits until no work is under way in the database any more."""

    async def rested() -> Books | None:
        books = await stack.books()
        return None if books.on_its_way(observed.jobs) else books

    books: Books = await until(rested, within=SETTLES_WITHIN_S, every=2, what="the end of all work")
    return books


async def _kill_one(stack: Stack, kind: str) -> float:
    """Kills a container, and returns the seconds until it is healthy again."""
    container = (await stack.containers(kind))[0]
    before, began = await stack.started_at(container), time.monotonic()
    await stack.kill(container)

    async def back() -> bool:
        return await stack.started_at(container) != before and await stack.health(container) == "healthy"

    await until(back, within=BACK_WITHIN_S, every=0.5, what=f"{kind} healthy again")
    return time.monotonic() - began


async def _is_paused(stack: Stack) -> bool:
    return bool((await stack.compose("ps", "--quiet", "--status", "paused")).strip())


@asynccontextmanager
async def _web_socket(stack: Stack, client: Client, job: UUID) -> AsyncIterator[AsyncIterator[dict[str, str]]]:
    """Opens the WebSocket of events for one job through nginx."""
    ticket = (await client.post("/auth/tickets")).json()["ticket"]
    address = f"{stack.address.replace('http', 'ws', 1)}/events/ws?ticket={ticket}"
    async with connect(address, ping_interval=None) as socket:
        await socket.send(json.dumps({"op": "subscribe", "job_id": str(job), "after": 0}))

        async def events() -> AsyncIterator[dict[str, str]]:
            async for message in socket:
                event = json.loads(message)
                yield event
                if event.get("type") == "job.end":
                    return

        yield events()
