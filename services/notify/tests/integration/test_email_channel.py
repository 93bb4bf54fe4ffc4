"""Tests the channel of mail from the request that adds an address to a real SMTP server."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from chassis.message.envelope import new_id
from chassis.testing import until
from chassis.web.testing import Caller, signed_in
from contracts.base import Json
from contracts.gateway import PersonChanged
from services.notify.tests.integration.delivery_fixtures import BODY, TITLE, make_channel, rows_of, tell, until_told
from services.notify.tests.integration.fixtures import Notify, person_of
from tests.mail_server import DROP, TAKE_AND_DROP, MailServer

_AN_HOUR_AGO = "UPDATE deliveries SET created_at = created_at - interval '1 hour' WHERE purpose = 'code'"


@pytest.fixture
def server(mail_server: MailServer) -> MailServer:
    assert not any(mail_server.answers.values())
    mail_server.taken.clear()
    return mail_server


def somebody(notify: Notify) -> Caller:
    """Returns a person who agrees to be told by mail."""
    caller = notify.anonymous.by(signed_in())
    notify.agree(person_of(caller), "email")
    return caller


def changed(person: UUID, email: str | None, *, verified: bool = True, at: datetime | None = None) -> PersonChanged:
    return PersonChanged(
        person_id=person,
        time_zone="Europe/Berlin",
        language="en",
        age_band="of_age",
        username="Robin",
        email=email,
        email_verified=verified,
        at=at or datetime.now(UTC),
    )


async def channels_of(caller: Caller) -> list[Json]:
    found: list[Json] = (await caller("GET", "/notifications/channels")).json()["items"]
    return found


async def of_account(notify: Notify, caller: Caller, email: str = "robin@example.org") -> Json:
    """Makes the address of an account known, and returns it as a channel."""
    await notify.hear(changed(person_of(caller), email), person_id=person_of(caller))
    [channel] = await channels_of(caller)
    return channel


def code_in(server: MailServer) -> str:
    [mail] = server.taken
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    found = re.search(r"\b[0-9]{8}\b", text)
    assert found
    return found[0]


async def test_an_address_is_a_channel_once_its_code_was_given(notify: Notify, server: MailServer) -> None:
    caller = somebody(notify)
    made = await make_channel(caller, {"kind": "email", "address": "Robin.Long@example.org"})
    assert (made["state"], made["label"], made["secret"]) == ("unconfirmed", "R…@example.org", None)
    await until(lambda: _taken(server, 1), what="the mail with the code")
    confirm = f"/notifications/channels/{made['id']}/confirm"
    code = code_in(server)
    wrong = f"{(int(code) + 1) % 10**8:08}"
    assert (await caller("POST", confirm, {"code": wrong})).status == 422
    assert (await notify.anonymous.by(signed_in())("POST", confirm, {"code": code})).status == 404
    assert (await caller("POST", confirm, {"code": code})).json()["state"] == "active"
    again = await make_channel(caller, {"kind": "email", "address": "robin.long@example.org"}, status=200)
    assert (again["id"], again["state"]) == (made["id"], "active")
    [stored] = await notify.rows("SELECT c::text AS row FROM channels c WHERE id = $1", UUID(made["id"]))
    assert "obin" not in stored.row


async def test_guesses_are_counted_though_they_are_refused(notify: Notify, server: MailServer) -> None:
    caller = somebody(notify)
    made = await make_channel(caller, {"kind": "email", "address": "kim@example.org"})
    await until(lambda: _taken(server, 1), what="the mail with the code")
    code = code_in(server)
    wrong = f"{(int(code) + 1) % 10**8:08}"
    confirm = f"/notifications/channels/{made['id']}/confirm"
    for _ in range(5):
        assert (await caller("POST", confirm, {"code": wrong})).status == 422
    assert (await caller("POST", confirm, {"code": code})).status == 422
    server.taken.clear()
    await make_channel(caller, {"kind": "email", "address": "kim@example.org"}, status=200)
    await until(lambda: _taken(server, 1), what="another code")
    assert code_in(server) != code
    assert (await caller("POST", confirm, {"code": code})).status == 422
    assert (await caller("POST", confirm, {"code": code_in(server)})).json()["state"] == "active"


async def test_the_accounts_own_address_is_a_channel_once_it_is_verified(notify: Notify, server: MailServer) -> None:
    caller = somebody(notify)
    person, now = person_of(caller), datetime.now(UTC)
    await notify.hear(changed(person, "old@example.org", verified=False, at=now), person_id=person)
    assert await channels_of(caller) == []
    await notify.hear(changed(person, "old@example.org", at=now + timedelta(seconds=1)), person_id=person)
    [old] = await channels_of(caller)
    assert (old["kind"], old["state"], old["label"]) == ("email", "active", "o…@example.org")
    await notify.hear(changed(person, "new@example.org", at=now + timedelta(seconds=3)), person_id=person)
    await notify.hear(changed(person, "late@example.org", at=now + timedelta(seconds=2)), person_id=person)
    [new] = await channels_of(caller)
    assert (new["label"], new["state"]) == ("n…@example.org", "active")
    assert (await caller("DELETE", f"/notifications/channels/{new['id']}")).status == 204
    assert [each["state"] for each in await channels_of(caller)] == ["gone"]
    assert (await make_channel(caller, {"kind": "email", "address": "new@example.org"}, 200))["state"] == "active"


async def test_an_address_that_was_taken_away_does_not_come_back_with_what_is_late(notify: Notify) -> None:
    caller = somebody(notify)
    person, now = person_of(caller), datetime.now(UTC)
    await notify.hear(changed(person, "old@example.org", at=now), person_id=person)
    await notify.hear(changed(person, None, verified=False, at=now + timedelta(seconds=2)), person_id=person)
    await notify.hear(changed(person, "older@example.org", at=now + timedelta(seconds=1)), person_id=person)
    assert await channels_of(caller) == []
    await notify.hear(changed(person, "new@example.org", at=now + timedelta(seconds=3)), person_id=person)
    assert [each["label"] for each in await channels_of(caller)] == ["n…@example.org"]


async def test_a_notification_is_mailed_once_and_unsubscribed_with_one_click(
    notify: Notify, server: MailServer
) -> None:
    caller = somebody(notify)
    channel = await of_account(notify, caller)
    going = await tell(notify, caller, [channel], times=2)
    await until_told(notify, going.id, "sent")
    [mail] = server.taken
    assert (mail["To"], mail["Subject"], mail["List-Unsubscribe-Post"]) == (
        "robin@example.org",
        TITLE,
        "List-Unsubscribe=One-Click",
    )
    text, page = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    assert text.replace("\r\n", "\n").startswith(BODY)
    assert "Well done." in page and not re.search(r"<(img|script|style|link)|src=", page)
    place = re.fullmatch(r"<http://localhost:\d+(/notifications/unsubscribe\?token=[\w-]+)>", mail["List-Unsubscribe"])
    assert place
    assert (await channels_of(caller))[0]["last_ok_at"] is not None
    answer = await notify.anonymous("POST", place[1])
    assert (answer.status, answer.json()) == (200, {"unsubscribed": True})
    assert [each["state"] for each in await channels_of(caller)] == ["gone"]
    for token in ("", "nonsense", place[1][-20:], "x" * 500):
        assert (await notify.anonymous("POST", f"/notifications/unsubscribe?token={token}")).status == 200
    after = await tell(notify, caller, [channel])
    await until_told(notify, after.id, "skipped")
    assert len(server.taken) == 1


async def test_what_was_refused_before_the_last_dot_is_sent_again(notify: Notify, server: MailServer) -> None:
    caller = somebody(notify)
    channel = await of_account(notify, caller)
    server.answers["RCPT"] += ["450 4.2.1 come back later", DROP]
    going = await tell(notify, caller, [channel])
    await until_told(notify, going.id, "sent")
    assert len(server.taken) == 1


async def test_what_was_lost_after_the_last_dot_is_sent_again_only_if_urgent(
    notify: Notify, server: MailServer
) -> None:
    caller = somebody(notify)
    channel = await of_account(notify, caller)
    server.answers["DATA"] += [TAKE_AND_DROP]
    plain = await tell(notify, caller, [channel])
    [row] = await until_told(notify, plain.id, "unknown")
    assert (row.reason, len(server.taken)) == ("unknown-outcome", 1)
    server.answers["DATA"] += [TAKE_AND_DROP]
    urgent = await tell(notify, caller, [channel], urgent=True)
    await until_told(notify, urgent.id, "sent")
    first, second = server.taken[1:]
    assert first.as_bytes() == second.as_bytes()


async def test_three_refusals_make_a_channel_failing_until_a_test_arrives(notify: Notify, server: MailServer) -> None:
    caller = somebody(notify)
    channel = await of_account(notify, caller)
    server.answers["RCPT"] += ["550 5.1.1 no such mailbox"] * 3
    for _ in range(3):
        going = await tell(notify, caller, [channel])
        await until_told(notify, going.id, "failed")
    assert [each["state"] for each in await channels_of(caller)] == ["failing"]
    assert (await caller("POST", f"/notifications/channels/{channel['id']}/test")).status == 200
    await until(lambda: _taken(server, 1), what="the test")

    async def active() -> bool:
        return [each["state"] for each in await channels_of(caller)] == ["active"]

    await until(active, what="the channel in use again")


async def test_nothing_is_sent_that_would_be_another_header(notify: Notify, server: MailServer) -> None:
    caller = somebody(notify)
    channel = await of_account(notify, caller)
    going = await tell(notify, caller, [channel], title="Hello\r\nBcc: all@example.org")
    await until_told(notify, going.id, "failed")
    answer = await caller("POST", "/notifications/channels", {"kind": "email", "address": "a@b.org\r\nBcc: c@d.org"})
    assert (answer.status, server.taken) == (422, [])


async def test_nothing_is_sent_without_consent_late_or_read(notify: Notify, server: MailServer) -> None:
    caller = somebody(notify)
    channel = await of_account(notify, caller)
    late = await tell(notify, caller, [channel], stale_at=datetime.now(UTC) - timedelta(seconds=1))
    await until_told(notify, late.id, "skipped")
    notify.agree(person_of(caller), "email", granted=False)
    going = await tell(notify, caller, [channel])
    await until_told(notify, going.id, "skipped")
    reasons = [(await rows_of(notify, each))[0].reason for each in (late.id, going.id)]
    assert (reasons, server.taken) == (["too-late", "no-consent"], [])


async def test_a_person_has_at_most_twenty_channels_and_as_many_trials_a_day(
    notify: Notify, server: MailServer
) -> None:
    caller = somebody(notify)
    for number in range(20):
        await make_channel(caller, {"kind": "email", "address": f"a{number}@example.org"})
        await notify.rows(_AN_HOUR_AGO)
    one_more = await caller("POST", "/notifications/channels", {"kind": "email", "address": "b@example.org"})
    assert (one_more.status, one_more.json()["type"]) == (409, "/problems/too-many-channels")
    first = (await channels_of(caller))[0]
    assert (await caller("DELETE", f"/notifications/channels/{first['id']}")).status == 204
    another = await caller("POST", "/notifications/channels", {"kind": "email", "address": "b@example.org"})
    assert (another.status, another.json()["type"]) == (429, "/problems/too-many-trials")
    await until(lambda: _taken(server, 20), what="the mails")


async def test_an_address_and_a_person_have_three_codes_an_hour(notify: Notify, server: MailServer) -> None:
    caller, others = somebody(notify), [somebody(notify) for _ in range(3)]

    async def asked(by: Caller, address: str) -> tuple[int, str]:
        answer = await by("POST", "/notifications/channels", {"kind": "email", "address": address})
        return answer.status, answer.json().get("type", "")

    refused = (429, "/problems/too-many-trials")
    assert [(await asked(each, "victim@example.org"))[0] for each in (others[0], others[0], others[1])] == [
        201,
        200,
        201,
    ]
    assert await asked(others[2], "victim@example.org") == refused
    # a channel that is deleted has had its codes
    [made] = [each for each in await channels_of(others[0]) if each["state"] == "unconfirmed"]
    assert (await others[0]("DELETE", f"/notifications/channels/{made['id']}")).status == 204
    assert await asked(others[2], "victim@example.org") == refused
    assert [(await asked(caller, f"a{number}@example.org"))[0] for number in range(3)] == [201] * 3
    assert await asked(caller, "a0@example.org") == await asked(caller, "b@example.org") == refused
    await notify.rows(_AN_HOUR_AGO)
    assert (await asked(others[2], "victim@example.org"))[0] == (await asked(caller, "b@example.org"))[0] == 201
    await until(lambda: _taken(server, 8), what="the mails")


async def test_a_missing_channel_is_a_404(notify: Notify) -> None:
    caller = somebody(notify)
    for method, end in (("DELETE", ""), ("POST", "/test"), ("POST", "/confirm")):
        body = {"code": "12345678"} if end == "/confirm" else None
        assert (await caller(method, f"/notifications/channels/{new_id()}{end}", body)).status == 404


async def _taken(server: MailServer, number: int) -> bool:
    return len(server.taken) >= number
