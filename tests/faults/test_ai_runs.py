"""Feedback is killed with signal 9 around the call of a model: the provider counts how often it was called."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient, Response

from chassis.testing import until
from tests.faults.conftest import Make, all_faults
from tests.faults.system import System
from tests.provider import ProviderStandIn, providing

pytestmark = [pytest.mark.timeout(300), pytest.mark.landing]

#: where the process dies: how often the provider is called, and how the calls stand in the ledger. The last is no crash
#: point of ours: the process dies while the provider is still writing.
POINTS = {
    "intended": (1, ["reported"]),
    "called": (2, ["reported", "reported"]),
    "recorded": (1, ["reported"]),
    "in the middle": (2, ["reported", "unknown"]),
}
_AUTHOR = "UPDATE gateway.people SET roles = array_append(roles, 'author') WHERE id = '{}'"
_ROWS = "SELECT state FROM feedback.ai_ledger WHERE person_id = $1 ORDER BY state"


async def author(system: System, client: AsyncClient) -> tuple[UUID, dict[str, str]]:
    """Signs up an author; returns their id, and the headers of their requests."""
    body = {"email": f"{uuid4()}@b.example", "password": "correct horse", "username": "Robin"}
    made = (await client.post("/auth/signup", json={**body, "birth_date": "2001-05-17"})).json()
    await system.execute(_AUTHOR.format(made["user"]["id"]))
    return UUID(made["user"]["id"]), {"Authorization": f"Bearer {made['access_token']}"}


async def ask(client: AsyncClient, headers: dict[str, str]) -> Response:
    body = {"role": "conversation", "input": {"message": "We want fewer support calls."}}
    begun = await client.post("/ai/runs", headers=headers, json=body)
    assert begun.status_code == 202, begun.text
    return begun


async def paid_twice(client: AsyncClient) -> float:
    """Returns what feedback's own process has counted since its start."""
    lines = (await client.get("/metrics")).text.splitlines()
    return sum(float(line.split()[1]) for line in lines if line.startswith("voxbus_ai_paid_twice_possible_total "))


async def test_a_call_is_paid_once_where_that_can_be_known_and_at_most_twice_elsewhere(
    make_system: Make, request: pytest.FixtureRequest
) -> None:
    points = POINTS if all_faults(request.config) else {"called": POINTS["called"]}
    async with make_system() as system, providing() as provider:
        await system.serve("gateway")
        async with AsyncClient(base_url=system.address, timeout=60) as client:
            for point, (calls, states) in points.items():
                person, headers = await author(system, client)
                provider.calls.clear()
                begun = await _dies(system, provider, client, headers, point)
                await system.let_time_pass("feedback")
                following = await _feedback(system, provider)
                ended = partial(_ended, client, begun, headers)
                job = await until(ended, within=60.0, what=f"the end after {point}")
                assert job["status"] == "succeeded", point
                assert job["result"]["answer"] == provider.answer
                assert len(provider.calls) == calls, point
                assert [row["state"] for row in await system.fetch(_ROWS, person)] == states, point
                async with AsyncClient(base_url=await following.ready(), timeout=60) as own:
                    assert await paid_twice(own) == calls - 1, point
                await following.stop()


async def _dies(
    system: System, provider: ProviderStandIn, client: AsyncClient, headers: dict[str, str], point: str
) -> Response:
    """Asks, and lets the process that answers die at a point."""
    if point != "in the middle":
        victim = await _feedback(system, provider, crash_at=f"feedback.run_role:{point}")
        begun = await ask(client, headers)
        await victim.killed()
        return begun
    victim = await _feedback(system, provider)
    provider.faults.append("stall")
    begun = await ask(client, headers)

    async def is_writing() -> bool:
        return bool(provider.calls and provider.calls[-1].tokens == 2)

    await until(is_writing)
    await victim.kill()
    return begun


async def _feedback(system: System, provider: ProviderStandIn, crash_at: str | None = None) -> Any:
    key, url = "sk-a-key-of-our-own", provider.url()
    return await system.serve("feedback", crash_at=crash_at, openai_api_key=key, openai_base_url=url)


async def _ended(client: AsyncClient, begun: Response, headers: dict[str, str]) -> dict[str, Any] | None:
    found: dict[str, Any] = (await client.get(begun.headers["location"], headers=headers)).json()
    return found if found["finished_at"] else None
