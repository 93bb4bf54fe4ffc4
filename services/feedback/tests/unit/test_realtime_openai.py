"""Tests what OpenAI's Realtime events mean, how ours are written, and that no word of its errors gets out."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from feedback.conversation.realtime.meanings import (
    AnswerBegan,
    AnswerDone,
    AudioMade,
    Command,
    Configure,
    Create,
    Delete,
    Item,
    ItemGone,
    ItemIs,
    KeyRefused,
    ProviderMeaning,
    SessionExpired,
    SessionIs,
    SpeechStarted,
    SpeechStopped,
    Truncate,
    Usage,
    UserSaid,
    WordsMade,
)
from feedback.conversation.realtime.openai_frames import decoded, encoded

KEY = 'sk-canary-"4711"'
AUDIO = base64.b64encode(bytes(100)).decode()


def message(role: str, *content: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"id": "i", "type": "message", "role": role, "content": [*content], **fields}


def session(**audio: Any) -> dict[str, Any]:
    return {"type": "realtime", "model": "gpt-realtime-2.1", "audio": audio}


@pytest.mark.parametrize(
    ("event", "meaning"),
    [
        ({"type": "session.created", "session": session()}, SessionIs(48_000, 48_000, interrupts=True, begins=True)),
        ({"type": "session.created"}, SessionIs(48_000, 48_000, interrupts=True, begins=True)),
        (
            {
                "type": "session.updated",
                "session": session(
                    input={"format": {"type": "audio/pcmu"}, "turn_detection": {"interrupt_response": False}},
                    output={"format": {"type": "audio/pcm", "rate": 16000}},
                ),
            },
            SessionIs(8_000, 32_000, interrupts=False),
        ),
        (
            {"type": "session.updated", "session": session(input={"turn_detection": None})},
            SessionIs(48_000, 48_000, interrupts=True),
        ),
        ({"type": "input_audio_buffer.speech_started", "item_id": "u"}, SpeechStarted()),
        ({"type": "input_audio_buffer.speech_stopped", "item_id": "u"}, SpeechStopped()),
        ({"type": "response.created"}, AnswerBegan()),
        (
            {"type": "response.output_audio.delta", "item_id": "i", "content_index": 1, "delta": AUDIO},
            AudioMade("i", 1, 100),
        ),
        ({"type": "response.output_audio_transcript.delta", "item_id": "i", "delta": "Hi"}, WordsMade("i", "Hi")),
        (
            {"type": "response.output_audio_transcript.done", "item_id": "i", "transcript": "Hi."},
            WordsMade("i", "Hi.", whole=True),
        ),
        ({"type": "response.output_text.delta", "item_id": "i", "delta": "Hi"}, WordsMade("i", "Hi")),
        ({"type": "response.output_text.done", "item_id": "i", "text": "Hi."}, WordsMade("i", "Hi.", whole=True)),
        (
            {
                "type": "conversation.item.added",
                "previous_item_id": "p",
                "item": message("user", {"type": "input_text", "text": "Hello"}, {"type": "input_image"}),
            },
            ItemIs("i", "p", "user", "Hello"),
        ),
        (
            {
                "type": "conversation.item.done",
                "previous_item_id": None,
                "item": message("assistant", {"type": "output_audio", "transcript": "Hello"}),
            },
            ItemIs("i", None, "assistant", "Hello"),
        ),
        (
            {"type": "conversation.item.added", "item": {"id": "f", "type": "function_call", "name": "x"}},
            ItemIs("f", None, None, ""),
        ),
        ({"type": "conversation.item.deleted", "item_id": "i"}, ItemGone("i")),
        (
            {"type": "conversation.item.input_audio_transcription.completed", "item_id": "u", "transcript": "Hi"},
            UserSaid("u", "Hi"),
        ),
        ({"type": "response.done", "response": {"status": "cancelled"}}, AnswerDone(None)),
        ({"type": "response.done", "response": {"usage": None}}, AnswerDone(None)),
        (
            {
                "type": "response.done",
                "response": {
                    "usage": {
                        "total_tokens": 253,
                        "input_tokens": 132,
                        "output_tokens": 121,
                        "input_token_details": {
                            "text_tokens": 119,
                            "audio_tokens": 13,
                            "cached_tokens": 64,
                            "cached_tokens_details": {"text_tokens": 64, "audio_tokens": 0},
                        },
                        "output_token_details": {"text_tokens": 30, "audio_tokens": 91},
                    }
                },
            },
            AnswerDone(Usage(119, 13, 64, 0, 30, 91)),
        ),
        (
            {"type": "response.done", "response": {"usage": {"input_tokens": 132, "output_tokens": 121}}},
            AnswerDone(Usage(0, 132, 0, 0, 0, 121)),
        ),
        (
            {"type": "response.done", "response": {"usage": {"input_tokens": -1, "output_tokens": "x"}}},
            AnswerDone(Usage()),
        ),
        ({"type": "conversation.item.truncated", "item_id": "i", "audio_end_ms": 5}, None),
        ({"type": "rate_limits.updated", "rate_limits": []}, None),
        ({"type": "something.of.tomorrow"}, None),
        ({"type": "response.output_audio.delta", "delta": 5}, None),
        ({"type": "conversation.item.added", "item": "x"}, None),
    ],
)
def test_what_an_event_means_and_that_it_passes_unchanged(
    event: dict[str, Any], meaning: ProviderMeaning | None
) -> None:
    text = json.dumps(event, indent=1)
    frame = decoded(text, KEY)
    assert frame is not None
    assert frame.meaning == meaning
    assert frame.text == text


@pytest.mark.parametrize("text", ["", "[]", "5", "{}", '{"type": 5}', "not json", "[" * 20])
def test_what_is_no_event_goes_no_further(text: str) -> None:
    assert decoded(text, KEY) is None


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        ("invalid_api_key", KeyRefused()),
        ("session_expired", SessionExpired()),
        ("rate_limit_exceeded", None),
        (None, None),
    ],
)
def test_an_error_keeps_its_code_and_loses_its_words(code: str | None, meaning: ProviderMeaning | None) -> None:
    error = {
        "type": "invalid_request_error",
        "code": code,
        "message": f"Incorrect key {KEY}: “secret words”",
        "param": KEY,
    }
    frame = decoded(json.dumps({"type": "error", "event_id": "e", "error": error}, ensure_ascii=False), KEY)
    assert frame is not None
    assert frame.meaning == meaning
    assert json.loads(frame.text)["error"] == {
        "type": "invalid_request_error",
        "code": code,
        "event_id": None,
        "message": "The provider has reported an error.",
        "param": None,
    }


@pytest.mark.parametrize(
    "event",
    [
        {"type": "response.done", "response": {"status_details": {"error": {"code": "secret words", "message": KEY}}}},
        {
            "type": "conversation.item.input_audio_transcription.failed",
            "error": {"message": "secret words", "code": KEY},
        },
        {"type": "error", "error": {"type": KEY, "code": {"a": "secret words"}, "message": ["secret words"]}},
        {"type": "error", "error": "secret words"},
        {"type": "response.done", "error": ["secret words", {"message": KEY}]},
        {"type": "error", "errors": [{"error": {"detail": "secret words"}}]},
        {"type": "session.created", "session": {"instructions": f"The key is {KEY}."}},
        {"type": KEY, "x": KEY},
    ],
)
def test_neither_key_nor_words_of_an_error_get_out(event: dict[str, Any]) -> None:
    frame = decoded(json.dumps(event), KEY)
    assert frame is not None
    assert "canary" not in frame.text
    assert "secret words" not in frame.text


@pytest.mark.parametrize(
    ("command", "event"),
    [
        (
            Truncate("i", 0, 5),
            {"type": "conversation.item.truncate", "item_id": "i", "content_index": 0, "audio_end_ms": 5},
        ),
        (Delete("i"), {"type": "conversation.item.delete", "item_id": "i"}),
        (
            Configure({"instructions": "x"}),
            {"type": "session.update", "session": {"instructions": "x", "type": "realtime"}},
        ),
        (
            Create(Item("i", "assistant", "Hi")),
            {
                "type": "conversation.item.create",
                "item": message("assistant", {"type": "output_text", "text": "Hi"}),
            },
        ),
        (
            Create(Item("i", "user", "Hi")),
            {"type": "conversation.item.create", "item": message("user", {"type": "input_text", "text": "Hi"})},
        ),
    ],
)
def test_how_the_relay_asks(command: Command, event: dict[str, Any]) -> None:
    assert json.loads(encoded(command)) == event
