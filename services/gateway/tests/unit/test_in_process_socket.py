"""Tests a stream inside one process: what comes before and after it, and that no side runs ahead of the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.types import Message, Receive, Scope, Send

from gateway.edge.forward.hop import HopAnswer, HopEnded, NoAnswer
from gateway.edge.forward.in_process_socket import LOST, InProcessSocket

App = Callable[[Scope, Receive, Send], Awaitable[None]]


async def opened(app: App) -> tuple[InProcessSocket, asyncio.Task[None]]:
    socket = InProcessSocket()
    return socket, asyncio.create_task(socket.run(app, {}))


async def settle() -> None:
    """Lets everything go on that can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_messages_go_both_ways_and_a_close_has_its_code() -> None:
    got: list[Message] = []

    async def app(_: Scope, receive: Receive, send: Send) -> None:
        got.append(await receive())
        await send({"type": "websocket.accept"})
        got.append(await receive())
        await send({"type": "websocket.send", "text": "answer"})
        await send({"type": "websocket.close", "code": 4008})
        got.append(await receive())

    socket, running = await opened(app)
    assert await socket.begun is socket
    await socket.send("question")
    assert await socket.receive() == "answer"
    with pytest.raises(HopEnded) as ended:
        await socket.receive()
    assert ended.value.code == 4008
    with pytest.raises(HopEnded):
        while True:
            await socket.send("too late")
    await running
    assert [each["type"] for each in got[:2]] == ["websocket.connect", "websocket.receive"]


async def test_neither_side_runs_ahead_of_the_other() -> None:
    sent: list[int] = []
    taken = asyncio.Event()

    async def app(_: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        for number in range(10):
            await send({"type": "websocket.send", "text": str(number)})
            sent.append(number)
        await taken.wait()

    socket, running = await opened(app)
    await socket.begun
    await settle()
    assert len(sent) == 1  # one waits, and the next is being given
    assert [await socket.receive() for _ in range(10)] == [str(number) for number in range(10)]
    sending = asyncio.create_task(everything(socket))
    await settle()
    assert not sending.done()  # the application takes nothing
    taken.set()
    await running
    with pytest.raises(HopEnded):
        await sending


async def everything(socket: InProcessSocket) -> None:
    for _ in range(3):
        await socket.send("more")


async def test_a_client_that_goes_is_told_to_the_application() -> None:
    told: list[Message] = []

    async def app(_: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        told.append(await receive())
        with pytest.raises(OSError, match="gone"):
            while True:
                await send({"type": "websocket.send", "text": "x"})

    socket, running = await opened(app)
    await socket.begun
    await socket.close(LOST)
    await running
    assert told == [{"type": "websocket.disconnect", "code": LOST}]


async def test_a_refusal_is_an_answer() -> None:
    async def app(_: Scope, __: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/problem+json")]
        await send({"type": "websocket.http.response.start", "status": 404, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": b"{", "more_body": True})
        await send({"type": "websocket.http.response.body", "body": b"}"})

    socket, running = await opened(app)
    answer = await socket.begun
    assert isinstance(answer, HopAnswer)
    assert (answer.status, b"".join([piece async for piece in answer.pieces])) == (404, b"{}")
    await running


@pytest.mark.parametrize("message", [None, {"type": "websocket.close", "code": 1000}])
async def test_an_application_that_ends_without_a_word_is_no_answer(message: Message | None) -> None:
    async def app(_: Scope, __: Receive, send: Send) -> None:
        if message is not None:
            await send(message)

    socket, _ = await opened(app)
    with pytest.raises(NoAnswer):
        await socket.begun
