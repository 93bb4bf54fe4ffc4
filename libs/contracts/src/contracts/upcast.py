"""Bodies of older major versions, led step by step to the version that this release knows."""

from __future__ import annotations

from contracts.base import Json, Message


def can_read(message: type[Message], major: int) -> bool:
    """Whether this release understands that major version of a message."""
    return major <= message.version[0] and all(step in message.upcasts for step in range(major, message.version[0]))


def upcast(message: type[Message], major: int, body: Json) -> Json:
    """A body of that major version as one of the current version. Only for what `can_read`; the body is not changed."""
    for step in range(major, message.version[0]):
        body = message.upcasts[step](body)
    return body
