"""Keeps conversations for tests, as people and their turns do."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.web.testing import Caller
from contracts.base import Json
from feedback.conversation import store
from feedback.conversation.kept import Turn
from services.feedback.tests.integration.fixtures import Feedback

PATH = "/api/conversation/sessions"
TURN = Turn(
    said="We decided to drop the tour. It must work offline.",
    answer="Noted as a decision: to drop the tour.",
    source="rules/facilitator-1",
    total_ms=3,
    first_token_ms=2,
    paid_by="nobody",
)


def person_of(caller: Caller) -> UUID:
    assert caller.principal.id is not None
    return caller.principal.id


async def begun(caller: Caller, **fields: Any) -> Json:
    answer = await caller("POST", PATH, fields)
    assert answer.status == 201, answer.body
    session: Json = answer.json()
    return session


async def kept(feedback: Feedback, caller: Caller, session: str, *turns: Turn) -> list[int]:
    """Keeps turns as the conversation does, each in a transaction of its own."""
    numbers = []
    for turn in turns:
        async with feedback.database.transaction() as tx:
            numbers.append(await store.keep_turn(tx, UUID(session), person_of(caller), turn))
    return numbers


async def items(caller: Caller, target: str) -> list[Json]:
    answer = await caller("GET", target)
    assert answer.status == 200, answer.body
    found: list[Json] = answer.json()["items"]
    return found
