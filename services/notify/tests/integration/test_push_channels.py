"""Tests pushes to browsers, to apps and to people's own URLs, from the request that adds a channel to stand-ins."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

import pytest
from standardwebhooks import Webhook

from chassis.message.envelope import new_id
from chassis.storage.database import open_database
from chassis.testing import until
from chassis.web.testing import Caller, signed_in
from contracts.base import Json
from notify.notifications.channel_handlers import DELIVERY_RETRY
from notify.notifications.channels.channel import Channel, Ended
from notify.notifications.erasure import Erasure
from notify.notifications.receipts import MOST_RECEIPTS, Receipts
from services.notify.tests.integration.delivery_fixtures import (
    BODY,
    TITLE,
    make_channel,
    rows_of,
    tell,
    until_told,
    until_tried,
)
from services.notify.tests.integration.fixtures import Notify, person_of
from tests.expo_service import ExpoService
from tests.push_service import PushService, push_service
from tests.receiver import receiving


@pytest.fixture
async def push() -> AsyncIterator[PushService]:
    async with push_service() as service:
        yield service


def somebody(notify: Notify, *recipients: str) -> Caller:
    caller = notify.anonymous.by(signed_in())
    for recipient in recipients or ("push",):
        notify.agree(person_of(caller), recipient)
    return caller


async def browser(caller: Caller, push: PushService, name: str = "a") -> Json:
    return await make_channel(caller, {"kind": "web_push", "subscription": push.subscribe(name)})


async def shown(caller: Caller) -> list[Json]:
    found: list[Json] = (await caller("GET", "/notifications/channels")).json()["items"]
    return found


async def test_a_browser_decrypts_what_it_is_told(notify: Notify, push: PushService) -> None:
    caller = somebody(notify)
    key = (await caller("GET", "/notifications/web-push-key")).json()["key"]
    channel = await browser(caller, push)
    assert (channel["state"], channel["label"]) == ("active", "127.0.0.1")
    going = await tell(notify, caller, [channel], times=2)
    await until_told(notify, going.id, "sent")
    [came] = push.pushes
    told = push.read(came)
    assert {name: told[name] for name in ("id", "type", "title", "body", "link")} == {
        "id": str(going.id),
        "type": "feedback_ready",
        "title": TITLE,
        "body": BODY,
        "link": None,
    }
    assert told["at"].endswith("Z") and push.is_signed(came, key)
    claims = push.claims(came)
    assert (claims["aud"], claims["sub"]) == (push.origin, "mailto:no-reply@voxbus.example")
    assert 0 < int(came.headers["ttl"]) <= 86_400 and came.headers["urgency"] == "normal"
    assert len(came.headers["topic"]) <= 32
    [stored] = await notify.rows("SELECT c::text AS row FROM channels c WHERE id = $1", channel["id"])
    assert "/push/a" not in stored.row


async def test_a_browser_that_subscribes_again_is_the_same_channel_with_its_new_keys(
    notify: Notify, push: PushService
) -> None:
    caller = somebody(notify)
    first = await browser(caller, push)
    again = await make_channel(caller, {"kind": "web_push", "subscription": push.subscribe()}, status=200)
    assert again["id"] == first["id"]
    going = await tell(notify, caller, [again])
    await until_told(notify, going.id, "sent")
    assert push.read(push.pushes[0])["title"] == TITLE


@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_is_gone_is_cleaned(notify: Notify, push: PushService, status: int) -> None:
    caller = somebody(notify)
    channel = await browser(caller, push)
    push.answers += [status]
    going = await tell(notify, caller, [channel])
    await until_told(notify, going.id, "failed")
    assert [each["state"] for each in await shown(caller)] == ["gone"]


async def test_what_was_lost_is_sent_again_under_the_same_topic(notify: Notify, push: PushService) -> None:
    caller = somebody(notify)
    channel = await browser(caller, push)
    push.answers += ["drop", 429, 503]
    push.retry_after = "1"
    going = await tell(notify, caller, [channel], urgent=True)
    await until_told(notify, going.id, "sent")
    assert len(push.pushes) == 4
    assert len({each.headers["topic"] for each in push.pushes}) == 1
    assert {each.headers["urgency"] for each in push.pushes} == {"high"}


async def test_what_is_too_large_is_shortened(notify: Notify, push: PushService) -> None:
    caller = somebody(notify)
    channel = await browser(caller, push)
    push.answers += [413]
    going = await tell(notify, caller, [channel], body="é" * 1500)
    await until_told(notify, going.id, "sent")
    long, short = (push.read(each)["body"] for each in push.pushes)
    assert long.startswith("é" * 1500) and len(short) < len(long) and short.endswith("…")


async def test_no_push_goes_to_a_private_address_or_without_consent(notify: Notify, push: PushService) -> None:
    caller = somebody(notify)
    subscription = push.subscribe()
    for endpoint in ("http://10.0.0.1/x", "https://169.254.169.254/x", "https://[::1]/x", "http://8.8.8.8/x"):
        refused = await caller(
            "POST",
            "/notifications/channels",
            {"kind": "web_push", "subscription": {**subscription, "endpoint": endpoint}},
        )
        assert (refused.status, refused.json()["type"]) == (422, "/problems/channel-refused"), endpoint
    for keys in ({"p256dh": "AAAA", "auth": "AAAA"}, {**subscription["keys"], "auth": "x"}):
        bad = {"kind": "web_push", "subscription": {**subscription, "keys": keys}}
        assert (await caller("POST", "/notifications/channels", bad)).status == 422
    channel = await make_channel(caller, {"kind": "web_push", "subscription": subscription})
    notify.agree(person_of(caller), "push", granted=False)
    going = await tell(notify, caller, [channel])
    [row] = await until_told(notify, going.id, "skipped")
    assert (row.reason, push.pushes) == ("no-consent", [])


async def test_the_first_channel_that_works_is_the_only_one(notify: Notify, push: PushService) -> None:
    async with receiving() as receiver:
        caller = somebody(notify, "push", "webhook")
        gone, hook = await browser(caller, push), await make_channel(caller, {"kind": "webhook", "url": receiver.url})
        last = await browser(caller, push, "last")
        push.answers += [410]
        going = await tell(notify, caller, [gone, hook, last], "first")
        assert [due for due, _ in going.later] == [timedelta(minutes=10), timedelta(minutes=20)]
        rows = await until_told(notify, going.id, "failed", "confirmed", "skipped")
        assert rows[2].reason == "first-channel-confirmed"
        said = "SELECT channel, decision, reason FROM decisions WHERE notification_id = $1 ORDER BY id"
        assert [tuple(row) for row in await notify.rows(said, going.id)] == [
            ("web_push", "drop", "channel-gone"),
            ("webhook", "send", "sent"),
            ("web_push", "drop", "first-channel-confirmed"),
        ]
        for _, message in going.later:  # the timers fire all the same
            await notify.hear(message, person_id=person_of(caller))
        assert (len(push.pushes), len(receiver.requests)) == (1, 1)


async def test_the_next_channel_is_tried_where_nothing_confirms_the_first(notify: Notify, push: PushService) -> None:
    caller = somebody(notify)
    one, two = await browser(caller, push), await browser(caller, push, "b")
    going = await tell(notify, caller, [one, two], "first")
    await until_told(notify, going.id, "sent", "pending")
    [(_, timer)] = going.later
    for _ in range(2):
        await notify.hear(timer, person_id=person_of(caller))
    await until_told(notify, going.id, "sent", "sent")
    assert [each.path for each in push.pushes] == ["/push/a", "/push/b"]


async def test_a_webhook_of_ones_own_is_signed_with_a_secret_that_is_shown_once(notify: Notify) -> None:
    async with receiving() as receiver:
        caller = somebody(notify, "webhook")
        made = await make_channel(caller, {"kind": "webhook", "url": receiver.url})
        again = await make_channel(caller, {"kind": "webhook", "url": receiver.url}, status=200)
        assert (again["id"], again["secret"]) == (made["id"], None)
        assert "secret" not in (await shown(caller))[0]
        receiver.answers += ["drop", 500]
        going = await tell(notify, caller, [made])
        await until_told(notify, going.id, "confirmed")
        assert len({each.headers["webhook-id"] for each in receiver.requests}) == 1
        last = receiver.requests[-1]
        body: Any = Webhook(made["secret"]).verify(last.body, last.headers)
        assert (body["type"], body["data"]["title"]) == ("notification", TITLE)
        receiver.answers += [410]
        await until_told(notify, (await tell(notify, caller, [made])).id, "failed")
        assert [each["state"] for each in await shown(caller)] == ["gone"]


@pytest.mark.parametrize(("status", "state"), [(404, "failed"), (500, "unknown")])
async def test_a_webhook_that_takes_nothing_is_failing_after_three(notify: Notify, status: int, state: str) -> None:
    async with receiving() as receiver:
        caller = somebody(notify, "webhook")
        made = await make_channel(caller, {"kind": "webhook", "url": receiver.url})
        await notify.rows("UPDATE channels SET failures = 2 WHERE id = $1::text::uuid", made["id"])
        receiver.answers += [status] * (1 if status < 500 else DELIVERY_RETRY.attempts - 1)
        going = await tell(notify, caller, [made])
        await until_told(notify, going.id, state)
        assert [each["state"] for each in await shown(caller)] == ["failing"]
        assert receiver.answers == []
        said = "SELECT reason, rule FROM decisions WHERE notification_id = $1 ORDER BY id"
        last = (await notify.rows(said, going.id))[-1]
        assert tuple(last) == (("channel-gone", "channel") if status < 500 else ("unknown-outcome", "outcome"))


def token(name: str) -> str:
    return f"ExponentPushToken[{hashlib.sha256(name.encode()).hexdigest()[:22]}]"


async def device(caller: Caller, name: str) -> Json:
    return await make_channel(caller, {"kind": "expo", "token": token(name)})


class Asked:
    """Stands for a channel that knows no receipt yet, and notes how many it was asked for at a time."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    async def receipts(self, tickets: Sequence[str]) -> Mapping[str, Ended]:
        self.numbers.append(len(tickets))
        return {}


async def test_all_receipts_that_are_due_are_asked_for_in_one_round(notify: Notify) -> None:
    await notify.rows(
        "INSERT INTO deliveries (id, notification_id, channel_id, person_id, kind, type, state, stale_at, ticket, "
        "receipt_at) SELECT gen_random_uuid(), gen_random_uuid(), $1, $1, 'many', 'custom', 'sent', now(), "
        "ticket::text, now() FROM generate_series(0, $2::text::int) AS ticket",
        *(new_id(), str(2 * MOST_RECEIPTS)),
    )
    database, channel = open_database(notify.harness.database_url, "notify", size=1), Asked()
    receipts = Receipts(database, cast(Channel, channel), "many", timedelta(minutes=15))
    assert await receipts.ask() == 2 * MOST_RECEIPTS + 1
    assert channel.numbers == [MOST_RECEIPTS, MOST_RECEIPTS, 1]
    assert await receipts.ask() == 0
    await database.close()
    await notify.rows("DELETE FROM deliveries WHERE kind = 'many'")


async def test_expo_gets_batches_and_is_asked_for_receipts(notify: Notify, expo: ExpoService) -> None:
    people = [(somebody(notify), f"device {number}") for number in range(20)]
    devices = [await device(caller, name) for caller, name in people]
    expo.later[token("device 3")] = "DeviceNotRegistered"
    expo.errors[token("device 4")] = "DeviceNotRegistered"
    expo.errors[token("device 5")] = "MessageTooBig"
    before = len(expo.batches)
    expo.gate.clear()
    told = [await tell(notify, caller, [channel]) for (caller, _), channel in zip(people, devices, strict=True)]
    await until(lambda: _true(expo.running == 6), what="six requests at a time")
    expo.gate.set()
    ends = {3: "failed", 4: "failed", 5: "failed"}
    for number, going in enumerate(told):
        await until_told(notify, going.id, ends.get(number, "confirmed"))
    batches = expo.batches[before:]
    assert expo.most_running == 6 and len(batches) < 20 and sum(map(len, batches)) == 20
    states = [(await shown(caller))[0]["state"] for caller, _ in people[3:6]]
    assert states == ["gone", "gone", "active"]
    assert expo.keys == {"Bearer expo-secret"}


async def test_an_answer_of_expo_that_is_lost_is_unknown_and_not_repeated(notify: Notify, expo: ExpoService) -> None:
    caller = somebody(notify)
    channel = await device(caller, "lost")
    expo.answers += ["drop"]
    going = await tell(notify, caller, [channel])
    [row] = await until_told(notify, going.id, "unknown")
    assert row.reason == "unknown-outcome"
    [said] = await notify.rows("SELECT decision, reason, rule FROM decisions WHERE notification_id = $1", going.id)
    assert tuple(said) == ("drop", "unknown-outcome", "outcome")
    assert [each["to"] for each in expo.messages].count(token("lost")) == 1


async def test_what_expo_did_not_take_is_sent_again(notify: Notify, expo: ExpoService) -> None:
    caller = somebody(notify)
    channel = await device(caller, "later")
    expo.answers += [429, 503]
    expo.ready = False
    going = await tell(notify, caller, [channel])
    await until_told(notify, going.id, "sent")
    expo.ready = True
    await until_told(notify, going.id, "confirmed")
    expo.errors[token("later")] = "MessageRateExceeded"
    slow = await tell(notify, caller, [channel])
    await until_tried(notify, slow.id, 1)
    del expo.errors[token("later")]
    await until_told(notify, slow.id, "confirmed")


async def test_a_token_of_another_project_costs_nobody_else_a_notification(notify: Notify, expo: ExpoService) -> None:
    people = [(somebody(notify), f"shared {number}") for number in range(12)]
    devices = [await device(caller, name) for caller, name in people]
    expo.foreign.add(token("shared 0"))
    for refused in (True, False):  # it is known from then on
        before, expo.refused = len(expo.batches), 0
        expo.gate.clear()
        told = [await tell(notify, caller, [channel]) for (caller, _), channel in zip(people, devices, strict=True)]
        await until(lambda: _true(expo.running == 6), what="six requests at a time")
        expo.gate.set()
        for going in told:
            await until_told(notify, going.id, "confirmed")
        assert sum(map(len, expo.batches[before:])) == 12
        assert expo.refused <= refused


async def test_who_subscribes_last_on_a_device_is_the_only_one_told_there(
    notify: Notify, push: PushService, expo: ExpoService
) -> None:
    first, second = somebody(notify), somebody(notify)
    for kind, given in (("web_push", {"subscription": push.subscribe()}), ("expo", {"token": token("handed on")})):
        theirs = await make_channel(first, {"kind": kind, **given})
        await make_channel(second, {"kind": kind, **given})
        states = [[each["state"] for each in await shown(caller) if each["kind"] == kind] for caller in (first, second)]
        assert states == [["gone"], ["active"]]
        going = await tell(notify, first, [theirs])
        await until_told(notify, going.id, "skipped")
        await make_channel(first, {"kind": kind, **given}, 200)  # who comes back has it again
        states = [[each["state"] for each in await shown(caller) if each["kind"] == kind] for caller in (first, second)]
        assert states == [["active"], ["gone"]]
    assert not push.pushes


async def test_tokens_and_addresses_of_the_wrong_shape_are_refused(notify: Notify) -> None:
    caller = somebody(notify)
    for body in (
        {"kind": "expo", "token": "ExponentPushToken[]"},
        {"kind": "expo", "token": 'ExponentPushToken["]'},
        {"kind": "expo", "url": "https://example.org"},
        {"kind": "expo"},
        {"kind": "expo", "token": token("x"), "url": "https://example.org"},
        {"kind": "webhook", "url": "https://user@example.org"},
        {"kind": "in_app"},
    ):
        answer = await caller("POST", "/notifications/channels", body)
        assert answer.status == 422, body
    answer = await caller("POST", "/notifications/channels", {"kind": "apprise", "url": "discord://1/2"})
    assert (answer.status, answer.json()["type"]) == (409, "/problems/channel-off")
    assert await shown(caller) == []


async def test_nothing_of_a_channel_is_left_of_who_was_erased(notify: Notify, push: PushService) -> None:
    caller = somebody(notify)
    channel = await browser(caller, push)
    going = await tell(notify, caller, [channel])
    await until_told(notify, going.id, "sent")
    database = open_database(notify.harness.database_url, "notify", size=1)
    async with database.transaction() as tx:
        counts = await Erasure()(tx, [person_of(caller)])
    await database.close()
    assert (counts["channels to push"], counts["deliveries to push"]) == (1, 1)
    assert not {"channels", "deliveries"} & counts.keys()
    left = await notify.rows("SELECT 1 FROM channels WHERE person_id = $1", person_of(caller))
    assert not left and not await rows_of(notify, going.id)


async def _true(value: bool) -> bool:
    await asyncio.sleep(0)
    return value
