"""Writes the events of our own, whose types begin with `voxbus.`, and the error that a client gets for its own."""

from __future__ import annotations

import json
from typing import Any

from chassis.message.envelope import new_id
from feedback.conversation.realtime.limits import LimitName, Limits, Warned

#: closes of a session, for the client
KEY_REFUSED, BUDGET, LIMIT, IDLE, PROVIDER_GONE, GOING_AWAY, POLICY = 4001, 4002, 4008, 4009, 4011, 1001, 1008


def session(id: str, word: str, limits: Limits, model: str, notices: list[dict[str, Any]]) -> str:
    """Returns the first event of a session. `word` resumes it."""
    return _event("session", session_id=id, resume=word, limits=limits.document(), model=model, notices=notices)


def stop(item: str) -> str:
    """Returns the order to stop playing an answer."""
    return _event("stop", item_id=item)


def warning(warned: Warned) -> str:
    """Returns the warning before a limit."""
    return _event("warning", limit=warned.limit, left=warned.left, say=warned.say)


def limit(name: LimitName) -> str:
    """Returns the word that a limit is reached; the connection is closed after it."""
    return _event("limit", limit=name)


def resumed(items: int, by: str) -> str:
    """Returns the word that the session goes on with so many items. `by`: relay, or client."""
    return _event("resumed", items=items, by=by)


def error(code: str, message: str) -> str:
    """Returns an error in the provider's form. `message` repeats nothing that the client has sent."""
    return json.dumps(
        {
            "type": "error",
            "event_id": _id(),
            "error": {
                "type": "invalid_request_error",
                "code": code,
                "message": message,
                "param": None,
                "event_id": None,
            },
        }
    )


def _event(type: str, **fields: Any) -> str:
    return json.dumps({"type": f"voxbus.{type}", "event_id": _id(), **fields})


def _id() -> str:
    return f"event_{new_id().hex}"
