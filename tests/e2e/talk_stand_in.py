"""Stands in for the gateway behind the page at /try/conversation, which it serves as it is.

Its answers are those that a test scripts, in the shape of the interface: no model and no rule makes them.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from gateway.edge.pages import page_routes

SOURCE = {"source": "rules/facilitator-1", "model": None, "prompt": "conversation/1", "sessionId": None, "turn": 1}


@dataclass
class Scripted:
    """Holds one answer: its pieces, and what ends it. `until` is waited for before the last piece.

    A `problem` is answered instead if there are no pieces, else it ends the stream; `cut` ends it without a word.
    """

    pieces: tuple[str, ...] = ()
    problem: dict[str, Any] | None = None
    cut: bool = False
    until: Event | None = None
    notices: list[dict[str, Any]] = field(default_factory=list)


class TalkStandIn:
    """Answers with `answers`, one after the other, and keeps what was `asked`."""

    def __init__(self) -> None:
        self.answers: list[Scripted] = []
        self.asked: list[dict[str, Any]] = []
        self.noted: list[dict[str, Any]] = []
        self.url = ""

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                *page_routes(b"{}", {}),
                Route("/api/conversation", self._talk, methods=["POST"]),
                Route("/api/conversation/notes", self._notes, methods=["POST"]),
                Route("/ai/models", self._models),
            ]
        )

    async def _talk(self, request: Request) -> Response:
        self.asked.append(await request.json())
        answer = self.answers.pop(0)
        if answer.problem and not answer.pieces:
            return JSONResponse(answer.problem, answer.problem["status"], media_type="application/problem+json")
        return StreamingResponse(_events(answer), media_type="text/event-stream")

    async def _notes(self, request: Request) -> Response:
        self.noted.append(await request.json())
        text = "# Notes\n\n## Decisions\n\n- Ask nurses \\*first\\* (1)\n\n## Open questions\n\nnone noted\n"
        return Response(text, media_type="text/markdown")

    async def _models(self, _: Request) -> Response:
        row = {
            "id": "gpt-6-luna",
            "provider": "openai",
            "roles": ["conversation"],
            "status": "active",
            "retires_at": None,
        }
        gone = {**row, "id": "gone-1", "status": "retired"}
        return JSONResponse({"items": [row, gone, {**row, "id": "mute-1", "roles": ["realtime"]}]})


async def _events(answer: Scripted) -> AsyncIterator[bytes]:
    yield _event("start", {**SOURCE, "notices": answer.notices})
    for number, piece in enumerate(answer.pieces, 1):
        if answer.until and number == len(answer.pieces):
            yield b": \n\n"
            await asyncio.to_thread(answer.until.wait)
        yield _event("delta", {"text": piece})
    if answer.problem:
        yield _event("error", {"problem": answer.problem, "partial": "".join(answer.pieces)})
    elif not answer.cut:
        yield _event("done", {**SOURCE, "response": "".join(answer.pieces), "notices": answer.notices})


def _event(name: str, content: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(content)}\n\n".encode()


@contextmanager
def talking() -> Iterator[TalkStandIn]:
    """Serves a stand-in in a thread."""
    stand_in = TalkStandIn()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(stand_in.app(), log_config=None, lifespan="off", ws="none"))
        serving = Thread(target=server.run, kwargs={"sockets": [listener]})
        serving.start()
        stand_in.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield stand_in
        server.should_exit = server.force_exit = True
        serving.join()
