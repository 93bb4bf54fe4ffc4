"""Deliveries from the end of a job to a receiver, whatever that answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from chassis.testing import until
from chassis.web.testing import Caller
from contracts.base import Json
from notify.webhooks.handlers import DELIVERY_RETRY
from notify.webhooks.resolver import GIVEN_EACH, GIVEN_THREADS, THREADS
from services.notify.tests.integration.fixtures import (
    ALL,
    HERE,
    Ended,
    Notify,
    cancelled,
    failed,
    make_webhook,
    person_of,
    succeeded,
)
from services.notify.tests.names import TARPIT
from tests.receiver import Receiver, receiving

#: calls due for one person, more than there are slots
_MANY = 40
_AGED = "UPDATE webhook_deliveries SET created_at = now() - interval '25 hours' WHERE webhook_id = $1::text::uuid"
#: seconds until the next try of a delivery that was tried
_WAITS = (
    "SELECT extract(epoch FROM due_at - now()) FROM inbox "
    "WHERE consumer = 'notify.deliver_webhook' AND done_at IS NULL AND owner IS NULL AND tries > 0"
)
_HURRY = (
    "UPDATE inbox SET due_at = now() WHERE consumer = 'notify.deliver_webhook' AND done_at IS NULL AND owner IS NULL"
)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


async def deliveries(caller: Caller, hook: Json) -> list[Json]:
    """Returns the deliveries of a webhook, newest first."""
    answer = await caller("GET", f"/webhooks/{hook['id']}/deliveries")
    assert answer.status == 200, answer.body
    found: list[Json] = answer.json()["items"]
    return found


async def until_state(notify: Notify, caller: Caller, hook: Json, *states: str, hurry: bool = False) -> list[Json]:
    """Waits until the deliveries of a webhook, oldest first, are in these states. `hurry`: no backoff is waited for."""

    async def so() -> list[Json] | None:
        if hurry:
            await notify.rows(_HURRY)
        found = (await deliveries(caller, hook))[::-1]
        return found if [each["state"] for each in found] == list(states) else None

    answer: list[Json] = await until(so, within=60, what=f"deliveries that are {states}")
    return answer


async def tried(caller: Caller, hook: Json, tries: int) -> Json:
    """Waits until the only delivery of a webhook was tried so often."""

    async def so() -> Json | None:
        [found] = await deliveries(caller, hook)
        return found if found["tries"] == tries else None

    answer: Json = await until(so, what=f"{tries} tries")
    return answer


async def test_each_end_of_a_job_is_told_to_whoever_asked_for_it(notify: Notify, receiver: Receiver) -> None:
    caller, stranger = notify.signed_in(), notify.signed_in()
    all_of_them, failures = (
        await make_webhook(caller, receiver.url),
        await make_webhook(caller, f"{receiver.url}/failures", ["job.failed"]),
    )
    await make_webhook(stranger, f"{receiver.url}/stranger")
    person = person_of(caller)
    events: list[Ended] = [succeeded(person), failed(person), cancelled(person)]
    for event in events:
        await notify.job_ended(event)
    found = await until_state(notify, caller, all_of_them, *["delivered"] * 3)
    assert {(each["event"], each["job_id"]) for each in found} == {(each.type, str(each.job_id)) for each in events}
    assert {(each["tries"], each["status"], each["error"]) for each in found} == {(1, 204, None)}
    [failure] = await until_state(notify, caller, failures, "delivered")
    assert failure["job_id"] == str(events[1].job_id)
    assert sorted(request.path for request in receiver.requests) == ["/hook"] * 3 + ["/hook/failures"]


async def test_a_receiver_stays_noted_once_its_webhook_is_deleted(notify: Notify, receiver: Receiver) -> None:
    caller, quiet = notify.signed_in(), notify.signed_in()
    hook = await make_webhook(caller, receiver.url)
    await notify.job_ended(succeeded(person_of(caller)))
    await until_state(notify, caller, hook, "delivered")
    await caller("DELETE", f"/webhooks/{hook['id']}")
    await make_webhook(quiet, receiver.url)  # and nothing goes there
    noted = "SELECT recipient FROM recipients WHERE person_id = $1"
    assert [row.recipient for row in await notify.rows(noted, person_of(caller))] == ["webhook"]
    assert await notify.rows(noted, person_of(quiet)) == []
    await notify.erase(person_of(caller))
    assert await notify.rows(noted, person_of(caller)) == []


async def test_an_event_that_comes_twice_is_told_once(notify: Notify, receiver: Receiver) -> None:
    caller = notify.signed_in()
    hook = await make_webhook(caller, receiver.url)
    event = succeeded(person_of(caller))
    for _ in range(2):
        await notify.job_ended(event)
    await until_state(notify, caller, hook, "delivered")
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1


async def test_of_what_makes_nothing_no_webhook_is_told(notify: Notify, receiver: Receiver) -> None:
    caller = notify.signed_in()
    hook = await make_webhook(caller, receiver.url)
    await notify.job_ended(succeeded(person_of(caller), kind="notification_read"))
    await notify.job_ended(succeeded(None))
    assert await deliveries(caller, hook) == []


async def test_a_failed_try_is_noted_and_tried_again_and_is_no_warning_to_the_operator(
    notify: Notify, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caller = notify.signed_in()
    hook = await make_webhook(caller, receiver.url)
    receiver.answers += [500, "drop"]
    await notify.job_ended(succeeded(person_of(caller)))
    first = await tried(caller, hook, 1)
    assert (first["state"], first["status"], first["error"]) == ("pending", 500, "answered with 500")
    [last] = await until_state(notify, caller, hook, "delivered", hurry=True)
    assert (last["tries"], last["status"], last["error"]) == (3, 204, None)
    assert len({(request.headers["webhook-id"], request.body) for request in receiver.requests}) == 1
    assert _warnings(caplog) == []


async def test_a_receiver_is_left_alone_as_long_as_it_asks(notify: Notify, receiver: Receiver) -> None:
    caller = notify.signed_in()
    hook = await make_webhook(caller, receiver.url)
    receiver.answers += [503]
    receiver.retry_after = "600"
    await notify.job_ended(succeeded(person_of(caller)))
    await tried(caller, hook, 1)

    async def is_put_off() -> bool:
        return any(500 < seconds <= 600 for (seconds,) in await notify.rows(_WAITS))  # those of other tests wait less

    await until(is_put_off, what="the next try in ten minutes")
    await until_state(notify, caller, hook, "delivered", hurry=True)


async def test_after_the_last_try_it_has_failed(notify: Notify, receiver: Receiver) -> None:
    caller = notify.signed_in()
    hook = await make_webhook(caller, receiver.url)
    receiver.answers += [503] * DELIVERY_RETRY.attempts
    await notify.job_ended(succeeded(person_of(caller)))
    [last] = await until_state(notify, caller, hook, "failed", hurry=True)
    assert (last["tries"], last["status"], last["error"]) == (DELIVERY_RETRY.attempts, 503, "answered with 503")
    assert len(receiver.requests) == DELIVERY_RETRY.attempts


async def test_who_is_gone_hears_no_more(notify: Notify, receiver: Receiver) -> None:
    caller = notify.signed_in()
    hook = await make_webhook(caller, receiver.url)
    receiver.answers += [500, 410]
    await notify.job_ended(succeeded(person_of(caller)))
    await tried(caller, hook, 1)

    async def put_off() -> bool:
        return bool(
            await notify.rows(
                "UPDATE inbox SET due_at = now() + interval '1 hour' WHERE consumer = 'notify.deliver_webhook'"
                " AND done_at IS NULL AND owner IS NULL RETURNING id"
            )
        )

    await until(put_off, what="the end of the first try")
    await notify.job_ended(failed(person_of(caller)))
    found = await until_state(notify, caller, hook, "pending", "failed")
    assert (found[1]["status"], found[1]["tries"]) == (410, 1)
    assert (await caller("GET", f"/webhooks/{hook['id']}")).json()["disabled_at"]
    await until_state(notify, caller, hook, "dropped", "failed", hurry=True)
    await notify.job_ended(cancelled(person_of(caller)))
    assert len(await deliveries(caller, hook)) == 2
    assert len(receiver.requests) == 2


@pytest.mark.parametrize("how", ["deleted", "erased"])
async def test_what_was_deleted_before_the_call_is_not_called(notify: Notify, receiver: Receiver, how: str) -> None:
    caller = notify.signed_in()
    hook = await make_webhook(caller, receiver.url)
    receiver.answers += [500]
    await notify.job_ended(succeeded(person_of(caller)))
    await tried(caller, hook, 1)
    if how == "deleted":
        assert (await caller("DELETE", f"/webhooks/{hook['id']}")).status == 204
    else:
        await notify.erase(person_of(caller))
    left = "SELECT 1 FROM webhook_deliveries WHERE person_id = $1"
    assert await notify.rows(left, person_of(caller)) == []

    async def over() -> bool:
        open_ones = (
            "UPDATE inbox SET due_at = now() WHERE consumer = 'notify.deliver_webhook' AND done_at IS NULL"
            " RETURNING owner"
        )
        return not await notify.rows(open_ones)

    await until(over, what="the end of the delivery")
    assert len(receiver.requests) == 1


async def test_what_nobody_has_closed_for_a_day_has_failed(notify: Notify) -> None:
    caller = notify.signed_in()
    hook = await make_webhook(caller, "http://127.0.0.1:9/nobody", ALL)
    await notify.job_ended(succeeded(person_of(caller)))
    await tried(caller, hook, 1)
    await notify.rows(_AGED, hook["id"])
    [found] = await deliveries(caller, hook)
    assert (found["state"], found["error"]) == ("failed", "no connection")


async def test_names_that_people_give_take_no_thread_of_deliveries(notify: Notify, receiver: Receiver) -> None:
    caller = notify.signed_in()
    hook = await make_webhook(caller, receiver.url.replace("127.0.0.1", HERE))
    given = {"url": f"https://{TARPIT}/", "events": ALL}
    asked = [
        asyncio.create_task(notify.signed_in()("POST", "/webhooks", given)) for _ in range(THREADS + GIVEN_THREADS)
    ]

    async def taken() -> bool:
        return notify.names.asked.count(TARPIT) >= GIVEN_THREADS

    await until(taken, what="threads that wait for a name server")
    await notify.job_ended(succeeded(person_of(caller)))
    [only] = await until_state(notify, caller, hook, "delivered")
    assert (only["tries"], HERE in notify.names.asked) == (1, True)
    notify.names.open.set()
    await asyncio.gather(*asked)


async def test_names_that_one_person_gives_keep_nobody_from_making_a_webhook(notify: Notify) -> None:
    one, other = notify.signed_in(), notify.signed_in()
    notify.names.open.clear()
    before = notify.names.asked.count(TARPIT)
    given = {"url": f"https://{TARPIT}/", "events": ALL}
    asked = [asyncio.create_task(one("POST", "/webhooks", given)) for _ in range(2 * GIVEN_THREADS)]

    async def taken() -> bool:
        return notify.names.asked.count(TARPIT) >= before + GIVEN_EACH

    await until(taken, what="threads that wait for a name server")
    await make_webhook(other, f"http://{HERE}:9/")
    notify.names.open.set()
    await asyncio.gather(*asked)


async def test_calls_that_nobody_answers_delay_no_other_persons(
    notify: Notify, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    slow, other = notify.signed_in(), notify.signed_in()
    async with receiving() as silent:
        silent.answers += ["silence"] * _MANY
        hanging, hook = await make_webhook(slow, silent.url), await make_webhook(other, receiver.url)
        for _ in range(_MANY):
            await notify.job_ended(succeeded(person_of(slow)))
        await notify.job_ended(succeeded(person_of(other)))
        await until_state(notify, other, hook, "delivered")
        assert len(silent.requests) < _MANY  # those before it in the queue have not all had their calls
        assert (await slow("DELETE", f"/webhooks/{hanging['id']}")).status == 204
    assert _warnings(caplog) == []


async def test_a_delivery_that_is_a_day_old_is_not_tried_again(notify: Notify, receiver: Receiver) -> None:
    caller = notify.signed_in()
    hook = await make_webhook(caller, receiver.url)
    receiver.answers += [500]
    await notify.job_ended(succeeded(person_of(caller)))
    await tried(caller, hook, 1)
    await notify.rows(_AGED, hook["id"])

    async def over() -> bool:
        state = "SELECT state FROM webhook_deliveries WHERE webhook_id = $1::text::uuid"
        await notify.rows(_HURRY)
        return [row.state for row in await notify.rows(state, hook["id"])] == ["failed"]

    await until(over, what="the end of the delivery")
    assert len(receiver.requests) == 1


def _warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


async def test_nobody_is_called_of_whom_the_consent_was_taken_back(notify: Notify, receiver: Receiver) -> None:
    caller = notify.signed_in()
    hook = await make_webhook(caller, receiver.url)
    await notify.job_ended(succeeded(person_of(caller)))
    await until_state(notify, caller, hook, "delivered")
    notify.agree(person_of(caller), granted=False)
    await notify.job_ended(succeeded(person_of(caller)))
    await until_state(notify, caller, hook, "delivered", "dropped")
    assert len(receiver.requests) == 1
    notify.agree(person_of(caller))
    await notify.job_ended(succeeded(person_of(caller)))
    await until_state(notify, caller, hook, "delivered", "dropped", "delivered")
    assert len(receiver.requests) == 2, "what was dropped is not sent later"
