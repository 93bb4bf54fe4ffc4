"""Stands in for Expo's push service: takes batches, gives tickets and receipts as a test says."""

from __future__ import annotations

import asyncio
import gzip
import json
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.stand_in import read_request, serving


@dataclass
class ExpoService:
    """Answers each message with the error of its token, if there is one; `answers` are of whole requests."""

    port: int = 0
    #: the next answers to requests: a status, or `drop`, which takes the messages and says nothing
    answers: list[int | str] = field(default_factory=list)
    #: errors of tickets and of receipts, by token
    errors: dict[str, str] = field(default_factory=dict)
    later: dict[str, str] = field(default_factory=dict)
    #: batches of messages as they came, and of tickets that were asked for
    batches: list[list[dict[str, Any]]] = field(default_factory=list)
    asked: list[list[str]] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    #: tokens of another project, which no request may hold beside those of ours
    foreign: set[str] = field(default_factory=set)
    #: requests that were refused because they did
    refused: int = 0
    ready: bool = True
    running: int = 0
    most_running: int = 0
    #: closed: requests wait
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    keys: set[str | None] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/--/api/v2"

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [message for batch in self.batches for message in batch]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                line, headers, body = await read_request(reader)
                assert headers["content-encoding"] == "gzip"
                self.keys.add(headers.get("authorization"))
                self.running += 1
                self.most_running = max(self.most_running, self.running)
                await self.gate.wait()
                self.running -= 1
                status, answer = self._answer(line.split()[1], json.loads(gzip.decompress(body)))
                if status == 0:
                    break
                content = json.dumps(answer).encode()
                writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(content), content))
                await writer.drain()
        writer.close()

    def _answer(self, path: str, content: Any) -> tuple[int, Any]:
        if path.endswith("/getReceipts"):
            self.asked.append(content["ids"])
            found = {ticket: self._receipt(self.tokens[ticket]) for ticket in content["ids"] if ticket in self.tokens}
            return 200, {"data": found if self.ready else {}}
        answer = self.answers.pop(0) if self.answers else 200
        theirs = [message["to"] for message in content if message["to"] in self.foreign]
        if theirs and len(theirs) < len(content):
            self.refused += 1
            ours = [message["to"] for message in content if message["to"] not in self.foreign]
            details = {"@voxbus/app": ours, "@other/app": theirs}
            return 400, {"errors": [{"code": "PUSH_TOO_MANY_EXPERIENCE_IDS", "details": details}]}
        if answer == 200 or answer == "drop":
            self.batches.append(content)
        if answer != 200:
            return (0, None) if answer == "drop" else (int(answer), {"errors": []})
        return 200, {"data": [self._ticket(message["to"]) for message in content]}

    def _ticket(self, token: str) -> dict[str, Any]:
        if token in self.errors:
            return {"status": "error", "message": "no", "details": {"error": self.errors[token]}}
        ticket = f"ticket-{len(self.tokens)}"
        self.tokens[ticket] = token
        return {"status": "ok", "id": ticket}

    def _receipt(self, token: str) -> dict[str, Any]:
        if token in self.later:
            return {"status": "error", "message": "no", "details": {"error": self.later[token]}}
        return {"status": "ok"}


def expo_service() -> AbstractAsyncContextManager[ExpoService]:
    service = ExpoService()
    service.gate.set()
    return serving(service)
