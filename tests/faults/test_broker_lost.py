"""Loses the broker's data while no recorder runs: events that only its queue held are lost."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from chassis.testing import until
from contracts.catalogue import ATTEMPT
from tests.brokers import Broker
from tests.faults.client import Client
from tests.faults.conftest import Hold, Make
from tests.faults.load import TEXT
from tests.faults.queue_faults import repaired
from tests.faults.virtual_host import VirtualHost

pytestmark = [pytest.mark.in_full, pytest.mark.timeout(600)]
JOBS = 5

_PUBLISHED = "SELECT count(*) = 0 FROM {service}.outbox WHERE claimed_until < 'infinity'"
_DONE = "SELECT count(*) FROM feedback.feedback"


async def test_events_that_nobody_has_recorded_cost_their_jobs_and_no_others(
    make_system: Make, hold: Hold, recording: bytes, broker: Broker
) -> None:
    async with make_system() as system:
        gateway = await system.serve("gateway")
        await system.serve_each("feedback", "content", "notify")
        speech = await system.fake_speech()
        async with Client(system.address) as client:
            speech.freeze()
            try:
                # one after the other, so that the window is kept to
                jobs = [await client.submit(recording, TEXT) for _ in range(JOBS)]
                await until(partial(system.ask, _PUBLISHED.format(service="gateway")), what="commands in the broker")
                await gateway.kill()
            finally:
                speech.thaw()

            async def all_said() -> bool:
                published = [await system.ask(_PUBLISHED.format(service=name)) for name in ("speech", "feedback")]
                return all(published) and await system.ask(_DONE) == ATTEMPT.max_ready

            await until(all_said, within=60, what="what the recorder has not heard")
            host = VirtualHost(broker, system.bus_url)
            await host.wipe()
            lost = await system.ask("SELECT array_agg(attempt_id) FROM feedback.feedback")
            await system.command("topology", "apply")  # no service starts on an empty broker
            await system.serve("gateway")
            await repaired(host)
            # their commands come again and are absorbed: no second event is published
            at_their_end = "UPDATE gateway.jobs SET deadline = now() WHERE id = ANY($1) AND finished_at IS NULL"
            assert await system.ask(f"WITH late AS ({at_their_end} RETURNING 1) SELECT count(*) FROM late", lost) == 2
            client.observed.jobs |= dict.fromkeys(lost, "failed")
            await asyncio.gather(*(client.follow(job) for job in jobs))
            hold("the recorder's own queue lost (fails what was in it)", await system.report(client.observed))
