"""Five hundred streams are open at one replica when it is killed amid their events; they go on at another."""

from __future__ import annotations

import asyncio
from uuid import UUID

import httpx2
import pytest

from chassis.testing import until
from tests.faults.client import Client, Seen
from tests.faults.conftest import Hold, Make

pytestmark = [pytest.mark.timeout(600), pytest.mark.in_full]

JOBS, WINDOWS = 25, 20
STREAMS = JOBS * WINDOWS
TEXT = "She sells seashells by the seashore."
#: events of a job: its acceptance, two starts, two results, its end. A start heard of after the end is not shown
EVENTS = 6
_SHOWN = "SELECT stream_id, count(*) FROM gateway.log WHERE NOT late AND stream_id = ANY($1) GROUP BY stream_id"


async def open_streams(address: str) -> int:
    """Returns how many streams a replica serves."""
    async with httpx2.AsyncClient(timeout=60) as http:
        text = (await http.get(f"{address}/metrics")).text
    [line] = [line for line in text.splitlines() if line.startswith("voxbus_stream_clients ")]
    return int(float(line.split()[1]))


async def test_five_hundred_streams_go_on_at_another_replica(make_system: Make, hold: Hold, recording: bytes) -> None:
    async with make_system() as system:
        first = await system.serve("gateway")
        second = await (await system.serve("gateway", "content", "notify", replica=True)).ready()
        await system.fake_speech()
        async with Client(system.address) as client:
            jobs = await client.submit_many(JOBS, recording, TEXT)
            seen: list[tuple[UUID, list[Seen]]] = [(job, []) for job in jobs for _ in range(WINDOWS)]
            watching = [asyncio.create_task(client.follow(job, seen=events, within=240)) for job, events in seen]

            def so_far() -> int:
                return sum(len(events) for _, events in seen)

            async def all_open() -> bool:  # there is no feedback yet, so that every stream stands still after three
                return so_far() == 3 * STREAMS and await open_streams(system.address) == STREAMS

            await until(all_open, within=180, what="five hundred open streams")
            feedback = asyncio.create_task(system.serve("feedback"))

            async def flowing() -> bool:
                return so_far() > 3 * STREAMS

            await until(flowing, within=180, what="events", every=0.001)  # the first: all the rest takes 0.2 s
            await first.kill()
            at_first = so_far()
            assert 3 * STREAMS < at_first < (EVENTS - 1) * STREAMS, "it was killed when all had been said"
            client.move(second)
            await asyncio.gather(feedback, *watching)
            shown = {row[0]: row[1] for row in await system.fetch(_SHOWN, jobs)}
            for job, events in seen:
                assert [event.seq for event in events] == list(range(1, shown[job] + 1)), (job, events)
                client.observed.streams[job] = events
            assert so_far() == WINDOWS * sum(shown.values()) > (EVENTS - 1) * STREAMS
            hold(f"replica killed under {STREAMS} streams", await system.report(client.observed, under_way=jobs))
