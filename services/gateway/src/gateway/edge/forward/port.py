"""Hops over a port, by HTTP/1.1, to an owner in another process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, get_args

import httpx2

from chassis.observe.health import Condition
from gateway.edge.forward.hop import (
    CONNECT_S,
    HopAnswer,
    HopRequest,
    HopSocket,
    NoAnswer,
    NotSent,
    OwnerHealth,
)
from gateway.edge.forward.port_socket import open_socket

#: seconds after which an idle connection is not used any more
IDLE_S = 3.0
_KEPT = 64
#: seconds for an owner to tell its state
_STATE_S = 1.0
_READY = HopRequest(method="GET", path=b"/readyz", query=b"", headers=[], body=b"")
_OK = 200
#: most bytes that are read of how an owner is
_STATE_BYTES = 64 * 1024
#: the event that the client reports right before it writes the first byte
_SENDING = "http11.send_request_headers.started"
_NO_LIMITS = {"connect": None, "read": None, "write": None, "pool": None}


class PortHop:
    """Calls one address. Its client retries nothing, follows no redirect, keeps no cookies and decodes nothing."""

    def __init__(self, url: str, client: httpx2.AsyncBaseTransport | None = None) -> None:
        self._url = httpx2.URL(url)
        self._client = client or httpx2.AsyncHTTPTransport(
            verify=self._url.scheme == "https",
            trust_env=False,
            retries=0,
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=_KEPT, keepalive_expiry=IDLE_S),
        )

    async def send(self, request: HopRequest, *, within: float, ends: float) -> HopAnswer:
        """See `Hop`. A client that goes away closes the connection."""
        now, sent = asyncio.get_running_loop().time, False
        limit = asyncio.timeout_at(min(now() + CONNECT_S, ends))

        async def trace(event: str, _: Any) -> None:
            nonlocal sent
            if event == _SENDING:
                sent = True
                limit.reschedule(min(now() + within, ends))

        try:
            async with limit:
                response = await self._client.handle_async_request(self._request(request, trace))
        except (TimeoutError, httpx2.HTTPError) as error:
            if sent:
                raise NoAnswer(type(error).__name__, late=isinstance(error, TimeoutError)) from None
            raise NotSent(type(error).__name__) from None
        except AttributeError:  # the client asks the socket for its address; a reset socket has none
            if sent:
                raise
            raise NotSent("reset as it connected") from None
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        return HopAnswer(response.status_code, response.headers.raw, _pieces(response.stream), response.stream.aclose)

    async def open(self, request: HopRequest, *, within: float) -> HopSocket | HopAnswer:
        """See `Hop`."""
        return await open_socket(str(self._url), request, within)

    async def state(self) -> OwnerHealth:
        """See `Hop`."""
        ends = asyncio.get_running_loop().time() + _STATE_S
        try:
            async with asyncio.timeout_at(ends):
                answer = await self.send(_READY, within=_STATE_S, ends=ends)
                try:
                    told = b""
                    async for piece in answer.pieces:
                        told += piece
                        if len(told) > _STATE_BYTES:
                            break
                finally:
                    await answer.close()
        except (NotSent, NoAnswer, TimeoutError):
            return OwnerHealth("down")
        return OwnerHealth("ok" if answer.status == _OK else "unready", _parts(told))

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    def _request(self, request: HopRequest, trace: Any) -> httpx2.Request:
        target = request.path + (b"?" + request.query if request.query else b"")
        return httpx2.Request(
            request.method,
            self._url,
            headers=list(request.headers),
            content=request.body or None,
            extensions={"target": target, "trace": trace, "timeout": _NO_LIMITS},
        )


def _parts(told: bytes) -> dict[str, Condition]:
    """Returns how the parts of an owner are, of what it has told; what cannot be read tells nothing."""
    try:
        content = json.loads(told)
    except ValueError:
        return {}
    parts = content.get("parts") if isinstance(content, dict) else None
    known = parts.items() if isinstance(parts, dict) else ()
    return {name: condition for name, condition in known if condition in get_args(Condition)}


async def _pieces(stream: httpx2.AsyncByteStream) -> AsyncIterator[bytes]:
    try:
        async for piece in stream:
            yield piece
    except httpx2.HTTPError as error:
        raise NoAnswer(type(error).__name__) from None
