"""Answers reads of what the gateway serves itself as HTTP asks for: HEAD, conditional GET, a slash too many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.web.etag import is_unchanged, weak

_OK, _NOT_MODIFIED = 200, 304
#: describe a body, so a 304 does not have them
_OF_BODY = ("content-length", "content-type")
_NOTHING: Message = {"type": "http.response.body", "body": b"", "more_body": False}


class OwnReads:
    """Answers HEAD as GET without the body, and gives each whole answer to a GET an ETag, so that it may be 304.

    The tag is made from the content, so it is the same on every replica. A stream has none, and HEAD ends it at once.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Implements ASGI. Whoever measures or logs the request later finds its own method in the scope."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        answer = _Answer(scope, send)
        if scope["method"] == "HEAD":
            scope["method"] = "GET"
            receive = answer.receive
        try:
            await self.app(scope, receive, answer.send)
        finally:
            scope["method"] = answer.method


class _Answer:
    """Passes on one answer. The head of a whole one is held back until its body is known."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.method = scope["method"]
        self._scope = scope
        self._pass_on = send
        self._held: Message | None = None
        self._begun = asyncio.Event()
        self._asked = False

    async def receive(self) -> Message:
        """Returns the messages of a client that sends no body, and that goes away once it has the head."""
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._begun.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Takes a message of the application."""
        if message["type"] == "http.response.start":
            headers = Headers(raw=message["headers"])
            if message["status"] == _OK and "content-length" in headers and "etag" not in headers:
                self._held = message
            else:
                await self._begin(message)
            return
        if self._held is not None:
            message = await self._release(self._held, message)
        if self.method == "GET":
            await self._pass_on(message)

    async def _begin(self, start: Message) -> None:
        self._scope["method"] = self.method
        await self._pass_on(start)
        self._begun.set()
        if self.method == "HEAD":
            await self._pass_on(_NOTHING)

    async def _release(self, start: Message, body: Message) -> Message:
        """Sends the head that was held, and returns the body that belongs to it."""
        self._held = None
        if not body.get("more_body", False):
            tag = weak(body.get("body", b""))
            headers = MutableHeaders(scope=start)
            headers["ETag"] = tag
            if is_unchanged(", ".join(Headers(scope=self._scope).getlist("if-none-match")) or None, tag):
                for name in _OF_BODY:
                    del headers[name]
                start, body = {**start, "status": _NOT_MODIFIED}, _NOTHING
        await self._begin(start)
        return body


class Slashes:
    """Redirects a path with a slash too many at its end to the one without it, where that is one of ours."""

    def __init__(self, app: ASGIApp, is_known: Callable[[Scope], bool]) -> None:
        """Takes `is_known`, which tells whether the path of a scope has a route."""
        self.app = app
        self.is_known = is_known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Implements ASGI. The address is relative: a Host header may name any host."""
        raw: bytes = scope.get("raw_path") or b""
        if scope["type"] == "http" and raw.endswith(b"/") and not raw.startswith(b"//") and len(raw) > 1:
            meant = {**scope, "path": scope["path"][:-1], "raw_path": raw[:-1]}
            if self.is_known(meant):
                query = b"?" + scope["query_string"] if scope["query_string"] else b""
                response = RedirectResponse((raw[:-1] + query).decode("latin-1"), 308)
                await response(scope, receive, send)
                return
        await self.app(scope, receive, send)
