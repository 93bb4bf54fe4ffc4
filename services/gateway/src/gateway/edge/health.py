"""Serves `GET /api/health`, which tells whether this replica can work now, and what of the whole does not."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from chassis.observe.health import Condition, is_observer, observers_of
from gateway.edge.conditions import Known
from gateway.edge.context import Ctx
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.forward.hop import OwnerHealth, OwnerState
from gateway.edge.forward.join import INFO
from gateway.edge.schemas import example

router = APIRouter(prefix="/api", tags=["health"])

#: the service that asks models, and the part of its health that tells of their providers
_FEEDBACK, _MODELS = "feedback", "models"
#: how the names of what may be wrong beneath the database and the bus begin
_OF_DATABASE, _OF_BUS = ("database", "table ", "view "), ("broker", "queue ")
_OF_OWNER: Mapping[OwnerState, Condition] = {"ok": "ok", "unready": "degraded", "down": "down"}
_AWAY = OwnerHealth("down")


class Checks(BaseModel):
    """Tells how the parts are that most requests need.

    `models`: `degraded` while calls are kept away from a provider of models, or a provider refuses our key; rules
    answer then. `down` while nobody knows, because feedback does not answer.
    """

    database: Condition
    bus: Condition
    feedback: Condition
    models: Condition


class Health(BaseModel):
    """Carries the health of this replica.

    `reasons` names the obstacles to its work, for an operator's network; empty when all is well, and for anyone else.
    `services` holds the recent state of each service that this replica forwards requests to.
    """

    model_config = example(
        {
            "status": "degraded",
            "message": "Not all parts work: models.",
            "reasons": {},
            "checks": {"database": "ok", "bus": "ok", "feedback": "ok", "models": "degraded"},
            "services": {"feedback": "ok", "notify": "ok"},
            "version": "0.1.0",
        }
    )

    status: Literal["ok", "degraded", "unready"]
    message: str
    reasons: dict[str, str]
    checks: Checks
    services: dict[str, OwnerState]
    version: str


@router.get(
    "/health",
    responses={503: {"model": Health, "description": "Not able to work right now."}},
    dependencies=[NO_QUERY],
)
@Own(access=("public",))
async def read_health(ctx: Ctx, request: Request, response: Response) -> Health:
    """Tells whether all systems are operational, by what was learned in the last five seconds.

    A service that is down does not make this replica unready, as all other requests are served. Supervisors that start
    processes again ask `/livez`, not this.
    """
    known, reasons = await ctx.conditions.read(), await ctx.watchdog.unready()
    if known.database == "down":
        reasons["database"] = "down"
    wrong = ctx.watchdog.remarks() | reasons
    checks = _checks(known, wrong, waits={pulse.paused for pulse in ctx.watchdog.pulses.values()})
    states = {name: owner.state for name, owner in known.owners.items()}
    not_ok = [name for name, condition in (*checks, *states.items()) if condition != "ok"]
    response.status_code = 503 if reasons else 200
    status: Literal["ok", "degraded", "unready"] = "unready" if reasons else "degraded" if not_ok else "ok"
    return Health(
        status=status,
        message=_message(status, not_ok),
        reasons=wrong if is_observer(request.scope, observers_of(ctx.settings)) else {},
        checks=checks,
        services=states,
        version=INFO["version"],
    )


def _checks(known: Known, wrong: Collection[str], waits: Collection[str | None]) -> Checks:
    """Returns the checks. `wrong` names what is wrong beneath this process, `waits` what its loops wait for."""
    feedback = known.owners.get(_FEEDBACK, _AWAY)
    return Checks(
        database="down" if "database" in waits else _worst(known.database, _found(wrong, _OF_DATABASE)),
        bus="down" if "bus" in wrong else _found(wrong, _OF_BUS),
        feedback=_OF_OWNER[feedback.state],
        models="down" if feedback.state == "down" else feedback.parts.get(_MODELS, "ok"),
    )


def _found(wrong: Collection[str], beginnings: tuple[str, ...]) -> Condition:
    return "degraded" if any(name.startswith(beginnings) for name in wrong) else "ok"


def _worst(*conditions: Condition) -> Condition:
    return max(conditions, key=("ok", "degraded", "down").index)


def _message(status: str, not_ok: Collection[str]) -> str:
    """Returns a sentence for people. It names parts, and no reasons."""
    if status == "unready":
        return "This server cannot work right now."
    return f"Not all parts work: {', '.join(dict.fromkeys(not_ok))}." if not_ok else "All systems are operational."
