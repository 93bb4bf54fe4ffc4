"""Says what the events of OpenAI's Realtime API (GA) mean, and writes those by which the relay asks for something.

No other module knows its events by name, but for the list of those that clients may send. A provider's own words of an
error are left out: they may repeat a key or what a person has said.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from feedback.conversation.realtime.meanings import (
    AnswerBegan,
    AnswerDone,
    AudioMade,
    Command,
    Configure,
    Create,
    Delete,
    Frame,
    ItemGone,
    ItemIs,
    KeyRefused,
    MoneySpent,
    ProviderMeaning,
    Role,
    SessionExpired,
    SessionIs,
    SpeechStarted,
    SpeechStopped,
    Truncate,
    Usage,
    UserSaid,
    WordsMade,
)

#: codes of errors by which the provider says that it does not take the key
_KEY_REFUSED = frozenset({"invalid_api_key", "account_deactivated", "authentication_error"})
_EXPIRED = "session_expired"
#: codes by which it says that the account has no money left
_NO_MONEY = frozenset({"insufficient_quota", "billing_not_active", "billing_hard_limit_reached"})
_SAFE_CODE = 64
_NO_WORDS = "The provider has reported an error."
#: bytes of a second of telephone sound, and of one sample of the other
_G711_RATE, _SAMPLE = 8_000, 2
_PCM_HZ = 24_000
_ROLES: Mapping[str, Role] = {"user": "user", "assistant": "assistant", "system": "system"}

Event = Mapping[str, Any]


def decoded(text: str, key: str) -> Frame | None:
    """Returns a frame as the client may see it, with its meaning; None for what is no event.

    It is unchanged, unless it tells an error or repeats the key.
    """
    for written in {key, json.dumps(key)[1:-1]}:
        text = text.replace(written, "***")
    try:
        event = json.loads(text)
    except ValueError:
        return None
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        return None
    if '"error"' in text:
        event = _without_words(event)
        text = json.dumps(event)
    reader = _READERS.get(event["type"])
    return Frame(text, None if reader is None else reader(event))


def encoded(command: Command) -> str:
    """Returns the event that asks for something."""
    match command:
        case Truncate(item, index, ms):
            event = {"type": "conversation.item.truncate", "item_id": item, "content_index": index, "audio_end_ms": ms}
        case Delete(item):
            event = {"type": "conversation.item.delete", "item_id": item}
        case Configure(session):
            event = {"type": "session.update", "session": {**session, "type": "realtime"}}
        case Create(item):
            part = {"type": "output_text" if item.role == "assistant" else "input_text", "text": item.text}
            message = {"id": item.id, "type": "message", "role": item.role, "content": [part]}
            event = {"type": "conversation.item.create", "item": message}
    return json.dumps(event)


def _without_words(content: Any, *, is_error: bool = False) -> Any:
    """Returns an event whose errors have their kind and code, and no words."""
    if is_error and content is not None:
        told = content if isinstance(content, dict) else {}
        kept = {name: _code(told.get(name)) for name in ("type", "code", "event_id")}
        return {**kept, "message": _NO_WORDS, "param": None}
    if isinstance(content, list):
        return [_without_words(each) for each in content]
    if not isinstance(content, dict):
        return content
    return {name: _without_words(value, is_error=name == "error") for name, value in content.items()}


def _code(value: Any) -> str | None:
    """Returns a word for machines; what has blanks or is long is none."""
    is_word = isinstance(value, str) and value.isascii() and value.replace("_", "").replace("-", "").isalnum()
    return value if is_word and len(value) <= _SAFE_CODE else None


def _error(event: Event) -> ProviderMeaning | None:
    error = event.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    if code in _KEY_REFUSED:
        return KeyRefused()
    if code in _NO_MONEY:
        return MoneySpent()
    return SessionExpired() if code == _EXPIRED else None


def _session(event: Event) -> ProviderMeaning:
    audio = _map(_map(event.get("session")).get("audio"))
    heard, spoken = _map(audio.get("input")), _map(audio.get("output"))
    turns = _map(heard.get("turn_detection"))
    return SessionIs(
        input_rate=_rate(_map(heard.get("format"))),
        output_rate=_rate(_map(spoken.get("format"))),
        interrupts=turns.get("interrupt_response") is not False,
        begins=event["type"] == "session.created",
    )


def _rate(format: Event) -> int:
    if format.get("type") in ("audio/pcmu", "audio/pcma"):
        return _G711_RATE
    hertz = format.get("rate")
    return _SAMPLE * (hertz if isinstance(hertz, int) and hertz > 0 else _PCM_HZ)


def _item_is(event: Event) -> ProviderMeaning | None:
    item, previous = _map(event.get("item")), event.get("previous_item_id")
    id, role = item.get("id"), item.get("role")
    if not isinstance(id, str):
        return None
    known = _ROLES.get(role) if isinstance(role, str) and item.get("type") == "message" else None
    parts = item.get("content")
    words = [_words(_map(part)) for part in parts] if isinstance(parts, list) else []
    return ItemIs(id, previous if isinstance(previous, str) else None, known, " ".join(filter(None, words)))


def _words(part: Event) -> str:
    found = part.get("text") or part.get("transcript")
    return found if isinstance(found, str) else ""


def _audio(event: Event) -> ProviderMeaning | None:
    item, audio, index = event.get("item_id"), event.get("delta"), event.get("content_index")
    if not isinstance(item, str) or not isinstance(audio, str):
        return None
    size = len(audio) * 3 // 4 - audio[-2:].count("=")
    return AudioMade(item, index if isinstance(index, int) else 0, size)


def _said(name: str, *, whole: bool) -> Callable[[Event], ProviderMeaning | None]:
    def read(event: Event) -> ProviderMeaning | None:
        item, text = event.get("item_id"), event.get(name)
        return WordsMade(item, text, whole) if isinstance(item, str) and isinstance(text, str) else None

    return read


def _heard(event: Event) -> ProviderMeaning | None:
    item, text = event.get("item_id"), event.get("transcript")
    return UserSaid(item, text) if isinstance(item, str) and isinstance(text, str) else None


def _gone(event: Event) -> ProviderMeaning | None:
    item = event.get("item_id")
    return ItemGone(item) if isinstance(item, str) else None


def _done(event: Event) -> ProviderMeaning:
    usage = _map(event.get("response")).get("usage")
    return AnswerDone(_usage(usage) if isinstance(usage, dict) and usage else None)


def _usage(usage: Event) -> Usage:
    """Returns the tokens reported; those of which no kind is told count as audio, which costs most."""
    heard, spoken = _map(usage.get("input_token_details")), _map(usage.get("output_token_details"))
    cached = _map(heard.get("cached_tokens_details"))
    input_text, output_text = _count(heard, "text_tokens"), _count(spoken, "text_tokens")
    input_audio = max(_count(heard, "audio_tokens"), _count(usage, "input_tokens") - input_text)
    return Usage(
        input_text=input_text,
        input_audio=input_audio,
        cached_text=min(_count(cached, "text_tokens"), input_text),
        cached_audio=min(_count(cached, "audio_tokens"), input_audio),
        output_text=output_text,
        output_audio=max(_count(spoken, "audio_tokens"), _count(usage, "output_tokens") - output_text),
    )


def _count(of: Event, name: str) -> int:
    value = of.get(name)
    return max(value, 0) if isinstance(value, int) else 0


def _map(value: Any) -> Event:
    return value if isinstance(value, dict) else {}


_READERS: Mapping[str, Callable[[Event], ProviderMeaning | None]] = {
    "error": _error,
    "session.created": _session,
    "session.updated": _session,
    "conversation.item.added": _item_is,
    "conversation.item.done": _item_is,
    "conversation.item.deleted": _gone,
    "conversation.item.input_audio_transcription.completed": _heard,
    "input_audio_buffer.speech_started": lambda _: SpeechStarted(),
    "input_audio_buffer.speech_stopped": lambda _: SpeechStopped(),
    "response.created": lambda _: AnswerBegan(),
    "response.output_audio.delta": _audio,
    "response.output_audio_transcript.delta": _said("delta", whole=False),
    "response.output_audio_transcript.done": _said("transcript", whole=True),
    "response.output_text.delta": _said("delta", whole=False),
    "response.output_text.done": _said("text", whole=True),
    "response.done": _done,
}
