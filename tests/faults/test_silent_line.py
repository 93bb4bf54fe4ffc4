"""Tests a service's line to its database that falls silent, behind a gateway, with the time that routes really have."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import pytest

from chassis.connections import REQUEST_ANSWER_WITHIN
from chassis.fresh_databases import fresh_database
from chassis.message.envelope import new_id
from chassis.testing import until
from content.service import SERVICE as CONTENT
from gateway.service import SERVICE as GATEWAY
from notify.service import SERVICE as NOTIFY
from tests.faults.conftest import all_faults
from tests.faults.tcp_proxy import open_proxy, to_postgres
from tests.hops import Forward

TOLD = """
INSERT INTO notifications (id, person_id, type, title, body, channel, scheduled_time, delivered)
VALUES ($1, $2, 'feedback_ready', 'Your feedback is ready', 'Have a look.', 'in_app', now(), true)
"""
POOLS = b"voxbus-"
#: Seconds until the answer to a request whose lines are all silent. On a machine with nothing else to do it is the
#: first answer; where a new line takes too long, that is 503 and says to try again. A statement alone may take longer.
QUIET_S, WITHIN_S = 3.0, REQUEST_ANSWER_WITHIN
SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.mark.direct  # behind a pooler a statement's process cannot be looked for (docs/runbook.md)
@pytest.mark.landing
async def test_a_request_has_new_lines_where_all_are_silent(
    request: pytest.FixtureRequest, forward: Forward, postgres_url: str
) -> None:
    """Tests a read and a quick write of an owner, and a job: each over lines that were just used."""
    services = [GATEWAY, CONTENT, NOTIFY]
    is_quiet = all_faults(request.config)
    within = QUIET_S if is_quiet else WITHIN_S
    async with fresh_database(postgres_url, services, filled=True) as url, open_proxy(to_postgres(url)) as proxy:
        by_line = f"postgresql://postgres@127.0.0.1:{proxy.port}{urlsplit(url).path}"
        async with forward("process", CONTENT, NOTIFY, url=by_line) as gateway:
            learner, told = await gateway.signed_in(), new_id()
            await gateway.harness.rows("notify", TOLD, told, gateway.persons[learner])
            attempt = {"data": {"text": "Red lorry"}, "files": {"recording": next(SAMPLES.glob("*.mp3")).read_bytes()}}
            asked: list[tuple[str, str, int, dict[str, Any]]] = [
                ("GET", "/notifications", 200, {}),
                ("POST", f"/notifications/{told}/read", 200, {}),
                ("POST", "/attempts", 202, attempt),
            ]
            for method, path, status, body in asked:
                assert proxy.silence(POOLS) > 0
                began = monotonic()
                answer = await learner.request(method, path, timeout=60, **body)
                while answer.status_code == 503 and not is_quiet and monotonic() - began < within:
                    answer = await learner.request(method, path, timeout=60, **body)
                assert (answer.status_code, monotonic() - began < within) == (status, True), answer.text

            async def is_read() -> bool:  # in brief the pools may be busy still
                answer = await learner.get("/notifications")
                return answer.status_code == 200 and answer.json()["items"][0]["read_at"] is not None

            await until(is_read, what="a notification that is read")
