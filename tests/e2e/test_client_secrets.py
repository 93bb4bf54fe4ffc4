"""Tests short-lived keys for direct spoken sessions, with a stand-in of the provider and the `openai` client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from httpx2 import AsyncClient, Response
from openai import AsyncOpenAI

from feedback.service import SERVICE as FEEDBACK
from gateway.consents.notices import VERSIONS
from tests.hops import Forward, Gateway
from tests.provider import ProviderStandIn, providing

KEY, OURS = "sk-canary-4712-that-rests-nowhere", "sk-ours-0815"
PATH, OPENAI_PATH = "/api/conversation/client-secret", "/api/conversation/realtime/client_secrets"
MODEL = "gpt-realtime-2.1-mini"


@pytest.fixture
async def provider(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ProviderStandIn]:
    async with providing() as stand_in:
        monkeypatch.setenv("VOXBUS_OPENAI_BASE_URL", stand_in.url("openai"))
        yield stand_in


def problem(answer: Response) -> tuple[int, str]:
    assert KEY not in answer.text
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def agreeing(gateway: Gateway) -> AsyncClient:
    person = await gateway.signed_in()
    agreed = {"notice_version": VERSIONS[-1].version}
    (await person.put("/me/consents/ai_voice/openai", json=agreed)).raise_for_status()
    return person


async def test_the_callers_key_makes_one_and_rests_nowhere(
    forward: Forward, provider: ProviderStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    async with forward("port", FEEDBACK) as gateway:
        client = AsyncOpenAI(api_key=KEY, base_url=f"{gateway.harness.address}/api/conversation", max_retries=0)
        made = await client.realtime.client_secrets.create(
            expires_after={"anchor": "created_at", "seconds": 600},
            session={"type": "realtime", "model": "gpt-realtime-mini", "instructions": "Be kind.", "tools": []},
        )
        await client.close()
        assert made.value == "ek_1_of_the_stand_in"
        assert (made.session.type, provider.last.key) == ("realtime", KEY)
        assert provider.last.body == {
            "expires_after": {"anchor": "created_at", "seconds": 600},
            "session": {"type": "realtime", "model": MODEL, "instructions": "Be kind.", "tools": []},
        }
        anyone = await gateway.client()
        answer = await anyone.post(PATH, json={"apiKey": KEY, "model": MODEL, "voice": "marin", "expires_in": 10})
        assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
        told = answer.json()
        assert told["url"] == f"{provider.url().replace('http', 'ws', 1)}/realtime?model={MODEL}"
        assert (told["limits"], told["notices"]) == ({"seconds": None, "tokens": None, "usd": None}, [])
        assert provider.last.body["session"] == {
            "type": "realtime",
            "model": MODEL,
            "audio": {"output": {"voice": "marin"}},
        }
        assert list(await gateway.harness.rows("feedback", "SELECT * FROM ai_ledger")) == []
        metrics = (await anyone.get("/metrics")).text
    for canary in (KEY, made.value, told["value"]):
        assert canary not in metrics and canary not in caplog.text


REFUSED: dict[str, tuple[str, dict[str, str], dict[str, Any], int, str]] = {
    "nobody": (PATH, {}, {}, 401, "unauthorized"),
    "a key as a Bearer where tokens are": (PATH, {"Authorization": f"Bearer {KEY}"}, {}, 401, "unauthorized"),
    "a token that is none": (OPENAI_PATH, {"Authorization": "Bearer x"}, {}, 401, "unauthorized"),
    "two keys": (OPENAI_PATH, {"Authorization": f"Bearer {KEY}"}, {"apiKey": KEY}, 422, "invalid"),
    "a key in the address": (f"{PATH}?api_key={KEY}", {}, {}, 400, "key-in-wrong-place"),
    "a key in a header": (OPENAI_PATH, {"X-Api-Key": KEY}, {}, 400, "key-in-wrong-place"),
    "a key that is too short": (PATH, {}, {"apiKey": "sk-1"}, 422, "invalid"),
    "an unknown field": (PATH, {}, {"apiKey": KEY, KEY: 1}, 422, "invalid"),
    "a model that does not speak": (PATH, {}, {"apiKey": KEY, "model": "gpt-6-luna"}, 404, "model-not-available"),
    "too long": (PATH, {}, {"apiKey": KEY, "expires_in": 601}, 422, "invalid"),
    "a session of another kind": (
        OPENAI_PATH, {}, {"apiKey": KEY, "session": {"type": "transcription"}}, 422, "invalid",
    ),
}  # fmt: skip
OF_PROVIDER = {
    "401": (401, "provider-key-refused"),
    "404": (404, "model-not-available"),
    "429-quota": (402, "provider-quota"),
    "500": (502, "provider-failed"),
    "hang-up": (502, "provider-failed"),
}


async def test_refusals_repeat_no_key(
    forward: Forward, provider: ProviderStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    async with forward("process", FEEDBACK) as gateway:
        anyone = await gateway.client()
        for why, (path, headers, body, *expected) in REFUSED.items():
            answer = await anyone.post(path, json=body, headers=headers)
            assert list(problem(answer)) == expected, why
        assert provider.calls == []
        for fault, expected_problem in OF_PROVIDER.items():
            provider.faults.append(fault)
            assert problem(await anyone.post(PATH, json={"apiKey": KEY})) == expected_problem, fault
    assert KEY not in caplog.text


async def test_ours_is_for_who_agrees_and_counts_as_a_whole_session(
    forward: Forward, provider: ProviderStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXBUS_OPENAI_API_KEY", OURS)
    async with forward("process", FEEDBACK) as gateway:
        stranger, person = await gateway.signed_in(), await agreeing(gateway)
        assert problem(await stranger.post(PATH, json={})) == (403, "guardian-consent-required")
        assert problem(await person.post(PATH, json={"expires_in": 61})) == (422, "invalid")
        with_tools = {"session": {"type": "realtime", "tools": [{"type": "function"}]}}
        assert problem(await person.post(OPENAI_PATH, json=with_tools)) == (422, "invalid")
        provider.faults.append("500")
        assert problem(await person.post(PATH, json={})) == (502, "provider-failed")
        mine = {"session": {"type": "realtime", "max_output_tokens": "inf"}}
        made = await person.post(OPENAI_PATH, json=mine)
        assert made.status_code == 201
        # what a person's day has, which is less than VOXBUS_REALTIME_USD
        assert Decimal(made.json()["limits"]["usd"]) == pytest.approx(Decimal("0.25"), abs=Decimal("0.0001"))
        assert (provider.last.key, provider.last.body["session"]["max_output_tokens"]) == (OURS, 4096)
        assert problem(await person.post(PATH, json={})) == (402, "budget-spent")
        [row] = await gateway.harness.rows("feedback", "SELECT state, cost, call FROM ai_ledger")
        assert row.state == "unknown" and abs(row.cost - Decimal(made.json()["limits"]["usd"])) < Decimal("0.000001")
        assert "ek_" not in row.call


@pytest.mark.in_full
async def test_nobody_gets_more_than_five_a_day(
    forward: Forward, provider: ProviderStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXBUS_OPENAI_API_KEY", OURS)
    monkeypatch.setenv("VOXBUS_REALTIME_USD", "0.05")
    monkeypatch.setenv("VOXBUS_AI_PERSON_DAY_USD", "5")
    async with forward("process", FEEDBACK) as gateway:
        person = await agreeing(gateway)
        statuses: list[int] = []
        while statuses.count(201) < 5 and len(statuses) < 12:  # at once, four places: some find no place
            answers = await asyncio.gather(*(person.post(PATH, json={}) for _ in range(2)))
            statuses += [answer.status_code for answer in answers]
        refused = await person.post(PATH, json={})
        assert (problem(refused), statuses.count(201)) == ((429, "too-many-secrets"), 5)
        assert int(refused.headers["retry-after"]) <= 86_400
        assert len(await gateway.harness.rows("feedback", "SELECT FROM ai_ledger")) == 5
