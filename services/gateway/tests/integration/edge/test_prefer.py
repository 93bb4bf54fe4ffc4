"""Tests what a client gets that prefers to wait for its job, of a proposal and of an attempt alike."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from chassis.web.testing import signed_in
from gateway.settings import GatewaySettings
from libs.chassis.tests.integration.web.room import Room
from services.gateway.tests.integration.edge.door import Door
from services.gateway.tests.integration.edge.slow_verb import Polishing
from services.gateway.tests.integration.edge.test_proposals import ANY, KEYED, WAX, toy
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.test_door import KEY, opened, send, sign_up


async def test_who_waits_gets_the_result_when_the_job_has_ended_and_else_the_same_202(
    room: Room, polishing: Polishing, polisher: Door
) -> None:
    path = await toy(room)
    patient = {**KEYED, "Prefer": "respond-async, wait=1"}
    pending = await polisher("POST", path, WAX, patient)
    assert pending.status == 202
    assert "preference-applied" not in pending.headers
    await polishing.bench.succeed(UUID(pending.json()["job"]["id"]))
    ended = await polisher("POST", path, WAX, patient)
    assert (ended.status, ended.headers["preference-applied"]) == (200, "wait=1")
    place = path.removesuffix("/polish")
    read = await polisher("GET", place)
    assert (ended.json(), ended.headers["etag"]) == (read.json(), read.headers["etag"])
    assert ended.headers["cache-control"] == "no-store"  # it is the answer of a POST, whatever may be kept of the read
    await room.caller.by(signed_in("author"))("DELETE", place, **ANY)
    gone = await polisher("POST", path, WAX, patient)
    assert (gone.status, gone.json()["job"]) == (202, {**pending.json()["job"], "status": "succeeded"})


async def test_who_waits_gets_a_job_that_was_cancelled_as_it_is(
    room: Room, polishing: Polishing, polisher: Door
) -> None:
    path = await toy(room)
    job = (await polisher("POST", path, WAX, KEYED)).json()["job"]
    await polishing.bench.endings.cancel(UUID(job["id"]), polishing.bench.person)
    ended = await polisher("POST", path, WAX, {**KEYED, "Prefer": "wait=30"})
    assert (ended.status, ended.headers["preference-applied"]) == (200, "wait=30")
    assert (ended.json()["id"], ended.json()["status"]) == (job["id"], "cancelled")


async def test_who_waits_for_an_attempt_that_cannot_be_read_gets_the_same_202(bench: Bench, tmp_path: Path) -> None:
    async with opened(bench, tmp_path, GatewaySettings(secret_key=KEY)) as client:  # no other service, so no views
        patient = {**await sign_up(client), "Prefer": "wait=1"}
        pending = await send(client, patient, key="k")
        await bench.succeed(UUID(pending.json()["job"]["id"]))
        ended = await send(client, patient, key="k")
    assert (ended.status_code, ended.headers["location"]) == (202, pending.headers["location"])
    assert ended.json()["job"] == {**pending.json()["job"], "status": "succeeded"}
