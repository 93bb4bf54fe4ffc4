"""Tests what one did as statements against the published JSON Schema of xAPI, which npm fetches (Apache-2.0).

It is that of 1.0.1; from there to 1.0.3 only words of the specification changed, no property of a statement.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import jsonschema
import pytest
from httpx2 import AsyncClient

from tests.packaged import from_npm

PACKAGE = "tin-can-json-schema@2.0.0"
#: answers of the right shape, the right one not among them where there are more than two
TRIED: dict[str, Any] = {
    "multiple_choice": lambda each: [{"choice": option["id"]} for option in each["options"]],
    "true_false": lambda _: [{"value": True}, {"value": False}],
    "flash_card": lambda _: [{"rating": "good"}],
    "multiple_select": lambda each: [{"choices": [option["id"]]} for option in each["options"]],
    "ordering": lambda each: [{"order": [item["id"] for item in each["items"]]}],
    "matching": lambda each: [{"pairs": {a["id"]: b["id"] for a, b in zip(each["left"], each["right"], strict=True)}}],
    "fill_blank": lambda each: [{"blanks": ["x" for _ in re.findall(r"\{\d\}", each["text"])]}],
    "free_text": lambda _: [{"text": "x"}],
    "numeric": lambda _: [{"value": -1}],
}


@pytest.fixture
async def http(all_in_one: str) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(base_url=all_in_one, timeout=60) as client:
        account = {"email": f"{uuid4().hex}@example.org", "password": "correct horse", "username": "Ada"}
        made = await client.post("/auth/signup", json=account | {"birth_date": "1990-01-01"})
        client.headers["Authorization"] = f"Bearer {made.raise_for_status().json()['access_token']}"
        yield client


async def learned(http: AsyncClient) -> None:
    """Works through a lesson: tries each exercise until it is right, or gives up after three tries."""
    [lesson] = (await http.get("/lessons?key=internet/what-is-the-internet")).json()["items"]
    exercises = (await http.get(f"/lessons/{lesson['id']}")).json()["exercises"]

    async def hand_in(**event: Any) -> Any:
        event |= {"client_id": str(uuid4()), "lesson_id": lesson["id"]}
        [result] = (await http.post("/progress", json={"events": [event]})).json()["results"]
        assert result["status"] == "accepted", result
        return result["attempt"]

    await hand_in(type="opened", duration_ms=4_200)
    for each in exercises:
        tries = TRIED[each["type"]](each)
        for number in count():
            answer = tries[number % len(tries)] if number < 3 or len(tries) > 3 else {"give_up": True}
            if (await hand_in(type="attempt", exercise_id=each["id"], answer=answer, duration_ms=900))["correct"]:
                break
            if answer == {"give_up": True}:
                break


@pytest.mark.in_full
async def test_what_one_did_is_what_the_schema_of_xapi_says(http: AsyncClient, tmp_path: Path) -> None:
    packed = from_npm(PACKAGE, "1.0.1.json", tmp_path)
    if packed is None:
        pytest.skip("no npm that reaches a registry")
    definitions = json.loads(packed)["properties"]
    validator = jsonschema.Draft4Validator({"definitions": definitions, "allOf": [{"$ref": "#statement"}]})
    await learned(http)
    statements = (await http.get("/progress/xapi?limit=100")).json()["items"]
    assert {each["verb"]["display"]["en"] for each in statements} >= {"answered", "experienced", "completed"}
    assert [error.message for each in statements for error in validator.iter_errors(each)] == []
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({**statements[0], "result": None})
