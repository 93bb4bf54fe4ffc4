"""Tests webhooks from HTTP to a real receiver: gateway and notify in one process, whatever the receiver does."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient
from standardwebhooks import Webhook

from chassis.bus.memory import MemoryBus
from chassis.fresh_databases import fresh_database
from chassis.settings import Settings
from chassis.storage.media import open_media
from chassis.testing import LOOK_EVERY_S, Harness, running, until
from contracts.base import Message
from contracts.common import StepFailed
from contracts.feedback import FeedbackGiven
from contracts.speech import AttemptAssessed
from gateway.service import SERVICE as GATEWAY
from notify.service import SERVICE as NOTIFY
from tests.receiver import Receiver, receiving

Headers = dict[str, str]
ALL = ["job.succeeded", "job.failed", "job.cancelled"]
#: the mails of a sign-up have effects, too
_OF_WEBHOOKS = "WHERE key LIKE '%/notify.deliver_webhook/%'"
WEBM = b"\x1a\x45\xdf\xa3" + bytes(60)


@pytest.fixture
async def harness(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Harness]:
    monkeypatch.setenv("VOXBUS_WEBHOOK_ALLOW_NETS", "127.0.0.0/8")
    services, bus = [GATEWAY, NOTIFY], MemoryBus()
    settings = Settings(port=0, data_dir=tmp_path, look_every=LOOK_EVERY_S)
    async with fresh_database(postgres_url, services) as url:
        async with running(services, url, bus, open_media(None, tmp_path), settings) as found:
            yield found
        await bus.close()


@pytest.fixture
async def door(harness: Harness) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(base_url=harness.address, timeout=60) as client:
        yield client


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


async def sign_up(door: AsyncClient) -> Headers:
    """Signs up a new adult; returns the headers of that person's requests."""
    body = {"email": f"{uuid4()}@b.example", "password": "correct horse", "username": "Robin"}
    made = await door.post("/auth/signup", json={**body, "birth_date": "2001-05-17"})
    return {"Authorization": f"Bearer {made.json()['access_token']}"}


async def create(door: AsyncClient, headers: Headers, url: str, events: list[str] = ALL) -> dict[str, Any]:
    made = await door.post("/webhooks", headers=headers, json={"url": url, "events": events})
    assert made.status_code == 201, made.text
    return dict(made.json())


async def attempt(door: AsyncClient, headers: Headers) -> UUID:
    made = await door.post("/attempts", headers=headers, files={"recording": ("a", WEBM)}, data={"text": "Red lorry"})
    return UUID(made.json()["job"]["id"])


async def succeed(harness: Harness, job_id: UUID) -> None:
    for message in (AttemptAssessed, FeedbackGiven):
        await say(harness, message.model_validate(message.examples()[0]), job_id)


async def say(harness: Harness, message: Message, job_id: UUID) -> None:
    person = await harness.rows("gateway", "SELECT person_id FROM jobs WHERE id = $1", job_id)
    await harness.publish(message, job_id=job_id, person_id=person[0].person_id)


async def hurry(harness: Harness) -> None:
    """Lets all backoffs run out at once."""
    await harness.rows(
        "notify",
        "UPDATE inbox SET due_at = now() WHERE consumer = 'notify.deliver_webhook' AND done_at IS NULL"
        " AND owner IS NULL",
    )


async def delivery(door: AsyncClient, headers: Headers, hook: dict[str, Any]) -> dict[str, Any]:
    [found] = (await door.get(f"/webhooks/{hook['id']}/deliveries", headers=headers)).json()["items"]
    return dict(found)


async def until_told(harness: Harness, door: AsyncClient, headers: Headers, hook: dict[str, Any], state: str) -> Any:
    async def told() -> dict[str, Any] | None:
        await hurry(harness)
        found = (await door.get(f"/webhooks/{hook['id']}/deliveries", headers=headers)).json()["items"]
        return found[0] if found and found[0]["state"] == state else None

    return await until(told, what=f"a delivery that is {state}")


async def test_a_receiver_is_told_of_each_end_signed_and_without_a_word_of_the_person(
    door: AsyncClient, harness: Harness, receiver: Receiver
) -> None:
    headers = await sign_up(door)
    hook = await create(door, headers, receiver.url)
    other = await create(door, headers, receiver.url + "/failures", ["job.failed"])
    stranger = await sign_up(door)
    await create(door, stranger, receiver.url + "/stranger")
    assert hook["secret"] != other["secret"]
    good, bad, given_up = [await attempt(door, headers) for _ in range(3)]
    await succeed(harness, good)
    failed = StepFailed.model_validate(StepFailed.examples()[0])
    await say(harness, failed, bad)
    assert (await door.delete(f"/jobs/{given_up}", headers=headers)).status_code == 202

    async def all_told() -> bool:
        return len(receiver.requests) >= 4

    await until(all_told, what="four calls")
    judge = {"/hook": Webhook(hook["secret"]), "/hook/failures": Webhook(other["secret"])}
    told = [(request.path, judge[request.path].verify(request.body, request.headers)) for request in receiver.requests]
    seen = sorted((path, said["type"], said["data"]["job_id"], said["data"]["kind"]) for path, said in told)
    assert seen == sorted(
        [
            ("/hook", "job.succeeded", str(good), "attempt"),
            ("/hook", "job.failed", str(bad), "attempt"),
            ("/hook", "job.cancelled", str(given_up), "attempt"),
            ("/hook/failures", "job.failed", str(bad), "attempt"),
        ]
    )
    for _, said in told:
        assert said.keys() == {"type", "timestamp", "data"}
        assert said["data"].get("problem") == (failed.problem.type if said["type"] == "job.failed" else None)
        assert "lorry" not in json.dumps(said).lower()
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 4
    listed = (await door.get("/webhooks", headers=headers)).json()["items"]
    assert [each["id"] for each in listed] == [other["id"], hook["id"]]
    assert "secret" not in json.dumps(listed)


async def test_a_call_of_unknown_outcome_is_made_again_under_the_same_id(
    door: AsyncClient, harness: Harness, receiver: Receiver
) -> None:
    headers = await sign_up(door)
    hook = await create(door, headers, receiver.url)
    receiver.answers += ["drop", 500, 307]
    await succeed(harness, await attempt(door, headers))
    found = await until_told(harness, door, headers, hook, "delivered")
    assert (found["tries"], found["status"], found["error"]) == (4, 204, None)
    assert len(receiver.requests) == 4
    assert len({(request.headers["webhook-id"], request.body) for request in receiver.requests}) == 1
    [effect] = await harness.rows("notify", f"SELECT state, result FROM effects {_OF_WEBHOOKS}")
    assert (effect.state, effect.result) == ("done", {"status": 204})


async def test_a_receiver_that_is_down_hears_of_it_when_it_is_back(door: AsyncClient, harness: Harness) -> None:
    headers = await sign_up(door)
    async with receiving() as receiver:
        hook = await create(door, headers, receiver.url)
    await succeed(harness, await attempt(door, headers))

    async def tried() -> bool:
        found = (await door.get(f"/webhooks/{hook['id']}/deliveries", headers=headers)).json()["items"]
        return bool(found and found[0]["tries"] >= 1)

    await until(tried, what="a try")
    waiting = await delivery(door, headers, hook)
    assert (waiting["state"], waiting["status"], waiting["error"]) == ("pending", None, "no connection")
    assert await harness.rows("notify", f"SELECT key FROM effects {_OF_WEBHOOKS}") == []  # surely not sent
    async with receiving(receiver):
        found = await until_told(harness, door, headers, hook, "delivered")
    assert (found["tries"] >= 2, len(receiver.requests)) == (True, 1)


async def test_gone_means_no_more(door: AsyncClient, harness: Harness, receiver: Receiver) -> None:
    headers = await sign_up(door)
    hook = await create(door, headers, receiver.url)
    receiver.answers += [410]
    await succeed(harness, await attempt(door, headers))
    assert (await until_told(harness, door, headers, hook, "failed"))["status"] == 410
    assert (await door.get("/webhooks", headers=headers)).json()["items"][0]["disabled_at"]
    await succeed(harness, await attempt(door, headers))
    await harness.until_emitted("job.succeeded", 2)
    await harness.until_settled("notify")
    assert len(receiver.requests) == 1


async def test_a_webhook_may_not_lead_inside_nor_be_too_many(
    door: AsyncClient, harness: Harness, receiver: Receiver
) -> None:
    headers = await sign_up(door)
    for url in ("https://10.0.0.1/", "http://169.254.169.254/latest", "https://[::ffff:10.0.0.1]/", "https://0/"):
        refused = await door.post("/webhooks", headers=headers, json={"url": url, "events": ALL})
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/webhook-refused")
    wrong: list[dict[str, Any]] = [
        {"url": "ftp://a.example", "events": ALL},
        {"url": "https://u:hush@a.example", "events": ALL},
        {"url": "https://a.example/" + "x" * 2000, "events": ALL},
        {"url": receiver.url, "events": []},
        {"url": receiver.url, "events": ["job.failed", "job.failed"]},
        {"url": receiver.url, "events": ["step.started"]},
    ]
    for body in wrong:
        refused = await door.post("/webhooks", headers=headers, json=body)
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/invalid")
        assert "hush" not in refused.text
    for _ in range(10):
        await create(door, headers, receiver.url)
    many = await door.post("/webhooks", headers=headers, json={"url": receiver.url, "events": ALL})
    assert (many.status_code, many.json()["type"]) == (409, "/problems/too-many-webhooks")


async def test_a_webhook_is_its_persons_alone_and_can_be_forgotten(
    door: AsyncClient, harness: Harness, receiver: Receiver
) -> None:
    headers, stranger = await sign_up(door), await sign_up(door)
    keyed = {**headers, "Idempotency-Key": "once"}
    body = {"url": receiver.url, "events": ALL}
    hook, again = [(await door.post("/webhooks", headers=keyed, json=body)).json() for _ in range(2)]
    assert hook == again
    for method, path in (("DELETE", ""), ("GET", "/deliveries")):
        refused = await door.request(method, f"/webhooks/{hook['id']}{path}", headers=stranger)
        nobody = await door.request(method, f"/webhooks/{uuid4()}{path}", headers=headers)
        told = [
            {name: value for name, value in each.json().items() if name != "request_id"} for each in (refused, nobody)
        ]
        assert (refused.status_code, told[0]) == (404, told[1])
    receiver.answers += ["drop"]
    await succeed(harness, await attempt(door, headers))

    async def tried() -> bool:
        return bool(receiver.requests)

    await until(tried, what="a try")
    assert (await door.delete(f"/webhooks/{hook['id']}", headers=headers)).status_code == 204
    assert (await door.get("/webhooks", headers=headers)).json()["items"] == []
    assert await harness.rows("notify", "SELECT id FROM webhook_deliveries") == []
    await hurry(harness)
    await harness.until_settled("notify")
    assert len(receiver.requests) == 1
