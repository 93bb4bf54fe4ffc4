"""Messages to bytes and back. A body is JSON; which message it is says the envelope, never the body."""

from __future__ import annotations

from typing import TypeVar

from pydantic import ValidationError

from chassis.errors import Permanent
from chassis.message.envelope import Envelope
from contracts.base import Message, Problem

M = TypeVar("M", bound=Message)


def encode(message: Message) -> bytes:
    """The payload as JSON bytes."""
    return message.model_dump_json().encode()


def decode(expected: type[M], envelope: Envelope, body: bytes) -> M:
    """The payload of `expected`'s type.

    Raises `Permanent` when type or major version is another, or the body does not fit: trying again cannot help.
    The problem names fields and rules, never values.
    """
    if envelope.type != expected.type or envelope.version[0] != expected.version[0]:
        raise Permanent(_problem("unknown-message", f"{envelope.type} {envelope.version[0]}.{envelope.version[1]}"))
    try:
        return expected.model_validate_json(body)
    except ValidationError as error:
        fields = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors()[:5])
        raise Permanent(_problem("wrong-schema", fields)) from None


def _problem(name: str, detail: str) -> Problem:
    return Problem(type=f"/problems/{name}", title=f"Not a message this handler understands ({name})", detail=detail)
