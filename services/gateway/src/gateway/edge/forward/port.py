"""Hops over a port, by HTTP/1.1, to an owner in another process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial
from typing import get_args

import httpx2

from chassis.http.lines import BrokenOff, Line, Lines, Unsendable
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

_HTTP, _HTTPS = 80, 443
#: seconds for an owner to tell its state
_STATE_S = 1.0
_READY = HopRequest(method="GET", path=b"/readyz", query=b"", headers=[], body=b"")
_OK = 200
#: most bytes that are read of how an owner is
_STATE_BYTES = 64 * 1024


class PortHop:
    """Calls one address. It retries nothing, follows no redirect, keeps no cookies and decodes nothing."""

    def __init__(self, url: str) -> None:
        """Takes an `http` or `https` address, whose path counts for nothing."""
        self._url = url
        parsed = httpx2.URL(url)
        secure = parsed.scheme == "https"
        tls = httpx2.create_ssl_context(trust_env=False) if secure else None
        self._host = parsed.netloc
        self._lines = Lines(parsed.host, parsed.port or (_HTTPS if secure else _HTTP), tls)

    async def send(self, request: HopRequest, *, within: float, ends: float) -> HopAnswer:
        """See `Hop`. A client that goes away closes the connection."""
        now, sent = asyncio.get_running_loop().time, False
        line = self._lines.kept()
        try:
            async with asyncio.timeout_at(min(now() + CONNECT_S, ends)) as limit:
                if line is None:
                    line = Line()
                    await self._lines.open(line)
                limit.reschedule(min(now() + within, ends))
                sent = True
                target = request.path + (b"?" + request.query if request.query else b"")
                line.ask(request.method, target, [(b"host", self._host), *request.headers], request.body)
                status, headers = await line.head()
        except BaseException as error:
            if line is not None:
                line.drop()
            raise _meaning(error, sent=sent) from None
        return HopAnswer(status, headers, _pieces(line), partial(self._close, line))

    async def open(self, request: HopRequest, *, within: float) -> HopSocket | HopAnswer:
        """See `Hop`."""
        return await open_socket(self._url, request, within)

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
        self._lines.close()

    async def _close(self, line: Line) -> None:
        self._lines.give_back(line)


def _meaning(error: BaseException, *, sent: bool) -> BaseException:
    """Returns what an error says of a request; `sent`: its connection was there."""
    if isinstance(error, Unsendable) or (isinstance(error, OSError) and not sent):
        return NotSent(type(error).__name__)
    if isinstance(error, (BrokenOff, OSError)):
        return NoAnswer(type(error).__name__, late=isinstance(error, TimeoutError))
    return error


async def _pieces(line: Line) -> AsyncIterator[bytes]:
    try:
        async for piece in line.pieces():
            yield piece
    except BrokenOff as error:
        raise NoAnswer(type(error).__name__) from None


def _parts(told: bytes) -> dict[str, Condition]:
    """Returns how the parts of an owner are, of what it has told; what cannot be read tells nothing."""
    try:
        content = json.loads(told)
    except ValueError:
        return {}
    parts = content.get("parts") if isinstance(content, dict) else None
    known = parts.items() if isinstance(parts, dict) else ()
    return {name: condition for name, condition in known if condition in get_args(Condition)}
