"""Calls an owner as the gateway does, in process and without a gateway. It is shipped for authors of routes."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message

from chassis.message.envelope import new_id
from chassis.web import cursor
from chassis.web.listing import PageQuery
from chassis.web.operation import Operation
from chassis.web.principal import ANONYMOUS, HEADER, Principal, SignedRequest, body_digest, sign

#: milliseconds that a caller waits unless a test says otherwise: more than any test takes
PATIENCE_MS = 8000
_REQUEST_ID = re.compile(rb',"request_id":"[0-9a-f]{32}"')


def signed_in(*roles: str, acting_for: UUID | None = None) -> Principal:
    """Returns a new person of age with these roles beside `learner`."""
    return Principal(
        id=new_id(),
        roles=frozenset({"learner", *roles}),
        issuer="own",
        session=str(new_id()),
        age_band="of_age",
        acting_for=acting_for,
    )


def forged_cursor(position: bytes, query: PageQuery) -> str:
    """Returns a cursor of the list that `query` asks for, at any position: the checksum has no key."""
    return cursor._spelled(cursor._digest(position, query.bound()) + position)


@dataclass(frozen=True, slots=True)
class Answer:
    """Holds an answer."""

    status: int
    headers: Headers
    body: bytes

    def json(self) -> Any:
        """Returns the body as JSON."""
        return json.loads(self.body)

    @property
    def said(self) -> bytes:
        """Returns the body without the request id of a problem, which each answer has its own of."""
        return _REQUEST_ID.sub(b"", self.body)

    @property
    def problem(self) -> str:
        """Returns the name of the problem, empty if the answer is none."""
        is_problem = self.headers.get("content-type") == "application/problem+json"
        return str(self.json()["type"]).removeprefix("/problems/") if is_problem else ""


def _same(request: SignedRequest) -> SignedRequest:
    return request


#: sends method, target, headers and body to an owner
Exchange = Callable[[str, str, Mapping[str, str], bytes], Awaitable[Answer]]


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Signs requests for the routes of one service and sends them to it by `exchange`."""

    exchange: Exchange
    service: str
    key: bytes
    operations: Sequence[Operation]
    principal: Principal = ANONYMOUS
    clock: Callable[[], float] = time.time

    def by(self, principal: Principal) -> Caller:
        """Returns a caller for another person."""
        return replace(self, principal=principal)

    async def __call__(
        self,
        method: str,
        target: str,
        content: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        operation_id: UUID | None = None,
        patience: int = PATIENCE_MS,
        forge: Callable[[SignedRequest], SignedRequest] = _same,
    ) -> Answer:
        """Sends one request. `content`: bytes unchanged, anything else as JSON. `forge` changes what is signed.

        An empty header is left out.
        """
        body = content if isinstance(content, bytes) else b"" if content is None else json.dumps(content).encode()
        request = SignedRequest(
            service=self.service,
            operation=self._operation("GET" if method == "HEAD" else method, target.partition("?")[0]),
            id=operation_id or new_id(),
            method=method,
            target=target,
            body=body_digest(body),
        )
        sent = {
            "voxbus-deadline": str(patience),
            HEADER: sign(self.key, self.principal, forge(request), self.clock()),
            **({"content-type": "application/json"} if body else {}),
            **{name.lower(): value for name, value in (headers or {}).items()},
        }
        return await self.exchange(method, target, {name: value for name, value in sent.items() if value}, body)

    def _operation(self, method: str, path: str) -> str:
        """Chooses the operation as the gateway does: by the raw path, a literal segment before a parameter."""
        for operation in sorted(self.operations, key=Operation.specificity):
            pattern = re.sub(r"{.*?}", "[^/]+", operation.path)
            if operation.method == method and re.fullmatch(pattern, path):
                return operation.id
        return "none"


def in_process(app: ASGIApp) -> Exchange:
    """Returns the exchange within a process, which calls the owner's application."""

    async def exchange(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        path, _, query = target.partition("?")
        length = {"content-length": str(len(body))} if body else {}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "root_path": "",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in {**length, **headers}.items()],
        }
        return await _answer(app, scope, body)

    return exchange


async def _answer(app: ASGIApp, scope: dict[str, Any], body: bytes) -> Answer:
    pending = [{"type": "http.request", "body": body, "more_body": False}]
    begun: list[Message] = []
    read = bytearray()

    async def receive() -> Message:
        if pending:
            return pending.pop()
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            begun.append(message)
        else:
            read.extend(message.get("body", b""))

    await app(scope, receive, send)
    [start] = begun
    return Answer(start["status"], Headers(raw=list(start["headers"])), bytes(read))
