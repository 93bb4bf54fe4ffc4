"""Stands in for OpenAI's Realtime API: a local server that speaks the events that OpenAI publishes, and fails.

It is no provider: what it says was made up here, its speech is silence, and it hears nothing but whether sound comes.
Sound begins a turn and silence ends it. A fault is asked for by `faults`, one for each connection. Run as a module it
serves until it is stopped, and prints its address.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

#: refuses the handshake with that status, and repeats the key
STATUSES = ("400", "401", "403", "404", "429", "500", "503")
#: other faults
OTHERS = (
    "hang-up",  # closes instead of answering the handshake
    "refuse-late",  # lets the connection come, says that the key is wrong, and closes with 3000
    "repeat",  # answers the first event with an error that repeats it and the key
    "die",  # breaks the connection in the middle of an answer
    "expire",  # ends the session in the middle of an answer, because of its age
    "uncounted",  # reports no usage
    "quiet",  # says nothing at all, not even that the session is made
)
FAULTS = (*STATUSES, *OTHERS)
#: bytes of a millisecond: 16 bits, 24 kHz
_MS = 48


@dataclass
class Call:
    """Holds one connection: its key, its model, what has come over it, and the items that it knows."""

    key: str
    model: str
    socket: ServerConnection
    fault: str
    events: list[dict[str, Any]] = field(default_factory=list)
    #: by its id, the milliseconds of audio of an item; None for one without
    items: dict[str, int | None] = field(default_factory=dict)
    session: dict[str, Any] = field(default_factory=dict)
    is_heard: bool = False
    #: the close code that came, or that we sent
    closed: int | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def asked(self, type: str) -> list[dict[str, Any]]:
        """Returns the events of a type that have come."""
        return [event for event in self.events if event["type"] == type]


@dataclass
class RealtimeStandIn:
    """Answers each turn with `answer`, as audio of `answer_ms` milliseconds in pieces of `piece_ms`."""

    port: int = 0
    answer: str = "Let us look at that together. What should change?"
    answer_ms: int = 2000
    piece_ms: int = 200
    faults: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    #: holds an answer in its middle until it is set
    release: asyncio.Event = field(default_factory=asyncio.Event)
    _numbers: int = 0

    def __post_init__(self) -> None:
        self.release.set()

    @property
    def url(self) -> str:
        """Returns the address that a client takes as base."""
        return f"http://127.0.0.1:{self.port}/openai/v1"

    @property
    def last(self) -> Call:
        return self.calls[-1]

    def id(self, what: str) -> str:
        self._numbers += 1
        return f"{what}_{self._numbers}"

    def refuse(self, socket: ServerConnection, request: Request) -> Response | None:
        """Answers a handshake that is refused."""
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        fault = self.faults[0] if self.faults else ""
        if fault == "hang-up":
            self.faults.pop(0)
            socket.transport.abort()
        status = fault if fault in STATUSES else "" if key else "401"
        if not status:
            return None
        if fault:
            self.faults.pop(0)
        code = {"401": "invalid_api_key", "404": "model_not_found", "429": "insufficient_quota"}.get(status)
        return socket.respond(int(status), json.dumps({"error": {"code": code, "message": f"Refused: {key}"}}))

    async def serve(self, socket: ServerConnection) -> None:
        """Serves one connection."""
        request = socket.request
        assert request is not None
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        model = parse_qs(urlsplit(request.path).query).get("model", [""])[0]
        call = Call(key, model, socket, self.faults.pop(0) if self.faults else "")
        self.calls.append(call)
        answering: set[asyncio.Task[None]] = set()
        try:
            with suppress(ConnectionClosed):
                await self._open(call)
                async for text in socket:
                    await self._take(call, json.loads(text), answering)
        finally:
            for task in answering:
                task.cancel()
            await asyncio.gather(*answering, return_exceptions=True)
            call.closed = socket.close_code
            call.over.set()

    async def _open(self, call: Call) -> None:
        if call.fault == "refuse-late":
            await self.send(call, "error", error={"type": "x", "code": "invalid_api_key", "message": call.key})
            await call.socket.close(3000, "invalid_request_error.invalid_api_key")
        if call.fault != "quiet":
            call.session = {"type": "realtime", "model": call.model, "id": self.id("sess")}
            await self.send(call, "session.created", session=call.session)

    async def send(self, call: Call, type: str, **fields: Any) -> None:
        """Sends an event."""
        await call.socket.send(json.dumps({"type": type, "event_id": self.id("event"), **fields}))

    async def _error(self, call: Call, event: dict[str, Any], code: str) -> None:
        message = f"Refused with key {call.key}: {json.dumps(event)[:200]}"
        error = {"type": "invalid_request_error", "code": code, "message": message, "param": None, "event_id": None}
        await self.send(call, "error", error=error)

    async def _take(self, call: Call, event: dict[str, Any], answering: set[asyncio.Task[None]]) -> None:
        call.events.append(event)
        if call.fault == "repeat":
            call.fault = ""
            await self._error(call, event, "invalid_value")
            return
        match event["type"]:
            case "session.update":
                await self._update(call, event)
            case "conversation.item.create":
                await self._create(call, event)
            case "conversation.item.truncate":
                await self._truncate(call, event)
            case "conversation.item.delete":
                known = call.items.pop(event["item_id"], "none") != "none"
                if known:
                    await self.send(call, "conversation.item.deleted", item_id=event["item_id"])
                else:
                    await self._error(call, event, "item_delete_invalid_item_id")
            case "input_audio_buffer.append":
                await self._hear(call, any(base64.b64decode(event["audio"])), answering)
            case "input_audio_buffer.commit":
                await self._commit(call)
            case "response.create":
                self._begin(call, answering)
            case "response.cancel":
                for task in answering:
                    task.cancel()

    async def _update(self, call: Call, event: dict[str, Any]) -> None:
        if event["session"].get("type") != "realtime":
            await self._error(call, event, "missing_required_parameter")
            return
        call.session |= event["session"]
        await self.send(call, "session.updated", session=call.session)

    async def _create(self, call: Call, event: dict[str, Any]) -> None:
        item = {"id": self.id("item"), **event["item"]}
        wants = "output_text" if item.get("role") == "assistant" else "input_text"
        if item["id"] in call.items or any(part["type"] != wants for part in item.get("content", [])):
            await self._error(call, event, "invalid_value")
            return
        await self._add(call, item, None)

    async def _truncate(self, call: Call, event: dict[str, Any]) -> None:
        made = call.items.get(event["item_id"])
        if made is None or not 0 < event["audio_end_ms"] <= made:
            await self._error(call, event, "invalid_value")
            return
        call.items[event["item_id"]] = event["audio_end_ms"]
        fields = {name: event[name] for name in ("item_id", "content_index", "audio_end_ms")}
        await self.send(call, "conversation.item.truncated", **fields)

    async def _add(self, call: Call, item: dict[str, Any], ms: int | None) -> None:
        previous = next(reversed(call.items), None)
        call.items[item["id"]] = ms
        for type in ("conversation.item.added", "conversation.item.done"):
            await self.send(call, type, previous_item_id=previous, item=item)

    async def _hear(self, call: Call, sound: bool, answering: set[asyncio.Task[None]]) -> None:
        if sound and not call.is_heard:
            call.is_heard = True
            await self.speech_started(call)
            for task in answering:
                task.cancel()
        elif not sound and call.is_heard:
            call.is_heard = False
            await self.send(call, "input_audio_buffer.speech_stopped", item_id="x", audio_end_ms=0)
            await self._commit(call)
            self._begin(call, answering)

    async def speech_started(self, call: Call) -> None:
        """Says that the person has begun to speak."""
        await self.send(call, "input_audio_buffer.speech_started", item_id="x", audio_start_ms=0)

    async def _commit(self, call: Call) -> None:
        id = self.id("item")
        await self.send(call, "input_audio_buffer.committed", item_id=id)
        part = {"type": "input_audio", "transcript": None}
        await self._add(call, {"id": id, "type": "message", "role": "user", "content": [part]}, None)
        said = {"item_id": id, "content_index": 0, "transcript": f"Turn {len(call.items)}."}
        await self.send(call, "conversation.item.input_audio_transcription.completed", **said)

    def _begin(self, call: Call, answering: set[asyncio.Task[None]]) -> None:
        task = asyncio.ensure_future(self._answer(call))
        answering.add(task)
        task.add_done_callback(answering.discard)

    async def _answer(self, call: Call) -> None:
        response, item = {"id": self.id("resp"), "object": "realtime.response"}, self.id("item")
        await self.send(call, "response.created", response={**response, "status": "in_progress"})
        message = {"id": item, "type": "message", "role": "assistant", "content": []}
        previous = next(reversed(call.items), None)
        call.items[item] = 0
        await self.send(call, "conversation.item.added", previous_item_id=previous, item=message)
        at = {"response_id": response["id"], "item_id": item, "output_index": 0, "content_index": 0}
        words, pieces = self.answer.split(" "), max(1, self.answer_ms // self.piece_ms)
        for piece in range(pieces):
            if piece == pieces // 2:
                await self._in_the_middle(call)
            call.items[item] = (piece + 1) * self.piece_ms
            audio = base64.b64encode(bytes(self.piece_ms * _MS)).decode()
            await self.send(call, "response.output_audio.delta", delta=audio, **at)
            said = words[piece * len(words) // pieces : (piece + 1) * len(words) // pieces]
            for word in said:
                await self.send(call, "response.output_audio_transcript.delta", delta=f"{word} ", **at)
        await self.send(call, "response.output_audio_transcript.done", transcript=self.answer, **at)
        part = {"type": "output_audio", "transcript": self.answer}
        await self.send(call, "conversation.item.done", previous_item_id=previous, item={**message, "content": [part]})
        done = {**response, "status": "completed"} | ({} if call.fault == "uncounted" else {"usage": self._usage()})
        await self.send(call, "response.done", response=done)

    def _usage(self) -> dict[str, Any]:
        return {
            "total_tokens": 70,
            "input_tokens": 30,
            "output_tokens": 40,
            "input_token_details": {"text_tokens": 10, "audio_tokens": 20, "cached_tokens": 0},
            "output_token_details": {"text_tokens": 10, "audio_tokens": 30},
        }

    async def _in_the_middle(self, call: Call) -> None:
        await self.release.wait()
        if call.fault == "die":
            call.socket.transport.abort()
            await call.socket.wait_closed()
        if call.fault == "expire":
            error = {"type": "invalid_request_error", "code": "session_expired", "message": f"Over: {call.key}"}
            await self.send(call, "error", error=error)
            await call.socket.close(1001)


@asynccontextmanager
async def realtime(stand_in: RealtimeStandIn | None = None) -> AsyncIterator[RealtimeStandIn]:
    """Listens, on the stand-in's port if it has one."""
    stand_in = stand_in or RealtimeStandIn()
    async with serve(
        stand_in.serve, "127.0.0.1", stand_in.port, process_request=stand_in.refuse, max_size=2**21, compression=None
    ) as server:
        stand_in.port = next(iter(server.sockets)).getsockname()[1]
        try:
            yield stand_in
        finally:
            stand_in.release.set()


async def _main(port: int) -> None:
    async with realtime(RealtimeStandIn(port)) as stand_in:
        print(stand_in.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Stands in for OpenAI's Realtime API, on loopback.")
    parser.add_argument("--port", type=int, default=0)
    with suppress(KeyboardInterrupt):
        asyncio.run(_main(parser.parse_args().port))
