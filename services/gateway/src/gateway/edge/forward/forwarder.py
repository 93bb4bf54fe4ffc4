"""The forwarder: it sends a request to the owner of its route, and says what is known when no answer comes.

`docs/model/m9_quick.pml` is its model. A write is sent again once, under the same operation id, when nobody knows what
came of it. A 503 that its owner has marked means “not written, and never will be”, so of the second time it says
nothing, and neither does a refusal: the first one may come late. A 503 without the mark, of a balancer, is no answer.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from chassis.message.envelope import new_id
from chassis.observe.logs import logger
from chassis.observe.traces import traceparent
from chassis.web.answer import REPLAYED
from chassis.web.owner import DEADLINE_HEADER, LONGEST_S
from chassis.web.principal import HEADER, Principal, SignedRequest, body_digest, sign
from chassis.web.problems import (
    BUSY,
    IDEMPOTENCY_CONFLICT,
    MEDIA_TYPE,
    NOT_WRITTEN,
    OUTCOME_UNKNOWN,
    UNAVAILABLE,
    ProblemError,
)
from gateway.edge.forward.headers import returned, sent
from gateway.edge.forward.hop import CONNECT_S, HopAnswer, HopRequest, NoAnswer, NotSent, RawHeaders
from gateway.edge.forward.routes import Route
from gateway.edge.forward.upstream import Upstream

#: seconds that an answer may be late, so that an owner's own word at its deadline still counts
LATE_S = 0.5
#: seconds below which nothing is sent again
_LEAST_S = 0.2
#: bytes of a problem document that the gateway reads
_PROBLEM_BYTES = 64 * 1024
#: what a balancer between gateway and owner may answer in its owner's place
_IN_BETWEEN = (502, 503, 504)

_log = logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Forwarded:
    """Holds a request whose route and caller are known: `path` and `query` as sent, its body read whole."""

    route: Route
    method: str
    path: bytes
    query: bytes
    headers: RawHeaders
    body: bytes
    principal: Principal


@dataclass(frozen=True, slots=True)
class Answer:
    """Holds what the client gets. `close` has to be called, also after the last piece."""

    status: int
    headers: RawHeaders
    pieces: AsyncIterator[bytes]
    close: Callable[[], Awaitable[None]]


class Forwarder:
    """Forwards requests to the owners of their routes."""

    def __init__(
        self,
        upstreams: Mapping[str, Upstream],
        *,
        wall_clock: Callable[[], float] = time.time,
        owner_s: float = LONGEST_S,
        late_s: float = LATE_S,
    ) -> None:
        """`upstreams` by service; `owner_s`: seconds that an owner has, unless its operation declares others."""
        self._upstreams = upstreams
        self._wall_clock = wall_clock
        self._owner_s, self._late_s = owner_s, late_s
        self._running: set[asyncio.Task[Answer]] = set()
        self._closing: set[asyncio.Future[None]] = set()

    async def forward(self, request: Forwarded) -> Answer:
        """Returns the owner's answer once its head is there. Raises `ProblemError` where the gateway answers itself.

        Who goes away cancels nothing of a write.
        """
        upstream = self._upstreams.get(request.route.service)
        if upstream is None:
            _log.error("nobody owns a route", service=request.route.service, operation=request.route.operation)
            raise ProblemError(UNAVAILABLE)
        upstream.enter()
        if not request.route.writes:
            return await self._admitted(upstream, request)
        task = asyncio.create_task(self._admitted(upstream, request))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(self._close_unread)
            raise

    def _close_unread(self, task: asyncio.Task[Answer]) -> None:
        """Closes the answer of a write whose client has gone away."""
        if not task.cancelled() and task.exception() is None:
            closing = asyncio.ensure_future(task.result().close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def _admitted(self, upstream: Upstream, request: Forwarded) -> Answer:
        """Gives the place back when the answer is closed, or at once when there is none."""
        try:
            answer = await self._ask(upstream, request)
        except BaseException:
            upstream.leave()
            raise
        closed = False

        async def close() -> None:
            nonlocal closed
            if not closed:
                closed = True
                upstream.leave()
                await answer.close()

        headers = returned(request.route, answer.status, answer.headers)
        return Answer(answer.status, headers, self._in_time(answer.pieces, request.route), close)

    async def _ask(self, upstream: Upstream, request: Forwarded) -> HopAnswer:
        route, operation_id = request.route, new_id()
        owner_s = route.deadline or self._owner_s
        ends = asyncio.get_running_loop().time() + owner_s + CONNECT_S
        in_doubt = False
        for _ in range(1 if route.direct else 2):
            left = min(owner_s, ends - asyncio.get_running_loop().time() - self._late_s)
            if left < _LEAST_S:
                break
            sending = self._signed(upstream, request, operation_id, left)
            try:
                answer = await upstream.send(sending, within=left + self._late_s, ends=ends)
            except NotSent:
                if route.writes:
                    break
                continue
            except NoAnswer as error:
                _log.warning("no answer of an owner", operation=route.operation, reason=str(error))
                in_doubt = True
                continue
            match await _verdict(route, answer, in_doubt):
                case HopAnswer() as final:
                    return final
                case "again":
                    in_doubt = True
                case "nothing":
                    break
        raise ProblemError(OUTCOME_UNKNOWN if route.writes and in_doubt else UNAVAILABLE)

    def _signed(self, upstream: Upstream, request: Forwarded, operation_id: UUID, left: float) -> HopRequest:
        target = request.path + (b"?" + request.query if request.query else b"")
        signed = SignedRequest(
            service=request.route.service,
            operation=request.route.operation,
            id=operation_id,
            method=request.method,
            target=target.decode("latin-1"),
            body=body_digest(request.body),
        )
        own = {
            HEADER: sign(upstream.key, request.principal, signed, self._wall_clock()),
            DEADLINE_HEADER: str(round(left * 1000)),
            "traceparent": traceparent(),
        }
        return HopRequest(
            method=request.method,
            path=request.path,
            query=request.query,
            headers=[
                *sent(request.headers, request.body),
                *((name.encode(), value.encode()) for name, value in own.items() if value is not None),
            ],
            body=request.body,
        )

    async def _in_time(self, pieces: AsyncIterator[bytes], route: Route) -> AsyncIterator[bytes]:
        """Yields the pieces of a body. Raises `NoAnswer` where the owner makes none for longer than it may."""
        while True:
            try:
                async with asyncio.timeout(route.deadline or self._owner_s):
                    piece = await anext(pieces)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise NoAnswer("an answer that stops", late=True) from None
            yield piece


async def _verdict(route: Route, answer: HopAnswer, in_doubt: bool) -> HopAnswer | Literal["again", "nothing"]:
    """Returns the answer where it is the client's, “again” where its owner knows nothing, “nothing” where it is none.

    `in_doubt`: the request was sent before, and nobody knows what came of it.
    """
    if answer.status in (421, 501):
        await answer.close()
        _log.error(
            "an owner refuses the gateway", service=route.service, operation=route.operation, status=answer.status
        )
        return "nothing"
    if not route.writes:
        if answer.status not in _IN_BETWEEN or _is_problem(answer):
            return answer
        await answer.close()
        return "again"
    if in_doubt:
        return await _of_a_resend(answer)
    if answer.status == UNAVAILABLE.status:
        return await _of_a_refusal(answer)
    if answer.status in _IN_BETWEEN:
        await answer.close()
        return "again"
    return answer


async def _of_a_refusal(answer: HopAnswer) -> HopAnswer | Literal["again"]:
    """Returns a 503 that its owner vouches for: not written, or another request with the same key is at work."""
    if _has(answer, NOT_WRITTEN):
        return answer
    body = await _read(answer)
    if _type_of(body) == BUSY.type:
        return HopAnswer(answer.status, answer.headers, _once(body), answer.close)
    await answer.close()
    return "again"


async def _of_a_resend(answer: HopAnswer) -> HopAnswer | Literal["again", "nothing"]:
    """Returns what holds whatever becomes of the first try."""
    if _is_final(answer):
        return answer
    if answer.status == IDEMPOTENCY_CONFLICT.status:
        body = await _read(answer)
        if _type_of(body) == IDEMPOTENCY_CONFLICT.type:
            return HopAnswer(answer.status, answer.headers, _once(body), answer.close)
    await answer.close()
    return "again" if answer.status == OUTCOME_UNKNOWN.status else "nothing"


def _is_final(answer: HopAnswer) -> bool:
    """Tells whether an answer holds also if an earlier try of the request comes late: done, or the caller erased."""
    return 200 <= answer.status < 300 or answer.status == 401 or _has(answer, REPLAYED)


def _is_problem(answer: HopAnswer) -> bool:
    """Tells whether an answer says that it is a problem document, also where it has no body, as that of a HEAD."""
    return (b"content-type", MEDIA_TYPE.encode()) in {(name.lower(), value) for name, value in answer.headers}


def _has(answer: HopAnswer, name: str) -> bool:
    return name.lower().encode() in {given.lower() for given, _ in answer.headers}


async def _read(answer: HopAnswer) -> bytes:
    """Reads a problem document; what is larger, or ends early, is none."""
    read = bytearray()
    try:
        async with asyncio.timeout(LATE_S):
            async for piece in answer.pieces:
                read += piece
                if len(read) > _PROBLEM_BYTES:
                    return b""
    except (NoAnswer, TimeoutError):
        return b""
    return bytes(read)


def _type_of(body: bytes) -> str | None:
    try:
        document = json.loads(body)
    except ValueError:
        return None
    return document.get("type") if isinstance(document, dict) else None


async def _once(body: bytes) -> AsyncIterator[bytes]:
    yield body
