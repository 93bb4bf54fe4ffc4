"""Serves `GET /api/health`, which tells whether this replica can work now."""

from __future__ import annotations

import asyncio
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from chassis.observe.health import is_observer, observers_of
from gateway.edge.context import Ctx
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.forward.hop import OwnerState
from gateway.edge.schemas import example

router = APIRouter(prefix="/api", tags=["health"])


class Health(BaseModel):
    """Carries the health of this replica.

    `reasons` names the obstacles to its work, for an operator's network; empty when all is well, and for anyone else.
    `services` holds the recent state of each service that this replica forwards requests to.
    """

    model_config = example({"status": "ok", "reasons": {}, "services": {"notify": "ok"}})

    status: Literal["ok", "unready"]
    reasons: dict[str, str]
    services: dict[str, OwnerState]


@router.get(
    "/health",
    responses={503: {"model": Health, "description": "Not able to work right now."}},
    dependencies=[NO_QUERY],
)
@Own(access=("public",))
async def read_health(ctx: Ctx, request: Request, response: Response) -> Health:
    """Tells whether all systems are operational.

    A service that is down does not make this replica unready, as all other requests are served.
    """
    reasons = await ctx.watchdog.unready()
    response.status_code = 503 if reasons else 200
    states = await asyncio.gather(*(upstream.state() for upstream in ctx.upstreams.values()))
    services = dict(zip(ctx.upstreams, states, strict=True))
    told = ctx.watchdog.remarks() | reasons if is_observer(request.scope, observers_of(ctx.settings)) else {}
    return Health(status="unready" if reasons else "ok", reasons=told, services=services)
