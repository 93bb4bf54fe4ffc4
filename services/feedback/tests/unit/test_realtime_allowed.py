"""Tests which events of a client go on to a provider, and that a refusal repeats nothing of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from feedback.conversation.realtime.allowed import MOST_BYTES, Refused, read
from feedback.conversation.realtime.meanings import (
    Appends,
    AsksAnswer,
    ClientMeaning,
    Configures,
    Cuts,
    Passes,
    Played,
    Resumes,
)

CANARY = "sk-canary-4711"
MESSAGE = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]}


def meaning(event: Any, *, ours: bool = False, tokens: int | None = 500) -> ClientMeaning:
    return read(json.dumps(event), tokens if ours else None, is_ours=ours)


def refusal(text: str, *, ours: bool = False) -> str:
    with pytest.raises(Refused) as caught:
        read(text, 500 if ours else None, is_ours=ours)
    assert caught.value.code == "invalid_event"
    assert CANARY not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("event", "meant"),
    [
        ({"type": "session.update", "session": {"voice": "x"}}, Configures({"voice": "x"})),
        ({"type": "conversation.item.create", "item": MESSAGE}, Passes()),
        ({"type": "conversation.item.truncate", "item_id": "a", "content_index": 0, "audio_end_ms": 9}, Cuts("a", 9)),
        ({"type": "conversation.item.delete", "item_id": "a"}, Passes()),
        ({"type": "conversation.item.retrieve", "item_id": "a"}, Passes()),
        ({"type": "response.create"}, AsksAnswer()),
        ({"type": "response.create", "response": {"tools": []}}, AsksAnswer()),
        ({"type": "response.cancel"}, Passes()),
        ({"type": "input_audio_buffer.append", "audio": "AAAA"}, Appends(3)),
        ({"type": "input_audio_buffer.append", "audio": "AAA="}, Appends(2)),
        ({"type": "input_audio_buffer.append", "audio": ""}, Appends(0)),
        ({"type": "input_audio_buffer.commit"}, Passes()),
        ({"type": "input_audio_buffer.clear"}, Passes()),
        ({"type": "voxbus.played", "item_id": "a", "ms": 0}, Played("a", 0)),
        ({"type": "voxbus.resume", "word": "abc"}, Resumes("abc")),
    ],
)
def test_what_a_client_may_send(event: dict[str, Any], meant: ClientMeaning) -> None:
    assert meaning(event) == meant


@pytest.mark.parametrize(
    "event",
    [
        {"type": "output_audio_buffer.clear"},
        {"type": "transcription_session.update"},
        {"type": "session.created"},
        {"type": "voxbus.session"},
        {"type": CANARY},
        {"type": ["session.update"]},
        {"type": None},
        {},
        [],
        "session.update",
        {"type": "session.update"},
        {"type": "session.update", "session": [CANARY]},
        {"type": "conversation.item.create", "item": CANARY},
        {"type": "conversation.item.truncate", "item_id": "a"},
        {"type": "conversation.item.truncate", "item_id": "a", "audio_end_ms": -1},
        {"type": "conversation.item.truncate", "item_id": "a", "audio_end_ms": True},
        {"type": "conversation.item.truncate", "audio_end_ms": 1},
        {"type": "conversation.item.delete", "item_id": {}},
        {"type": "conversation.item.retrieve", "item_id": ""},
        {"type": "input_audio_buffer.append"},
        {"type": "input_audio_buffer.append", "audio": [0, 0]},
        {"type": "response.create", "response": CANARY},
        {"type": "voxbus.played", "item_id": "a", "ms": 1.5},
        {"type": "voxbus.played", "item_id": "a", "ms": 10**12},
        {"type": "voxbus.played", "item_id": CANARY * 100, "ms": 1},
        {"type": "voxbus.resume", "word": ""},
        {"type": "voxbus.resume", "word": "two words"},
    ],
)
def test_what_a_client_may_not_send(event: Any) -> None:
    refusal(json.dumps(event))


@pytest.mark.parametrize(
    "text",
    ["", "{", CANARY, '{"type": NaN}', '{"type": "response.cancel", "type": "response.create"}', "[" * 5000, "\ud800"],
    ids=["empty", "cut", "text", "nan", "twice", "deep", "half a letter"],
)
def test_what_is_no_event(text: str) -> None:
    refusal(text)


def test_an_event_has_a_megabyte_at_most_also_in_other_letters() -> None:
    frame = '{"type": "input_audio_buffer.append", "audio": ""}'
    assert read(frame[:-2] + "A" * (MOST_BYTES - len(frame)) + '"}', None, is_ours=False)
    refusal(frame[:-2] + "A" * (MOST_BYTES - len(frame) + 1) + '"}')
    refusal(frame[:-2] + "é" * (MOST_BYTES // 2) + '"}')


@pytest.mark.parametrize(
    "event",
    [
        {"type": "session.update", "session": {"type": "realtime", "instructions": "Be kind.", "audio": {}}},
        {"type": "session.update", "session": {"output_modalities": ["text"], "max_output_tokens": 500}},
        {"type": "response.create"},
        {"type": "response.create", "response": {"instructions": "x", "conversation": "none", "input": [MESSAGE]}},
        {"type": "response.create", "response": {"input": [{"type": "item_reference", "id": "a"}]}},
        {"type": "conversation.item.create", "item": MESSAGE},
    ],
)
def test_what_may_be_set_where_we_pay(event: dict[str, Any]) -> None:
    meaning(event, ours=True)


@pytest.mark.parametrize(
    "event",
    [
        *(
            {"type": "session.update", "session": {field: value}}
            for field, value in {
                "model": "gpt-realtime-2.1",
                "tools": [],
                "prompt": {"id": "p"},
                "tracing": "auto",
                "tool_choice": "auto",
                "truncation": "disabled",
                "include": [],
                CANARY: 1,
                "max_output_tokens": "inf",
            }.items()
        ),
        {"type": "session.update", "session": {"max_output_tokens": 501}},
        {"type": "session.update", "session": {"max_output_tokens": 0}},
        {"type": "session.update", "session": {"max_output_tokens": True}},
        {"type": "response.create", "response": {"tools": []}},
        {"type": "response.create", "response": {"prompt": {}}},
        {"type": "response.create", "response": {"max_output_tokens": "inf"}},
        {"type": "response.create", "response": {"input": [{"type": "mcp_call"}]}},
        {"type": "response.create", "response": {"input": CANARY}},
        {"type": "conversation.item.create", "item": {"type": "function_call_output", "output": CANARY}},
        {"type": "conversation.item.create", "item": {"type": "message", "content": [{"type": "input_image"}]}},
        {"type": "conversation.item.create", "item": {"type": "message", "content": CANARY}},
        {"type": "conversation.item.create", "item": {"type": "message", "content": [{"type": [CANARY]}]}},
        {"type": "conversation.item.create", "item": {"type": "message", "content": [{"type": "input_audio"}]}},
        {"type": "response.create", "response": {"input": [{"type": "message", "content": [{"type": "input_audio"}]}]}},
    ],
)
def test_what_may_not_be_set_where_we_pay(event: dict[str, Any]) -> None:
    refusal(json.dumps(event), ours=True)


def test_who_pays_sets_what_they_like() -> None:
    assert meaning({"type": "session.update", "session": {"tools": [], "model": "x"}})
    assert meaning({"type": "response.create", "response": {"max_output_tokens": "inf"}})


def test_an_answer_has_never_more_tokens_than_the_provider_makes() -> None:
    asked = {"type": "response.create", "response": {"max_output_tokens": 4096}}
    assert meaning(asked, ours=True, tokens=20_000) == AsksAnswer()
    with pytest.raises(Refused):
        meaning({"type": "response.create", "response": {"max_output_tokens": 4097}}, ours=True, tokens=20_000)
