"""Measures requests at a steady rate, alone and beside connections that send next to nothing."""

from __future__ import annotations

import asyncio
import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.http_clients import ask, request_of
from bench.place import ROOT, Place
from bench.plan import Plan
from bench.report import percentile
from bench.requests import SERVICES, ready
from chassis.listener import free_port
from chassis.parent_death import bound

SIDES = ("alone", "beside_slow")
#: requests in a second
STEADY = 50
_OPENS_WITHIN = 60.0


async def measure(place: Place, side: str, plan: Plan) -> dict[str, float]:
    """Measures milliseconds of reads of a twister, each over a new connection. Raises RuntimeError when one fails."""
    await place.clear()
    port = free_port()
    names = ",".join(service.name for service in SERVICES)
    async with place.worker("product_side", str(port), secrets.token_hex(32), names) as worker:
        await ready(port)
        twister = await place.admin.fetchval("SELECT id FROM content.twisters ORDER BY id LIMIT 1")
        request = request_of("GET", f"/twisters/{twister}", {})
        await _steady(port, request, plan.warm_up)
        async with _slow(port, plan.slow_connections if side == "beside_slow" else 0):
            memory = worker.resident()
            found = await _steady(port, request, plan.steady)
        worker.check()
    return {
        "steady_p50": percentile(found, 50),
        "steady_p95": percentile(found, 95),
        "steady_p99": percentile(found, 99),
        "steady_requests": len(found),
        "steady_memory": memory / 2**20,
    }


async def _steady(port: int, request: bytes, seconds: float) -> list[float]:
    """Returns milliseconds of each request, from its connection to its answer; all are sent at their time."""
    found: list[float] = []

    async def send() -> None:
        begin = time.perf_counter()
        await ask(port, iter([request]))
        found.append(1000 * (time.perf_counter() - begin))

    begin = time.perf_counter()
    try:
        async with asyncio.TaskGroup() as group:
            for number in range(round(STEADY * seconds)):
                await asyncio.sleep(max(0.0, begin + number / STEADY - time.perf_counter()))
                group.create_task(send())
    except* (OSError, EOFError) as errors:
        raise RuntimeError(f"{len(errors.exceptions)} requests got no answer") from errors
    return found


@asynccontextmanager
async def _slow(port: int, count: int) -> AsyncIterator[None]:
    """Holds so many slow connections during the block."""
    if not count:
        yield
        return
    command = bound(sys.executable, "-m", "bench.slow_clients", str(port), str(count))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=pipe, stdout=pipe)
    assert process.stdin is not None and process.stdout is not None
    try:
        async with asyncio.timeout(_OPENS_WITHIN):
            if await process.stdout.readline() != b"open\n":
                raise RuntimeError("not every slow connection was opened")
        yield
        if process.returncode is not None:
            raise RuntimeError("the slow connections have ended")
    finally:
        process.stdin.close()
        await process.wait()
