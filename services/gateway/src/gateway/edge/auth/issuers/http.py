"""Asks the servers of issuers over HTTP, with a limit for the time and the size of their answers.

It follows no redirect, keeps no cookie and decodes nothing, so an answer takes no more memory than its limit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import httpx2

from chassis.errors import VoxbusError

#: seconds from the first try to connect to the last byte
WITHIN_S = 5.0
MOST_BYTES = 256 * 1024
_KEPT, _IDLE_S = 8, 20.0


class Away(VoxbusError):
    """Says that a server of an issuer has given no usable answer. Whether it has done what it was asked is unknown."""


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """Holds an answer; the names of `headers` in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class IssuerClient:
    """Asks servers that our settings name."""

    def __init__(self, transport: httpx2.AsyncBaseTransport | None = None, *, within: float = WITHIN_S) -> None:
        """Takes `within`, the seconds for a request. A server that hangs holds no connection that others need."""
        self._transport = transport
        self._within = within

    async def ask(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """Sends one request once. Raises `Away`."""
        sent = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "Voxbus", **(headers or {})}
        timeout = httpx2.Timeout(self._within).as_dict()
        request = httpx2.Request(method, url, headers=sent, content=body, extensions={"timeout": timeout})
        try:
            async with asyncio.timeout(self._within):
                response = await self._opened().handle_async_request(request)
                try:
                    return Answer(response.status_code, _headers(response), await _read(response))
                finally:
                    await response.aclose()
        except (TimeoutError, httpx2.HTTPError, OSError) as error:
            raise Away(type(error).__name__) from None

    async def aclose(self) -> None:
        """Closes the connections."""
        if self._transport is not None:
            await self._transport.aclose()

    def _opened(self) -> httpx2.AsyncBaseTransport:
        """Returns the transport, made at its first use: an installation without other issuers needs none."""
        if self._transport is None:
            limits = httpx2.Limits(max_connections=None, max_keepalive_connections=_KEPT, keepalive_expiry=_IDLE_S)
            self._transport = httpx2.AsyncHTTPTransport(trust_env=False, retries=0, limits=limits)
        return self._transport


def _headers(response: httpx2.Response) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


async def _read(response: httpx2.Response) -> bytes:
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    body = bytearray()
    async for piece in response.stream:
        body += piece
        if len(body) > MOST_BYTES:
            raise Away("too long")
    return bytes(body)
