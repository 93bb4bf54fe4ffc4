"""Tests a service's line to its database that falls silent, behind a gateway: with the time that routes really have."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from chassis.message.envelope import new_id
from chassis.testing import fresh_database, until
from content.service import SERVICE as CONTENT
from gateway.service import SERVICE as GATEWAY
from notify.service import SERVICE as NOTIFY
from tests.faults.tcp_proxy import open_proxy, to_postgres
from tests.hops import Forward

TOLD = """
INSERT INTO notifications (id, person_id, type, title, body, channel, scheduled_time, delivered)
VALUES ($1, $2, 'feedback_ready', 'Your feedback is ready', 'Have a look.', 'in_app', now(), true)
"""
#: of the one connection for its routes
ROUTES_POOL = b"voxbus-notify-routes"


@pytest.mark.in_full
async def test_its_routes_say_what_is_known_and_have_a_new_line_right_after(
    forward: Forward, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests that a statement is given up with its request, so that the next ones get the only connection."""
    monkeypatch.setenv("VOXBUS_NOTIFY_ROUTES_CONNECTIONS", "1")
    services = [GATEWAY, CONTENT, NOTIFY]
    async with fresh_database(postgres_url, services) as url, open_proxy(to_postgres(url)) as proxy:
        by_line = f"postgresql://postgres@127.0.0.1:{proxy.port}{urlsplit(url).path}"
        async with forward("process", CONTENT, NOTIFY, url=by_line) as gateway:
            learner, told = await gateway.signed_in(), new_id()
            await gateway.harness.rows("notify", TOLD, told, gateway.persons[learner])

            async def answered() -> bool:
                return (await learner.get("/notifications")).status_code == 200

            for method, path, status, problem in (
                ("GET", "/notifications", 503, "unavailable"),
                ("POST", f"/notifications/{told}/read", 504, "outcome-unknown"),
            ):
                assert await answered()
                assert proxy.silence(ROUTES_POOL) == 1
                answer = await learner.request(method, path, timeout=30)
                assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{problem}")
                await until(answered, within=5, every=0.2, what="a new line")
            assert (await learner.get("/notifications")).json()["items"][0]["read_at"] is None
