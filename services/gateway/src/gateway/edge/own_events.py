"""Tells clients that something of their person or their children is new, by Server-Sent Events.

What it is they read by REST.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

from gateway.edge.context import Ctx
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.events import EventStream
from gateway.edge.problems import TOO_MANY_STREAMS
from gateway.edge.schemas import example
from gateway.edge.streams.shapes import NoData
from gateway.edge.tickets import Opening, admitted

router = APIRouter(tags=["notifications"], dependencies=[NO_QUERY])


class OwnEvent(BaseModel):
    """Says that something of one's own is new. Ignore types that you do not know: later releases may add some."""

    model_config = example({"type": "notifications.changed", "seq": None, "time": "2026-11-20T10:00:00Z", "data": {}})

    type: Literal["notifications.changed", "children.changed"]
    seq: None
    time: datetime
    data: NoData


@router.get(
    "/events",
    status_code=200,
    response_class=EventStream,
    responses={
        200: {
            "model": OwnEvent,
            "description": "One event at once, then one whenever something is new; read `GET /notifications` then, "
            "after `children.changed` `GET /guardian/children`. Events have no id: read both whenever the stream is "
            "opened again, which makes up for those that were lost.",
        }
    },
)
@Own(access=("own",), problems=(TOO_MANY_STREAMS,), ticket=True)
async def follow_own(opened: Opening, ctx: Ctx) -> Response:
    """Follows live whether one is told something in the application, or has read it elsewhere.

    Guardians hear as well that a job of a child has ended, however it did, and that something was decided about one.
    """
    return EventStream(None, ctx.hub.listen(opened.person), held=admitted(ctx, opened))
