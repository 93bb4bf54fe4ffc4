"""A body that comes too slowly is refused, and what comes in time is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from httpx2 import ASGITransport, AsyncClient
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from chassis.web.problems import ProblemError
from gateway.edge.body import Pace, paced
from gateway.edge.middleware import JsonBodies

NEVER = 3600.0


async def byte_by_byte() -> Message:
    """Receives from a client that sends one byte after another, without end."""
    await asyncio.sleep(0)
    return {"type": "http.request", "body": b"x", "more_body": True}


async def silent() -> Message:
    """Receives from a client that sends nothing and does not go."""
    await asyncio.Event().wait()
    raise AssertionError


@pytest.mark.parametrize("receive", [byte_by_byte, silent])
@pytest.mark.parametrize("pace", [Pace(total=0.01), Pace(total=NEVER, window=0.01, least=1_000_000)])
async def test_a_body_that_does_not_come_in_time_is_refused_and_its_connection_closed(
    receive: Receive, pace: Pace
) -> None:
    in_time = paced(receive, pace)
    with pytest.raises(ProblemError) as caught:
        async with asyncio.timeout(20):
            while True:
                await in_time()
    assert caught.value.document().status == 408
    assert caught.value.headers == {"Connection": "close"}


async def test_a_client_may_pause_where_enough_came_in_each_window() -> None:
    in_time = paced(silent, Pace(total=NEVER, window=0.01, least=0))
    with pytest.raises(TimeoutError):  # not the problem, though some windows have passed
        async with asyncio.timeout(0.05):
            await in_time()


async def test_after_the_body_the_news_that_the_client_is_gone_may_take_long() -> None:
    messages: list[Message] = [{"type": "http.request", "body": b"all", "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else await silent()

    in_time = paced(receive, Pace(total=0.01))
    assert (await in_time())["body"] == b"all"
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await in_time()


async def test_json_that_does_not_come_is_a_problem_and_not_the_frameworks_error() -> None:
    async def reads(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await Request(scope, receive).json()
        except Exception:
            await Response(status_code=400)(scope, receive, send)

    async def some() -> AsyncIterator[bytes]:
        yield b'{"email": '
        await asyncio.Event().wait()

    app = JsonBodies(reads, frozenset(), lambda _: False, Pace(total=0.01))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://gateway") as client:
        response = await client.post("/auth/login", content=some())
    assert (response.status_code, response.json()["type"]) == (408, "/problems/request-timeout")
    assert response.headers["connection"] == "close"
