"""Answers one turn of a conversation: chooses who answers and who pays, and passes the answer on as it is made."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Literal
from uuid import UUID

from chassis.observe.metrics import AI_COST
from chassis.privacy.consents import Consents
from chassis.privacy.outside import MayBegin, NotAllowed, OutsideCalls
from chassis.web.principal import Principal
from chassis.web.problems import BUSY, CONSENT_REQUIRED, ProblemError, invalid
from feedback.conversation.facilitator import SOURCE, facilitator
from feedback.conversation.schemas import ConversationAnswer, ConversationRequest, ConversationUsage
from feedback.conversation.turn_problems import MODEL_NOT_AVAILABLE, problem_of
from feedback.models.catalogue import Catalogue
from feedback.models.errors import ProviderError
from feedback.models.model import Model, tokens_of
from feedback.models.notices import Notice
from feedback.models.prompts import PROMPTS, Rendered
from feedback.models.request import ChatProvider, Finished, FinishReason, ModelRequest, Usage
from feedback.models.secret import Secret
from feedback.models.shapes import ConversationInput
from feedback.models.spoken import Spoken

PaidBy = Literal["caller", "voxbus", "nobody"]
ROLE = "conversation"
#: the provider whose model answers where a key came without the name of a model
_FIRST = "openai"
#: calls at a time of one provider and process with keys of callers
CALLERS_AT_ONCE = 64
#: seconds before a call is made a second time, at random between the two
_AGAIN_S = (0.2, 2.0)
_NO_KEY: Notice = {
    "code": "no-key",
    "message": "No provider's key came with this message, so rules answer and no model.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Began:
    """Says that the first token is there. Seconds: `waited` for the model, `own` before it was asked."""

    source: str
    prompt: str
    model: str | None
    notices: Sequence[Notice]
    waited: float
    own: float
    session_id: UUID | None = None
    turn: int = 1


@dataclass(frozen=True, slots=True)
class Delta:
    """Holds the next piece of an answer."""

    text: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """Describes one turn without a word of it, for the bus. `interrupted`: its client went away. Times in seconds."""

    model: str | None
    source: str
    paid_by: PaidBy
    first_token: float | None
    total: float
    interrupted: bool
    usage: ConversationUsage | None
    cost_usd: str | None


Event = Began | Delta | ConversationAnswer


@dataclass(frozen=True, kw_only=True, slots=True)
class _Call:
    """Holds the call of a model that a turn makes."""

    model: Model
    provider: ChatProvider
    key: Secret
    rendered: Rendered
    request: ModelRequest
    notices: Sequence[Notice]
    may_begin: MayBegin


class Talks:
    """Answers turns."""

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        providers: Mapping[str, ChatProvider],
        consents: Consents,
        outside: OutsideCalls,
        record: Callable[[Turn], None],
        clock: Callable[[], float] = time.perf_counter,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Takes `record`, which is told of each turn at its end, and `pause`, which waits before a second call."""
        self._catalogue = catalogue
        self._providers = providers
        self._consents = consents
        self._outside = outside
        self._record = record
        self._clock = clock
        self._pause = pause
        self._running: Counter[str] = Counter()

    async def answer(self, asked: ConversationRequest, caller: Principal) -> AsyncGenerator[Event, None]:
        """Yields `Began`, the pieces, and the whole answer.

        Raises `ProblemError`: before `Began` nothing has been sent, and after it the answer has broken off.
        """
        key = asked.api_key
        events = self._by_rules(asked) if key is None else self._by_model(asked, await self._call(asked, key, caller))
        async with aclosing(events):
            async for event in events:
                yield event

    async def _by_rules(self, asked: ConversationRequest) -> AsyncGenerator[Event, None]:
        began = self._clock()
        said = facilitator(asked.message, asked.history)
        spoken = Spoken()
        text = spoken.add(said) + spoken.end()
        prompt = PROMPTS[ROLE].name
        yield Began(source=SOURCE, prompt=prompt, model=None, notices=[_NO_KEY], waited=0, own=self._clock() - began)
        yield Delta(text)
        self._tell(SOURCE, None, "nobody", began, None, None, interrupted=False)
        yield _answer(text, "stop", SOURCE, None, "nobody", None, None, [_NO_KEY])

    async def _call(self, asked: ConversationRequest, key: Secret, caller: Principal) -> _Call:
        """Chooses the model of a caller's key. Raises the problem of a name or a caller that may not."""
        found = self._named(asked.model)
        resolved = self._catalogue.answering_for(found)
        model = resolved.used
        if model is None or model.provider != found.provider:  # a key never goes to another provider
            raise ProblemError(MODEL_NOT_AVAILABLE, f"{found.id} is gone.")
        provider = self._providers[model.provider]
        may_begin: MayBegin = nullcontext
        if caller.id is not None and caller.age_band != "of_age":
            if not await self._consents.allows(caller.id, "ai_text", provider.recipient):
                raise ProblemError(CONSENT_REQUIRED)
            may_begin = partial(self._outside.beginning, caller.id, "ai_text", provider.recipient)
        given = {
            "message": asked.message,
            "history": [{"role": each.role, "text": each.text} for each in asked.history],
        }
        rendered = PROMPTS[ROLE].render(ConversationInput.model_validate(given))
        request = ModelRequest(
            model=model.id,
            messages=rendered.messages,
            max_output_tokens=min(asked.max_output_tokens, model.max_output_tokens or asked.max_output_tokens),
            profile=self._catalogue.registry.profile_of(model),
        )
        return _Call(
            model=model,
            provider=provider,
            key=key,
            rendered=rendered,
            request=request,
            notices=resolved.notices,
            may_begin=may_begin,
        )

    def _named(self, name: str | None) -> Model:
        registry = self._catalogue.registry
        if name is None:
            chain = [*self._catalogue.chains[ROLE], *registry.models.values()]
            return next(each for each in chain if each.provider == _FIRST and each.kind == "chat")
        found = registry.find(name)
        if found is None or found.kind != "chat" or found.provider not in self._providers or found.provider == "local":
            raise invalid(("model", "is no model of GET /ai/models that takes a key"))
        return found

    async def _by_model(self, asked: ConversationRequest, call: _Call) -> AsyncGenerator[Event, None]:
        began = self._clock()
        source, provider = f"{call.model.provider}/{call.model.id}", call.model.provider
        if self._running[provider] >= CALLERS_AT_ONCE:
            raise ProblemError(BUSY)
        self._running[provider] += 1
        telling = _Telling(partial(self._tell, source, call, "caller", began))
        try:
            async with aclosing(self._pieces(call, began, telling)) as events:
                async for event in events:
                    yield event
        finally:
            self._running[provider] -= 1
            telling.end()

    async def _pieces(self, call: _Call, began: float, telling: _Telling) -> AsyncGenerator[Event, None]:
        spoken, finished, tries = Spoken(call.rendered.mark), None, 0
        source = f"{call.model.provider}/{call.model.id}"
        while finished is None:
            asked_at, tries = self._clock(), tries + 1
            pieces = call.provider.stream(call.request, call.key, call.may_begin)
            try:
                async with aclosing(pieces):
                    async for piece in pieces:
                        if isinstance(piece, Finished):
                            finished = piece
                            break
                        telling.made += piece.text
                        if telling.first_token is None:
                            telling.first_token = self._clock() - began
                            yield Began(
                                source=source,
                                prompt=PROMPTS[ROLE].name,
                                model=call.model.id,
                                notices=call.notices,
                                waited=self._clock() - asked_at,
                                own=asked_at - began,
                            )
                        if text := spoken.add(piece.text):
                            yield Delta(text)
                        if spoken.was_cut or spoken.was_withheld:
                            finished = Finished("length" if spoken.was_cut else "safety")
                            break
            except ProviderError as error:
                begun = telling.first_token is not None
                if begun or tries > 1 or not error.may_be_repeated:
                    telling.failed = True
                    raise problem_of(error, call.model.id, begun=begun) from None
                await self._pause(random.uniform(*_AGAIN_S))
            except NotAllowed:
                telling.failed = True
                raise ProblemError(CONSENT_REQUIRED) from None
        if telling.first_token is None:  # an answer without a word
            telling.first_token = self._clock() - began
            yield Began(
                source=source,
                prompt=PROMPTS[ROLE].name,
                model=call.model.id,
                notices=call.notices,
                waited=self._clock() - began,
                own=0,
            )
        if text := spoken.end():
            yield Delta(text)
        telling.usage = finished.usage
        reason: FinishReason = "length" if spoken.was_cut else "safety" if spoken.was_withheld else finished.reason
        usage, cost = self._cost(call, telling)
        telling.complete = True
        yield _answer(spoken.text, reason, source, call.model.id, "caller", usage, cost, call.notices)

    def _cost(self, call: _Call, telling: _Telling) -> tuple[ConversationUsage, str | None]:
        """Returns the tokens, as reported or as estimated, and what they cost by the list of today."""
        estimated = telling.usage is None
        used = telling.usage or Usage(
            tokens_of([each.text for each in call.request.messages]), tokens_of([telling.made]) if telling.made else 0
        )
        shown = ConversationUsage(input_tokens=used.input_tokens, output_tokens=used.output_tokens, estimated=estimated)
        price = call.model.price_on(self._catalogue.today(), used.input_tokens)
        cost = price and price.of(used.input_tokens, used.output_tokens, used.cached_input_tokens)
        return shown, None if cost is None else f"{cost:.6f}"

    def _tell(
        self,
        source: str,
        call: _Call | None,
        paid_by: PaidBy,
        began: float,
        first_token: float | None,
        telling: _Telling | None,
        *,
        interrupted: bool,
    ) -> None:
        usage, cost = (None, None) if call is None or telling is None else self._cost(call, telling)
        if cost is not None:
            AI_COST.labels(paid_by).inc(float(cost))
        self._record(
            Turn(
                model=None if call is None else call.model.id,
                source=source,
                paid_by=paid_by,
                first_token=first_token,
                total=self._clock() - began,
                interrupted=interrupted,
                usage=usage,
                cost_usd=cost,
            )
        )


class _Telling:
    """Gathers what is told of a turn, however it ends."""

    def __init__(self, tell: Callable[..., None]) -> None:
        self._tell_turn = tell
        self.first_token: float | None = None
        self.made = ""
        self.usage: Usage | None = None
        self.complete = self.failed = False

    def end(self) -> None:
        """Tells of the turn, unless no token of it was made."""
        if self.first_token is not None:
            self._tell_turn(self.first_token, self, interrupted=not self.complete and not self.failed)


def _answer(
    text: str,
    reason: FinishReason,
    source: str,
    model: str | None,
    paid_by: PaidBy,
    usage: ConversationUsage | None,
    cost: str | None,
    notices: Sequence[Notice],
) -> ConversationAnswer:
    return ConversationAnswer(
        response=text,
        source=source,
        prompt=PROMPTS[ROLE].name,
        model=model,
        finish_reason=reason,
        usage=usage,
        cost_usd=cost,
        paid_by=paid_by,
        session_id=None,
        turn=1,
        notices=list(notices),
    )
