"""Tests from when to when the acceptance of a job is timed."""

from __future__ import annotations

from starlette.types import Message, Receive, Scope, Send

from chassis.observe import metrics
from gateway.edge.middleware import Guard
from gateway.jobs.measured import note_accepted

SCOPE: Scope = {"type": "http", "method": "POST", "path": "/things"}


class Clock:
    """Tells a time that the test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def observed(sample: str) -> float:
    return metrics.REGISTRY.get_sample_value(f"voxbus_job_accept_seconds_{sample}", {"kind": "thing"}) or 0.0


async def test_it_is_timed_from_taking_the_request_less_the_waits_for_its_client() -> None:
    clock = Clock()

    async def receive() -> Message:
        clock.now += 30
        return {"type": "http.request", "body": b""}

    async def application(_: Scope, receive: Receive, send: Send) -> None:
        clock.now += 0.25  # who asks, and whether they may
        await receive()
        clock.now += 0.5  # the statement
        note_accepted("thing")
        clock.now += 8  # it waits for the result
        await send({"type": "http.response.start", "status": 202, "headers": []})

    async def send(_: Message) -> None:
        """Sends nothing."""

    count, seconds = observed("count"), observed("sum")
    await Guard(application, clock=clock)(SCOPE, receive, send)
    assert (observed("count") - count, observed("sum") - seconds) == (1, 0.75)


def test_outside_of_a_request_nothing_is_timed() -> None:
    count = observed("count")
    note_accepted("thing")
    assert observed("count") == count
