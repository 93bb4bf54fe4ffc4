"""Tests the health that the gateway tells: what makes it degraded, what unready, and for how long it is believed."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import Row

from chassis.observe.health import Condition, Finding, Watchdog
from chassis.storage.database import Database
from chassis.storage.errors import DatabaseAway
from gateway.edge.app import create_app
from gateway.edge.conditions import KNOWN_S, Conditions
from gateway.edge.context import GatewayContext
from gateway.edge.forward.hop import HopAnswer, HopRequest, OwnerHealth
from gateway.edge.forward.in_process import InProcessHop
from gateway.edge.forward.in_process_socket import nothing, pieces_of
from gateway.edge.forward.port import PortHop
from gateway.edge.forward.upstream import Upstream
from gateway.edge.openapi import read_document

WELL: dict[str, Condition] = {"database": "ok", "bus": "ok", "feedback": "ok", "models": "ok"}


class Scripted(Database):
    """Represents a database that answers, is away, or never answers."""

    def __init__(self, error: Exception | None = None, *, hangs: bool = False) -> None:
        self._error = error
        self._hangs = hangs

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        if self._hangs:
            raise TimeoutError
        if self._error is not None:
            raise self._error
        return []


class Owner(PortHop):
    """Represents an owner that tells what the test says."""

    def __init__(self, told: OwnerHealth) -> None:
        super().__init__("http://127.0.0.1:9")
        self.told = told

    async def state(self) -> OwnerHealth:
        return self.told


class Telling(PortHop):
    """Represents a hop to an owner that answers 200 with these bytes."""

    def __init__(self, told: bytes) -> None:
        super().__init__("http://127.0.0.1:9")
        self.told = told

    async def send(self, request: HopRequest, *, within: float, ends: float) -> HopAnswer:
        return HopAnswer(200, [], pieces_of(self.told), nothing)


async def health(gateway: GatewayContext, conditions: Conditions) -> tuple[int, dict[str, Any]]:
    app = create_app(dataclasses.replace(gateway, conditions=conditions), read_document())
    transport = ASGITransport(app, client=("203.0.113.7", 1))
    async with AsyncClient(transport=transport, base_url="http://gateway") as asking:
        answer = await asking.get("/api/health")
    return answer.status_code, answer.json()


def of(told: Mapping[str, OwnerHealth], database: Database | None = None) -> Conditions:
    upstreams = {name: Upstream(b"k", Owner(owner)) for name, owner in told.items()}
    return Conditions(database or Scripted(), upstreams)


FEEDBACK = OwnerHealth("ok", {"models": "ok"})


async def test_when_all_is_well_it_says_so(gateway: GatewayContext) -> None:
    status, told = await health(gateway, of({"feedback": FEEDBACK, "notify": OwnerHealth("ok")}))
    assert (status, told) == (
        200,
        {
            "status": "ok",
            "message": "All systems are operational.",
            "reasons": {},
            "checks": WELL,
            "services": {"feedback": "ok", "notify": "ok"},
            "version": json.loads(read_document().content)["info"]["version"],
        },
    )


@pytest.mark.parametrize(
    ("owners", "checks", "message"),
    [
        ({"feedback": OwnerHealth("ok", {"models": "degraded"})}, {"models": "degraded"}, "models"),
        ({"feedback": OwnerHealth("down")}, {"feedback": "down", "models": "down"}, "feedback, models"),
        ({"feedback": OwnerHealth("unready", {"models": "ok"})}, {"feedback": "degraded"}, "feedback"),
        ({"feedback": FEEDBACK, "notify": OwnerHealth("down")}, {}, "notify"),
    ],
)
async def test_what_fails_for_some_requests_leaves_it_ready(
    gateway: GatewayContext, owners: dict[str, OwnerHealth], checks: dict[str, str], message: str
) -> None:
    status, told = await health(gateway, of(owners))
    assert (status, told["status"], told["checks"]) == (200, "degraded", WELL | checks)
    assert told["message"] == f"Not all parts work: {message}."


async def test_without_database_or_bus_it_is_unready(gateway: GatewayContext) -> None:
    status, told = await health(gateway, of({"feedback": FEEDBACK}, Scripted(DatabaseAway())))
    assert (status, told["status"], told["checks"]) == (503, "unready", WELL | {"database": "down"})
    assert told["reasons"] == {}  # which are an operator's
    assert told["message"] == "This server cannot work right now."

    async def away() -> bool:
        return False

    gateway.watchdog.checks["bus"] = away
    status, told = await health(gateway, of({"feedback": FEEDBACK}))
    assert (status, told["checks"]["bus"]) == (503, "down")


async def test_a_busy_database_and_a_strange_broker_are_told_and_leave_it_ready(gateway: GatewayContext) -> None:
    gateway.watchdog.find("gateway", {"broker": Finding("is unknown", blocks=False)})
    status, told = await health(gateway, of({"feedback": FEEDBACK}, Scripted(hangs=True)))
    assert (status, told["checks"]) == (200, WELL | {"database": "degraded", "bus": "degraded"})


async def test_nobody_waits_and_what_is_old_is_not_believed(gateway: GatewayContext) -> None:
    now = [0.0]
    owner = Owner(FEEDBACK)
    conditions = Conditions(Scripted(), {"feedback": Upstream(b"k", owner)}, lambda: now[0])
    await conditions.look()
    owner.told = OwnerHealth("down")  # seen by the next look alone
    now[0] += KNOWN_S
    assert (await health(gateway, conditions))[1]["checks"] == WELL
    now[0] += 0.1
    status, told = await health(gateway, conditions)
    assert (status, told["checks"]["database"], told["checks"]["feedback"]) == (503, "down", "down")
    await conditions.look()
    assert (await conditions.read()).owners["feedback"].state == "down"


async def test_an_owner_tells_how_its_parts_are_on_either_hop() -> None:
    watchdog = Watchdog()
    watchdog.parts["models"] = lambda: "degraded"
    here = InProcessHop(lambda: lambda *_: asyncio.sleep(0), watchdog.conditions)
    assert await here.state() == OwnerHealth("ok", {"models": "degraded"})
    script: list[tuple[bytes, dict[str, Condition]]] = [
        (b'{"status": "ok", "parts": {"models": "degraded", "x": "strange"}}', {"models": "degraded"}),
        (b"not json", {}),
        (b"[]", {}),
    ]
    for told, parts in script:
        assert await Telling(told).state() == OwnerHealth("ok", parts)
