"""Drives the toys' slow verb through the whole product, and strikes while it is proposed, accepted and done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient, Response, TransportError

from chassis.testing import until
from tests.brokers import Broker
from tests.faults.client import Client
from tests.faults.toy_system import ToySystem, toy_system

pytestmark = pytest.mark.timeout(180)

WAX = {"with_what": "wax"}
KEYED = {"Idempotency-Key": "k"}


in_full = pytest.mark.in_full
on_both = pytest.mark.parametrize("toys", ["memory", "rabbit"], indirect=True)
in_memory = pytest.mark.parametrize("toys", ["memory", pytest.param("rabbit", marks=in_full)], indirect=True)
on_rabbit = pytest.mark.parametrize("toys", [pytest.param("memory", marks=in_full), "rabbit"], indirect=True)


@pytest.fixture
async def toys(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_url: str, broker: Broker
) -> AsyncIterator[ToySystem]:
    async with toy_system(tmp_path, postgres_url, broker if request.param == "rabbit" else None) as made:
        yield made


@pytest.fixture
async def apart(tmp_path: Path, postgres_url: str, broker: Broker) -> AsyncIterator[ToySystem]:
    """Provides the toys in a process of their own, which may go away."""
    async with toy_system(tmp_path, postgres_url, broker) as made:
        yield made


async def polish(client: Client, toy: UUID, http: AsyncClient | None = None, **headers: str) -> Response:
    return await (http or client.http).post(f"/toys/{toy}/polish", json=WAX, headers={**KEYED, **headers})


async def ended(client: Client, job: str) -> dict[str, Any]:
    """Waits until a job has ended, and returns it."""

    async def over() -> dict[str, Any] | None:
        found: dict[str, Any] = (await client.http.get(f"/jobs/{job}")).json()
        return found if found["finished_at"] else None

    found: dict[str, Any] = await until(over, within=60.0, what="the end of a job")
    return found


@on_both
async def test_a_toy_is_polished(toys: ToySystem) -> None:
    await toys.serve()
    toy = await toys.new_toy()
    async with Client(toys.address) as client:
        answer = await polish(client, toy, Prefer="wait=30")
        assert (answer.status_code, answer.headers["preference-applied"]) == (200, "wait=30")
        assert (answer.json()["note"], answer.headers["etag"]) == ("shines with wax", '"2"')
        again = await polish(client, toy)
        job = await ended(client, again.json()["job"]["id"])
        assert (again.status_code, again.json()) == (
            202,
            {"job": {"id": job["id"], "kind": "toy_polish", "status": "succeeded"}},
        )
        assert [entry["type"] for entry in job["timeline"]] == [
            *("toy.polish", "step.started", "toy.polished", "job.succeeded")
        ]
        seen = await client.follow(UUID(job["id"]))
        assert [event.seq for event in seen] == [1, 2, 3, 4]


@in_memory
async def test_a_gateway_that_dies_between_proposal_and_accept_leaves_nothing(toys: ToySystem) -> None:
    if not toys.alone:
        await toys.toys()
    gateway = await toys.gateway(crash_at="gateway.accept:received")
    toy = await toys.new_toy()
    async with Client(toys.address) as client:
        with pytest.raises(TransportError):
            await polish(client, toy)
        await gateway.killed()
        assert await toys.left() == {}
        await toys.gateway()
        answer = await polish(client, toy)
        assert (await ended(client, answer.json()["job"]["id"]))["status"] == "succeeded"
        assert len((await client.http.get("/jobs")).json()["items"]) == 1


@in_full
@on_both
async def test_a_gateway_that_dies_after_the_accept_has_made_the_job(toys: ToySystem) -> None:
    if not toys.alone:
        await toys.toys()
    gateway = await toys.gateway(crash_at="gateway.accept:committed")
    toy = await toys.new_toy()
    async with Client(toys.address) as client:
        with pytest.raises(TransportError):
            await polish(client, toy)
        await gateway.killed()
        await toys.let_time_pass()
        await toys.gateway()
        answer = await polish(client, toy)
        job = answer.json()["job"]["id"]
        assert (answer.status_code, (await ended(client, job))["status"]) == (202, "succeeded")
        assert [each["id"] for each in (await client.http.get("/jobs")).json()["items"]] == [job]
        assert (await client.http.get(f"/toys/{toy}")).json()["version"] == 2


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("DELETE FROM toys.toys WHERE id = $1", id="gone"),
        pytest.param("UPDATE toys.toys SET version = 7 WHERE id = $1", id="changed", marks=in_full),
    ],
)
@on_rabbit
async def test_a_row_that_is_another_by_now_makes_the_job_fail_kindly(toys: ToySystem, change: str) -> None:
    """Refuses the mutants NOT_AGAIN and WAITS_FOR_ROW of `m10_proposal`, and its reading READ_AT_START."""
    await toys.serve()
    toy = await toys.new_toy()
    async with Client(toys.address) as client:
        async with toys.locked(toy) as connection:
            answer = await polish(client, toy)
            await toys.somebody_waits()  # the handler, in the transaction that writes
            await connection.execute(change, toy)
        job = await ended(client, answer.json()["job"]["id"])
        assert (job["status"], job["problem"]["type"], job["tries"]) == ("failed", "/problems/toy-changed", 1)
        waited = await polish(client, toy, Prefer="wait=30")
        assert (waited.status_code, waited.json()["problem"]) == (200, job["problem"])
    assert [row["note"] for row in await toys.fetch("SELECT note FROM toys.toys")] in ([], [None])


async def test_without_its_owner_nothing_is_left_and_what_was_accepted_is_answered(apart: ToySystem) -> None:
    owner = await apart.toys()
    await apart.gateway()
    toy = await apart.new_toy()
    async with Client(apart.address) as client:
        job = (await polish(client, toy)).json()["job"]["id"]
        await ended(client, job)
        await owner.stop()

        async def quiet() -> bool:
            return not (await apart.left()).keys() & {"gateway.outbox", "toys.outbox"}

        await until(quiet, what="empty outboxes")
        before = await apart.left()
        refused = await client.http.post(f"/toys/{toy}/polish", json=WAX, headers={"Idempotency-Key": "l"})
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/unavailable")
        assert await apart.left() == before
        again = await polish(client, toy)
        assert (again.status_code, again.json()["job"]["id"]) == (202, job)


@in_full
async def test_an_owner_that_dies_after_its_proposal_does_the_work_once(apart: ToySystem) -> None:
    owner = await apart.toys()
    await apart.gateway()
    toy = await apart.new_toy()
    async with Client(apart.address) as client:
        async with apart.locked(toy):
            answer = await polish(client, toy)
            await apart.somebody_waits()
            await owner.kill()
        await apart.let_time_pass()
        await apart.toys()
        job = await ended(client, answer.json()["job"]["id"])
        assert (job["status"], (await client.http.get(f"/toys/{toy}")).json()["version"]) == ("succeeded", 2)


@in_full
async def test_one_key_at_two_gateways_at_once_is_one_job(apart: ToySystem) -> None:
    await apart.serve()
    other = await (await apart.gateway(replica=True)).ready()
    toy = await apart.new_toy()
    async with (
        Client(apart.address) as client,
        AsyncClient(base_url=other, headers=client.http.headers, timeout=60) as second,
    ):
        gateways = (client.http, second)
        answers = await asyncio.gather(*(polish(client, toy, gateways[n % 2]) for n in range(10)))
        assert {answer.status_code for answer in answers} == {202}
        [job] = {answer.json()["job"]["id"] for answer in answers}
        assert (await ended(client, job))["status"] == "succeeded"
        assert len((await client.http.get("/jobs")).json()["items"]) == 1
