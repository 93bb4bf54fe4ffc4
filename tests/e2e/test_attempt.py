"""Tests the main job as a client sees it, on the whole product: in one process, and in several on RabbitMQ."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import Response

from chassis.testing import until
from tests.faults.client import Client

pytestmark = pytest.mark.timeout(180)

SAMPLES = Path(__file__).parents[2] / "samples"
#: what all of the samples have to read, however they read it
LINE = "Peter Piper picked a peck of pickled peppers."
TEXT = {"text": LINE}
STARTED = "step.started"
STEPS = ["attempt.accepted", STARTED, "attempt.assessed", STARTED, "feedback.given", "job.succeeded"]
WITHIN = 60.0  # seconds


@pytest.fixture(scope="session")
def five_processes(two_gateways: Sequence[str]) -> str:
    """Provides the address of `voxbus run-rabbit`, of whose two gateways this is one."""
    return two_gateways[0]


@pytest.fixture(scope="module", params=["all_in_one", pytest.param("five_processes", marks=pytest.mark.in_full)])
def address(request: pytest.FixtureRequest) -> str:
    """Provides the gateway of either mode; of several processes where a test says so, and in full."""
    return str(request.getfixturevalue(request.param))


#: for what is done otherwise between processes than in one; that a cancel meets an attempt at any of its steps between
#: processes is a fault of its own (`cancel races every step`), and how a recording is read is the same in both
in_either_mode = pytest.mark.parametrize(
    "address",
    ["all_in_one", pytest.param("five_processes", marks=pytest.mark.landing)],
    indirect=True,
    scope="module",
)


@pytest.fixture
async def client(address: str) -> AsyncIterator[Client]:
    """Provides a client signed in as a new adult."""
    async with Client(address) as client:
        yield client


async def send(
    client: Client, name: str, read: Mapping[str, str] = TEXT, headers: Mapping[str, str] | None = None
) -> Response:
    """POSTs one sample; `read` says what should have been read."""
    files = {"recording": (name, (SAMPLES / name).read_bytes())}
    return await client.http.post("/attempts", files=files, data=read, headers=headers, timeout=90)


def job_of(answer: Response) -> UUID:
    """Returns the job a 202 names."""
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == f"/jobs/{answer.json()['job']['id']}"
    return UUID(answer.json()["job"]["id"])


async def get(client: Client, path: str) -> Any:
    """Returns a resource that is there."""
    answer = await client.http.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def ended(client: Client, name: str, read: Mapping[str, str] = TEXT) -> dict[str, Any]:
    """Sends a sample, waits for the end of its stream, and reads the attempt.

    Each of two gateways records what it takes from the queue: what is said within milliseconds may change its places,
    and a step's start that is recorded behind the end is not sent.
    """
    job = job_of(await send(client, name, read))
    types = [event.type for event in await client.follow(job)]
    assert (types[0], types[-1]) == (STEPS[0], STEPS[-1])
    assert {*types} == {*STEPS} and len(types) in (len(STEPS) - 1, len(STEPS)), types
    assert all(types.count(each) == 1 for each in STEPS if each != STARTED), types
    attempt: dict[str, Any] = await get(client, f"/attempts/{job}")
    return attempt


def verdicts(attempt: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Returns each word with its verdict."""
    return [(word["word"], word["verdict"]) for word in attempt["words"]]


async def test_one_recorder_keeps_the_order_in_which_steps_start_and_end(all_in_one: str) -> None:
    async with Client(all_in_one) as client:
        job = job_of(await send(client, "silence.webm"))
        assert [event.type for event in await client.follow(job)] == STEPS


async def test_one_reading_in_three_formats(client: Client) -> None:
    names = ["peter-piper.webm", "peter-piper.m4a", "peter-piper.mp3"]
    for attempt in await asyncio.gather(*(ended(client, name) for name in names)):
        assert attempt["status"] == "assessed"
        assert verdicts(attempt) == [(word.strip("."), "correct") for word in LINE.split()]
        assert attempt["scores"]["completeness"] == 100
        assert attempt["feedback"]["summary"]
        assert attempt["engine"]["name"] == "moonshine"


async def test_a_different_reading_shows_what_was_left_out_and_what_was_said_twice(client: Client) -> None:
    attempt = await ended(client, "peter-piper-different.webm")
    found = verdicts(attempt)
    assert ("pickled", "omitted") in found
    assert "repeated" in {verdict for _, verdict in found}
    assert ("peck", "correct") not in found
    assert attempt["scores"]["completeness"] < 100
    assert [tip["word"] for tip in attempt["feedback"]["tips"]] == ["peck", "pickled"]


async def test_silence_is_not_heard_and_has_no_score(client: Client) -> None:
    attempt = await ended(client, "silence.webm")
    assert attempt["status"] == "not_heard"
    assert attempt["refusal"]["reason"] == "silent"
    assert (attempt["transcript"], attempt["scores"], attempt["words"]) == (None, None, [])
    assert attempt["feedback"]["summary"]


@in_either_mode
async def test_what_follows_an_attempt_at_a_twister(client: Client) -> None:
    [twister] = [t for t in (await get(client, "/twisters?sound=P&limit=100"))["items"] if t["text"] == LINE]
    attempt = await ended(client, "peter-piper.webm", {"twister_id": twister["id"]})
    assert (attempt["twister_id"], attempt["text"]) == (twister["id"], LINE)

    async def all_followed() -> bool:
        told = (await get(client, "/notifications"))["items"]
        now = await get(client, f"/attempts/{attempt['id']}")
        return bool(told and now["feedback"]["next_twister_id"] and now["recording"]["deleted_at"])

    await until(all_followed, within=WITHIN, what="notification, next twister, deleted recording")
    assert "P" in {sound["sound"] for sound in (await get(client, "/twisters/progress"))["sounds"]}
    [notification] = (await get(client, "/notifications"))["items"]
    read = await client.http.post(f"/notifications/{notification['id']}/read")
    assert read.status_code == 200 and read.json()["read_at"], read.text
    assert (await get(client, "/notifications"))["items"] == [read.json()]
    assert {job["kind"] for job in (await get(client, "/jobs"))["items"]} == {"attempt"}


async def test_the_same_key_is_the_same_job_and_never_another(client: Client) -> None:
    key = {"Idempotency-Key": uuid4().hex}
    first = job_of(await send(client, "silence.webm", headers=key))
    assert job_of(await send(client, "silence.webm", headers=key)) == first
    other = await send(client, "silence.webm", {"text": "Red lorry, yellow lorry."}, key)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-conflict")
    await client.follow(first)
    again = await send(client, "silence.webm", headers=key)
    assert again.json()["job"] == {"id": str(first), "kind": "attempt", "status": "succeeded"}


async def test_waiting_gives_the_finished_attempt(client: Client) -> None:
    headers = {"Prefer": "wait=30", "Idempotency-Key": uuid4().hex}

    async def finished() -> Response | None:
        """Asks again where a machine is so slow that it is answered before the end."""
        answer = await send(client, "peter-piper.webm", headers=headers)
        assert answer.status_code in (200, 202), answer.text
        return answer if answer.status_code == 200 else None

    answer = await until(finished, within=2 * WITHIN, what="the finished attempt")
    assert answer.headers["Preference-Applied"] == "wait=30"
    assert answer.json()["status"] == "assessed"


async def test_a_job_is_cancelled_while_it_runs(client: Client) -> None:
    busy = [job_of(await send(client, "peter-piper.webm")) for _ in range(4)]
    job = job_of(await send(client, "peter-piper.webm"))
    assert (await client.http.delete(f"/jobs/{job}")).status_code == 202
    assert (await client.follow(job))[-1].type == "job.cancelled"
    assert (await client.http.delete(f"/jobs/{job}")).status_code == 200

    async def forgotten() -> bool:
        return bool((await get(client, f"/attempts/{job}"))["recording"]["deleted_at"])

    await until(forgotten, within=WITHIN, what="the recording's deletion")
    attempt = await get(client, f"/attempts/{job}")
    assert (attempt["status"], attempt["feedback"]) == ("cancelled", None)
    await asyncio.gather(*(client.follow(other) for other in busy))
    assert (await client.http.delete(f"/jobs/{busy[0]}")).status_code == 409


@pytest.mark.parametrize("born", [{"birth_date": "2020-01-01"}, {}], ids=["a child", "age unknown"])
async def test_a_childs_voice_is_not_recorded_before_a_guardian_agrees(client: Client, born: dict[str, str]) -> None:
    await client.sign_up(born)
    answer = await send(client, "silence.webm")
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/guardian-consent-required")
    assert (await get(client, "/attempts"))["items"] == []
