"""Keeps the turns of a conversation whose person asked for it: each once its answer is over, however it ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.observe.logs import logger
from chassis.storage.database import Database
from chassis.web.failures import is_unavailable
from chassis.web.principal import Principal
from chassis.web.problems import ProblemError, not_found
from feedback.conversation import store
from feedback.conversation.events import Began, Delta, Event
from feedback.conversation.events import Turn as EndedTurn
from feedback.conversation.kept import Message
from feedback.conversation.kept import Turn as KeptTurn
from feedback.conversation.schemas import (
    LONGEST_HISTORY,
    MOST_ITEMS,
    ConversationAnswer,
    ConversationRequest,
    HistoryItem,
)
from feedback.conversation.turn import Talks
from feedback.models.answers import PaidBy
from feedback.models.notices import Notice

_log = logger(__name__)


class KeepingTalks:
    """Answers turns; those that name a session get its messages as their history, and are kept in it."""

    def __init__(self, talks: Talks, database: Database, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self._talks = talks
        self._database = database
        self._clock = clock

    async def answer(self, asked: ConversationRequest, caller: Principal) -> AsyncGenerator[Event, None]:
        """Yields what `Talks.answer` does. Raises 404, and 409 for a session that has ended or is full."""
        if asked.session_id is None:
            async with aclosing(self._talks.answer(asked, caller)) as events:
                async for event in events:
                    yield event
            return
        if caller.id is None:
            raise not_found()
        async with self._database.transaction() as tx:
            if (heard := asked.heard) is not None:
                await store.keep_heard(tx, asked.session_id, caller.id, heard.turn, heard.characters)
            session = await store.open_for_turn(tx, asked.session_id, caller.id)
            said = await store.said_in(tx, asked.session_id, last=MOST_ITEMS)
        history = _fitting(said)
        turn = _Turn(asked, caller.id, session, self._clock(), _notices(session.messages - len(history)))
        given = asked.model_copy(update={"history": history})
        try:
            async with aclosing(self._talks.answer(given, caller, turn.ended_as)) as events:
                async for event in events:
                    yield await self._noted(turn, event)
        finally:
            if turn.first_token is not None and not turn.is_over:
                await asyncio.shield(self._keep(turn, None))  # the client may be gone, what it has heard stays

    async def _noted(self, turn: _Turn, event: Event) -> Event:
        """Notes what an event says of the turn, and returns the event as the client gets it."""
        if isinstance(event, Began):
            turn.source, turn.model, turn.paid_by = event.source, event.model, event.paid_by
            turn.first_token = self._clock() - turn.began
            notices = [*event.notices, *turn.notices]
            return replace(event, session_id=turn.asked.session_id, turn=turn.session.turns + 1, notices=notices)
        if isinstance(event, Delta):
            turn.said += event.text
            return event
        turn.is_over = True
        number = await asyncio.shield(self._keep(turn, event))  # the client may go while it is kept
        kept: dict[str, Any] = {"notices": [*event.notices, *turn.notices]}
        if number is not None:
            kept |= {"session_id": str(turn.asked.session_id), "turn": number}
        return event.model_copy(update=kept)

    async def _keep(self, turn: _Turn, answer: ConversationAnswer | None) -> int | None:
        """Keeps a turn; None where its session is gone, or has ended, or the database does not answer."""
        assert turn.asked.session_id is not None
        try:
            async with self._database.transaction() as tx:
                return await store.keep_turn(tx, turn.asked.session_id, turn.person, turn.kept(answer, self._clock()))
        except ProblemError:
            return None
        except Exception as error:
            if not is_unavailable(error):
                raise
            _log.warning("a turn is not kept", error=type(error).__name__)
            return None


@dataclass
class _Turn:
    """Holds a turn that is under way. Times in seconds; `said`: what the client has been given of the answer."""

    asked: ConversationRequest
    person: UUID
    session: Row[Any]
    began: float
    notices: list[Notice]
    source: str = ""
    model: str | None = None
    first_token: float | None = None
    said: str = ""
    paid_by: PaidBy = "nobody"
    is_over: bool = False
    #: what was told of it at its end
    ended: EndedTurn | None = None

    def ended_as(self, ended: EndedTurn) -> None:
        """Takes what is told of the turn when no more of it is made."""
        self.ended = ended

    def kept(self, answer: ConversationAnswer | None, now: float) -> KeptTurn:
        """Returns the turn as it is kept. Without an `answer` it was interrupted, by whoever."""
        usage = None if self.ended is None else self.ended.usage
        cost = None if self.ended is None else self.ended.cost_usd
        total = _ms(now - self.began)
        return KeptTurn(
            said=self.asked.message,
            answer=self.said if answer is None else answer.response,
            source=self.source,
            model=self.model,
            first_token_ms=None if self.first_token is None else _ms(self.first_token),
            total_ms=total,
            interrupted_at_ms=total if answer is None else None,
            input_tokens=None if usage is None else usage.input_tokens,
            output_tokens=None if usage is None else usage.output_tokens,
            cost_usd=None if cost is None else Decimal(cost),
            paid_by=self.paid_by,
        )


def _ms(seconds: float) -> int:
    return round(1000 * seconds)


def _fitting(said: list[Message]) -> list[HistoryItem]:
    """Returns the newest messages that are not too long together, oldest first."""
    left, found = LONGEST_HISTORY, list[HistoryItem]()
    for message in reversed(said):
        left -= len(message.text.encode())
        if left < 0:
            break
        found.append(HistoryItem.model_construct(role=message.role, text=message.text))
    return found[::-1]


def _notices(left_out: int) -> list[Notice]:
    if left_out <= 0:
        return []
    message = "The session is long: its oldest messages are not read again."
    return [{"code": "history-shortened", "message": message, "items": left_out}]
