"""Answers for a role: asks its models in order, checks what they say, and falls back on rules.

Who may be asked is decided by `candidates`, and right before the first byte by the gate of consents; who pays, and that
no call is paid twice, by `payment`. Whatever was tried on the way is told with the answer.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from chassis.errors import DependencyDown
from chassis.observe import metrics
from chassis.privacy.outside import NotAllowed
from feedback.models.acceptance import accept
from feedback.models.answers import Answer, Context, Turn, outcome_of
from feedback.models.candidates import Candidate, Candidates
from feedback.models.errors import ProviderError
from feedback.models.ledger import BegunTooOften, Bill, BudgetSpent
from feedback.models.notices import Notice
from feedback.models.payment import Called, Calls, Meter, OnText, Unpaid
from feedback.models.request import Piece, Text
from feedback.models.retry import CALLS_MAX, wait_before
from feedback.models.roles import ROLES
from feedback.models.slots import NoSlot
from feedback.models.structured import CutByLength, Unusable

#: calls that one answer may be charged for
PAID_MAX = 3

#: the rules that answer for a role, from its input
Default = Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Begun:
    """Holds an answer of a model whose first token is there.

    `pieces` begin with it and have to be closed; `meter` counts them, and knows the cost once they are.
    """

    source: str
    model: str
    prompt: str
    notices: tuple[Notice, ...]
    meter: Meter
    pieces: AsyncGenerator[Piece, None]


class Engine:
    """Answers for roles."""

    def __init__(
        self,
        candidates: Candidates,
        defaults: Mapping[str, Default],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Takes the rules by role (`defaults`)."""
        self._candidates = candidates
        self._defaults = defaults
        self._sleep = sleep
        self._chance = chance

    async def answer(
        self, role: str, given: BaseModel, context: Context, calls: Calls, on_text: OnText | None = None
    ) -> Answer:
        """Answers by the first model that may and does, else by rules; `calls` are those of the answer.

        `on_text` is told the text so far of each call, which may turn out to be no answer. Raises `NoAnswer`.
        """
        turn = self._candidates.turn(role, given, context)
        for resolved in self._candidates.chain(role, context.model):
            candidate = await self._candidates.candidate(turn, resolved)
            found = None if candidate is None else await self._asked(turn, candidate, calls, on_text)
            if found is not None:
                return found
            if turn.paid >= PAID_MAX:
                break
        return self._by_rules(turn)

    async def begin(
        self, role: str, given: BaseModel, context: Context, metered: Callable[[Bill], Meter]
    ) -> Begun | Answer:
        """Begins an answer in pieces, by the first model that sends a token; else answers by rules.

        After its first token nothing is retried, and no other model takes over. Raises `NoAnswer`.
        """
        turn = self._candidates.turn(role, given, context)
        for resolved in self._candidates.chain(role, context.model):
            candidate = await self._candidates.candidate(turn, resolved)
            found = None if candidate is None else await self._begun(turn, candidate, metered)
            if found is not None:
                return found
        return self._by_rules(turn)

    async def _asked(self, turn: Turn, candidate: Candidate, calls: Calls, on_text: OnText | None) -> Answer | None:
        """Asks one model: once more with more room where its answer was cut, and once more where it was wrong."""
        tokens, has_more_room = candidate.tokens, False
        while turn.paid < PAID_MAX:
            called = await self._called(turn, candidate, tokens, calls, on_text)
            if called is None:
                return None
            about = (called.provider, called.model)
            try:
                found = _accepted(turn, called)
            except CutByLength:
                turn.took(*about, "cut-by-length", called.ms, called.cost)
                if has_more_room:
                    return None
                has_more_room, tokens = True, 2 * tokens
            except Unusable as error:
                turn.took(*about, "unusable", called.ms, called.cost)
                for rule in error.rules:
                    metrics.AI_SAFETY.labels(turn.role, rule).inc()
                if turn.repaired or called.reason == "safety":
                    return None
                metrics.AI_REPAIRS.labels(turn.role).inc()
                turn.repaired, turn.sent = True, turn.sent.again(error.repair)
            else:
                turn.took(*about, "answered", called.ms, called.cost)
                return Answer(
                    answer=found,
                    source=f"{called.provider}/{called.model}",
                    prompt=turn.prompt.name,
                    model=called.model,
                    tries=tuple(turn.tries),
                    repaired=turn.repaired,
                    usage=turn.usage,
                    cost=turn.cost,
                    notices=(*candidate.notices, *turn.notices()),
                )
        return None

    async def _called(
        self, turn: Turn, candidate: Candidate, tokens: int, calls: Calls, on_text: OnText | None
    ) -> Called | None:
        """Makes a call, and once more where that may help; None where none has brought a whole answer."""
        for attempt in range(1, CALLS_MAX + 1):
            called = await self._once(turn, candidate, tokens, calls, on_text)
            if called is None:
                return None
            turn.charged(called)
            if called.error is None:
                return called
            turn.took(called.provider, called.model, outcome_of(called.error), called.ms, called.cost)
            wait = wait_before(called.error, self._chance)
            if wait is None or attempt == CALLS_MAX or turn.paid >= PAID_MAX:
                return None
            await self._sleep(wait)
        return None

    async def _once(
        self, turn: Turn, candidate: Candidate, tokens: int, calls: Calls, on_text: OnText | None
    ) -> Called | None:
        """Makes one call; None where it was not begun."""
        bill, send = self._candidates.call(turn, candidate, tokens)
        turn.made += 1
        try:
            async with candidate.upstream.slots.held():
                called = await calls.call(turn.made, bill, send, on_text)
        except NoSlot:
            turn.skipped(candidate.model, "no-slot")
        except (NotAllowed, DependencyDown):
            turn.skipped(candidate.model, "no-consent")
        except BegunTooOften:
            turn.took(candidate.upstream.name, candidate.model.id, "lost")
        else:
            if not isinstance(called, BudgetSpent):
                return called
            turn.resets_at = called.resets_at
            turn.skipped(candidate.model, "budget-spent")
        return None

    async def _begun(self, turn: Turn, candidate: Candidate, metered: Callable[[Bill], Meter]) -> Begun | None:
        """Waits for the first token of a model, and once more where that may help."""
        for attempt in range(1, CALLS_MAX + 1):
            bill, send = self._candidates.call(turn, candidate, candidate.tokens)
            meter = metered(bill)
            pieces = _within_slot(candidate, meter.pieces(send))
            try:
                first = await anext(pieces)
            except NoSlot:
                turn.skipped(candidate.model, "no-slot")
                return None
            except (NotAllowed, DependencyDown):
                turn.skipped(candidate.model, "no-consent")
                return None
            except Unpaid as unpaid:
                turn.resets_at = unpaid.spent.resets_at
                turn.skipped(candidate.model, "budget-spent")
                return None
            except ProviderError as error:
                turn.took(bill.provider, bill.model, outcome_of(error), meter.called().ms, meter.cost)
                wait = wait_before(error, self._chance)
                if wait is None or attempt == CALLS_MAX:
                    return None
                await self._sleep(wait)
                continue
            if not isinstance(first, Text):
                await pieces.aclose()
                turn.took(bill.provider, bill.model, "unusable", meter.called().ms, meter.cost)
                return None
            turn.took(bill.provider, bill.model, "answered")
            return Begun(
                source=f"{bill.provider}/{bill.model}",
                model=bill.model,
                prompt=turn.prompt.name,
                notices=(*candidate.notices, *turn.notices()),
                meter=meter,
                pieces=_after(first, pieces),
            )
        return None

    def _by_rules(self, turn: Turn) -> Answer:
        default, name = self._defaults.get(turn.role), ROLES[turn.role].default
        if default is None or name is None or turn.context.model is not None:
            raise turn.lack()
        metrics.AI_CALLS.labels(turn.role, "rules", "none", "answered", "nobody").inc()
        return Answer(
            answer=default(turn.given),
            source=name,
            tries=tuple(turn.tries),
            repaired=turn.repaired,
            usage=turn.usage if turn.paid else None,
            cost=turn.cost,
            notices=turn.notices(),
        )


def _accepted(turn: Turn, called: Called) -> BaseModel | str:
    """Checks an answer. Raises `CutByLength` and `Unusable`."""
    if called.reason == "safety":
        raise Unusable(["It was held back."], ["held_back"])
    found = accept(turn.prompt, turn.given, turn.sent, called.text, cut=called.reason == "length")
    if isinstance(found, str) and not found.strip():
        raise Unusable(["It was empty. Answer with a text."], ["empty"])
    return found


async def _within_slot(candidate: Candidate, pieces: AsyncGenerator[Piece, None]) -> AsyncGenerator[Piece, None]:
    """Yields pieces, and holds a slot of the provider meanwhile."""
    async with candidate.upstream.slots.held(), aclosing(pieces):
        async for piece in pieces:
            yield piece


async def _after(first: Piece, pieces: AsyncGenerator[Piece, None]) -> AsyncGenerator[Piece, None]:
    """Yields a piece and those that follow it."""
    async with aclosing(pieces):
        yield first
        async for piece in pieces:
            yield piece
