"""Serves `GET /api/health`, which tells whether this replica can work now."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

from gateway.edge.context import Ctx
from gateway.edge.openapi import problems
from gateway.edge.schemas import example

router = APIRouter(prefix="/api", tags=["health"])


class Health(BaseModel):
    """Carries the health of this replica. `reasons` name what keeps it from its work; empty when all is well."""

    model_config = example({"status": "ok", "reasons": {}})

    status: Literal["ok", "unready"]
    reasons: dict[str, str]


@router.get("/health", responses={503: {"model": Health, "description": "Not able to work right now."}, **problems()})
async def read_health(ctx: Ctx, response: Response) -> Health:
    """Tells whether all systems are operational."""
    reasons = await ctx.watchdog.unready()
    response.status_code = 503 if reasons else 200
    return Health(status="unready" if reasons else "ok", reasons=reasons)
