"""Serves `/events/ws`: many jobs over one WebSocket, with the same events as SSE, in order and without gaps."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from chassis.observe import metrics
from chassis.web.problems import BAD_REQUEST, FORBIDDEN, INTERNAL, ProblemDocument, ProblemError, invalid, not_found
from chassis.web.strict_json import NotJson, parse
from gateway.edge.context import GatewayContext
from gateway.edge.document import Own
from gateway.edge.events import SEND_TIMEOUT_S, public_event
from gateway.edge.middleware import problem_of
from gateway.edge.problems import RATE_LIMITED, TOO_MANY_SUBSCRIPTIONS
from gateway.edge.streams.subscription import end_of
from gateway.edge.tickets import admitted, person_or_ticket
from gateway.jobs import reading as jobs
from gateway.settings import LOCAL

router = APIRouter()

#: jobs that one connection may follow at a time
MOST_JOBS = 100
#: characters of one request
LONGEST_REQUEST = 1_000
#: requests that one connection may send at once, and more in each second
MOST_REQUESTS, REQUESTS_A_SECOND = 250, 10.0
#: seconds for the sign-in of a connection
SIGN_IN_S = 30.0
_TOO_FAST = f"Send at most {MOST_REQUESTS} messages at once, and {REQUESTS_A_SECOND:.0f} in each second after them."
#: in place of a job: what is new of one's own
_OWN = UUID(int=0)
_GOING_AWAY = 1001
_POLICY = 1008
_TRY_AGAIN = 1013
_CLOSING_S = 1.0
_MEANT = {
    "op": "must be subscribe or unsubscribe",
    "job_id": "must be the id of a job",
    "about": "must be notifications, in place of a job",
    "after": "must be a whole number from 0 on",
}


class Request(BaseModel):
    """Carries a client's request to subscribe to a job's events after `after`, or to unsubscribe.

    With `about` in place of a job it is to what is new of one's own.
    """

    op: Literal["subscribe", "unsubscribe"]
    job_id: UUID | None = None
    about: Literal["notifications"] | None = None
    after: int = Field(default=0, ge=0, lt=2**63, strict=True)


class SocketError(BaseModel):
    """Says that a request was refused, or that nobody is signed in. `job_id` if it is about one job."""

    op: Literal["error"] = "error"
    problem: ProblemDocument
    job_id: UUID | None = None


class Budget:
    """Counts the requests of one connection against `MOST_REQUESTS` and `REQUESTS_A_SECOND`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left, self._counted_at = float(MOST_REQUESTS), clock()

    def spend(self) -> bool:
        """Counts one request; False when it is one too many."""
        now = self._clock()
        self._left = min(MOST_REQUESTS, self._left + (now - self._counted_at) * REQUESTS_A_SECOND)
        self._counted_at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class TooSlowError(Exception):
    """Says that the client does not read its events."""


class Socket:
    """Serves one connection. A slow client delays no other: its unread events wait in the log."""

    def __init__(
        self,
        websocket: WebSocket,
        ctx: GatewayContext,
        person: UUID,
        ended: asyncio.Event,
        send_timeout: float = SEND_TIMEOUT_S,
    ) -> None:
        """Takes `ended`, which is set once the sign-in has ended; `send_timeout` as `SEND_TIMEOUT_S`."""
        self._websocket = websocket
        self._gateway = ctx
        self._person = person
        self._ended = ended
        self._send_timeout = send_timeout
        self._following: dict[UUID, asyncio.Task[None]] = {}
        self._sending = asyncio.Lock()
        self._gave_up = asyncio.Event()

    async def serve(self) -> None:
        """Serves until the client leaves, stops reading, its sign-in ends, or the process stops."""
        reading = asyncio.create_task(self._read())
        waiting = [asyncio.create_task(each.wait()) for each in (self._gateway.stopping, self._gave_up, self._ended)]
        try:
            await asyncio.wait({reading, *waiting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            tasks = [reading, *waiting, *self._following.values()]
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        if self._websocket.client_state is WebSocketState.CONNECTED:
            refused = self._gave_up.is_set() or self._ended.is_set()
            await self._close(_POLICY if refused else _GOING_AWAY)
        error = results[0]
        if isinstance(error, Exception) and not isinstance(error, (TooSlowError, WebSocketDisconnect, OSError)):
            raise error

    async def _read(self) -> None:
        budget = Budget()
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if not budget.spend():
                await self._send(_refusal(ProblemError(RATE_LIMITED, _TOO_FAST), None))
                self._gave_up.set()
                return
            text = message.get("text")
            await self._handle(text if isinstance(text, str) else "")

    async def _handle(self, text: str) -> None:
        request: Request | None = None
        try:
            request = _parse(text)
            if request.job_id is None:
                await self._listen(request.op)
            elif request.op == "unsubscribe":
                await self._end(request.job_id)
            else:
                await self._subscribe(request.job_id, request.after)
        except (TooSlowError, WebSocketDisconnect, OSError):
            raise
        except Exception as error:
            problem = error if isinstance(error, ProblemError) else problem_of(error, self._websocket.scope)
            await self._send(_refusal(problem, request))

    async def _subscribe(self, job_id: UUID, after: int) -> None:
        """Follows a job; if the client follows it already, starts again after `after`."""
        await self._end(job_id)
        if len(self._following) >= MOST_JOBS:
            raise ProblemError(
                TOO_MANY_SUBSCRIPTIONS,
                f"One connection follows at most {MOST_JOBS} jobs: unsubscribe from some, or open another.",
            )
        head = await jobs.read_head(self._gateway.database, job_id, self._person)
        if head is None:
            raise not_found()
        after = min(after, head.last_seq)
        if head.terminal_seq is not None and after >= head.terminal_seq:
            assert head.finished_at is not None
            await self._send(public_event(job_id, end_of(head.finished_at)))
            return
        following = asyncio.create_task(self._follow(job_id, after))
        self._following[job_id] = following
        following.add_done_callback(lambda ended: self._forget(job_id, ended))

    async def _listen(self, op: str) -> None:
        """Begins or ends to tell what is new of one's own."""
        await self._end(_OWN)
        if op == "subscribe":
            self._following[_OWN] = asyncio.create_task(self._tell_own())

    async def _tell_own(self) -> None:
        with contextlib.suppress(TooSlowError, WebSocketDisconnect, OSError):
            async with self._gateway.hub.listen(self._person) as events:
                async for event in events:
                    await self._send(public_event(None, event))

    async def _follow(self, job_id: UUID, after: int) -> None:
        with contextlib.suppress(TooSlowError, WebSocketDisconnect, OSError):  # `serve` is notified of each of these
            async with self._gateway.hub.subscribe(job_id, after) as events:
                async for event in events:
                    await self._send(public_event(job_id, event))
                    event.note_push("websocket")
                    if event.terminal:
                        await self._send(public_event(job_id, end_of(event.time)))

    async def _end(self, job_id: UUID) -> None:
        following = self._following.pop(job_id, None)
        if following is not None:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

    def _forget(self, job_id: UUID, ended: asyncio.Task[None]) -> None:
        if self._following.get(job_id) is ended:
            del self._following[job_id]

    async def _send(self, what: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(self._send_timeout), self._sending:
                await self._websocket.send_json(what)
        except TimeoutError:
            self._gave_up.set()
            raise TooSlowError from None

    async def _close(self, code: int) -> None:
        """Closes the socket; a client that no longer reads gets no close frame."""
        with contextlib.suppress(TimeoutError, WebSocketDisconnect, OSError, RuntimeError):
            async with asyncio.timeout(_CLOSING_S):
                await self._websocket.close(code)


def _parse(text: str) -> Request:
    """Parses a request, or raises a problem that never quotes what the client sent."""
    if not text or len(text) > LONGEST_REQUEST:
        raise ProblemError(BAD_REQUEST, f"Send JSON of 1 to {LONGEST_REQUEST} characters.")
    try:
        request = Request.model_validate(parse(text.encode()))
    except NotJson as error:
        raise ProblemError(BAD_REQUEST, f"The message {error}.") from None
    except ValidationError as error:
        names = {str(each["loc"][0]) if each["loc"] else "" for each in error.errors(include_input=False)}
    else:
        if (request.job_id is None) == (request.about is None):
            raise invalid(("job_id", _MEANT["job_id"]))
        return request
    if not names <= _MEANT.keys():
        raise ProblemError(BAD_REQUEST, "Send a JSON object.")
    raise invalid(*[(name, meant) for name, meant in _MEANT.items() if name in names])


def _refusal(problem: ProblemError, request: Request | None) -> dict[str, Any]:
    refusal = SocketError(problem=problem.document(), job_id=None if request is None else request.job_id)
    return refusal.model_dump(mode="json", exclude_none=True)


def is_permitted(websocket: HTTPConnection, origins: Collection[str], public_url: str) -> bool:
    """Tells whether a connection comes from a page of ours or of a listed origin, or from no page at all.

    Browsers do not apply CORS to WebSockets: any page may open one, and always names its origin. Without a public
    address of its own, in development, the gateway has whatever name its client has called.
    """
    origin = websocket.headers.get("origin")
    if origin is None or origin in origins or origin == public_url:
        return True
    scheme, _, host = origin.partition("://")
    is_local = urlsplit(public_url).hostname == LOCAL
    return is_local and scheme in ("http", "https") and host.lower() == websocket.headers.get("host", "").lower()


@router.websocket("/events/ws")
@Own(access=("own",), ticket=True)
async def follow_jobs(websocket: WebSocket) -> None:
    """Follows jobs, `{op: subscribe | unsubscribe, job_id, after?}`, and news, `{op, about: "notifications"}`."""
    ctx: GatewayContext = websocket.app.state.context
    if not is_permitted(websocket, websocket.app.origins, ctx.public_url):
        await websocket.send_denial_response(ProblemError(FORBIDDEN, "This page may not connect.").response())
        return
    await websocket.accept()  # a browser does not show its page why a handshake was refused
    with contextlib.ExitStack() as stack:
        try:
            async with asyncio.timeout(SIGN_IN_S):
                opened = await person_or_ticket(ctx, websocket)
            ended = stack.enter_context(admitted(ctx, opened))
        except Exception as error:
            problem = error if isinstance(error, ProblemError) else problem_of(error, websocket.scope)
            await websocket.send_json(_refusal(problem, None))
            is_ours = problem.problem.status >= INTERNAL.status
            await websocket.close(_TRY_AGAIN if is_ours else _POLICY)
            return
        stack.enter_context(metrics.SOCKETS.track_inprogress())
        await Socket(websocket, ctx, opened.person, ended).serve()
