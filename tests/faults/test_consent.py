"""Consents are taken back while jobs run and processes die: nobody is called afterwards, and no job of them goes on."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from chassis.testing import until
from gateway.consents.notices import VERSIONS
from tests.faults.client import Client
from tests.faults.conftest import Hold, Make, all_faults
from tests.faults.processes import Running
from tests.faults.system import System
from tests.receiver import receiving

pytestmark = [pytest.mark.timeout(600), pytest.mark.landing]

TEXT = "She sells seashells by the seashore."
#: where notify dies that calls the receiver, or speech that hears the child; none: nobody dies
POINTS = (
    "",
    *(f"notify.deliver_webhook:{point}" for point in ("received", "claimed", "intended", "called", "recorded")),
    *(f"speech.assess_attempt:{point}" for point in ("received", "claimed", "worked", "committed", "before the ack")),
)
_GUARD = """
WITH proven AS (UPDATE gateway.people SET email_verified = true WHERE id = $2)
INSERT INTO gateway.guardians (person_id, guardian_id) VALUES ($1, $2)
"""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    in_full = all_faults(metafunc.config)
    metafunc.parametrize(
        ("crash_at", "jobs"), [(point, 50 if in_full else 5) for point in (POINTS if in_full else ("",))]
    )


async def test_nobody_is_called_once_a_revocation_has_answered(
    make_system: Make, hold: Hold, recording: bytes, crash_at: str, jobs: int
) -> None:
    async with make_system() as system, receiving() as receiver:
        await system.serve("gateway", rate_limits="off")
        await system.serve_each("feedback", "content")
        dies = crash_at.partition(".")[0]
        notify = await _notify(system, crash_at if dies == "notify" else None)
        speech = await system.fake_speech(**({"crash_at": crash_at} if dies == "speech" else {}))
        victim = {"notify": notify, "speech": speech}.get(dies)
        async with Client(system.address) as client, Client(system.address) as child:
            hook = {"url": receiver.url, "events": ["job.succeeded"]}
            assert (await client.http.post("/webhooks", json=hook)).status_code == 201
            consent = await _guarded(system, client, child)
            sent = await client.submit_many(jobs, recording, TEXT)
            heard = await child.submit_many(jobs, recording, TEXT)
            if victim is not None:
                await victim.killed()
            else:
                await until(lambda: _is(len(receiver.requests) > 0), within=60, what="the first call")
            answers = await asyncio.gather(
                client.http.delete("/me/consents/notify/webhook"), client.http.delete(consent)
            )
            calls = len(receiver.requests)
            assert [(each.status_code, each.json()["state"]) for each in answers] == [(200, "revoked")] * 2
            refused = await child.http.post(
                "/attempts", files={"recording": ("a.webm", recording)}, data={"text": TEXT}
            )
            assert refused.status_code == 403, refused.text
            if dies:
                await system.let_time_pass(dies)
                await (_notify(system) if dies == "notify" else system.fake_speech())
            for job in heard:
                ended = await until(partial(_ended, child, job), within=120, what="the end of a job")
                assert ended["status"] in ("succeeded", "cancelled")
                if ended["status"] == "cancelled":
                    assert ended["problem"]["type"] == "/problems/consent-revoked"
                child.observed.jobs[job] = ended["status"]
            for job in sent:
                await until(partial(_ended, client, job), within=120, what="the end of a job")
            client.observed.jobs |= child.observed.jobs
            report = await system.report(client.observed)
            assert len(receiver.requests) == calls, "a call was made after the revocation had answered"
        hold(f"consents taken back while {jobs} jobs run{crash_at and f', {crash_at} dies'}", report)


async def _notify(system: System, crash_at: str | None = None) -> Running:
    return await system.serve("notify", crash_at=crash_at, webhook_allow_nets="127.0.0.0/8")


async def _guarded(system: System, guardian: Client, child: Client) -> str:
    """Makes the second client a child of the first, who agrees to the child's voice; returns the consent's path."""
    await child.sign_up({"birth_date": "2018-04-05"})
    small, tall = [UUID((await each.http.get("/me")).json()["id"]) for each in (child, guardian)]
    await system.fetch(_GUARD, small, tall)
    path = f"/guardian/children/{small}/consents/assess_voice/voxbus"
    given = await guardian.http.put(path, json={"notice_version": VERSIONS[-1].version, "method": "email_plus"})
    assert given.status_code == 200, given.text
    return path


async def _ended(client: Client, job: UUID) -> dict[str, Any] | None:
    found: dict[str, Any] = (await client.http.get(f"/jobs/{job}")).json()
    return None if found["status"] in ("accepted", "running") else found


async def _is(value: bool) -> bool:
    return value
