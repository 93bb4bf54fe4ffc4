"""Messages to bytes and back. A body is JSON; which message it is says the envelope, never the body."""

from __future__ import annotations

import json
from typing import TypeVar

from pydantic import ValidationError

from chassis.errors import Permanent, UnknownVersion
from chassis.message.envelope import Envelope
from contracts.base import Message, Problem
from contracts.upcast import can_read, upcast

M = TypeVar("M", bound=Message)


def encode(message: Message) -> bytes:
    """The payload as JSON bytes."""
    return message.model_dump_json().encode()


def decode(expected: type[M], envelope: Envelope, body: bytes) -> M:
    """The payload of `expected`'s type.

    A body of an older major version is upcast; one of a version without a way to this one raises `UnknownVersion`.
    Raises `Permanent` when the type is another, or the body does not fit: trying again cannot help.
    The problem names fields and rules, never values.
    """
    major = envelope.version[0]
    named = f"{envelope.type} {major}.{envelope.version[1]}"
    if envelope.type != expected.type:
        raise Permanent(_problem("unknown-message", named))
    if not can_read(expected, major):
        raise UnknownVersion(_problem("unknown-version", named))
    try:
        if major == expected.version[0]:
            return expected.model_validate_json(body)
        return expected.model_validate_json(_upcast(expected, major, body))
    except ValidationError as error:
        fields = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors()[:5])
        raise Permanent(_problem("wrong-schema", fields)) from None


def _upcast(expected: type[Message], major: int, body: bytes) -> bytes:
    try:
        return json.dumps(upcast(expected, major, json.loads(body))).encode()
    except Exception as error:  # whatever a body does to it that was never true to its schema
        raise Permanent(_problem("wrong-schema", f"version {major}: {type(error).__name__}")) from None


def _problem(name: str, detail: str) -> Problem:
    return Problem(type=f"/problems/{name}", title=f"Not a message this handler understands ({name})", detail=detail)
