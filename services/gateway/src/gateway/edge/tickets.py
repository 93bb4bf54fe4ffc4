"""Serves `POST /auth/tickets`, and takes a ticket out of the URL before any log can hold it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import unquote_plus
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI
from pydantic import BaseModel
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from chassis.web.principal import Principal
from chassis.web.problems import unauthorized
from gateway.edge.auth import tickets
from gateway.edge.callers import SignedIn, bearer_token, find_caller, person_of
from gateway.edge.context import Ctx, GatewayContext
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.forward.serve import CALLER, TICKET
from gateway.edge.schemas import example

router = APIRouter(prefix="/auth", tags=["accounts"], dependencies=[NO_QUERY])

_PARAMETER = "ticket"
#: the paths that accept a ticket
_STREAMS = re.compile(r"/jobs/[^/]+/events|/events/ws")
#: declares that an endpoint takes a ticket
DOCUMENTED: dict[str, Any] = {
    "parameters": [
        {
            "name": _PARAMETER,
            "in": "query",
            "required": False,
            "description": "Of `POST /auth/tickets`, in place of the Authorization header.",
            "schema": {"type": "string"},
        }
    ]
}


@dataclass(frozen=True, slots=True)
class Opened:
    """Tells who opens a stream, and whether by a ticket, which browsers use."""

    person: UUID
    by_ticket: bool


class Ticket(BaseModel):
    """Carries a ticket for one stream. `expires_in` in seconds."""

    model_config = example({"ticket": "nO1q8p6wY5cXn0cJ2yq2m0b0T3l3G0hQm1s2k3j4x5A", "expires_in": 30})

    ticket: str
    expires_in: int


class Application(FastAPI):
    """Keeps tickets out of URLs, so that neither FastAPI, nor the server's log, nor a trace sees one."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Changes the ASGI scope in place, because the server writes its log lines from the same scope."""
        _conceal(scope)
        await super().__call__(scope, receive, send)


def _conceal(scope: Scope) -> None:
    """Takes the ticket of a stream out of the query.

    On other paths the parameter stays without its value, and is refused.
    """
    parts = scope.get("query_string", b"").split(b"&")
    given = [part for part in parts if _name(part) == _PARAMETER]
    if not given:
        return
    left = [_PARAMETER.encode() if part in given else part for part in parts]
    if len(given) == 1 and _STREAMS.fullmatch(scope["path"]):
        scope[TICKET] = unquote_plus(given[0].partition(b"=")[2].decode("latin-1"))
        left.remove(_PARAMETER.encode())
    scope["query_string"] = b"&".join(left)


def _name(part: bytes) -> str:
    return unquote_plus(part.partition(b"=")[0].decode("latin-1"))


async def person_or_ticket(ctx: GatewayContext, connection: HTTPConnection) -> Opened:
    """Finds the person who opens a stream, by the Authorization header or else by a ticket. Raises 401 or 429."""
    found: Principal | None = connection.scope.get(CALLER)
    if found is not None:
        return Opened(person_of(found), by_ticket=False)  # whose limit has been taken
    opened = await _opened(ctx, connection)
    await ctx.rates.take(connection.scope, "person", str(opened.person))
    return opened


async def _opened(ctx: GatewayContext, connection: HTTPConnection) -> Opened:
    if bearer_token(connection.headers) is not None:
        return Opened(person_of(await find_caller(ctx, connection.headers)), by_ticket=False)
    ticket = connection.scope.get(TICKET)
    if ticket is None:
        raise unauthorized("Send your access token as “Authorization: Bearer …”, or a ticket as ?ticket=….")
    person = await tickets.redeem(ctx.database, ticket)
    if person is None:
        raise unauthorized("The ticket was used before, has expired, or is not valid.")
    return Opened(person, by_ticket=True)


async def _opening(connection: HTTPConnection, ctx: Ctx) -> Opened:
    return await person_or_ticket(ctx, connection)


#: the person who opens a stream, by token or ticket; 401 with neither
Opening = Annotated[Opened, Depends(_opening)]


@router.post("/tickets", status_code=201)
@Own(access=("signed-in",))
async def create_ticket(person: SignedIn, ctx: Ctx) -> Ticket:
    """Makes a ticket for a browser, which cannot send headers with EventSource or WebSocket.

    Open `GET /jobs/{id}/events?ticket=…`, or the WebSocket `/events/ws?ticket=…`: send `{"op": "subscribe", "job_id":
    "…", "after": 0}` for each job, up to 100 at a time; you get the same objects as in the `data` of the job's
    Server-Sent Events, from the one after `after` to the terminal one. `{"op": "unsubscribe", "job_id": "…"}` ends one
    before. Errors, also of the sign-in, come as `{"op": "error", "problem": {…}}`, with the `job_id` if they are about
    one job. After a close with 1001, connect again with a new ticket and go on with `after`, the last `seq` you have
    seen.
    """
    return Ticket(ticket=await tickets.issue(ctx.database, person), expires_in=int(tickets.LIFETIME.total_seconds()))
