"""Converts bodies of older major versions, step by step, to the version that this release knows."""

from __future__ import annotations

from contracts.base import Json, Message


def can_read(message: type[Message], major: int) -> bool:
    """Tells whether this release understands a major version of a message."""
    return major <= message.version[0] and all(step in message.upcasts for step in range(major, message.version[0]))


def upcast(message: type[Message], major: int, body: Json) -> Json:
    """Converts a body of a major version, for which `can_read` is true, to the current version.

    The given body is not changed.
    """
    for step in range(major, message.version[0]):
        body = message.upcasts[step](body)
    return body
