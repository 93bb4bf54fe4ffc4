"""Keeps clients on the public address (VOXBUS_PUBLIC_URL): over https where that is https, and under its own name.

Only a trusted proxy can tell how a client has called it, so a request that comes straight to this port is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.settings import Network
from chassis.web.problems import ProblemError
from gateway.edge.forwarded import told
from gateway.edge.problems import MISDIRECTED
from gateway.settings import LOCAL

_HSTS = "max-age=31536000; includeSubDomains"
#: a proxy asks for these under any name
_FREE = frozenset({"/livez", "/readyz", "/metrics"})
_PORTS = {"http": 80, "https": 443}


class PublicAddress:
    """Redirects http to https, refuses other names, and lets browsers remember https, behind trusted proxies."""

    def __init__(self, app: ASGIApp, public_url: str, trusted: Sequence[Network]) -> None:
        """Takes the public address without a path, and the networks of trusted proxies."""
        self.app = app
        self._url = public_url
        self._scheme = urlsplit(public_url).scheme
        self._host = _host(urlsplit(public_url).netloc, self._scheme)
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Implements ASGI. A WebSocket's client follows no redirect, and its origin is checked where it is opened."""
        if scope["type"] != "http" or scope["path"] in _FREE or not self._by_proxy(scope):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        came_by = _nearest(headers, "proto") or self._scheme
        if self._scheme == "https" and came_by == "http":
            await Response(status_code=308, headers={"Location": self._url + _target(scope)})(scope, receive, send)
            return
        called = _nearest(headers, "host") or headers.get("host", "")
        if self._host[0] != LOCAL and _host(called, came_by) != self._host:
            await ProblemError(MISDIRECTED).response()(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and came_by == "https":
                MutableHeaders(scope=message)["Strict-Transport-Security"] = _HSTS
            await send(message)

        await self.app(scope, receive, answer)

    def _by_proxy(self, scope: Scope) -> bool:
        return _is_proxy(scope, self._trusted)


def came_by_https(scope: Scope, trusted: Sequence[Network]) -> bool:
    """Tells whether a trusted proxy says that the client has come over https."""
    return _is_proxy(scope, trusted) and _nearest(Headers(scope=scope), "proto") == "https"


def _is_proxy(scope: Scope, trusted: Sequence[Network]) -> bool:
    """Tells whether the connection is a trusted proxy's."""
    try:
        address = ip_address((scope.get("client") or ("",))[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in trusted)


def _nearest(headers: Headers, name: str) -> str:
    """Returns what the proxy next to us says, in `Forwarded` or `X-Forwarded-…`; an empty text if it says nothing.

    That is the last value, since a client may have sent others before it. A proxy writes one of the two headers and may
    leave the other as the client sent it, so when they differ neither is believed.
    """
    values = headers.getlist(f"x-forwarded-{name}")
    said = {(told(headers, name) or [""])[0].lower(), values[-1].rpartition(",")[2].strip().lower() if values else ""}
    said.discard("")
    return said.pop() if len(said) == 1 else ""


def _host(netloc: str, scheme: str) -> tuple[str | None, int | None]:
    """Returns name and port, without which the scheme's own is meant; None for a name that cannot be read."""
    try:
        parts = urlsplit(f"//{netloc}")
        return parts.hostname, parts.port or _PORTS.get(scheme)
    except ValueError:
        return None, None


def _target(scope: Scope) -> str:
    path, query = scope.get("raw_path") or scope["path"].encode(), scope["query_string"]
    return str((path + (b"?" + query if query else b"")).decode("latin-1"))
