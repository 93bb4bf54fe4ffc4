"""Notify is killed with signal 9 around the call of a webhook: the receiver gets the event, always with one id."""

from __future__ import annotations

import pytest

from chassis.testing import until
from tests.faults.client import Client
from tests.faults.conftest import Hold, Make, all_faults
from tests.receiver import receiving

pytestmark = pytest.mark.timeout(300)

TEXT = "She sells seashells by the seashore."
#: how often the receiver is called when the process dies there, the second process included
POINTS = {"intended": 1, "called": 2, "recorded": 1}


@pytest.mark.landing
async def test_a_webhook_is_told_whenever_its_process_dies(
    request: pytest.FixtureRequest, make_system: Make, hold: Hold, recording: bytes
) -> None:
    points = POINTS if all_faults(request.config) else {"called": POINTS["called"]}
    async with make_system() as system, receiving() as receiver:
        await system.fake_speech()
        await system.serve("gateway")
        await system.serve_each("feedback", "content")
        notify = await system.serve("notify", webhook_allow_nets="127.0.0.0/8")
        async with Client(system.address) as client:
            hook = {"url": receiver.url, "events": ["job.succeeded"]}
            made = await client.http.post("/webhooks", json=hook)
            assert made.status_code in (201, 202), made.text
            for point, calls in points.items():
                await notify.stop()
                crash_at = f"notify.deliver_webhook:{point}"
                victim = await system.serve("notify", crash_at=crash_at, webhook_allow_nets="127.0.0.0/8")
                heard = len(receiver.requests)
                job = await client.submit(recording, TEXT)
                await victim.killed()
                await system.let_time_pass("notify")
                notify = await system.serve("notify", webhook_allow_nets="127.0.0.0/8")

                async def delivered() -> bool:
                    books = await system.books()
                    return not books.on_its_way({})

                await until(delivered, within=60.0, what=f"the end after {point}")
                new = receiver.requests[heard:]
                assert len(new) == calls, point
                assert len({(each.headers["webhook-id"], each.body) for each in new}) == 1
                assert str(job).encode() in new[0].body
            report = await system.report(client.observed)
        hold("kill -9 notify.deliver_webhook at each point", report)
