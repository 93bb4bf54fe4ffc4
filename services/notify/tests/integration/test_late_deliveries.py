"""Tests deliveries that are made some time after they were handed over: each asks once more whether it may go out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.testing import until
from chassis.web.testing import Caller
from contracts.learning import LearnerProgressed
from notify.notifications.channel_handlers import DELIVERY_RETRY
from services.notify.tests.integration.delivery_fixtures import make_channel, tell, until_told
from services.notify.tests.integration.fixtures import Notify, person_of
from services.notify.tests.integration.test_going_out import QUIET, by_mail, fall_due, mailed, until_state, wants
from services.notify.tests.integration.test_own_notifications import plan, reasons, shown
from tests.mail_server import MailServer
from tests.push_service import push_service

NOW = datetime.now(UTC)
_LATER = "450 4.2.1 come back later"
_CONSUMER = "notify.deliver_notification"


@pytest.fixture
def server(mail_server: MailServer) -> MailServer:
    assert not any(mail_server.answers.values())
    mail_server.taken.clear()
    return mail_server


async def failed_once(notify: Notify, id: str) -> None:
    """Waits until one try has failed, and the message waits for the next."""

    async def waits() -> bool:
        return bool(
            await notify.rows(
                "SELECT FROM inbox i JOIN deliveries d ON d.message_id = i.id WHERE d.notification_id = $1::text::uuid "
                "AND d.tries > 0 AND i.owner IS NULL AND i.done_at IS NULL",
                id,
            )
        )

    await until(waits, what="a try that has failed")


async def hurry(notify: Notify) -> None:
    """Lets the next tries be due."""
    await notify.rows(
        "UPDATE inbox SET due_at = now() WHERE consumer = $1 AND owner IS NULL AND done_at IS NULL", _CONSUMER
    )


async def told_late(notify: Notify, server: MailServer, caller: Caller, **more: Any) -> str:
    """Tells a person something that the mail server does not take at once; returns its id."""
    server.answers["RCPT"] += [_LATER]
    made = await plan(caller, None, **more)
    await failed_once(notify, made["id"])
    id: str = made["id"]
    return id


async def test_a_try_within_quiet_hours_waits_for_their_end_and_goes_out_once(
    notify: Notify, server: MailServer
) -> None:
    caller = await by_mail(notify)
    id = await told_late(notify, server, caller)
    await wants(caller, quiet_hours=QUIET)
    await hurry(notify)
    waiting = await until_state(caller, id, "deferred")
    ends = datetime.fromisoformat(waiting["deliver_at"])
    assert ends == (NOW + timedelta(hours=2)).replace(second=0, microsecond=0)
    assert (await reasons(caller, id))[-1] == ("email", "defer", "quiet-hours")
    assert (server.taken, waiting["channels"]) == ([], [])
    await wants(caller)
    assert await mailed(server, 1) == ["Read"]
    found = await until_state(caller, id, "delivered")
    assert [each["state"] for each in found["channels"]] == ["sent"]


async def test_late_tries_of_more_than_three_become_one_summary(notify: Notify, server: MailServer) -> None:
    caller = await by_mail(notify)
    made = [await told_late(notify, server, caller, title=f"No. {number}") for number in range(4)]
    await wants(caller, quiet_hours=QUIET)
    await hurry(notify)
    for id in made:
        await until_state(caller, id, "deferred")
    await notify.rows("UPDATE notification_settings SET settings = '{}' WHERE person_id = $1", person_of(caller))
    await fall_due(notify, person_of(caller))
    assert await mailed(server, 1) == ["4 notifications"]


async def test_what_is_urgent_is_tried_again_within_quiet_hours(notify: Notify, server: MailServer) -> None:
    caller = await by_mail(notify)
    await wants(caller, quiet_hours=QUIET)
    id = await told_late(notify, server, caller, urgent=True)
    await hurry(notify)
    assert await mailed(server, 1) == ["Read"]
    assert (await reasons(caller, id))[-1] == ("email", "send", "sent")


async def test_what_was_switched_off_meanwhile_does_not_go_out(notify: Notify, server: MailServer) -> None:
    caller = await by_mail(notify)
    id = await told_late(notify, server, caller)
    await wants(caller, types={"custom": {"enabled": False}})
    await hurry(notify)
    [row] = await until_told(notify, UUID(id), "skipped")
    assert (row.reason, server.taken) == ("type-off", [])
    assert (await reasons(caller, id))[-1] == ("email", "drop", "type-off")


async def test_a_warning_of_a_day_that_was_done_meanwhile_does_not_go_out(notify: Notify, server: MailServer) -> None:
    caller = await by_mail(notify)
    id = await told_late(notify, server, caller)
    await notify.rows("UPDATE notifications SET type = 'daily_reminder' WHERE id = $1::text::uuid", id)
    await notify.rows("UPDATE deliveries SET type = 'daily_reminder' WHERE notification_id = $1::text::uuid", id)
    done = LearnerProgressed(
        person_id=person_of(caller),
        at=datetime.now(UTC),
        day=NOW.date(),
        day_ends_at=NOW + timedelta(hours=20),
        done=True,
        run=4,
        reviews_due=0,
        next_review_at=None,
    )
    await notify.hear(done, person_id=person_of(caller))
    await hurry(notify)
    [row] = await until_told(notify, UUID(id), "skipped")
    assert (row.reason, server.taken) == ("already-done", [])


async def test_what_was_read_meanwhile_does_not_go_out_and_the_log_says_so(notify: Notify, server: MailServer) -> None:
    caller = await by_mail(notify)
    id = await told_late(notify, server, caller)
    assert (await caller("POST", "/notifications/read-all")).json() == {"read": 1}
    assert [each["state"] for each in (await shown(caller, id))["channels"]] == ["skipped"]
    assert (await reasons(caller, id))[-1] == ("email", "drop", "already-done")
    await hurry(notify)
    await until_told(notify, UUID(id), "skipped")
    assert server.taken == []


async def test_nothing_goes_out_late_to_who_was_erased(notify: Notify, server: MailServer) -> None:
    caller = await by_mail(notify)
    await told_late(notify, server, caller)
    await notify.erase(person_of(caller))
    await hurry(notify)

    async def over() -> bool:
        return not await notify.rows("SELECT FROM inbox WHERE consumer = $1 AND done_at IS NULL", _CONSUMER)

    await until(over, what="the end of the delivery")
    assert server.taken == []


async def test_the_second_channel_waits_for_the_end_of_quiet_hours(notify: Notify, server: MailServer) -> None:
    caller = await by_mail(notify)
    notify.agree(person_of(caller), "push")
    async with push_service() as push:
        first = await make_channel(caller, {"kind": "web_push", "subscription": push.subscribe()})
        channels = (await caller("GET", "/notifications/channels")).json()["items"]
        [mail] = [each for each in channels if each["kind"] == "email"]
        going = await tell(notify, caller, [first, mail], "first")
        await until_told(notify, going.id, "sent", "pending")
        await wants(caller, quiet_hours=QUIET, types={"feedback_ready": {"mode": "first"}})
        [(_, timer)] = going.later
        await notify.hear(timer, person_id=person_of(caller))
        await until_state(caller, str(going.id), "deferred")
        assert server.taken == []
        await wants(caller, types={"feedback_ready": {"mode": "first"}})
        await mailed(server, 1)
        assert len(push.pushes) == 1, "the first channel is not told once more"


async def test_a_delivery_whose_process_died_in_its_last_tries_ends_and_is_no_dead_letter(
    notify: Notify, server: MailServer
) -> None:
    caller = await by_mail(notify)
    id = await told_late(notify, server, caller)
    before = server.asked["RCPT"]
    # as if the process had died in each of the tries after it, which nobody could count but the inbox
    await notify.rows(
        "UPDATE inbox i SET tries = $2::text::int FROM deliveries d WHERE d.message_id = i.id "
        "AND d.notification_id = $1::text::uuid",
        id,
        str(DELIVERY_RETRY.attempts - 1),
    )
    await hurry(notify)
    [row] = await until_told(notify, UUID(id), "unknown")
    assert (row.reason, server.asked["RCPT"]) == ("unknown-outcome", before)
    assert (await reasons(caller, id))[-1] == ("email", "drop", "unknown-outcome")
    [message] = await notify.rows(
        "SELECT outcome FROM inbox WHERE id = $1 AND consumer = $2", row.message_id, _CONSUMER
    )
    assert message.outcome == "ok"
