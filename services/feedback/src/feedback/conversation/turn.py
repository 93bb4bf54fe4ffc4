"""Answers one turn of a conversation: chooses who answers and who pays, and passes the answer on as it is made.

A key of the caller's is the caller's money, and nothing else answers then. Without one it is ours, where the person is
signed in and has agreed, and a budget has room; else rules answer, and say why.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import cast

from chassis.observe import metrics
from chassis.privacy.law import AgeBand
from chassis.privacy.outside import NotAllowed
from chassis.web.principal import Principal
from chassis.web.problems import BUSY, CONSENT_REQUIRED, ProblemError, invalid
from feedback.conversation.clauses import plain
from feedback.conversation.events import Began, Delta, Event, Turn
from feedback.conversation.language import help_for, other_language
from feedback.conversation.schemas import ConversationAnswer, ConversationRequest, ConversationUsage
from feedback.conversation.turn_problems import MODEL_NOT_AVAILABLE, problem_of
from feedback.models.answers import Answer, Context
from feedback.models.begun import Begun
from feedback.models.catalogue import Catalogue
from feedback.models.engine import Engine
from feedback.models.errors import ProviderError
from feedback.models.ledger import Ledger
from feedback.models.meter import Meter
from feedback.models.model import Model
from feedback.models.money import dollars
from feedback.models.prompts import PROMPTS
from feedback.models.request import Finished, FinishReason, Piece, Text
from feedback.models.secret import Secret
from feedback.models.shapes import ConversationInput
from feedback.models.slots import NoSlot
from feedback.models.spoken import Spoken

ROLE = "conversation"
#: the provider whose model answers where a key came without the name of a model
_FIRST = "openai"
#: seconds that a model, or several after each other, have for one answer
WITHIN_S = 60.0

#: the tag of a language that is not known, after ISO 639
_NOT_KNOWN = "und"
_CUT: FinishReason = "length"
#: is told of a turn at its end, however it ends
Told = Callable[[Turn], None]


class Talks:
    """Answers turns."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        engine: Engine,
        ledger: Ledger,
        record: Told,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Takes `record`, which is told of each turn of which a token was made."""
        self._catalogue = catalogue
        self._engine = engine
        self._ledger = ledger
        self._record = record
        self._clock = clock

    async def answer(
        self, asked: ConversationRequest, caller: Principal, told: Told | None = None
    ) -> AsyncGenerator[Event, None]:
        """Yields `Began`, the pieces, and the whole answer; `told` is told of the turn as `record` is.

        Raises `ProblemError`: before `Began` nothing has been sent, and after it the answer has broken off.
        """
        telling = _Telling(self._clock, [self._record] if told is None else [self._record, told])
        with metrics.CONVERSATION_STREAMS.track_inprogress():
            found = await self._found(asked, caller)
            events = self._of_rules(found, telling) if isinstance(found, Answer) else self._of_model(found, telling)
            async with aclosing(events):
                async for event in events:
                    yield event

    async def _found(self, asked: ConversationRequest, caller: Principal) -> Begun | Answer:
        """Waits for who answers: for the first piece of a model, or for rules. Raises the problem of a caller's key."""
        history = [{"role": each.role, "text": each.text} for each in asked.history]
        given = ConversationInput.model_validate({"message": asked.message, "history": history})
        model, key = self._named(asked), asked.api_key
        # beside the loop: a hostile text takes a tenth of a second
        wants_help, language = (False, None) if key is not None else await asyncio.to_thread(_heard, asked.message)
        context = Context(
            person=caller.id,
            holds_words=key is None,  # of age, they send their own words themselves with a key of their own
            age_band=cast(AgeBand, caller.age_band),
            language=language,
            model=model,
            else_rules=True,
            max_output_tokens=asked.max_output_tokens,
            within=WITHIN_S,
        )
        if wants_help:  # the same kind words for everybody
            return await self._engine.by_rules(ROLE, given, context)
        if key is None or model is None:
            return await self._engine.begin(ROLE, given, context, partial(Meter, self._ledger))
        return await self._of_caller(given, context, model, key)

    async def _of_caller(self, given: ConversationInput, context: Context, model: Model, key: Secret) -> Begun:
        try:
            begun = await self._engine.begin_for(ROLE, given, context, key)
        except ProviderError as error:
            used = self._catalogue.resolved(model).used or model
            raise problem_of(error, used.id, begun=False) from None
        except NotAllowed:
            raise ProblemError(CONSENT_REQUIRED) from None
        except NoSlot:
            raise ProblemError(BUSY) from None
        if begun is None:
            raise ProblemError(MODEL_NOT_AVAILABLE, f"{model.id} is gone.")
        return begun

    def _named(self, asked: ConversationRequest) -> Model | None:
        """Returns the model that was asked for; with a key there always is one. Raises 422."""
        registry, name, has_key = self._catalogue.registry, asked.model, asked.api_key is not None
        if name is None:
            chain = [*self._catalogue.chains[ROLE], *registry.models.values()]
            return next(each for each in chain if each.provider == _FIRST and each.kind == "chat") if has_key else None
        found = registry.find(name)
        if found is None or found.kind != "chat" or not found.answers_for(ROLE):
            raise invalid(("model", "is no model of GET /ai/models that answers a conversation"))
        if has_key and found.provider == "local":
            raise invalid(("model", "is no model that takes a key"))
        return found

    async def _of_rules(self, found: Answer, telling: _Telling) -> AsyncGenerator[Event, None]:
        spoken = Spoken()
        text = spoken.add(str(found.answer)) + spoken.end()
        yield Began(
            source=found.source,
            prompt=PROMPTS[ROLE].name,
            model=None,
            paid_by="nobody",
            notices=found.notices,
            waited=0,
            own=telling.passed(),
        )
        yield Delta(text)
        telling.end(found.source)
        yield _answer(text, "stop", found)

    async def _of_model(self, begun: Begun, telling: _Telling) -> AsyncGenerator[Event, None]:
        telling.first_token = telling.passed()
        spoken, reason, is_over = Spoken(begun.mark), _CUT, False
        piece: Piece | None = begun.first
        try:
            async with aclosing(begun.pieces):
                yield Began(
                    source=begun.source,
                    prompt=begun.prompt,
                    model=begun.model,
                    paid_by=begun.paid_by,
                    notices=begun.notices,
                    waited=begun.meter.waited,
                    own=max(0.0, telling.first_token - begun.meter.waited),
                )
                while piece is not None and not (spoken.was_cut or spoken.was_withheld):
                    if isinstance(piece, Finished):
                        reason = piece.reason
                    if text := spoken.add(piece.text) if isinstance(piece, Text) else spoken.end():
                        yield Delta(text)
                    piece = await anext(begun.pieces, None)
            is_over = True
        except ProviderError as error:
            is_over = True
            raise problem_of(error, begun.model, begun=True) from None
        finally:
            telling.end(begun.source, begun, interrupted=not is_over)
        yield _answer(spoken.text, "safety" if spoken.was_withheld else _CUT if spoken.was_cut else reason, begun)


def _heard(message: str) -> tuple[bool, str]:
    """Tells whether a message asks for help against self-harm or abuse, and its language, `en` or not known."""
    return help_for(message) is not None, "en" if other_language(plain(message)) is None else _NOT_KNOWN


class _Telling:
    """Tells of a turn, however it ends. Times in seconds."""

    def __init__(self, clock: Callable[[], float], told: Sequence[Told]) -> None:
        self._clock = clock
        self._began = clock()
        self._told = told
        self.first_token: float | None = None

    def passed(self) -> float:
        """Returns how long the turn has taken."""
        return self._clock() - self._began

    def end(self, source: str, begun: Begun | None = None, *, interrupted: bool = False) -> None:
        """Counts and tells what was made."""
        usage, cost = _spent(begun)
        if usage is not None and not usage.estimated:
            metrics.AI_TOKENS.labels("input").inc(usage.input_tokens)
            metrics.AI_TOKENS.labels("output").inc(usage.output_tokens)
        if begun is not None and begun.paid_by == "caller":  # the ledger counts ours
            metrics.AI_COST.labels("caller").inc(float(begun.meter.cost))
        turn = Turn(
            model=None if begun is None else begun.model,
            source=source,
            paid_by="nobody" if begun is None else begun.paid_by,
            first_token=self.first_token,
            total=self.passed(),
            interrupted=interrupted,
            usage=usage,
            cost_usd=cost,
        )
        for tell in self._told:
            tell(turn)


def _spent(begun: Begun | None) -> tuple[ConversationUsage | None, str | None]:
    """Returns the tokens and what they cost, once the pieces are closed; no costs where the model is free."""
    if begun is None:
        return None, None
    used, meter = begun.meter.usage, begun.meter
    usage = ConversationUsage(
        input_tokens=used.input_tokens, output_tokens=used.output_tokens, estimated=not meter.is_reported
    )
    return usage, None if meter.is_free else dollars(meter.cost)


def _answer(text: str, reason: FinishReason, found: Begun | Answer) -> ConversationAnswer:
    begun = found if isinstance(found, Begun) else None
    usage, cost = _spent(begun)
    return ConversationAnswer(
        response=text,
        source=found.source,
        prompt=PROMPTS[ROLE].name,
        model=None if begun is None else begun.model,
        finish_reason=reason,
        usage=usage,
        cost_usd=cost,
        paid_by="nobody" if begun is None else begun.paid_by,
        session_id=None,
        turn=1,
        notices=list(found.notices),
    )
