"""Notify is killed with signal 9 around a delivery: each channel gets the notification as its rule has it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from chassis.testing import until
from tests.expo_service import expo_service
from tests.faults.client import Client
from tests.faults.conftest import Make, all_faults
from tests.faults.system import System
from tests.mail_server import serving
from tests.push_service import push_service

pytestmark = [pytest.mark.timeout(300), pytest.mark.landing]

TOKEN = "ExponentPushToken[xxxxxxxxxxxxxxxxxxxxxx]"
#: by the point at which the process dies: how often the far side is called, the second process included, and the end
AGAIN = {"intended": (1, "sent"), "called": (2, "sent"), "recorded": (1, "sent")}
ONCE = {"intended": (0, "unknown"), "called": (1, "unknown"), "recorded": (1, "sent")}


async def test_each_channel_is_told_once_wherever_its_process_dies(
    request: pytest.FixtureRequest, make_system: Make
) -> None:
    whole = all_faults(request.config)
    async with AsyncExitStack() as stack:
        system = await stack.enter_async_context(make_system())
        push, expo = await stack.enter_async_context(push_service()), await stack.enter_async_context(expo_service())
        mail = await stack.enter_async_context(serving())
        settings: dict[str, Any] = {
            "push_allow_nets": "127.0.0.0/8",
            "vapid_private_key": "A" * 42 + "E",
            "expo_url": expo.url,
            "smtp_url": mail.url,
            "mail_from": "mail@voxbus.example",
        }
        await system.serve("gateway")
        notify = await system.serve("notify", **settings)
        client = await stack.enter_async_context(Client(system.address))
        ways: list[tuple[dict[str, Any], Callable[[], int], dict[str, tuple[int, str]]]] = [
            ({"kind": "web_push", "subscription": push.subscribe()}, lambda: len(push.pushes), AGAIN),
            ({"kind": "expo", "token": TOKEN}, lambda: len(expo.messages), ONCE),
            ({"kind": "email", "address": "robin@example.org"}, lambda: len(mail.taken), ONCE),
        ]
        for body, calls, points in ways if whole else ways[:1]:
            made = await client.http.post("/notifications/channels", json=body)
            assert made.status_code == 201, made.text
            channel = made.json()["id"]
            await _ended(system, channel)
            for point, (times, state) in points.items() if whole else [("called", points["called"])]:
                await notify.stop()
                victim = await system.serve("notify", crash_at=f"notify.deliver_notification:{point}", **settings)
                before = calls()
                # the test of an address that waits for its code is another code
                again = f"/{channel}/test" if body["kind"] != "email" else ""
                asked = await client.http.post(f"/notifications/channels{again}", json=body if not again else None)
                assert asked.status_code == 200, asked.text
                await victim.killed()
                await system.let_time_pass("notify")
                notify = await system.serve("notify", **settings)
                row = await _ended(system, channel)
                assert (calls() - before, row["state"]) == (times, state), (body["kind"], point)
        topics = [each.headers["topic"] for each in push.pushes]
        assert len(set(topics)) == (3 if whole else 1)
        dead = await system.fetch("SELECT FROM notify.inbox WHERE outcome = 'dead'")
        assert not dead


async def _ended(system: System, channel: str) -> Any:
    """Waits until nothing is pending on a channel, and returns its newest delivery."""

    async def newest() -> Any:
        rows = await system.fetch(
            "SELECT state FROM notify.deliveries WHERE channel_id = $1::uuid ORDER BY created_at DESC", channel
        )
        if any(row["state"] == "pending" for row in rows):
            return None
        return rows[0] if rows else {"state": "none"}

    return await until(newest, within=60.0, what="the end of the delivery")
