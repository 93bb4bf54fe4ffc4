"""Notify is killed with signal 9 around the sending of a mail: it arrives, and when it arrives twice it is the same."""

from __future__ import annotations

import pytest

from chassis.message.envelope import new_id
from chassis.storage.database import open_database
from chassis.storage.keys import open_keys
from chassis.testing import until
from gateway.edge.mail import Mails
from tests.faults.conftest import Make, all_faults
from tests.faults.system import System
from tests.mail_server import serving

pytestmark = [pytest.mark.timeout(300), pytest.mark.landing]

#: how often the server takes the mail when the process dies there, the second process included
POINTS = {"intended": 1, "called": 2, "recorded": 1}


async def want(system: System) -> None:
    """Asks for a mail as a request to the gateway does, whose process then dies: nothing is published."""
    database = open_database(system.database_url, "gateway", size=1)
    keys = open_keys(f"file://{system.folder / 'keys.sqlite'}")
    async with database.transaction() as tx:
        await Mails(keys, "http://localhost").want(tx, new_id(), "verify-email", "robin@example.org", token="t")
    await keys.close()
    await database.close()


async def test_a_mail_is_sent_whenever_its_process_dies(make_system: Make, request: pytest.FixtureRequest) -> None:
    points = POINTS if all_faults(request.config) else {"called": 2}
    async with make_system() as system, serving() as server:
        url, sender = server.url, "mail@voxbus.example"
        await system.serve("gateway")
        for point, times in points.items():
            server.taken.clear()
            victim = await system.serve("notify", crash_at=f"notify.send_mail:{point}", smtp_url=url, mail_from=sender)
            await want(system)
            await victim.killed()
            await system.let_time_pass("notify")
            notify = await system.serve("notify", smtp_url=url, mail_from=sender)
            await until(lambda: _ended(system), within=60.0, what=f"the end of the mail after {point}")
            assert len(server.taken) == times, point
            assert len({each.as_bytes() for each in server.taken}) == 1
            await notify.stop()


async def _ended(system: System) -> bool:
    open_rows = "SELECT FROM notify.inbox WHERE consumer = 'notify.send_mail' AND done_at IS NULL"
    waiting = "SELECT FROM gateway.outbox WHERE key = 'mail.wanted'"
    return not await system.fetch(open_rows) and not await system.fetch(waiting)
