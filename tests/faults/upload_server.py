"""Refuses every upload before its body has come, as a process of its own: `python -m tests.faults.upload_server`."""

from __future__ import annotations

import socket

import uvicorn
import uvloop
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from chassis.http.places import Places
from chassis.http.protocol import ServerConfig
from chassis.settings import HttpTimeouts
from chassis.web.problems import (
    BUSY,
    FORBIDDEN,
    INVALID,
    REQUEST_TIMEOUT,
    TOO_LARGE,
    TOO_MANY_CONNECTIONS,
    UNAUTHORIZED,
    ProblemError,
    ProblemType,
)

#: by status; 429 stands for each of that status
REFUSALS = {
    each.status: each
    for each in (UNAUTHORIZED, FORBIDDEN, REQUEST_TIMEOUT, TOO_LARGE, INVALID, TOO_MANY_CONNECTIONS, BUSY)
}
#: bytes that come before a body is found to be too slow or too large
_READ_FIRST = 1_000_000


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers a POST to `/STATUS` by that refusal, and a GET by an empty page.

    401, 403, 422, 429 and 503 come before the body was looked at; 408 and 413 after a part of it.
    """
    if scope["method"] == "GET":
        await Response(media_type="text/html")(scope, receive, send)
        return
    problem = REFUSALS[int(scope["path"].strip("/"))]
    if problem in (REQUEST_TIMEOUT, TOO_LARGE):
        await _read_some(receive)
    await _refusal(problem).response()(scope, receive, send)


async def _read_some(receive: Receive) -> None:
    read = 0
    while read < _READ_FIRST:
        message = await receive()
        read += len(message.get("body", b"")) or _READ_FIRST  # nothing more comes


def _refusal(problem: ProblemType) -> ProblemError:
    return ProblemError(problem, headers={"Connection": "close"} if problem is REQUEST_TIMEOUT else None)


async def _serve() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listening:
        print(f"ready at http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        await uvicorn.Server(ServerConfig(application, HttpTimeouts(), Places(10_000))).serve(sockets=[listening])


if __name__ == "__main__":
    uvloop.run(_serve())
