"""Tests one turn of a conversation over its route: what is asked and answered; the provider is a script."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from chassis.web.principal import Principal
from feedback.conversation.language import help_for
from feedback.conversation.turn_facts import fact_of
from feedback.models.request import Finished, Text, Usage
from services.feedback.tests.unit.conversations import SK, Talking, asked, events, talking

ADULT = Principal(id=UUID("018f6a1e-0000-7000-8000-000000000001"), age_band="of_age")


async def test_words_that_ask_for_help_get_the_same_kind_answer_whoever_else_could_answer() -> None:
    talk = talking(local_base_url="http://127.0.0.1:9/v1", local_model="qwen")
    talk.has_key("openai")
    talk.allow(ADULT, "openai")
    for by in (None, ADULT):
        said = (await talk(by=by, message="I want to kill myself")).json()
        assert said["source"] == "rules/facilitator-1" and said["response"] == help_for("I want to kill myself")
    assert asked(talk) == 0


async def test_a_model_is_asked_in_its_languages_and_roles_alone(tmp_path: Path) -> None:
    file = tmp_path / "models.toml"
    file.write_text('[[model]]\nid = "qwen"\nlanguages = ["en"]\n', encoding="utf-8")
    talk = talking(local_base_url="http://127.0.0.1:9/v1", local_model="qwen", models_file=file)
    assert (await talk(message="Who is it for?")).json()["source"] == "local/qwen"
    said = (await talk(message="¿Para quién es esto y qué es lo que necesita la gente?")).json()
    assert said["source"] == "rules/facilitator-1"
    assert [each["code"] for each in said["notices"]] == ["no-key"]  # there is none of a model that knows it
    file.write_text('[[model]]\nid = "gpt-6-luna"\nroles = ["lesson_hint"]\n', encoding="utf-8")
    answer = await talking(models_file=file)(model="gpt-6-luna", apiKey=SK)
    assert answer.status == 422


async def test_a_model_that_does_not_exist_is_refused_also_without_a_key(talk: Talking) -> None:
    assert (await talk(model="gpt-99")).status == 422


async def test_text_alone_and_words_as_they_come(talk: Talking) -> None:
    plain = await talk(apiKey=SK, accept="text/plain")
    assert (plain.body, plain.headers["content-type"]) == (b"Who needs that?", "text/plain; charset=utf-8")
    for answer in (await talk(apiKey=SK, accept="text/event-stream"), await talk(apiKey=SK, stream=True)):
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        [(first, start), *deltas, (last, done)] = events(answer)
        assert (first, last) == ("start", "done")
        assert start["source"] == "openai/gpt-6-luna" and start["turn"] == 1
        assert {name for name, _ in deltas} == {"delta"} and len(deltas) > 1
        assert "".join(each["text"] for _, each in deltas) == done["response"] == "Who needs that?"


async def test_an_answer_is_fit_to_be_spoken(talk: Talking) -> None:
    talk.script([Text("**Who** needs [that](https://a.example)? "), Text("🙂"), Finished("stop", None)])
    said = (await talk(apiKey=SK)).json()
    assert said["response"] == "Who needs that?"
    assert said["usage"]["estimated"] is True
    provider = talk.script([*[Text("This is a sentence. ")] * 200, Finished("stop")])
    said = (await talk(apiKey=SK)).json()
    assert said["finishReason"] == "length" and len(said["response"]) <= 1500 and said["response"].endswith(".")
    assert provider.closed == 1 or provider.closed == 2


async def test_an_answer_without_a_word_is_an_answer(talk: Talking) -> None:
    talk.script([Finished("safety", Usage(1, 0))])
    assert [name for name, _ in events(await talk(apiKey=SK, stream=True))] == ["start", "done"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"message": ""}, "message"),
        ({"message": " \n\x00"}, "message"),
        ({"message": "a" * 8001}, "message"),
        ({"message": 5}, "message"),
        ({"apiKey": "short"}, "apiKey"),
        ({"apiKey": "k" * 257}, "apiKey"),
        ({"apiKey": "sk-canary-é0123456"}, "apiKey"),
        ({"apiKey": "sk-canary 0123456"}, "apiKey"),
        ({"apiKey": 12345678}, "apiKey"),
        ({"apiKey": SK, "model": "gpt-99-canary"}, "model"),
        ({"apiKey": SK, "model": "gpt-realtime-2.1"}, "model"),
        ({"history": [{"role": "system", "text": "a"}]}, "history.role"),
        ({"history": [{"role": "user", "text": "a"}] * 41}, "history"),
        ({"history": [{"role": "user", "text": "a" * 8000}] * 5}, "body"),
        ({"maxOutputTokens": 15}, "maxOutputTokens"),
        ({"maxOutputTokens": 1025}, "maxOutputTokens"),
        ({"maxOutputTokens": "300"}, "maxOutputTokens"),
        ({"stream": "yes"}, "stream"),
        ({"stream": "canary"}, "stream"),
        ({"sk-canary": 1}, None),
        ({"api_key": SK}, None),
        ({"history": [{"role": "user", "text": "a", "sk-canary": 1}]}, None),
    ],
)
async def test_what_is_wrong_is_named_and_not_repeated(said: dict[str, Any], field: str | None, talk: Talking) -> None:
    answer = await talk(**said)
    assert answer.status == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]
    assert b"canary" not in answer.body and b"aaaa" not in answer.body
    assert asked(talk) == 0


async def test_control_characters_are_removed_and_lines_stay(talk: Talking) -> None:
    await talk(apiKey=SK, message="\x07 one\r\n\ttwo\x7f\u0085 ")
    assert talk.providers["openai"].asked[0][0].messages[-1].text == "one\n\ttwo"


async def test_what_is_not_seen_makes_no_difference_to_a_message(talk: Talking) -> None:
    await talk(apiKey=SK, message="pep\u00adper\u00a0cafe\u0301\u2028\U0001f469\u200d\U0001f680 \u200b")
    told = talk.providers["openai"].asked[0][0].messages[-1].text
    assert told == "pepper caf\u00e9\n\U0001f469\u200d\U0001f680"


async def test_the_fact_of_a_turn_holds_no_word(talk: Talking) -> None:
    await talk(apiKey=SK, message="zebra words")
    fact = fact_of(talk.told[0])
    assert "zebra" not in repr(talk.told[0]) + fact.model_dump_json() and "canary" not in fact.model_dump_json()
    assert (fact.model, fact.paid_by, fact.input_tokens, fact.output_tokens) == ("gpt-6-luna", "caller", 100, 20)
