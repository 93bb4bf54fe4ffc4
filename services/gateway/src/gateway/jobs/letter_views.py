"""Shows one dead letter to an operator: envelope, problem, tries, and the body, masked unless it is to be revealed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Row

from chassis.errors import Erased, Permanent, Undecodable
from chassis.message.envelope import PREFIX
from chassis.storage.keys import Keys
from contracts.base import Json, Problem
from gateway.jobs.dead_letters import person_of
from gateway.jobs.letter_bodies import OpenedLetter, open_letter, open_original

_EXAMPLE: dict[str, Any] = {
    "id": "speech.assess_attempt/018f6a1e-0000-7000-8000-00000000000c",
    "handler": "speech.assess_attempt",
    "message_id": "018f6a1e-0000-7000-8000-00000000000c",
    "job_id": "018f6a1e-0000-7000-8000-000000000001",
    "person_id": "018f6a1e-0000-7000-8000-000000000006",
    "trace_id": "a3fc38612654f18818802115706b9a51",
    "envelope": {"type": "attempt.assess", "version": "1.0", "source": "voxbus/gateway"},
    "problem": {"type": "/problems/gave-up", "title": "The work failed each time it was tried", "status": 500},
    "tries": 1,
    "failures": [{"try": 1, "at": "2026-11-20T10:00:00Z", "error": "builtins.KeyError at handlers.py:42 assess"}],
    "died_at": "2026-11-20T10:00:00Z",
    "expired": False,
    "body": {"text": "xxxxx xxxxx"},
    "masked": True,
    "unreadable": None,
    "original": None,
}


class LetterView(BaseModel):
    """Describes a dead letter whole.

    `failures` has the number, the time, and the error's type and place of each failed try; tries that ended with their
    process left none. Without `body`, `unreadable` says why; `original` is the body before the first edit.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: str
    handler: str
    message_id: UUID
    job_id: UUID | None
    person_id: UUID | None
    trace_id: str | None
    envelope: dict[str, str]
    problem: Problem | None
    tries: int
    failures: list[dict[str, Any]]
    died_at: datetime
    expired: bool
    body: Json | None
    masked: bool
    unreadable: str | None
    original: Json | None


async def view_of(row: Row[Any], keys: Keys, *, reveal: bool = False) -> LetterView:
    """Opens a letter and shows it. Raises `DependencyDown` when the key store does not answer."""
    headers = {name.removeprefix(PREFIX): str(value) for name, value in (row.headers or {}).items()}
    trace = headers.get("traceparent", "").split("-")
    body = original = unreadable = None
    try:
        body = _shown(await open_letter(row, keys), reveal=reveal)
        before = await open_original(row, keys)
        original = None if before is None else _shown(before, reveal=reveal)
    except Erased:
        unreadable = "erased: its person was erased, or their key is gone"
    except Undecodable:
        unreadable = "not-a-message: its bytes are no message of ours"
    except Permanent as error:
        unreadable = f"unreadable: {error.problem.detail}"
    return LetterView(
        id=f"{row.consumer}/{row.id}",
        handler=row.consumer,
        message_id=row.id,
        job_id=row.job_id,
        person_id=person_of(row.headers),
        trace_id=trace[1] if len(trace) > 1 else None,
        envelope=headers,
        problem=Problem.model_validate(row.problem) if row.problem else None,
        tries=row.tries,
        failures=row.failures or [],
        died_at=row.died_at,
        expired=row.expired,
        body=body,
        masked=not reveal,
        unreadable=unreadable,
        original=original,
    )


def _shown(letter: OpenedLetter, *, reveal: bool) -> Json:
    return letter.body if reveal else letter.masked
