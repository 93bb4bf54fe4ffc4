"""Guards every answer of an owner: no stack trace is sent, HEAD has no body, a drain closes connections."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.errors import VoxbusError
from chassis.web.failures import problem_of


class BrokenResponse(VoxbusError):
    """Says that an answer which had begun cannot be finished: the server closes the connection."""


class Guard:
    """Turns errors that the framework itself raises into problem documents."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Implements ASGI.

        An error after the first byte goes to the server, without its text, which a log would quote.
        """
        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except Exception as error:
            if started:
                raise BrokenResponse(type(error).__qualname__) from None
            await problem_of(error, "none").response()(scope, receive, send)


def answering(method: str, send: Send, *, closing: bool) -> Send:
    """Returns a `send` that omits the body for HEAD, and closes the connection if wanted."""

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start" and closing:
            MutableHeaders(scope=message)["Connection"] = "close"
        if message["type"] == "http.response.body" and method == "HEAD":
            message = {**message, "body": b""}
        await send(message)

    return answer
