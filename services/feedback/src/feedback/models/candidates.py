"""Finds the models that may be asked for a role, and makes what is sent to one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from chassis.errors import DependencyDown
from chassis.privacy.consents import Consents
from chassis.privacy.law import Recipient
from chassis.privacy.outside import MayBegin, NotAllowed, OutsideCalls
from feedback.models.answers import Context, Turn
from feedback.models.catalogue import Catalogue
from feedback.models.choose import Facts, Question, Skip, skip
from feedback.models.ledger import Bill
from feedback.models.meter import Send
from feedback.models.model import Model, Price, tokens_of
from feedback.models.notices import Notice
from feedback.models.prompts import PROMPTS
from feedback.models.registry import Resolved
from feedback.models.request import ModelRequest
from feedback.models.secret import Secret
from feedback.models.upstreams import Upstream, Upstreams

#: how warm answers are where a model takes that
_TEMPERATURE = 0.2
#: tokens that a model which thinks before it answers may take for that
_THINKING = 1_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """Holds a model that may be asked, with its provider. `tokens` limits its answer."""

    model: Model
    upstream: Upstream
    tokens: int
    notices: tuple[Notice, ...]


class Candidates:
    """Knows models, providers, consents and the most that one call may be estimated at, in US dollars."""

    def __init__(
        self,
        catalogue: Catalogue,
        upstreams: Upstreams,
        consents: Consents,
        outside: OutsideCalls,
        call_usd: Decimal,
        name: Callable[[UUID, Recipient], str],
    ) -> None:
        """Takes `name`, which gives the pseudonym of a person at a provider."""
        self._catalogue = catalogue
        self._upstreams = upstreams
        self._consents = consents
        self._outside = outside
        self._call_usd = call_usd
        self._name = name

    def turn(self, role: str, given: BaseModel, context: Context) -> Turn:
        """Begins a turn with the newest prompt of a role."""
        return Turn(role, given, context, PROMPTS[role], PROMPTS[role].render(given))

    def chain(self, role: str, context: Context) -> Sequence[Resolved]:
        """Returns the models to be asked in order; one that answers for two stands once, at its first place."""
        asked = context.model
        chain = (context.order or self._catalogue.chains[role]) if asked is None else (asked,)
        found = [self._catalogue.answering_for(model) for model in chain]
        by_used: dict[str, Resolved] = {}
        for each in found:
            by_used.setdefault((each.used or each.requested).id, each)
        return list(by_used.values())

    async def candidate(self, turn: Turn, resolved: Resolved) -> Candidate | None:
        """Returns a model if it may be asked; notes why not otherwise."""
        model = resolved.used
        if model is None:
            turn.skipped(resolved.requested, "retired")
            return None
        if not model.answers_for(turn.role):
            turn.skipped(model, "no-role")
            return None
        upstream, tokens = self._upstreams.get(model.provider), self._tokens(turn, model)
        if upstream is None:  # a row of a server of one's own that no setting names
            turn.skipped(model, "no-key")
            return None
        reason = await self._refusal(turn, model, upstream, tokens)
        if reason is not None:
            turn.skipped(model, reason)
            return None
        return Candidate(model, upstream, tokens, resolved.notices)

    async def of_caller(self, turn: Turn, resolved: Resolved) -> Candidate | None:
        """Returns the model of a caller's key; None: it is gone. A child's words want a consent there too.

        Raises `NotAllowed`, and `DependencyDown` where nobody can say it.
        """
        model = resolved.used
        upstream = None if model is None else self._upstreams.get(model.provider)
        if model is None or upstream is None or model.provider != resolved.requested.provider:
            return None  # a key never goes to another provider
        if not await self._allows(turn.context, upstream):
            raise NotAllowed(f"ai_text by {upstream.provider.recipient}")
        return Candidate(model, upstream, self._tokens(turn, model), resolved.notices)

    def call(self, turn: Turn, found: Candidate, tokens: int, key: Secret | None = None) -> tuple[Bill, Send]:
        """Returns what a call costs at most, and what makes it: with our key, or with that of a caller."""
        model = found.model
        question = self._question(turn, tokens)
        bill = Bill(
            person=turn.context.person,
            role=turn.role,
            provider=model.provider,
            model=model.id,
            price=_charged(model.price_on(self._catalogue.today(), question.input_tokens)),
            input_tokens=question.input_tokens,
            max_output_tokens=tokens,
            messages=turn.context.messages,
        )
        request = ModelRequest(
            model=model.id,
            messages=turn.sent.messages,
            max_output_tokens=tokens,
            schema=turn.sent.schema,
            temperature=_TEMPERATURE,
            profile=self._catalogue.registry.profile_of(model),
            within=turn.left,
            extra={} if key is not None else self._extra(turn.context, found.upstream),
        )
        asked = _whose_consent(turn.context, found.upstream)
        recipient = found.upstream.provider.recipient
        of = turn.context.person if found.upstream.is_outside else None
        may_begin = self._outside.may_begin(asked, "ai_text", recipient, of=of, own_key=key is not None)
        return bill, lambda begins: found.upstream.stream(request, _told(may_begin, begins), key)

    def _extra(self, context: Context, upstream: Upstream) -> Mapping[str, Any]:
        # where nobody was asked for a consent, not even a pseudonym goes out
        named = _whose_consent(context, upstream)
        return upstream.extra(None if named is None else self._name(named, upstream.provider.recipient))

    async def _allows(self, context: Context, upstream: Upstream) -> bool:
        """Tells whether a provider may be sent what is asked. Raises `DependencyDown` where nobody can say it."""
        person = _whose_consent(context, upstream)
        return person is None or await self._consents.allows(person, "ai_text", upstream.provider.recipient)

    def is_too_dear(self, turn: Turn, found: Candidate, tokens: int) -> bool:
        """Tells whether a call with so much room for its answer may cost more than one call is to."""
        bill, _ = self.call(turn, found, tokens)
        return bill.estimate > self._most(turn.context)

    def _most(self, context: Context) -> Decimal:
        """Returns the US dollars that one call may be estimated at."""
        return self._call_usd if context.call_usd is None else min(self._call_usd, context.call_usd)

    def _tokens(self, turn: Turn, model: Model) -> int:
        """Returns the limit of an answer's tokens."""
        wanted = turn.context.max_output_tokens or turn.prompt.max_output_tokens
        profile = self._catalogue.registry.profile_of(model)
        if profile.reasoning_effort not in (None, "none"):
            wanted += _THINKING
        return min(wanted, model.max_output_tokens or wanted)

    async def _refusal(self, turn: Turn, model: Model, upstream: Upstream, tokens: int) -> Skip | None:
        """Returns why a model is not asked, a missing consent included."""
        question = self._question(turn, tokens)
        facts = Facts(
            key=upstream.key_state,
            breaker=upstream.breaker.state,
            admits=upstream.breaker.would_admit(),
            price=model.price_on(self._catalogue.today(), question.input_tokens),
            is_outside=upstream.is_outside,
            keeps_nothing=self._consents.is_ready(upstream.provider.recipient),
        )
        reason = skip(model, question, facts)
        if reason is not None:
            return reason
        if turn.context.person is None:
            is_free = _charged(facts.price) is None and not upstream.is_outside
            return None if is_free or not turn.context.holds_words else "anonymous"
        try:
            allowed = await self._allows(turn.context, upstream)
        except DependencyDown as error:
            turn.down = error
            return "consent-unknown"
        return None if allowed else "no-consent"

    def _question(self, turn: Turn, tokens: int) -> Question:
        return Question(
            input_tokens=tokens_of([message.text for message in turn.sent.messages]),
            output_tokens=tokens,
            call_usd=self._most(turn.context),
            language=turn.context.language,
            age_band=turn.context.age_band if turn.context.person is not None else None,
        )


def _told(may_begin: MayBegin, begins: Callable[[], None]) -> MayBegin:
    """Returns a context that tells as well that a call begins."""

    @asynccontextmanager
    async def beginning() -> AsyncIterator[None]:
        async with may_begin():
            begins()
            yield

    return beginning


def _whose_consent(context: Context, upstream: Upstream) -> UUID | None:
    """Returns who has to have agreed: for a person's words, and for whatever a child asks. None: nobody has to."""
    wants_consent = upstream.is_outside and (context.holds_words or context.age_band not in (None, "of_age"))
    return context.person if wants_consent else None


def _charged(price: Price | None) -> Price | None:
    """Returns a price; None for one of nothing, so that no row is kept of what costs nothing."""
    return None if price is None or price.input == price.output == 0 else price
