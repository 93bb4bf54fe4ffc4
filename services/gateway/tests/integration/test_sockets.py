"""Tests tickets, and streams over WebSocket, on the gateway as a process really serves it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from chassis.bus.memory import MemoryBus
from chassis.delivery.outbox import RUNG, Bell
from chassis.fresh_databases import fresh_database
from chassis.settings import Settings
from chassis.storage.database import Database, open_database
from chassis.storage.keys import Keys
from chassis.storage.media import open_media
from chassis.stores_in_memory import KeysInMemory
from chassis.testing import Harness, running, until
from contracts.feedback import FeedbackGiven
from contracts.speech import AttemptAssessed
from gateway.consents import guardians
from gateway.edge.auth import tickets
from gateway.edge.sockets import MOST_JOBS
from gateway.service import SERVICE
from services.gateway.tests.integration.test_door import sign_up

WEBM = b"\x1a\x45\xdf\xa3" + bytes(60)
Headers = dict[str, str]


def settings(folder: Path) -> Settings:
    """Provides settings with a signing key of their own in the folder."""
    return Settings(port=0, data_dir=folder, look_every=0.1)


@pytest.fixture(scope="module")
async def url(postgres_url: str) -> AsyncIterator[str]:
    """Provides a database of this module's: a gateway does not start without the keys of what is stored there."""
    async with fresh_database(postgres_url, [SERVICE]) as made:
        yield made


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys(KeysInMemory())


@pytest.fixture
async def harness(url: str, keys: Keys, tmp_path: Path) -> AsyncIterator[Harness]:
    bus, media = MemoryBus(), open_media(None, tmp_path)
    async with running([SERVICE], url, bus, media, settings(tmp_path), keys=keys) as found:
        yield found
    await bus.close()


@pytest.fixture
async def door(harness: Harness) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(base_url=harness.address, timeout=60) as client:
        yield client


def at(harness: Harness, query: str = "") -> str:
    return f"{harness.address.replace('http', 'ws', 1)}/events/ws{query}"


async def attempt(door: AsyncClient, headers: Headers) -> UUID:
    made = await door.post("/attempts", headers=headers, files={"recording": ("a", WEBM)}, data={"text": "Red lorry"})
    return UUID(made.json()["job"]["id"])


async def assess(harness: Harness, job_id: UUID) -> None:
    """Publishes the events that make an attempt succeed."""
    [[person]] = await harness.rows("gateway", "SELECT person_id FROM jobs WHERE id = $1", job_id)
    for message in (AttemptAssessed, FeedbackGiven):
        await harness.publish(message.model_validate(message.examples()[0]), job_id=job_id, person_id=person)


async def ask(socket: ClientConnection, **request: Any) -> None:
    await socket.send(json.dumps({key: str(v) if isinstance(v, UUID) else v for key, v in request.items()}))


async def hear(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(20):
        return dict(json.loads(await socket.recv()))


async def until_the_end(socket: ClientConnection) -> list[dict[str, Any]]:
    found = [await hear(socket)]
    while found[-1]["type"] != "job.end":
        found.append(await hear(socket))
    return found


async def test_a_ticket_is_good_once_on_any_replica_and_for_thirty_seconds(
    gateway_url: str, gateway_database: Database
) -> None:
    other, person, session = open_database(gateway_url, "gateway"), uuid4(), uuid4()
    ticket = await tickets.issue(gateway_database, person, session, 3600)
    replicas = [gateway_database, other] * 5
    left = "SELECT extract(epoch FROM expires_at - now()) FROM tickets WHERE person_id = $1"
    [[seconds]] = await gateway_database.fetch(left, person)
    assert 0 < seconds <= 30
    assert await tickets.redeem(other, ticket + "x", None) is None
    assert await tickets.redeem(other, "x" * 10_000, None) is None
    used = await asyncio.gather(*(tickets.redeem(database, ticket, None) for database in replicas))
    [found] = [each for each in used if each is not None]
    assert (found.person, found.session, round(found.seconds, -2)) == (person, session, 3600)
    late = await tickets.issue(gateway_database, person, None, 3600)
    await gateway_database.fetch("UPDATE tickets SET expires_at = now() WHERE person_id = $1", person)
    assert await tickets.redeem(other, late, None) is None
    assert await tickets.redeem(other, late, uuid4()) is None
    await other.close()


async def test_a_ticket_opens_its_own_stream_again_for_ten_minutes_and_no_other(
    gateway_url: str, gateway_database: Database
) -> None:
    other, person, jobs = open_database(gateway_url, "gateway"), uuid4(), [uuid4(), uuid4()]
    ticket = await tickets.issue(gateway_database, person, None, 60)
    replicas = [gateway_database, other] * 5
    raced = await asyncio.gather(
        *(tickets.redeem(database, ticket, jobs[place % 4 // 2]) for place, database in enumerate(replicas))
    )
    [[row]] = await gateway_database.fetch("SELECT job_id FROM tickets WHERE person_id = $1", person)
    own, stranger = (jobs if row == jobs[0] else jobs[::-1])[:2]
    assert all((found is not None) == (jobs[place % 4 // 2] == own) for place, found in enumerate(raced))
    assert await tickets.redeem(other, ticket, stranger) is None
    assert await tickets.redeem(other, ticket, None) is None  # a WebSocket would show every job of the person
    again = await tickets.redeem(other, ticket, own)
    assert again is not None and again.seconds > 600  # longer than the token
    left = "SELECT extract(epoch FROM expires_at - now())::float8 FROM tickets WHERE person_id = $1"
    [[seconds]] = await gateway_database.fetch(left, person)
    assert 500 < seconds <= 600  # from its first use: another does not prolong it
    await gateway_database.fetch("UPDATE tickets SET expires_at = now() WHERE person_id = $1", person)
    assert await tickets.redeem(other, ticket, own) is None
    await other.close()


async def test_a_ticket_opens_one_stream_of_its_own_person(door: AsyncClient, harness: Harness) -> None:
    headers = await sign_up(door)
    job_id = await attempt(door, headers)
    await assess(harness, job_id)
    ticket = (await door.post("/auth/tickets", headers=headers)).json()
    assert ticket["expires_in"] == 30
    stream = f"/jobs/{job_id}/events?ticket={ticket['ticket']}"
    assert "event: job.succeeded" in (await door.get(stream)).text
    last = await door.get(stream, headers={"Last-Event-ID": "4"})  # an EventSource connects again by itself
    assert (last.status_code, last.text.partition("\n")[0]) == (200, "event: job.end")
    another = await door.get(f"/jobs/{await attempt(door, headers)}/events?ticket={ticket['ticket']}")
    assert (another.status_code, another.json()["type"]) == (401, "/problems/unauthorized")
    assert (await door.get(f"/jobs/{job_id}/events", headers=headers)).status_code == 200
    strangers = (await door.post("/auth/tickets", headers=await sign_up(door))).json()["ticket"]
    assert (await door.get(f"/jobs/{job_id}/events?ticket={strangers}")).status_code == 404
    assert (await door.get(f"/jobs/{job_id}?ticket={strangers}")).status_code == 401  # of use for streams alone
    assert (await door.post("/auth/tickets")).status_code == 401


async def test_a_ticket_is_neither_logged_nor_traced(
    door: AsyncClient, harness: Harness, caplog: pytest.LogCaptureFixture, exported: InMemorySpanExporter
) -> None:
    headers = await sign_up(door)
    first, second, third = [(await door.post("/auth/tickets", headers=headers)).json()["ticket"] for _ in range(3)]
    with caplog.at_level(logging.INFO, logger="uvicorn"):
        await door.get(f"/jobs/{uuid4()}/events?a=1&ticket={first}&b=2")
        async with connect(at(harness, f"?%74icket={second}")) as socket:
            await ask(socket, op="nothing")
            await hear(socket)
        async with connect(at(harness, f"?ticket={second}")) as socket:
            assert (await hear(socket))["op"] == "error"
    await door.get(f"/nothing/here?ticket={third}")
    metrics = (await door.get("/metrics")).text
    spans = [str(span.attributes) for span in exported.get_finished_spans()]
    assert any("/jobs/{id}/events" in span for span in spans)  # requests are traced, by the template of their route
    lines = [record.getMessage() for record in caplog.records if not record.name.startswith("httpx")]
    assert any("[accepted]" in line for line in lines)  # more than the product lets its server say
    written = "".join([*lines, metrics, *spans])
    assert not [ticket for ticket in (first, second, third) if ticket in written]


async def test_jobs_are_followed_over_one_connection_as_over_sse(door: AsyncClient, harness: Harness) -> None:
    headers = await sign_up(door)
    one, two = await attempt(door, headers), await attempt(door, headers)
    async with connect(at(harness), additional_headers=headers) as socket:
        await ask(socket, op="subscribe", job_id=one)
        assert (await hear(socket))["type"] == "attempt.accepted"
        await assess(harness, one)
        found = await until_the_end(socket)
        assert [event["seq"] for event in found] == [2, 3, 4, None]
        await ask(socket, op="subscribe", job_id=one, after=2)  # once more from where a client may have been cut
        assert await until_the_end(socket) == found[1:]
        await ask(socket, op="subscribe", job_id=one, after=4)  # all seen: only the end comes
        assert [event["type"] for event in await until_the_end(socket)] == ["job.end"]
        await ask(socket, op="subscribe", job_id=two)
        assert (await hear(socket))["job_id"] == str(two)
        await ask(socket, op="unsubscribe", job_id=two)
        await assess(harness, two)
        await harness.until_emitted("job.succeeded", 2)
        await ask(socket, op="subscribe", job_id=two, after=3)
        assert [event["seq"] for event in await until_the_end(socket)] == [4, None]
    lines = (await door.get(f"/jobs/{one}/events", headers=headers)).text.splitlines()
    sent = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    assert sent[1:] == found


async def test_what_is_new_of_ones_own_is_told_over_both_kinds_of_streams(door: AsyncClient, harness: Harness) -> None:
    headers, other = await sign_up(door), await sign_up(door)
    person, stranger = [UUID((await door.get("/me", headers=each)).json()["id"]) for each in (headers, other)]
    ticket = (await door.post("/auth/tickets", headers=headers)).json()["ticket"]
    async with (
        connect(at(harness), additional_headers=headers) as socket,
        door.stream("GET", f"/events?ticket={ticket}") as stream,
    ):
        lines = (line async for line in stream.aiter_lines() if line.startswith("data: "))
        await ask(socket, op="subscribe", about="notifications")
        for round_ in range(2):  # the first is at once, the next once a service has rung
            heard, read = await hear(socket), json.loads((await anext(lines)).removeprefix("data: "))
            for event in (heard, read):
                event.pop("time")
                assert event == {"type": "notifications.changed", "seq": None, "data": {}}
            if round_ == 0:
                await harness.bus.publish_transient(RUNG, Bell(frozenset({stranger})).body())
                await harness.bus.publish_transient(RUNG, Bell(frozenset({stranger, person})).body())
        await ask(socket, op="unsubscribe", about="notifications")
        await ask(socket, op="nothing")
        assert (await hear(socket))["problem"]["type"] == "/problems/invalid"  # nothing came before it
    assert (await door.get("/events")).status_code == 401


async def test_a_guardian_hears_that_a_child_s_job_has_ended_and_what_was_decided(
    door: AsyncClient, harness: Harness
) -> None:
    guardian, child, other = [await sign_up(door) for _ in range(3)]
    ids = [UUID((await door.get("/me", headers=each)).json()["id"]) for each in (guardian, child, other)]
    database = open_database(harness.database_url, "gateway")
    async with database.transaction() as tx:
        await guardians.link(tx, ids[1], ids[0])
    job, others = await attempt(door, child), await attempt(door, other)
    async with AsyncExitStack() as stack:
        streams = [
            await stack.enter_async_context(door.stream("GET", "/events", headers=each)) for each in (guardian, other)
        ]
        heard, unheard = [
            (json.loads(line.removeprefix("data: "))["type"] async for line in each.aiter_lines() if "data: " in line)
            for each in streams
        ]
        assert [await anext(heard), await anext(unheard)] == ["notifications.changed"] * 2
        await assess(harness, others)
        await harness.until_emitted("job.succeeded", 1)
        assert (await door.delete(f"/jobs/{job}", headers=child)).status_code == 202
        assert await anext(heard) == "children.changed"
        await database.fetch("UPDATE people SET birth_date = '2018-01-01' WHERE id = $1", ids[1])  # nobody else decides
        taken = await door.delete(f"/guardian/children/{ids[1]}/consents/assess_voice/voxbus", headers=guardian)
        assert taken.status_code == 200
        assert await anext(heard) == "children.changed"
        await harness.bus.publish_transient(RUNG, Bell(frozenset(ids)).body())
        assert [await anext(heard), await anext(unheard)] == ["notifications.changed"] * 2  # nothing came between
    await database.close()


async def test_what_is_no_request_is_answered_and_the_connection_goes_on(door: AsyncClient, harness: Harness) -> None:
    headers, job_id = await sign_up(door), uuid4()
    someones = await attempt(door, await sign_up(door))
    async with connect(at(harness), additional_headers=headers) as socket:
        wrong: list[tuple[str | bytes, str]] = [
            ("{", "bad-request"),
            ("[]", "bad-request"),
            ("", "bad-request"),
            (b"\xff\x00", "bad-request"),
            ('{"op": "unsubscribe", "op": "subscribe", "job_id": "secret"}', "bad-request"),
            ("x" * 2_000, "bad-request"),
            ('{"op": "resubscribe", "job_id": "secret"}', "invalid"),
            (json.dumps({"op": "subscribe"}), "invalid"),
            (json.dumps({"op": "subscribe", "about": "everything"}), "invalid"),
            (json.dumps({"op": "subscribe", "about": "notifications", "job_id": str(job_id)}), "invalid"),
            (json.dumps({"op": "subscribe", "job_id": str(job_id), "after": -1}), "invalid"),
        ]
        for sent, problem in wrong:
            await socket.send(sent)
            answer = await hear(socket)
            assert (answer["op"], answer["problem"]["type"]) == ("error", f"/problems/{problem}")
            assert "secret" not in str(answer)
        refused = []
        for unknown in (job_id, someones):
            await ask(socket, op="subscribe", job_id=unknown)
            answer = await hear(socket)
            assert answer.pop("job_id") == str(unknown)
            refused.append(answer)
        assert refused[0] == refused[1]
        assert refused[0]["problem"]["type"] == "/problems/not-found"


async def test_one_connection_follows_so_many_jobs_and_no_more(door: AsyncClient, harness: Harness) -> None:
    headers = await sign_up(door)
    mine = [await attempt(door, headers) for _ in range(MOST_JOBS + 1)]
    async with connect(at(harness), additional_headers=headers) as socket:
        for job_id in mine[:-1]:
            await ask(socket, op="subscribe", job_id=job_id)
        assert {(await hear(socket))["job_id"] for _ in mine[:-1]} == {str(job_id) for job_id in mine[:-1]}
        await ask(socket, op="subscribe", job_id=mine[-1])
        assert (await hear(socket))["problem"]["type"] == "/problems/too-many-subscriptions"
        await ask(socket, op="unsubscribe", job_id=mine[0])
        await ask(socket, op="subscribe", job_id=mine[-1])
        assert (await hear(socket))["job_id"] == str(mine[-1])


async def test_a_person_has_fifty_streams_of_both_kinds(door: AsyncClient, harness: Harness) -> None:
    headers, other = await sign_up(door), await sign_up(door)
    stream = f"/jobs/{await attempt(door, headers)}/events"
    async with AsyncExitStack() as stack:
        for _ in range(49):
            await stack.enter_async_context(connect(at(harness), additional_headers=headers))
        async with door.stream("GET", stream, headers=headers) as fiftieth:
            assert fiftieth.status_code == 200
            refused = await door.get(stream, headers=headers)
            assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-streams")
            async with connect(at(harness), additional_headers=headers) as socket:
                assert (await hear(socket))["problem"]["type"] == "/problems/too-many-streams"
                with pytest.raises(ConnectionClosed):
                    await socket.recv()
            async with connect(at(harness), additional_headers=other) as socket:
                await ask(socket, op="nothing")
                assert (await hear(socket))["problem"]["type"] == "/problems/invalid"  # it is served

        async def permitted() -> bool:
            async with connect(at(harness), additional_headers=headers) as socket:
                await ask(socket, op="nothing")
                return bool((await hear(socket))["problem"]["type"] == "/problems/invalid")

        await until(permitted)


async def test_who_is_nobody_is_told_so_and_hears_nothing(harness: Harness) -> None:
    for query, headers in (("", {}), ("?ticket=x", {}), ("", {"Authorization": "Bearer x"})):
        async with connect(at(harness, query), additional_headers=headers) as socket:
            assert (await hear(socket))["problem"]["type"] == "/problems/unauthorized"
            with pytest.raises(ConnectionClosed) as closed:
                await hear(socket)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1008


async def test_a_message_too_large_ends_the_connection(door: AsyncClient, harness: Harness) -> None:
    async with connect(at(harness), additional_headers=await sign_up(door)) as socket:
        await socket.send("x" * 100_000)
        with pytest.raises(ConnectionClosed) as closed:
            await hear(socket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


async def test_a_process_that_drains_says_so_and_the_client_goes_on_elsewhere(
    url: str, keys: Keys, tmp_path: Path
) -> None:
    seen: list[dict[str, Any]] = []
    headers: Headers = {}
    job_id = None
    for _ in range(2):
        bus = MemoryBus()
        async with running([SERVICE], url, bus, open_media(None, tmp_path), settings(tmp_path), keys=keys) as harness:
            async with AsyncClient(base_url=harness.address, timeout=60) as door:
                headers = headers or await sign_up(door)
                job_id = job_id or await attempt(door, headers)
            socket = await connect(at(harness), additional_headers=headers)
            await ask(socket, op="subscribe", job_id=job_id, after=len(seen))
            if seen:
                await assess(harness, job_id)
                seen += await until_the_end(socket)
            else:
                seen.append(await hear(socket))
        with pytest.raises(ConnectionClosed) as closed:
            await hear(socket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001
        await bus.close()
    assert [event["seq"] for event in seen] == [1, 2, 3, 4, None]


@pytest.mark.parametrize("how", ["logged out", "erased"])
async def test_streams_end_within_seconds_of_their_session(door: AsyncClient, harness: Harness, how: str) -> None:
    headers, others = await sign_up(door), await sign_up(door)
    job_id = await attempt(door, headers)
    ticket = (await door.post("/auth/tickets", headers=headers)).json()["ticket"]
    async with (
        connect(at(harness, f"?ticket={ticket}")) as socket,
        connect(at(harness), additional_headers=others) as kept,
        door.stream("GET", f"/jobs/{job_id}/events", headers=headers) as stream,
    ):
        await ask(socket, op="subscribe", job_id=job_id)
        assert (await hear(socket))["seq"] == 1
        if how == "logged out":
            assert (await door.post("/auth/logout", headers=headers)).status_code == 204
        else:  # deletes the rows that an erasure deletes
            [[person]] = await harness.rows("gateway", "SELECT person_id FROM jobs WHERE id = $1", job_id)
            await harness.rows("gateway", "DELETE FROM sessions WHERE person_id = $1 RETURNING id", person)
        with pytest.raises(ConnectionClosed) as closed:
            await hear(socket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
        async with asyncio.timeout(20):
            said = "".join([line async for line in stream.aiter_lines()])
        assert "job.end" not in said
        await ask(kept, op="unsubscribe", job_id=job_id)
        await kept.ping()
