"""Stands in for providers of models: a local server that speaks the chat completions that they publish, and fails.

It is no provider: what it answers was made up here. The first part of its path says whose errors and rules it shows:
`/openai/v1`, `/anthropic/v1`, `/gemini/v1beta/openai`, `/local/v1`. A fault is asked for by `faults`, or by a last user
message that holds `[fault NAME]`. It makes short-lived keys for OpenAI's Realtime API as well. Run as a module it
serves until it is stopped, and prints its address.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal

#: faults that are an answer with a status
STATUSES = ("400", "401", "402", "403", "404", "408", "409", "413", "422", "429", "500", "502", "503", "504", "529")
#: other faults
OTHERS = (
    "429-quota",  # no money left, as OpenAI says it
    "400-key",  # a wrong key, as Gemini says it
    "400-credit",  # no money left, as Anthropic says it
    "html",  # a balancer's page
    "redirect",
    "hang-up",  # closes instead of answering
    "slow-first",  # answers the head, and no token until `release` is set
    "silent",  # does not even answer the head until `release` is set
    "stall",  # stops after two tokens until `release` is set
    "cut",  # breaks the connection after two tokens
    "cut-clean",  # ends the body after two tokens, as some proxies do
    "no-reason",  # ends with [DONE], and without a finish_reason
    "no-usage",
    "cut-after-reason",
    "error-first",  # an error in the stream instead of a token
    "error-event",  # an error in the stream after two tokens
    "garbage-first",
    "garbage",  # no JSON, after two tokens
    "odd",  # JSON that is no chunk, between tokens
    "length",
    "filter",
    "empty",  # finishes without a token
    "obey",  # answers with all that it was sent
)
FAULTS = (*STATUSES, *OTHERS)
_ASKED = re.compile(r"\[fault ([\w-]+)\]")
_REASONING = re.compile(r"gpt-[56]|o\d")
_ALWAYS_REASONING = ("gpt-6-astra", "gpt-6.1-sol")
_CLAUDE_5 = re.compile(r"claude-\w+-5")

Ended = Literal["", "finished", "hung_up", "broken"]


@dataclass
class Call:
    """Holds one call: how it was asked, and how its connection ended. `hung_up`: the client went away first."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    fault: str
    connection: int
    tokens: int = 0
    ended: Ended = ""
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def key(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")


@dataclass
class ProviderStandIn:
    """Answers calls one after the other on each connection, with `answer` word by word.

    `faults` are used up first; `first_s` and `gap_s` are seconds to the first token and between two.
    """

    port: int = 0
    answer: str = "Let us look at that together. What should change for the people who use it?"
    first_s: float = 0.0
    gap_s: float = 0.0
    faults: list[str] = field(default_factory=list)
    #: come before `answer`, each once
    answers: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    models: list[dict[str, Any]] = field(default_factory=list)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    retry_after: str | None = None
    #: the port of a stand-in of the Realtime API, to which its WebSockets are passed on
    aloud_port: int = 0
    connections: int = 0
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    def url(self, provider: str = "openai") -> str:
        """Returns the address that a client takes as base."""
        path = {"gemini": "gemini/v1beta/openai"}.get(provider, f"{provider}/v1")
        return f"http://127.0.0.1:{self.port}/{path}"

    @property
    def last(self) -> Call:
        return self.calls[-1]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self.serving.add(task)
        task.add_done_callback(self.serving.discard)
        await asyncio.wait([task])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number, held = self.connections, b""
        try:
            with suppress(OSError, asyncio.IncompleteReadError, _Ended):
                while True:
                    held = await self._one(reader, writer, number, held)
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int, held: bytes) -> bytes:
        """Answers one request; returns the first byte of the next one, if it was read meanwhile."""
        head = (held + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
        method, path = head[0].split()[:2]
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        if method == "GET" and "/realtime?" in path and self.aloud_port:
            await _passed(reader, writer, "\r\n".join(head).encode("latin-1"), self.aloud_port)
            raise _Ended
        if method == "GET" and path.endswith("/models"):
            await _whole(writer, 200, {"object": "list", "data": self.models})
            return b""
        asked: dict[str, Any] = json.loads(body)
        call = Call(path, headers, asked, self._fault(asked), number)
        self.calls.append(call)
        gone = asyncio.ensure_future(reader.read(1))
        answering = asyncio.ensure_future(self._answer(call, writer))
        try:
            await asyncio.wait({gone, answering}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done() and gone.result() == b"":
                call.ended = "hung_up"
                raise _Ended
            await answering
            call.ended = "finished"
            return b"" if not gone.done() else gone.result()
        except OSError:
            call.ended = "hung_up"
            raise
        except _Ended:
            call.ended = call.ended or "broken"
            raise
        finally:
            call.over.set()
            for task in (gone, answering):
                task.cancel()
            await asyncio.gather(gone, answering, return_exceptions=True)

    def _fault(self, asked: dict[str, Any]) -> str:
        if self.faults:
            return self.faults.pop(0)
        said = [each["content"] for each in asked.get("messages", ()) if each.get("role") == "user"]
        found = _ASKED.search(said[-1]) if said and isinstance(said[-1], str) else None
        return found[1] if found else ""

    async def _answer(self, call: Call, writer: asyncio.StreamWriter) -> None:
        fault, provider = call.fault, call.path.split("/")[1]
        refused = None if fault else _refused_parameter(provider, call.body)
        if refused or fault[:3] in STATUSES:
            status = 400 if refused else int(fault[:3])
            headers = {} if self.retry_after is None else {"Retry-After": self.retry_after}
            await _whole(writer, status, _error(provider, call, refused), headers)
        elif fault == "html":
            await _whole(writer, 502, "<html><title>502 Bad Gateway</title></html>")
        elif fault == "redirect":
            await _whole(writer, 307, "", {"Location": f"http://127.0.0.1:{self.port}/elsewhere/v1/chat/completions"})
        elif fault == "hang-up":
            raise _Ended
        else:
            if fault == "silent":
                await self.release.wait()
            if call.path.endswith("/realtime/client_secrets"):
                await _whole(writer, 200, self._secret(call))
            elif call.body.get("stream"):
                await self._stream(call, writer, provider)
            else:
                await asyncio.sleep(self.first_s)
                await _whole(writer, 200, self._completion(call))

    def _text(self, call: Call) -> str:
        if call.fault == "obey":
            return json.dumps(call.body["messages"])
        return self.answers.pop(0) if self.answers else self.answer

    def _reason(self, call: Call) -> str:
        return {"length": "length", "filter": "content_filter"}.get(call.fault, "stop")

    def _secret(self, call: Call) -> dict[str, Any]:
        """Makes a short-lived key, as OpenAI's Realtime API does."""
        seconds = call.body.get("expires_after", {}).get("seconds", 600)
        session = {**call.body.get("session", {}), "object": "realtime.session", "id": f"sess_{len(self.calls)}"}
        return {
            "value": f"ek_{len(self.calls)}_of_the_stand_in",
            "expires_at": 1_796_000_000 + seconds,
            "session": session,
        }

    def _completion(self, call: Call) -> dict[str, Any]:
        text = self._text(call)
        call.tokens = len(text.split())
        message = {"role": "assistant", "content": text}
        choices = [{"index": 0, "message": message, "finish_reason": self._reason(call)}]
        return {**_chunk(call, choices), "object": "chat.completion", "usage": _usage(call)}

    async def _stream(self, call: Call, writer: asyncio.StreamWriter, provider: str) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
            b"x-request-id: req_%d\r\n\r\n" % len(self.calls)
        )
        await writer.drain()
        fault = call.fault
        if fault == "slow-first":
            await self.release.wait()
        await asyncio.sleep(self.first_s)
        if fault == "error-first":
            await _event(writer, json.dumps({"error": _inner(_error(provider, call, "overloaded"))}))
        if fault == "garbage-first":
            await _event(writer, "{no json " + call.key)
        words = [] if fault == "empty" else re.findall(r"\S+\s*", self._text(call))
        for place, word in enumerate(words):
            if place and self.gap_s:
                await asyncio.sleep(self.gap_s)
            if place == 2 and fault == "cut-clean":
                break
            if place == 2:
                await self._in_the_middle(call, writer, provider)
            choices = [{"index": 0, "delta": {"role": "assistant", "content": word}, "finish_reason": None}]
            call.tokens += 1
            await _event(writer, json.dumps(_chunk(call, choices)))
        if fault == "cut-clean":
            writer.write(b"0\r\n\r\n")
            await writer.drain()
            return
        if fault != "no-reason":
            choices = [{"index": 0, "delta": {}, "finish_reason": self._reason(call)}]
            await _event(writer, json.dumps(_chunk(call, choices)))
        if fault == "cut-after-reason":
            raise _Ended
        if call.body.get("stream_options", {}).get("include_usage") and fault != "no-usage":
            await _event(writer, json.dumps({**_chunk(call, []), "usage": _usage(call)}))
        await _event(writer, "[DONE]")
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    async def _in_the_middle(self, call: Call, writer: asyncio.StreamWriter, provider: str) -> None:
        match call.fault:
            case "stall":
                await self.release.wait()
            case "cut":
                raise _Ended
            case "error-event":
                await _event(writer, json.dumps({"error": _inner(_error(provider, call, "overloaded"))}))
            case "garbage":
                await _event(writer, "{no json " + call.key)
            case "odd":
                for odd in (
                    "{}",
                    '{"choices": null}',
                    '{"choices": [{"delta": null}]}',
                    '{"choices": [{"delta": {}}]}',
                ):
                    await _event(writer, odd)


async def _passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: bytes, port: int) -> None:
    """Passes a connection on to another port, byte by byte, until either side ends it."""
    behind, to_behind = await asyncio.open_connection("127.0.0.1", port)
    to_behind.write(head)
    ways = [asyncio.ensure_future(_pumped(*way)) for way in ((reader, to_behind), (behind, writer))]
    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    for way in ways:
        way.cancel()
    await asyncio.gather(*ways, return_exceptions=True)
    to_behind.close()


async def _pumped(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await source.read(65536):
            target.write(piece)
            await target.drain()


class _Ended(Exception):
    """Ends a connection."""


@asynccontextmanager
async def providing(stand_in: ProviderStandIn | None = None) -> AsyncIterator[ProviderStandIn]:
    """Listens, on the stand-in's port if it has one."""
    stand_in = stand_in or ProviderStandIn()
    server = await asyncio.start_server(stand_in.serve, "127.0.0.1", stand_in.port, backlog=256)
    stand_in.port = server.sockets[0].getsockname()[1]
    try:
        yield stand_in
    finally:
        stand_in.release.set()
        server.close()
        for task in [*stand_in.serving]:
            task.cancel()
        await asyncio.gather(*stand_in.serving, return_exceptions=True)


def _refused_parameter(provider: str, asked: dict[str, Any]) -> str | None:
    """Names a parameter that the vendor's own page says the model refuses."""
    model = str(asked.get("model"))
    if provider == "openai" and _REASONING.match(model):
        if "max_tokens" in asked:
            return "max_tokens"
        effort = asked.get("reasoning_effort")
        if effort == "none" and model in _ALWAYS_REASONING:
            return "reasoning_effort"
        if effort != "none" and {"temperature", "top_p"} & asked.keys():
            return "temperature"
    if provider == "anthropic" and _CLAUDE_5.match(model) and {"temperature", "top_p", "top_k"} & asked.keys():
        return "temperature"
    return None


def _error(provider: str, call: Call, refused: str | None) -> Any:
    """Returns an error in the provider's shape. Like real ones it repeats the key and what was asked."""
    status = int(call.fault[:3]) if call.fault[:3].isdigit() else 400
    repeated = f"with key {call.key}, asked {json.dumps(call.body.get('messages'))[:500]}"
    message = f"Unsupported parameter {refused}, {repeated}" if refused else f"Refused {repeated}"
    if call.fault == "400-key":
        message = f"API key not valid. Please pass a valid API key. {repeated}"
    if call.fault == "400-credit":
        message = f"Your credit balance is too low to access the API, {repeated}"
    if provider == "anthropic":
        kinds = {
            400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error",
            404: "not_found_error", 429: "rate_limit_error", 529: "overloaded_error",
        }  # fmt: skip
        kind = "overloaded_error" if refused == "overloaded" else kinds.get(status, "api_error")
        return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_anthropic"}
    if provider == "gemini":
        names = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED"}
        error: dict[str, Any] = {
            "code": status,
            "message": message,
            "status": names.get(status, "INVALID_ARGUMENT" if status < 500 else "UNAVAILABLE"),
        }
        if call.fault == "400-key":
            error["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
        if status == 429:
            error["details"] = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "17s"}]
        return [{"error": error}]
    codes = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}
    code = "insufficient_quota" if call.fault == "429-quota" else codes.get(status)
    return {"error": {"message": message, "type": "invalid_request_error", "param": refused, "code": code}}


def _inner(error: Any) -> Any:
    return (error[0] if isinstance(error, list) else error)["error"]


def _usage(call: Call) -> dict[str, int]:
    spent = sum(len(str(each.get("content")).split()) for each in call.body.get("messages", ()))
    return {"prompt_tokens": spent, "completion_tokens": call.tokens, "total_tokens": spent + call.tokens}


def _chunk(call: Call, choices: list[dict[str, Any]]) -> dict[str, Any]:
    model = call.body.get("model")
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": choices}


async def _event(writer: asyncio.StreamWriter, data: str) -> None:
    event = f"data: {data}\n\n".encode()
    writer.write(b"%x\r\n%s\r\n" % (len(event), event))
    await writer.drain()


async def _whole(
    writer: asyncio.StreamWriter, status: int, body: object, headers: dict[str, str] | None = None
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "text/html" if isinstance(body, str) else "application/json"
    more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nx-request-id: req_whole\r\n{more}"
    writer.write(f"{head}Content-Length: {len(text.encode())}\r\n\r\n{text}".encode())
    await writer.drain()


async def _main(stand_in: ProviderStandIn, say: Callable[[str], None]) -> None:
    async with providing(stand_in):
        say(stand_in.url())
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Stands in for providers of models, on loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--first", type=float, default=0.0, help="seconds to the first token")
    parser.add_argument("--gap", type=float, default=0.0, help="seconds between two tokens")
    given = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(
            _main(
                ProviderStandIn(given.port, first_s=given.first, gap_s=given.gap), lambda said: print(said, flush=True)
            )
        )
