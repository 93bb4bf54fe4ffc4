"""Tests what goes to a person's channels, and when, with a real SMTP server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from chassis.testing import until
from chassis.web.testing import Caller
from contracts.base import Json
from contracts.learning import LearnerAwarded
from contracts.notify import NotificationDue
from services.notify.tests.integration.fixtures import Notify, person_of
from services.notify.tests.integration.test_own_notifications import changed, plan, reasons, shown
from tests.mail_server import MailServer

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
#: around now, in UTC
QUIET = {"start": f"{NOW - HOUR:%H:%M}", "end": f"{NOW + 2 * HOUR:%H:%M}"}


@pytest.fixture
def server(mail_server: MailServer) -> MailServer:
    assert not any(mail_server.answers.values())
    mail_server.taken.clear()
    return mail_server


async def by_mail(notify: Notify, *, agrees: bool = True, age_band: str = "of_age") -> Caller:
    """Returns a person whose account has an address."""
    caller = notify.signed_in()
    notify.agree(person_of(caller), "email", granted=agrees)
    await changed(notify, person_of(caller), NOW, time_zone="UTC", age_band=age_band)
    return caller


async def wants(caller: Caller, **settings: Json) -> None:
    assert (await caller("PUT", "/notifications/settings", settings)).status == 200


def subjects(server: MailServer) -> list[str]:
    return sorted(str(mail["Subject"]) for mail in server.taken)


async def mailed(server: MailServer, number: int) -> list[str]:
    """Waits until so many mails have come; returns their subjects."""

    async def came() -> bool:
        return len(server.taken) >= number

    await until(came, what=f"{number} mails")
    return subjects(server)


async def until_state(caller: Caller, id: str, state: str) -> Json:
    async def has_state() -> Json | None:
        found = await shown(caller, id)
        return found if found["state"] == state else None

    found: Json = await until(has_state, what=state)
    return found


async def fall_due(notify: Notify, person: UUID) -> None:
    """Lets all that is deferred be due, as if its time had come."""
    await notify.rows(
        "UPDATE notifications SET deliver_at = date_trunc('second', now()) WHERE person_id = $1 AND state = 'deferred'",
        person,
    )
    await notify.hear(NotificationDue(person_id=person), person_id=person)


async def test_what_is_told_goes_to_each_channel(notify: Notify, server: MailServer) -> None:
    caller = await by_mail(notify)
    made = await plan(caller, None)
    assert made["delivered"]
    assert await mailed(server, 1) == ["Read"]
    found = await until_state(caller, made["id"], "delivered")
    assert [(each["kind"], each["state"]) for each in found["channels"]] == [("email", "sent")]
    assert await reasons(caller, made["id"]) == [("in_app", "send", "sent"), ("email", "send", "sent")]
    assert (await caller("GET", "/notifications")).json()["items"] == [found]


async def test_quiet_hours_hold_it_back_until_they_end_or_are_changed(notify: Notify, server: MailServer) -> None:
    caller = await by_mail(notify)
    await wants(caller, quiet_hours=QUIET)
    made = await plan(caller, None)
    ends = (NOW + 2 * HOUR).replace(second=0, microsecond=0)
    assert (made["state"], made["delivered"]) == ("deferred", True)
    assert datetime.fromisoformat(made["deliver_at"]) == ends
    assert await reasons(caller, made["id"]) == [("in_app", "send", "sent"), ("email", "defer", "quiet-hours")]
    await wants(caller, quiet_hours={**QUIET, "end": f"{NOW + 3 * HOUR:%H:%M}"})
    assert datetime.fromisoformat((await shown(caller, made["id"]))["deliver_at"]) == ends + HOUR
    assert server.taken == []
    await wants(caller)
    assert await mailed(server, 1) == ["Read"]
    assert (await reasons(caller, made["id"]))[-1] == ("email", "send", "sent")


async def test_a_change_of_zone_moves_what_waits(notify: Notify, server: MailServer) -> None:
    caller = await by_mail(notify)
    await wants(caller, quiet_hours=QUIET)
    made = await plan(caller, None)
    await changed(notify, person_of(caller), NOW + HOUR, time_zone="Asia/Kathmandu")
    assert await mailed(server, 1) == ["Read"]
    assert (await until_state(caller, made["id"], "delivered"))["read_at"] is None


async def test_urgent_passes_quiet_hours_three_times_a_day(notify: Notify, server: MailServer) -> None:
    caller = await by_mail(notify)
    await wants(caller, quiet_hours=QUIET)
    made = [await plan(caller, None, title=f"No. {number}", urgent=True) for number in range(4)]
    assert await mailed(server, 3) == ["No. 0", "No. 1", "No. 2"]
    assert (await shown(caller, made[3]["id"]))["state"] == "deferred"


async def test_more_than_three_that_wait_for_one_moment_become_one(notify: Notify, server: MailServer) -> None:
    caller = await by_mail(notify)
    person = person_of(caller)
    await wants(caller, quiet_hours=QUIET)
    made = [await plan(caller, None, title=f"No. {number}") for number in range(5)]
    assert (await caller("POST", f"/notifications/{made[0]['id']}/read")).status == 200
    await notify.rows("UPDATE notification_settings SET settings = '{}' WHERE person_id = $1", person)
    await fall_due(notify, person)
    assert await mailed(server, 1) == ["4 notifications"]
    [summary] = [each for each in (await caller("GET", "/notifications")).json()["items"] if each["type"] == "digest"]
    assert [line[2:] for line in summary["body"].split("\n")] == ["No. 1", "No. 2", "No. 3", "No. 4"]
    assert (await reasons(caller, made[0]["id"]))[-1] == ("email", "drop", "already-done")
    assert (await reasons(caller, made[1]["id"]))[-1] == ("email", "drop", "superseded")
    rows = await notify.rows("SELECT told_in FROM notifications WHERE person_id = $1 AND told_in IS NOT NULL", person)
    assert {str(row.told_in) for row in rows} == {summary["id"]}
    await fall_due(notify, person)
    assert len(server.taken) == 1


async def test_three_stay_three(notify: Notify, server: MailServer) -> None:
    caller = await by_mail(notify)
    await wants(caller, quiet_hours=QUIET)
    for number in range(3):
        await plan(caller, None, title=f"No. {number}")
    await notify.rows("UPDATE notification_settings SET settings = '{}' WHERE person_id = $1", person_of(caller))
    await fall_due(notify, person_of(caller))
    assert await mailed(server, 3) == ["No. 0", "No. 1", "No. 2"]


async def test_a_digest_holds_what_can_wait_and_is_told_once(notify: Notify, server: MailServer) -> None:
    caller = await by_mail(notify)
    person = person_of(caller)
    at = NOW + 5 * HOUR
    await wants(caller, digest={"every": "daily", "at": f"{at:%H:%M}", "day": None})
    for name in ("first-lesson", "xp-100"):
        award = LearnerAwarded(person_id=person, kind="badge", name=name, title=f"Badge {name}", at=NOW)
        await notify.hear(award, person_id=person)
    held = (await caller("GET", "/notifications?state=scheduled&sort=id")).json()["items"]
    assert [(each["title"], each["state"], each["delivered"]) for each in held] == [
        ("Badge first-lesson", "deferred", True),
        ("Badge xp-100", "deferred", True),
    ]
    assert {datetime.fromisoformat(each["deliver_at"]) for each in held} == {at.replace(second=0, microsecond=0)}
    assert await reasons(caller, held[0]["id"]) == [("in_app", "send", "sent"), ("email", "defer", "digest")]
    await fall_due(notify, person)
    await fall_due(notify, person)
    assert await mailed(server, 1) == ["Your digest"]
    [digest] = [each for each in (await caller("GET", "/notifications")).json()["items"] if each["type"] == "digest"]
    assert digest["body"] == "– Badge first-lesson\n– Badge xp-100"
    assert (await reasons(caller, held[0]["id"]))[-1] == ("email", "drop", "digest")


@pytest.mark.parametrize(("age_band", "reason"), [("of_age", "no-consent"), ("under_consent_age", "minor")])
async def test_who_has_not_agreed_is_told_in_the_application_alone(
    notify: Notify, server: MailServer, age_band: str, reason: str
) -> None:
    caller = await by_mail(notify, agrees=False, age_band=age_band)
    made = await plan(caller, None)
    assert (made["state"], made["channels"]) == ("delivered", [])
    assert await reasons(caller, made["id"]) == [("in_app", "send", "sent"), ("email", "drop", reason)]
    assert server.taken == []


async def test_what_one_asks_for_in_the_application_goes_nowhere_else(notify: Notify, server: MailServer) -> None:
    caller = await by_mail(notify)
    made = await plan(caller, None, channels=["in_app"])
    assert (made["state"], made["channels"]) == ("delivered", [])
    assert await reasons(caller, made["id"]) == [("in_app", "send", "sent")]


async def test_what_is_told_at_once_leaves_to_its_timer_what_waits(notify: Notify, server: MailServer) -> None:
    caller = await by_mail(notify)
    await wants(caller, quiet_hours=QUIET)
    for number in range(4):
        await plan(caller, None, title=f"Held {number}")
    await notify.rows(  # their timer has not fired
        "UPDATE notifications SET deliver_at = date_trunc('second', now()) WHERE person_id = $1", person_of(caller)
    )
    await notify.rows(
        "UPDATE notification_settings SET settings = settings || '{\"quiet_hours\": null}' WHERE person_id = $1",
        person_of(caller),
    )
    made = await plan(caller, None)
    assert made["delivered"]
    assert await mailed(server, 2) == ["4 notifications", "Read"]
