"""Tests spoken conversations through gateway and feedback, with a stand-in of the provider and the `openai` client."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from httpx2 import AsyncClient
from openai import AsyncOpenAI
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from chassis.message.envelope import new_id
from chassis.testing import until
from feedback.service import SERVICE as FEEDBACK
from gateway.consents.notices import VERSIONS
from tests.hops import Forward, Gateway, Hop
from tests.realtime_provider import RealtimeStandIn, realtime

KEY = "sk-canary-4711-that-rests-nowhere"
BEARER = {"Authorization": f"Bearer {KEY}"}
PATH = "/api/conversation/realtime"
#: a tenth of a second
SOUND, SILENCE = (base64.b64encode(bytes([value]) * 4800).decode() for value in (1, 0))
HOPS: tuple[Hop, ...] = ("process", "port")


@pytest.fixture
async def provider(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RealtimeStandIn]:
    async with realtime() as stand_in:
        monkeypatch.setenv("VOXBUS_OPENAI_BASE_URL", stand_in.url)
        yield stand_in


def address(gateway: Gateway, query: str = "?model=gpt-realtime-2.1") -> str:
    return gateway.harness.address.replace("http", "ws", 1) + PATH + query


async def say(socket: ClientConnection, type: str, **fields: Any) -> None:
    await socket.send(json.dumps({"type": type, **fields}))


async def hear(socket: ClientConnection, type: str) -> dict[str, Any]:
    """Reads events up to one of a type, and returns it."""
    async for text in socket:
        event: dict[str, Any] = json.loads(text)
        if event["type"] == type:
            return event
    raise AssertionError(f"closed before {type}")


async def closed(socket: ClientConnection) -> int | None:
    """Reads to the end, and returns the code of the close."""
    try:
        async for _ in socket:
            pass
    except ConnectionClosed:
        pass
    return socket.close_code


@pytest.mark.parametrize("hop", HOPS)
async def test_the_client_of_the_provider_speaks_through_voxbus(
    hop: Hop, forward: Forward, provider: RealtimeStandIn
) -> None:
    async with forward(hop, FEEDBACK) as gateway:
        base = f"{gateway.harness.address}/api/conversation"
        client = AsyncOpenAI(api_key=KEY, base_url=base, max_retries=0)
        heard: list[str] = []
        async with client.realtime.connect(model="gpt-realtime") as connection:
            await connection.session.update(session={"type": "realtime", "instructions": "Be kind."})
            for sound in (SOUND, SILENCE):
                await connection.input_audio_buffer.append(audio=sound)
            async for event in connection:
                heard.append(event.type)
                if event.type == "response.done":
                    break
            call = provider.last
        assert heard[:3] == ["voxbus.session", "session.created", "session.updated"]
        assert heard.count("response.output_audio.delta") == 10
        assert (call.key, call.model) == (KEY, "gpt-realtime-2.1")
        assert [event["type"] for event in call.events] == ["session.update", *["input_audio_buffer.append"] * 2]
        await call.over.wait()  # who is done has the provider hung up
        assert call.closed == 1000
        await client.close()


async def test_what_was_not_heard_is_cut_and_a_lost_side_goes_on(forward: Forward, provider: RealtimeStandIn) -> None:
    async with forward("process", FEEDBACK) as gateway, connect(address(gateway), additional_headers=BEARER) as socket:
        word = (await hear(socket, "voxbus.session"))["resume"]
        await say(socket, "response.create")
        item = (await hear(socket, "response.output_audio.delta"))["item_id"]
        await hear(socket, "response.done")
        await say(socket, "voxbus.played", item_id=item, ms=1000)
        await say(socket, "input_audio_buffer.append", audio=SOUND)
        assert (await hear(socket, "voxbus.stop"))["item_id"] == item
        assert (await hear(socket, "conversation.item.truncated"))["audio_end_ms"] == 1000

        provider.last.socket.transport.abort()  # the provider is lost
        resumed = await hear(socket, "voxbus.resumed")
        assert (resumed["items"], resumed["by"]) == (1, "relay")
        again = provider.last
        [told] = again.asked("conversation.item.create")
        assert told["item"]["id"] == item
        assert told["item"]["content"] == [{"type": "output_text", "text": "Let us look at that"}]

        socket.transport.abort()  # the client is lost
        async with connect(address(gateway), additional_headers=BEARER) as other:
            await hear(other, "session.created")

            async def taken_up() -> bool:
                await say(other, "voxbus.resume", word=word)
                async for text in other:
                    event = json.loads(text)
                    if event["type"] in ("voxbus.resumed", "error"):
                        return bool(event.get("by") == "client")
                return False

            await until(taken_up, what="the session that was lost")
            await provider.last.over.wait()  # what was opened in its place is hung up
            assert not again.over.is_set()
            await say(other, "response.create")
            await hear(other, "response.done")
            assert len(again.asked("response.create")) == 1
            async with connect(address(gateway), additional_headers=BEARER) as third:
                await say(third, "voxbus.resume", word=word)
                assert (await hear(third, "error"))["error"]["code"] == "resume_not_found"
        await again.over.wait()


REFUSED: dict[str, tuple[str, dict[str, str], list[str], int, str]] = {
    "nobody": ("", {}, [], 401, "unauthorized"),
    "a token of ours that is none": ("", {"Authorization": "Bearer nonsense"}, [], 401, "unauthorized"),
    "a key under another name in the query": ("?x-api-key=1", BEARER, [], 400, "key-in-wrong-place"),
    "a key in a header of its own": ("", {**BEARER, "X-Api-Key": "1"}, [], 400, "key-in-wrong-place"),
    "a key in the query": (f"?apiKey={KEY}", BEARER, [], 400, "key-in-wrong-place"),
    "a key as a name": (f"?{KEY}=1", BEARER, [], 400, "key-in-wrong-place"),
    "a ticket that is none": ("?ticket=x", BEARER, [], 401, "unauthorized"),
    "a model that is none": ("?model=gpt-9", BEARER, [], 404, "model-not-available"),
    "a model that does not speak": ("?model=gpt-6-luna", BEARER, [], 404, "model-not-available"),
    "a key that is too short": ("", {"Authorization": "Bearer sk-1"}, [], 422, "invalid"),
    "a strange page": ("", {**BEARER, "Origin": "https://evil.example"}, [], 403, "forbidden"),
}
#: what the provider answers a handshake with, and what the client gets
OF_PROVIDER = {
    "401": (401, "provider-key-refused"),
    "403": (401, "provider-key-refused"),
    "404": (404, "model-not-available"),
    "429": (402, "provider-quota"),
    "500": (502, "provider-failed"),
    "hang-up": (502, "provider-failed"),
}


async def test_refusals_are_problems_before_the_upgrade(
    forward: Forward, provider: RealtimeStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    async with forward("process", FEEDBACK) as gateway:

        async def refused(query: str, headers: dict[str, str], protocols: list[str]) -> tuple[int, str]:
            offered = [Subprotocol(name) for name in protocols]
            with pytest.raises(InvalidStatus) as caught:
                await connect(address(gateway, query), additional_headers=headers, subprotocols=offered or None)
            answer = caught.value.response
            assert KEY.encode() not in (answer.body or b"")
            problem = json.loads(answer.body or b"")
            assert problem["request_id"] == answer.headers["X-Request-Id"], problem
            return answer.status_code, problem["type"].removeprefix("/problems/")

        for why, (query, headers, protocols, *expected) in REFUSED.items():
            assert list(await refused(query, headers, protocols)) == expected, why
        assert provider.calls == []
        for fault, problem in OF_PROVIDER.items():
            provider.faults.append(fault)
            assert await refused("", BEARER, []) == problem, fault
        browser = [Subprotocol("realtime"), Subprotocol(f"openai-insecure-api-key.{KEY}")]
        async with (
            connect(address(gateway), subprotocols=browser) as one,
            connect(address(gateway), additional_headers=BEARER),
        ):
            assert one.subprotocol == "realtime"
            assert await refused("", BEARER, []) == (429, "too-many-sessions")
            await say(one, "session.create")
            assert (await hear(one, "error"))["error"]["code"] == "invalid_event"
        provider.faults.append("refuse-late")
        async with connect(address(gateway), additional_headers=BEARER) as socket:
            assert KEY not in json.dumps(await hear(socket, "error"))
            assert await closed(socket) == 4001
    assert KEY not in caplog.text


async def agreeing(gateway: Gateway) -> AsyncClient:
    person = await gateway.signed_in()
    agreed = {"notice_version": VERSIONS[-1].version}
    (await person.put("/me/consents/ai_voice/openai", json=agreed)).raise_for_status()
    return person


async def test_a_lost_session_that_we_pay_goes_on_and_keeps_what_was_said_where_that_was_asked_for(
    forward: Forward, provider: RealtimeStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXBUS_OPENAI_API_KEY", "sk-ours-0815")
    async with forward("process", FEEDBACK) as gateway:
        person = await agreeing(gateway)
        token = {"Authorization": person.headers["Authorization"]}
        kept = (await person.post("/api/conversation/sessions", json={})).raise_for_status().json()["id"]
        for query in (f"?session_id={new_id()}", "?session_id=x"):
            with pytest.raises(InvalidStatus) as caught:
                await connect(address(gateway, query), additional_headers=token)
            assert caught.value.response.status_code == 404
        async with connect(address(gateway, f"?session_id={kept}"), additional_headers=token) as socket:
            word = (await hear(socket, "voxbus.session"))["resume"]
            with pytest.raises(InvalidStatus) as caught:  # its money is that of the whole day
                await connect(address(gateway, ""), additional_headers=token)
            assert caught.value.response.status_code == 402
            for sound in (SOUND, SILENCE):
                await say(socket, "input_audio_buffer.append", audio=sound)
            item = (await hear(socket, "response.output_audio.delta"))["item_id"]
            await hear(socket, "response.done")
            await say(socket, "voxbus.played", item_id=item, ms=1000)
            await say(socket, "input_audio_buffer.append", audio=SOUND)
            await hear(socket, "voxbus.stop")
            socket.transport.abort()

        async def waiting() -> ClientConnection | None:
            try:
                return await connect(address(gateway, ""), additional_headers=token)
            except InvalidStatus:
                return None  # it is not yet known to be lost

        async with await until(waiting, what="a session that waits") as other:
            first = await hear(other, "voxbus.session")
            assert (first["limits"]["usd"], first["notices"][-1]["code"]) == ("0.000000", "budget-spent")
            await say(other, "response.create")
            assert (await hear(other, "error"))["error"]["code"] == "budget_spent"
            await say(other, "voxbus.resume", word=word)
            assert (await hear(other, "voxbus.resumed"))["by"] == "client"
            await say(other, "response.create")
            await hear(other, "response.done")
        assert len(provider.calls) == 1
        await provider.last.over.wait()

        async def messages() -> list[Any]:
            found = (await person.get(f"/api/conversation/sessions/{kept}/messages")).raise_for_status().json()
            return found["items"] if len(found["items"]) == 4 else []

        said = await until(messages, what="the messages of the session")
        assert [(each["sender"], each["interrupted"]) for each in said[:2]] == [("user", False), ("bot", True)]
        assert (said[0]["message_text"], said[1]["message_text"]) == (
            "Turn 1.",
            "Let us look at that",
        )
        assert said[3]["message_text"] == provider.answer
        turns = (await person.get(f"/api/conversation/sessions/{kept}/turns")).raise_for_status().json()["items"]
        assert {each["paid_by"] for each in turns} == {"voxbus"}


async def test_a_provider_that_fails_is_kept_away_and_the_health_says_so(
    forward: Forward, provider: RealtimeStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXBUS_AI_BREAKER", "2/30/30")
    async with forward("process", FEEDBACK) as gateway:
        for faults in (["500"], ["hang-up"], ["500"]):
            provider.faults[:] = faults
            with pytest.raises(InvalidStatus) as caught:
                await connect(address(gateway), additional_headers=BEARER)
            assert caught.value.response.status_code == 502
        assert provider.faults == ["500"]  # the third was not asked
        anyone = await gateway.client()

        async def degraded() -> bool:
            health = await anyone.get("/api/health")
            return health.status_code == 200 and health.json()["checks"]["models"] == "degraded"

        await until(degraded, what="a health that says so")
        metrics = (await anyone.get("/metrics")).text
        labels = 'outcome="{}",paid_by="caller",provider="openai",role="realtime"'
        model = 'model="gpt-realtime-2.1"'
        for outcome in ("failed", "unreachable"):
            assert f"voxbus_ai_calls_total{{{model},{labels.format(outcome)}}}" in metrics, outcome


async def test_what_we_pay_needs_a_person_who_agrees_and_ends_at_its_limit(
    forward: Forward, provider: RealtimeStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXBUS_OPENAI_API_KEY", "sk-ours-0815")
    monkeypatch.setenv("VOXBUS_REALTIME_TOKENS", "100")
    async with forward("process", FEEDBACK) as gateway:
        person = await gateway.signed_in()
        token = {"Authorization": person.headers["Authorization"]}
        with pytest.raises(InvalidStatus) as caught:
            await connect(address(gateway, ""), additional_headers=token)
        assert caught.value.response.status_code == 403
        agreed = {"notice_version": VERSIONS[-1].version}
        (await person.put("/me/consents/ai_voice/openai", json=agreed)).raise_for_status()
        ticket = (await person.post("/auth/tickets")).raise_for_status().json()["ticket"]
        async with connect(address(gateway, f"?ticket={ticket}")) as socket:
            limits = (await hear(socket, "voxbus.session"))["limits"]
            assert limits == {"seconds": 600, "tokens": 100, "usd": "0.250000"}  # a person's day has no more
            await say(socket, "session.update", session={"type": "realtime", "tools": []})
            assert (await hear(socket, "error"))["error"]["code"] == "invalid_event"
            await say(socket, "response.create")
            await hear(socket, "response.done")
            await say(socket, "response.create")
            assert (await hear(socket, "voxbus.warning"))["limit"] == "tokens"
            assert (await hear(socket, "voxbus.limit"))["limit"] == "tokens"
            assert provider.last.over.is_set()  # hung up first
            assert await closed(socket) == 4008
        assert provider.last.key == "sk-ours-0815"

        async def settled() -> list[Any]:
            ledger = "SELECT state, cost, role FROM ai_ledger WHERE state <> 'open'"
            return list(await gateway.harness.rows("feedback", ledger))

        [row] = await until(settled, what="a settled row")
        assert (row.state, row.role) == ("estimated", "realtime")
        assert Decimal("0.001") < row.cost < Decimal("0.01")
        await gateway.harness.until_emitted("conversation.turn", 2)  # of content and person they have no field

        async def noted() -> list[tuple[str, bool]]:
            rows = await gateway.harness.rows("feedback", "SELECT recipient, own_key FROM recipients ORDER BY own_key")
            return [(row.recipient, row.own_key) for row in rows]

        assert await noted() == [("openai", False)]
        ticket = (await person.post("/auth/tickets")).raise_for_status().json()["ticket"]
        async with connect(address(gateway, f"?ticket={ticket}"), additional_headers=BEARER) as socket:
            await hear(socket, "voxbus.session")
        async with connect(address(gateway, ""), additional_headers=BEARER) as socket:  # nobody is signed in
            await hear(socket, "voxbus.session")
        assert await noted() == [("openai", False), ("openai", True)]
