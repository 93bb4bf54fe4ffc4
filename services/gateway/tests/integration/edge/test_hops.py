"""Both hops with small owners that stall, stream, break off or are not there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.listener import free_port
from chassis.testing import until
from gateway.edge.forward.hop import Hop, HopRequest, NoAnswer, NotSent
from gateway.edge.forward.in_process import InProcessHop
from gateway.edge.forward.port import PortHop
from services.gateway.tests.integration.edge.door import served
from tests.faults.tcp_proxy import open_proxy, to_port

ASKED = HopRequest(method="POST", path=b"/to%79s", query=b"a=%20", headers=[(b"x", b"y")], body=b"{}")
PIECE = b"x" * 65_536


@asynccontextmanager
async def over(kind: str, app: ASGIApp) -> AsyncIterator[Hop]:
    if kind == "in process":
        yield InProcessHop(lambda: app)
        return
    async with served(app) as url:
        hop = PortHop(url)
        yield hop
        await hop.aclose()


both = pytest.mark.parametrize("kind", ["in process", "over the port"])


def soon(seconds: float = 30) -> dict[str, float]:
    return {"within": seconds, "ends": asyncio.get_running_loop().time() + 30}


@both
async def test_the_path_crosses_as_sent(kind: str) -> None:
    seen: list[Scope] = []

    async def owner(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append({**scope, "body": (await receive())["body"]})
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async with over(kind, owner) as hop:
        answer = await hop.send(ASKED, **soon())
        assert [piece async for piece in answer.pieces] == []
        await answer.close()
    assert (answer.status, seen[0]["path"], seen[0]["raw_path"], seen[0]["query_string"], seen[0]["body"]) == (
        204,
        "/toys",
        b"/to%79s",
        b"a=%20",
        b"{}",
    )
    assert seen[0]["method"] == "POST"
    assert (b"x", b"y") in seen[0]["headers"]


@both
async def test_a_slow_reader_slows_the_owner_down(kind: str) -> None:
    made, sending, ended = 0, False, asyncio.Event()

    async def owner(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal made, sending
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while made < 400:  # 25 MiB: more than all buffers on the way
            made, sending = made + 1, True
            await send({"type": "http.response.body", "body": PIECE, "more_body": True})
            sending = False
        await send({"type": "http.response.body"})
        ended.set()

    async def blocked() -> bool:
        return sending

    async with over(kind, owner) as hop:
        answer = await hop.send(ASKED, **soon())
        read = len(await anext(answer.pieces))
        await until(blocked)
        assert made < 400
        async for piece in answer.pieces:
            read += len(piece)
            assert made - read // len(PIECE) < 300  # what is between them lies in buffers, 10 MiB at most
        await answer.close()
        assert read == 400 * len(PIECE)
        await asyncio.wait_for(ended.wait(), 10)


@both
async def test_an_owner_learns_that_nobody_reads_any_more(kind: str) -> None:
    told = asyncio.Event()

    async def owner(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        if (await receive())["type"] == "http.disconnect":
            told.set()

    async with over(kind, owner) as hop:
        answer = await hop.send(ASKED, **soon())
        assert await anext(answer.pieces) == b"a"
        await answer.close()
        await asyncio.wait_for(told.wait(), 10)


@both
async def test_an_owner_that_is_silent_is_late_and_goes_on(kind: str) -> None:
    asked, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def owner(scope: Scope, receive: Receive, send: Send) -> None:
        asked.set()
        await go_on.wait()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})
        done.set()

    async with over(kind, owner) as hop:
        with pytest.raises(NoAnswer) as lost:
            await hop.send(ASKED, **soon(0.2))
        assert lost.value.late
        await asyncio.wait_for(asked.wait(), 10)
        go_on.set()
        await asyncio.wait_for(done.wait(), 10)


@both
async def test_an_answer_that_breaks_off_is_no_whole_one(kind: str) -> None:
    async def owner(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        raise RuntimeError("breaks")

    async with over(kind, owner) as hop:
        answer = await hop.send(ASKED, **soon())
        with pytest.raises(NoAnswer):
            async for _ in answer.pieces:
                pass
        await answer.close()


async def test_in_process_each_call_has_a_context_of_its_own() -> None:
    known: ContextVar[str] = ContextVar("known", default="")

    async def owner(scope: Scope, receive: Receive, send: Send) -> None:
        value = known.get().encode()
        known.set("owner's")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": value})

    known.set("gateway's")
    hop = InProcessHop(lambda: owner)
    for _ in range(2):
        answer = await hop.send(ASKED, **soon())
        assert [piece async for piece in answer.pieces] == []
    assert known.get() == "gateway's"


async def test_in_process_an_owner_that_raises_gives_no_answer() -> None:
    async def owner(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("broken")

    with pytest.raises(NoAnswer) as lost:
        await InProcessHop(lambda: owner).send(ASKED, **soon())
    assert not lost.value.late


async def test_in_process_an_owner_that_answers_just_too_late_has_no_fault() -> None:
    answered = asyncio.Event()

    async def owner(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0)  # by now the time is up, and who waits does not run yet
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})
        answered.set()

    with pytest.raises(NoAnswer) as lost:
        await InProcessHop(lambda: owner).send(ASKED, **soon(-1))
    assert lost.value.late
    await asyncio.wait_for(answered.wait(), 10)


async def test_a_refused_connection_has_sent_nothing() -> None:
    hop = PortHop(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(NotSent):
        await hop.send(ASKED, **soon())
    await hop.aclose()


async def test_a_connection_that_is_cut_after_the_request_is_no_answer_and_not_repeated() -> None:
    calls = 0

    async def owner(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal calls
        calls += 1
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async with served(owner) as url, open_proxy(to_port(int(url.rpartition(":")[2]))) as proxy:
        hop = PortHop(f"http://127.0.0.1:{proxy.port}")
        for _ in range(2):  # on a new connection, and on one that was kept
            proxy.cut_after = b"POST"
            with pytest.raises(NoAnswer) as lost:
                await hop.send(ASKED, **soon())
            assert not lost.value.late
            await (await hop.send(ASKED, **soon())).close()
        assert calls == 4
        await hop.aclose()


async def test_a_connection_that_its_owner_has_closed_is_not_used() -> None:
    async def owner(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    async with served(owner) as url, open_proxy(to_port(int(url.rpartition(":")[2]))) as proxy:
        hop = PortHop(f"http://127.0.0.1:{proxy.port}")
        answer = await hop.send(ASKED, **soon())
        assert [piece async for piece in answer.pieces] == []
        await answer.close()
        assert proxy.cut() == 1
        for _ in range(3):  # the loop closes what was cut
            await asyncio.sleep(0)
        assert (await hop.send(ASKED, **soon())).status == 200
        await hop.aclose()
