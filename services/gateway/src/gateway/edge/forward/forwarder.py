"""Forwards a request to the owner of its route, and answers what is known when no answer comes.

`docs/model/m9_quick.pml` is its model. A write is sent again once, under the same operation id, when its outcome is
unknown. A 503 that its owner has marked means “not written, and never will be”, so of the second time it says nothing,
and neither does a refusal: the first one may come late. A 503 without the mark, of a balancer, is no answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from chassis.message.envelope import new_id
from chassis.observe.logs import logger
from chassis.observe.traces import traceparent
from chassis.web.owner import DEADLINE_HEADER, LONGEST_S
from chassis.web.principal import HEADER, Principal, SignedRequest, body_digest, sign
from chassis.web.problems import NO_ROUTE, OUTCOME_UNKNOWN, PRINCIPAL_REFUSED, UNAVAILABLE, ProblemError
from chassis.web.stream import PROVIDER_KEY
from gateway.edge.forward.headers import returned, sent
from gateway.edge.forward.hop import CONNECT_S, HopAnswer, HopRequest, HopSocket, NoAnswer, NotSent, RawHeaders
from gateway.edge.forward.in_time import all_until, each_within
from gateway.edge.forward.routes import Route
from gateway.edge.forward.upstream import Upstream, begin_counting
from gateway.edge.forward.verdict import verdict

#: seconds that an answer may be late, so that an owner's own answer at its deadline still counts
LATE_S = 0.5
#: seconds between connects, and their number, for a write that has to be sent again: as long as a restart may take
AGAIN_S, _CONNECTS = 0.25, 30
#: seconds in which an owner has to open a stream: it asks somebody outside first
OPENS_WITHIN_S = 15.0
#: statuses by which an owner says that the gateway asks it wrongly: no such route, or no such principal
_OWNERS_FAULT = (NO_ROUTE.status, PRINCIPAL_REFUSED.status)
#: seconds left below which nothing is sent again
_LEAST_S = 0.2

_log = logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Forwarded:
    """Holds a request whose route and caller are known: `path` and `query` as sent, the complete body.

    `id` is its operation id, which stays when it is sent again, and which is also the id of a job made from it.
    """

    route: Route
    method: str
    path: bytes
    query: bytes
    headers: RawHeaders
    body: bytes
    principal: Principal
    id: UUID = field(default_factory=new_id)
    #: the key of a provider that came in place of a token, for the owner alone
    key: str | None = field(default=None, repr=False)

    @property
    def target(self) -> str:
        """Returns the raw path, with the raw query behind it where there is one."""
        return (self.path + (b"?" + self.query if self.query else b"")).decode("latin-1")


@dataclass(frozen=True, slots=True)
class Answer:
    """Holds the client's answer. `close` must be called, also after the last piece."""

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
        clock: Callable[[], float] = time.perf_counter,
        owner_s: float = LONGEST_S,
        late_s: float = LATE_S,
        again_s: float = AGAIN_S,
    ) -> None:
        """Takes the `upstreams` by service, and `owner_s`, the seconds that an owner has.

        `again_s`: seconds between connects for a write that has to be sent again.
        """
        self._upstreams = upstreams
        self._wall_clock, self._clock = wall_clock, clock
        self._owner_s, self._late_s, self._again_s = owner_s, late_s, again_s
        begin_counting(upstreams)
        self._running: set[asyncio.Task[Answer]] = set()
        self._closing: set[asyncio.Future[None]] = set()

    async def forward(self, request: Forwarded) -> Answer:
        """Returns the owner's answer once its head has arrived. Raises `ProblemError` if the gateway answers itself.

        A client that goes away does not cancel a write.
        """
        upstream = self._upstreams.get(request.route.service)
        if upstream is None:
            _log.error("nobody owns a route", service=request.route.service, operation=request.route.operation)
            raise ProblemError(UNAVAILABLE)
        began = self._clock()
        outcome = "gone"
        try:
            upstream.enter()
            answer = await self._shielded(upstream, request)
            outcome = "answered"
        except ProblemError as problem:
            outcome = problem.problem.name
            raise
        finally:
            upstream.measure(request.route.service, outcome, self._clock() - began)
        return answer

    async def open(self, request: Forwarded) -> HopSocket | HopAnswer:
        """Opens a stream to the owner, once, or returns its refusal.

        Raises the problem of an owner that does not answer.
        """
        upstream = self._upstreams.get(request.route.service)
        if upstream is None:
            raise ProblemError(UNAVAILABLE)
        signed = self._signed(upstream, request, OPENS_WITHIN_S)
        try:
            opened = await upstream.open(signed, within=OPENS_WITHIN_S)
        except (NotSent, NoAnswer) as error:
            _log.warning("a stream is not opened", operation=request.route.operation, reason=str(error))
            raise ProblemError(UNAVAILABLE) from None
        if isinstance(opened, HopAnswer) and opened.status in _OWNERS_FAULT:
            _log.error("an owner refuses the gateway", operation=request.route.operation, status=opened.status)
            await opened.close()
            raise ProblemError(UNAVAILABLE)
        return opened

    @asynccontextmanager
    async def direct(self, request: Forwarded) -> AsyncIterator[Answer]:
        """Sends the request of a direct operation, once, and yields its answer; its end closes the owner's connection.

        Raises the problem of an owner that does not answer. Pieces come as the owner makes them, until its deadline.
        """
        route, upstream = request.route, self._upstreams.get(request.route.service)
        if upstream is None or route.direct is None:
            _log.error("nobody owns a route", service=route.service, operation=route.operation)
            raise ProblemError(UNAVAILABLE)
        within = route.direct + self._late_s
        ends = asyncio.get_running_loop().time() + within + CONNECT_S
        upstream.enter_direct()
        try:
            answer = await self._sent_once(upstream, request, within, ends)
            try:
                headers = returned(route, answer.status, answer.headers)
                yield Answer(answer.status, headers, all_until(answer.pieces, ends), answer.close)
            finally:
                await answer.close()
        finally:
            upstream.leave_direct()

    async def _sent_once(self, upstream: Upstream, request: Forwarded, within: float, ends: float) -> HopAnswer:
        began, outcome = self._clock(), "gone"
        try:
            sending = self._signed(upstream, request, request.route.direct or 0)
            answer = await upstream.send(sending, within=within, ends=ends)
            found = await verdict(request.route, answer, in_doubt=False)
            if not isinstance(found, HopAnswer):
                raise ProblemError(UNAVAILABLE)
            outcome = "answered"
        except (NotSent, NoAnswer) as error:
            outcome = UNAVAILABLE.name
            _log.warning("no answer of an owner", operation=request.route.operation, reason=str(error))
            raise ProblemError(UNAVAILABLE) from None
        finally:
            upstream.measure(request.route.service, outcome, self._clock() - began)
        return found

    async def _shielded(self, upstream: Upstream, request: Forwarded) -> Answer:
        """Lets a write go on when its client goes away."""
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
        """Gives the place back when the answer is closed, or at once without an answer."""
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
        return Answer(answer.status, headers, each_within(answer.pieces, self._owner_s), close)

    async def _ask(self, upstream: Upstream, request: Forwarded) -> HopAnswer:
        route = request.route
        ends = asyncio.get_running_loop().time() + self._owner_s + CONNECT_S
        in_doubt, sends, connects = False, 2, _CONNECTS
        while sends > 0:
            left = min(self._owner_s, ends - asyncio.get_running_loop().time() - self._late_s)
            if left < _LEAST_S:
                break
            sending = self._signed(upstream, request, left)
            try:
                answer = await upstream.send(sending, within=left + self._late_s, ends=ends)
            except NotSent:
                if route.writes and in_doubt and connects > 0:  # the owner may be restarting
                    connects -= 1
                    await asyncio.sleep(self._again_s)
                    continue
                if route.writes:
                    break
                sends -= 1
                continue
            except NoAnswer as error:
                sends -= 1
                _log.warning("no answer of an owner", operation=route.operation, reason=str(error))
                in_doubt = True
                continue
            match await verdict(route, answer, in_doubt):
                case HopAnswer() as final:
                    return final
                case "again":
                    sends -= 1
                    in_doubt = True
                case "nothing":
                    break
        raise ProblemError(OUTCOME_UNKNOWN if route.writes and in_doubt else UNAVAILABLE)

    def _signed(self, upstream: Upstream, request: Forwarded, left: float) -> HopRequest:
        signed = SignedRequest(
            service=request.route.service,
            operation=request.route.operation,
            id=request.id,
            method=request.method,
            target=request.target,
            body=body_digest(request.body),
        )
        own = {
            HEADER: sign(upstream.key, request.principal, signed, self._wall_clock()),
            DEADLINE_HEADER: str(round(left * 1000)),
            "traceparent": traceparent(),
            PROVIDER_KEY: request.key,
        }
        return HopRequest(
            method=request.method,
            path=request.path,
            query=request.query,
            headers=[
                *sent(request.headers, request.body),
                *((name.encode(), value.encode("latin-1")) for name, value in own.items() if value is not None),
            ],
            body=request.body,
        )
