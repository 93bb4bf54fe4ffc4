"""Serves `POST /auth/tickets`, and takes a ticket out of the URL before any log can hold it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import unquote_plus
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI
from pydantic import BaseModel
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from chassis.web.problems import unauthorized
from chassis.web.stream import MESSAGE_BYTES
from gateway.edge.auth import tickets
from gateway.edge.callers import bearer_token, find_opener
from gateway.edge.context import Ctx, GatewayContext
from gateway.edge.cors import shared_headers
from gateway.edge.document import NO_QUERY, TICKET_PARAMETER, Own
from gateway.edge.forward.serve import TICKET
from gateway.edge.limits.rates import CALLER
from gateway.edge.schemas import example
from gateway.edge.streams.permits import Permit

router = APIRouter(prefix="/auth", tags=["accounts"], dependencies=[NO_QUERY])


@dataclass(frozen=True, slots=True)
class Opened:
    """Tells in whose name a stream is opened, and whether by a ticket, which browsers use."""

    permit: Permit
    by_ticket: bool

    @property
    def person(self) -> UUID:
        """Returns the person who opens the stream."""
        return self.permit.person


class Ticket(BaseModel):
    """Carries a ticket for one stream, to be opened within `expires_in` seconds."""

    model_config = example({"ticket": "nO1q8p6wY5cXn0cJ2yq2m0b0T3l3G0hQm1s2k3j4x5A", "expires_in": 30})

    ticket: str
    expires_in: int


class Application(FastAPI):
    """Keeps tickets out of URLs, so that neither FastAPI, nor the server's log, nor a trace sees one.

    The server asks it which headers a page of another origin needs with what the server answers itself.
    """

    def __init__(
        self,
        resources: Sequence[APIRouter],
        origins: frozenset[str] = frozenset(),
        streams: frozenset[str] = frozenset(),
        **options: Any,
    ) -> None:
        """Takes the routers of all resources, the origins whose pages may call them, and FastAPI's `options`.

        `streams` are the paths of the WebSockets that services own.
        """
        super().__init__(**options)
        self._owned = streams
        self.origins = origins
        self._streams = [route for router in resources for route in router.routes if _takes_ticket(route)]
        for router in resources:  # not included: the framework would build each route once more, at the first request
            self.router.routes.extend(router.routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Changes the ASGI scope in place, because the server writes its log lines from the same scope."""
        self._conceal(scope)
        await super().__call__(scope, receive, send)

    def headers_for(self, origin: str) -> Mapping[str, str]:
        """Returns the headers of every answer to a page of that origin, for what the server answers itself."""
        return shared_headers(origin, self.origins)

    def message_bytes(self, path: str) -> int | None:
        """Returns the most bytes of one message over the WebSocket of a path: services' streams carry audio."""
        return MESSAGE_BYTES if path in self._owned else None

    def _conceal(self, scope: Scope) -> None:
        """Takes the ticket of a stream out of the query.

        For other operations the parameter stays without its value, and is refused.
        """
        parts = scope.get("query_string", b"").split(b"&")
        given = [part for part in parts if _name(part) == TICKET_PARAMETER]
        if not given:
            return
        left = [TICKET_PARAMETER.encode() if part in given else part for part in parts]
        takes_one = scope["type"] == "websocket" and scope["path"] in self._owned
        if len(given) == 1 and (takes_one or any(route.matches(scope)[0] is not Match.NONE for route in self._streams)):
            scope[TICKET] = unquote_plus(given[0].partition(b"=")[2].decode("latin-1"))
            left.remove(TICKET_PARAMETER.encode())
        scope["query_string"] = b"&".join(left)


def _takes_ticket(route: BaseRoute) -> bool:
    declared: Own | None = getattr(getattr(route, "endpoint", None), "own", None)
    return declared is not None and declared.ticket


def _name(part: bytes) -> str:
    return unquote_plus(part.partition(b"=")[0].decode("latin-1"))


async def person_or_ticket(ctx: GatewayContext, connection: HTTPConnection, job_id: UUID | None = None) -> Opened:
    """Finds the person who opens a stream, by the Authorization header or else by a ticket. Raises 401 or 429.

    Without a `job_id` the stream is not of a job: a ticket opens it once.
    """
    if bearer_token(connection.headers) is not None:
        opened = Opened(await find_opener(ctx, connection), by_ticket=False)
    else:
        opened = Opened(await _redeem(ctx, connection, job_id), by_ticket=True)
    if CALLER not in connection.scope:  # otherwise the limit has been taken already
        await ctx.rates.take(connection.scope, "person", str(opened.person))
    return opened


async def _redeem(ctx: GatewayContext, connection: HTTPConnection, job_id: UUID | None) -> Permit:
    ticket = connection.scope.get(TICKET)
    if ticket is None:
        raise unauthorized("Send your access token as “Authorization: Bearer …”, or a ticket as ?ticket=….")
    found = await tickets.redeem(ctx.database, ticket, job_id)
    if found is None:
        raise unauthorized("The ticket was used before, has expired, or is not valid here.")
    return Permit(found.person, found.session, found.seconds)


@contextmanager
def admitted(ctx: GatewayContext, opened: Opened) -> Iterator[asyncio.Event]:
    """Holds place and permit of an open stream; the event is set once it has to end.

    Raises 429 for a person who has too many streams.
    """
    with ctx.streams.place(opened.person), ctx.permits.hold(opened.permit) as ended:
        yield ended


async def _opening(connection: HTTPConnection, ctx: Ctx) -> Opened:
    try:
        job_id = UUID(connection.path_params.get("id", ""))
    except ValueError:  # is refused as not found, after the caller is known
        job_id = None
    return await person_or_ticket(ctx, connection, job_id)


async def _opener(connection: HTTPConnection, ctx: Ctx) -> Permit:
    return await find_opener(ctx, connection)


#: the person who opens a stream, by token or ticket; 401 with neither
Opening = Annotated[Opened, Depends(_opening)]


@router.post("/tickets", status_code=201)
@Own(access=("signed-in",))
async def create_ticket(opener: Annotated[Permit, Depends(_opener)], ctx: Ctx) -> Ticket:
    """Makes a ticket for a browser, which cannot send headers with EventSource or WebSocket.

    Open `GET /jobs/{id}/events?ticket=…`: for ten minutes an EventSource may connect again by itself with the same
    ticket to the same job. Close it at the event `job.end`.

    Or open the WebSocket `/events/ws?ticket=…`, once: send `{"op": "subscribe", "job_id": "…", "after": 0}` for each
    job, up to 100 at a time; you get the same objects as in the `data` of the job's Server-Sent Events, from the one
    after `after` to `job.end`. `{"op": "unsubscribe", "job_id": "…"}` ends one before. Errors, also of the sign-in,
    come as `{"op": "error", "problem": {…}}`, with the `job_id` if they are about one job. After a close with 1001,
    connect again with a new ticket and go on with `after`, the last `seq` you have seen. A close with 1008 says that
    the sign-in has ended, or that you sent too much or read too slowly. After 1013 the sign-in could not be checked:
    try again with a new ticket.
    """
    ticket = await tickets.issue(ctx.database, opener.person, opener.session, opener.seconds)
    return Ticket(ticket=ticket, expires_in=int(tickets.LIFETIME.total_seconds()))
