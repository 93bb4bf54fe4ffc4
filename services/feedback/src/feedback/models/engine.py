"""Answers for a role: asks its models in order, checks what they say, and falls back on rules.

Who may be asked is decided by `candidates`, and right before the first byte by the gate of consents; who pays, and that
no call is paid twice, by `payment`. Whatever was tried on the way is told with the answer.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pydantic import BaseModel

from chassis.errors import DependencyDown
from chassis.observe import metrics
from chassis.privacy.outside import NotAllowed
from feedback.models.acceptance import accept
from feedback.models.answers import Answer, Context, Turn, outcome_of
from feedback.models.begun import Begun, begin
from feedback.models.candidates import Candidate, Candidates
from feedback.models.errors import ProviderError
from feedback.models.ledger import BegunTooOften, Bill, BudgetSpent
from feedback.models.meter import Called, Meter, Unpaid
from feedback.models.model import Model
from feedback.models.payment import Calls, OnText
from feedback.models.request import Text
from feedback.models.retry import CALLS_MAX, wait_before
from feedback.models.roles import ROLES
from feedback.models.secret import Secret
from feedback.models.slots import NoSlot
from feedback.models.spoken import Aloud
from feedback.models.structured import CutByLength, Unusable

#: errors of a call that was not made
_NOT_MADE = (DependencyDown, NoSlot, NotAllowed, Unpaid)
#: the rules that answer for a role, from its input
Default = Callable[[Any], Any]


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

        `on_text` is told the text so far of each call, as it can be spoken; it may turn out to be no answer. Raises
        `NoAnswer`.
        """
        turn = self._candidates.turn(role, given, context)
        for resolved in self._candidates.chain(role, context):
            candidate = await self._candidates.candidate(turn, resolved)
            found = None if candidate is None else await self._asked(turn, candidate, calls, on_text)
            if found is not None:
                return found
            if turn.is_paid or turn.ended:
                break
        return await self._by_rules(turn)

    async def begin(
        self, role: str, given: BaseModel, context: Context, metered: Callable[[Bill], Meter]
    ) -> Begun | Answer:
        """Begins an answer in pieces, by the first model that sends a token; else answers by rules.

        After its first token nothing is retried, and no other model takes over. Raises `NoAnswer`.
        """
        turn = self._candidates.turn(role, given, context)
        for resolved in self._candidates.chain(role, context):
            candidate = await self._candidates.candidate(turn, resolved)
            found = None if candidate is None else await self._begun(turn, candidate, metered)
            if found is not None:
                return found
            if turn.is_over or turn.is_paid:
                break
        return await self._by_rules(turn)

    async def begin_for(self, role: str, given: BaseModel, context: Context, key: Secret) -> Begun | None:
        """Begins an answer of one model for a caller who pays: no other answers, and no rules; None: it is gone.

        A call that has failed is made once more where that may help, before its first token. Raises `ProviderError`,
        `NoSlot`, and what the gate of consents raises.
        """
        assert context.model is not None
        turn = self._candidates.turn(role, given, context)
        turn.paid_by = "caller"
        [resolved] = self._candidates.chain(role, context)
        candidate = await self._candidates.of_caller(turn, resolved)
        if candidate is None:
            return None
        while True:
            bill, send = self._candidates.call(turn, candidate, candidate.tokens, key)
            try:
                begun = await begin(turn, candidate, bill, Meter(None, bill), send)
            except ProviderError as error:
                wait = wait_before(error, self._chance) if error.may_be_repeated else None
                if wait is None or len(turn.tries) == CALLS_MAX or turn.is_over:
                    raise
                await self._sleep(wait)
            else:
                if not isinstance(begun.first, Text):
                    turn.counted(bill.provider, bill.model, "answered")
                return begun

    async def by_rules(self, role: str, given: BaseModel, context: Context) -> Answer:
        """Answers by rules alone. Raises `NoAnswer` for a role that has none."""
        return await self._by_rules(self._candidates.turn(role, given, context))

    async def _asked(self, turn: Turn, candidate: Candidate, calls: Calls, on_text: OnText | None) -> Answer | None:
        """Asks one model: once more with more room where its answer was cut, and once more where it was wrong."""
        tokens, has_more_room = candidate.tokens, False
        while not turn.is_paid:
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
                if self._candidates.is_too_dear(turn, candidate, tokens):
                    turn.skipped(candidate.model, "too-dear")
                    return None
            except Unusable as error:
                turn.took(*about, "unusable", called.ms, called.cost)
                for rule in error.rules:
                    metrics.AI_SAFETY.labels(turn.role, rule).inc()
                turn.ended = error.ends
                if turn.repaired or turn.ended or called.reason == "safety":
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
            if wait is None or attempt == CALLS_MAX or turn.is_paid:
                return None
            await self._sleep(wait)
        return None

    async def _once(
        self, turn: Turn, candidate: Candidate, tokens: int, calls: Calls, on_text: OnText | None
    ) -> Called | None:
        """Makes one call; None where it was not begun. Only one that was begun has a number of its own.

        So a message that is run again finds what its first call has brought, whichever model may be asked by then.
        """
        bill, send = self._candidates.call(turn, candidate, tokens)
        number = turn.made + 1
        try:
            called = await calls.call(number, bill, send, None if on_text is None else Aloud(turn.sent.mark, on_text))
        except BegunTooOften:
            turn.made = number
            turn.took(candidate.upstream.name, candidate.model.id, "lost")
            return None
        except _NOT_MADE as error:
            _pass_by(turn, candidate.model, error)
            return None
        if isinstance(called, BudgetSpent):
            _pass_by(turn, candidate.model, Unpaid(called))
            return None
        turn.made = number
        return called

    async def _begun(self, turn: Turn, candidate: Candidate, metered: Callable[[Bill], Meter]) -> Begun | None:
        """Waits for the first token of a model, and once more where that may help."""
        for attempt in range(1, CALLS_MAX + 1):
            bill, send = self._candidates.call(turn, candidate, candidate.tokens)
            meter = metered(bill)
            try:
                begun = await begin(turn, candidate, bill, meter, send)
            except _NOT_MADE as error:
                _pass_by(turn, candidate.model, error)
                return None
            except ProviderError as error:
                turn.paid += meter.cost > 0
                wait = wait_before(error, self._chance)
                if wait is None or attempt == CALLS_MAX or turn.is_over or turn.is_paid:
                    return None
                await self._sleep(wait)
                continue
            if isinstance(begun.first, Text):
                return begun
            await begun.pieces.aclose()
            turn.paid += meter.cost > 0
            turn.took(bill.provider, bill.model, "empty", meter.called().ms, meter.cost)
            return None
        return None

    async def _by_rules(self, turn: Turn) -> Answer:
        default, name = self._defaults.get(turn.role), ROLES[turn.role].default
        wants_model = turn.context.model is not None and not turn.context.else_rules
        if default is None or name is None or wants_model:
            raise turn.lack()
        metrics.AI_CALLS.labels(turn.role, "rules", "none", "answered", "nobody").inc()
        return Answer(
            answer=await asyncio.to_thread(default, turn.given),
            source=name,
            tries=tuple(turn.tries),
            repaired=turn.repaired,
            usage=turn.usage if turn.paid else None,
            cost=turn.cost,
            notices=turn.notices(),
        )


def _pass_by(turn: Turn, model: Model, error: Exception) -> None:
    """Notes why a call was not made."""
    match error:
        case Unpaid():
            turn.resets_at = error.spent.resets_at
            turn.skipped(model, "budget-spent")
        case NoSlot():
            turn.skipped(model, "no-slot")
        case DependencyDown():
            turn.down = error
            turn.skipped(model, "consent-unknown")
        case _:
            turn.skipped(model, "no-consent")


def _accepted(turn: Turn, called: Called) -> BaseModel | str:
    """Checks an answer. Raises `CutByLength` and `Unusable`."""
    if called.reason == "safety":
        raise Unusable(["It was held back."], ["held_back"])
    found = accept(turn.prompt, turn.given, turn.sent, called.text, cut=called.reason == "length")
    if isinstance(found, str) and not found.strip():
        raise Unusable(["It was empty. Answer with a text."], ["empty"])
    if turn.context.check is not None:
        turn.context.check(called.model, found)
    return found
