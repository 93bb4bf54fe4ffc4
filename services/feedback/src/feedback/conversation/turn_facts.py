"""Tells the bus that a turn took place, and nothing of what was said in it or by whom."""

from __future__ import annotations

import asyncio

from chassis.delivery.outbox import insert_outbox, to_outbox_uncaused
from chassis.delivery.relay import Relay
from chassis.observe.logs import logger
from chassis.storage.database import Database
from contracts.feedback import ConversationTurn
from feedback.conversation.events import Turn

_SOURCE = "voxbus/feedback"

_log = logger(__name__)


class TurnFacts:
    """Writes facts of turns beside the answers: an answer waits for none, and is not lost with one."""

    def __init__(self, database: Database, relay: Relay) -> None:
        self._database = database
        self._relay = relay
        self._writing: set[asyncio.Task[None]] = set()

    def record(self, turn: Turn) -> None:
        """Begins to write a turn."""
        self.tell(fact_of(turn))

    def tell(self, fact: ConversationTurn) -> None:
        """Begins to write the fact of a turn; above the budget of the outbox it is left out."""
        if self._relay.over_budget:
            return
        task = asyncio.create_task(self._write(fact))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def aclose(self) -> None:
        """Waits for what is being written."""
        await asyncio.gather(*self._writing)

    async def _write(self, fact: ConversationTurn) -> None:
        message = to_outbox_uncaused(fact, source=_SOURCE, job_id=None, person_id=None)
        try:
            async with self._database.transaction() as tx:
                await insert_outbox(tx, [message])
        except Exception as error:
            _log.warning("a turn is not told of", error=type(error).__qualname__)
            return
        self._relay.publish([message])


def fact_of(turn: Turn) -> ConversationTurn:
    """Returns what the bus is told of a turn."""
    total = round(turn.total * 1000)
    return ConversationTurn(
        model=turn.model,
        source=turn.source,
        first_token_ms=None if turn.first_token is None else round(turn.first_token * 1000),
        total_ms=total,
        interrupted_at_ms=total if turn.interrupted else None,
        input_tokens=None if turn.usage is None else turn.usage.input_tokens,
        output_tokens=None if turn.usage is None else turn.usage.output_tokens,
        cost_usd=turn.cost_usd,
        paid_by=turn.paid_by,
    )
