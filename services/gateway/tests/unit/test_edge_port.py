"""Tests the hop over a port on a client that fails as the real one was seen to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx2
import pytest

from gateway.edge.forward.hop import HopRequest, NotSent
from gateway.edge.forward.port import PortHop

REQUEST = HopRequest(method="POST", path=b"/toys", query=b"", headers=[], body=b"{}")


class Reset(httpx2.AsyncBaseTransport):
    """Fails as a connection does whose socket is reset while it is made, or once `sending` has begun."""

    def __init__(self, *, sending: bool) -> None:
        self._sending = sending

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        trace: Callable[[str, object], Awaitable[None]] = request.extensions["trace"]
        if self._sending:
            await trace("http11.send_request_headers.started", None)
        raise AttributeError("'NoneType' object has no attribute 'getpeername'")


async def test_a_socket_that_is_reset_as_it_connects_is_no_connection() -> None:
    hop = PortHop("http://127.0.0.1:1", Reset(sending=False))
    with pytest.raises(NotSent):
        await hop.send(REQUEST, within=1.0, ends=asyncio.get_running_loop().time() + 1.0)


async def test_a_defect_after_the_first_byte_is_not_taken_for_it() -> None:
    hop = PortHop("http://127.0.0.1:1", Reset(sending=True))
    with pytest.raises(AttributeError):
        await hop.send(REQUEST, within=1.0, ends=asyncio.get_running_loop().time() + 1.0)
