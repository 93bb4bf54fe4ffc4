"""Answers a direct operation: piece by piece as its owner does, and no longer than its client listens."""

from __future__ import annotations

from contextlib import AbstractContextManager

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from chassis.web.direct import until_gone
from chassis.web.guard import BrokenResponse
from chassis.web.problems import ProblemError
from gateway.edge.forward.forwarder import Forwarded, Forwarder
from gateway.edge.forward.hop import NoAnswer


class DirectAnswer(Response):
    """Forwards when it is sent, and holds a place until it has ended."""

    def __init__(self, forwarder: Forwarder, request: Forwarded, place: AbstractContextManager[None]) -> None:
        super().__init__()
        self._forwarder = forwarder
        self._request = request
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Implements ASGI. The next piece is taken from the owner once the client has room for it."""
        with self._place:
            await until_gone(receive, self._answer(scope, receive, send))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with self._forwarder.direct(self._request) as answer:
                headers = [*answer.headers]
                await send({"type": "http.response.start", "status": answer.status, "headers": headers})
                async for piece in answer.pieces:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        except ProblemError as problem:
            await problem.response()(scope, receive, send)
        except NoAnswer as error:
            raise BrokenResponse(str(error)) from None
        else:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
