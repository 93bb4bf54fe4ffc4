"""Lists the events that a client may send, and what of `session.update` and `response.create`, and reads them.

Of a refused event nothing is repeated, not even the name of a field: it may be a key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from chassis.errors import VoxbusError
from chassis.web.strict_json import NotJson, parse
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

#: bytes of one event
MOST_BYTES = 1024 * 1024
#: tokens that one answer may have at most
MOST_OUTPUT_TOKENS = 4096
#: fields by which a client sets a session up, or one answer, that we pay
OF_SESSION = frozenset({"type", "instructions", "output_modalities", "audio", "max_output_tokens"})
_OF_ANSWER = (OF_SESSION - {"type"}) | {"conversation", "input", "metadata"}
#: no audio: what an item holds of it would cost before anybody has counted it
_PARTS = frozenset({"input_text", "output_text"})
_ID = re.compile(r"[\x21-\x7e]{1,256}")
_LONGEST_AUDIO_MS = 24 * 60 * 60 * 1000

Event = Mapping[str, Any]


class Refused(VoxbusError):
    """Says why an event of a client does not go on; `code` is for machines, and the text repeats nothing of it."""

    def __init__(self, message: str, code: str = "invalid_event") -> None:
        super().__init__(message)
        self.code = code


def read(text: str, tokens: int | None, *, is_ours: bool) -> ClientMeaning:
    """Returns what an event means. Raises `Refused`.

    `is_ours`: whether we pay, so that fields are limited; `tokens` is then the most that an answer may have.
    """
    if len(text) > MOST_BYTES or len(text.encode(errors="replace")) > MOST_BYTES:
        raise Refused("An event has at most 1 MB.")
    try:
        event = parse(text.encode(errors="surrogatepass"))
    except NotJson as error:
        raise Refused(f"The event {error}.") from None
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        raise Refused("Send a JSON object with a type.")
    reader = _ALLOWED.get(event["type"])
    if reader is None:
        raise Refused("Events of this type are not allowed here.")
    if is_ours:
        _check_ours(event, min(tokens or MOST_OUTPUT_TOKENS, MOST_OUTPUT_TOKENS))
    return reader(event)


def _appends(event: Event) -> ClientMeaning:
    audio = event.get("audio")
    if not isinstance(audio, str):
        raise Refused("`audio` must be base64.")
    return Appends(len(audio) * 3 // 4 - audio[-2:].count("="))


def _configures(event: Event) -> ClientMeaning:
    session = event.get("session")
    if not isinstance(session, dict):
        raise Refused("`session` must be an object.")
    return Configures(session)


def _creates(event: Event) -> ClientMeaning:
    if not isinstance(event.get("item"), dict):
        raise Refused("`item` must be an object.")
    return Passes()


def _cuts(event: Event) -> ClientMeaning:
    return Cuts(_item(event), _ms(event, "audio_end_ms"))


def _names(event: Event) -> ClientMeaning:
    _item(event)
    return Passes()


def _played(event: Event) -> ClientMeaning:
    return Played(_item(event), _ms(event, "ms"))


def _resumes(event: Event) -> ClientMeaning:
    word = event.get("word")
    if not isinstance(word, str) or not _ID.fullmatch(word):
        raise Refused("`word` must be the word of a session.")
    return Resumes(word)


def _passes(_: Event) -> ClientMeaning:
    return Passes()


def _asks(event: Event) -> ClientMeaning:
    if not isinstance(event.get("response", {}), dict):
        raise Refused("`response` must be an object.")
    return AsksAnswer()


#: by its type, what reads an event; nothing else goes to a provider
_ALLOWED: Mapping[str, Callable[[Event], ClientMeaning]] = {
    "session.update": _configures,
    "conversation.item.create": _creates,
    "conversation.item.truncate": _cuts,
    "conversation.item.delete": _names,
    "conversation.item.retrieve": _names,
    "response.create": _asks,
    "response.cancel": _passes,
    "input_audio_buffer.append": _appends,
    "input_audio_buffer.commit": _passes,
    "input_audio_buffer.clear": _passes,
    "voxbus.played": _played,
    "voxbus.resume": _resumes,
}


def _check_ours(event: Event, tokens: int) -> None:
    """Refuses what could cost more than we have said, or make the model do more than speak."""
    if event["type"] == "session.update":
        _check_fields(event.get("session"), OF_SESSION, tokens)
    elif event["type"] == "response.create":
        answer = event.get("response", {})
        _check_fields(answer, _OF_ANSWER, tokens)
        items = answer.get("input", []) if isinstance(answer, dict) else []
        for item in items if isinstance(items, list) else [None]:
            _check_message(item)
    elif event["type"] == "conversation.item.create":
        _check_message(event.get("item"))


def _check_fields(given: Any, allowed: frozenset[str], tokens: int) -> None:
    if not isinstance(given, dict):
        return  # is refused by its reader
    if not given.keys() <= allowed:
        raise Refused(f"Only these fields may be set: {', '.join(sorted(allowed))}.")
    most = given.get("max_output_tokens", 1)
    if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= tokens:
        raise Refused(f"`max_output_tokens` must be a whole number from 1 to {tokens}.")


def _check_message(item: Any) -> None:
    if not isinstance(item, dict):
        raise Refused("An item must be an object.")
    if item.get("type") == "item_reference":
        return
    parts = item.get("content", [])
    is_text = isinstance(parts, list) and all(isinstance(part, dict) and _type(part) in _PARTS for part in parts)
    if item.get("type") != "message" or not is_text:
        raise Refused("An item must be a message of text; audio goes into the buffer.")


def _type(part: Event) -> str | None:
    named = part.get("type")
    return named if isinstance(named, str) else None


def _item(event: Event) -> str:
    item = event.get("item_id")
    if not isinstance(item, str) or not _ID.fullmatch(item):
        raise Refused("`item_id` must be the id of an item.")
    return item


def _ms(event: Event, name: str) -> int:
    ms = event.get(name)
    if isinstance(ms, bool) or not isinstance(ms, int) or not 0 <= ms <= _LONGEST_AUDIO_MS:
        raise Refused(f"`{name}` must be a whole number of milliseconds, 0 or more.")
    return ms
