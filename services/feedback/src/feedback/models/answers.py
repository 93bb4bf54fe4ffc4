"""Describes what an answer is asked for, what was tried on the way to it, and what it holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from chassis.errors import DependencyDown, VoxbusError
from chassis.observe import metrics
from chassis.privacy.law import AgeBand
from feedback.models.choose import Skip
from feedback.models.errors import ProviderError
from feedback.models.meter import Called
from feedback.models.model import Model
from feedback.models.notices import ANONYMOUS, NO_CONSENT, NO_KEY, Notice, budget_spent, provider_down
from feedback.models.prompts import Prompt, Rendered
from feedback.models.request import Usage

#: outcomes after which a provider counts as down in the notices
_DOWN = frozenset(
    """
    breaker-open unreachable overloaded failed timeout cut key-refused key_refused quota rate-limited no-slot no-model
    refused empty consent-unknown
    """.split()
)
#: calls that one answer may be charged for
PAID_MAX = 3
#: seconds that a call wants at least
_LEAST_S = 1.0
#: why no model was asked where there is a key of none that could have been
_WITHOUT_KEY = frozenset({"no-key", "too-long", "too-dear", "no-price", "language", "retired"})
#: whose money a call takes
PaidBy = Literal["caller", "voxbus", "nobody"]
Lack = Literal["budget-spent", "no-model", "answer-unusable"]


@dataclass(frozen=True, slots=True)
class Try:
    """Tells of one model on the way to an answer: why it was not asked, or how a call of it came out."""

    provider: str
    model: str
    outcome: str
    ms: int = 0
    usd: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """Says for whom an answer is.

    `person`: whose words the input holds, or for whom it is; None where nobody is signed in. `holds_words`: False for
    input without a person's words, such as a lesson's own. `age_band`: None where the consent itself knows. `model`:
    the one that was asked for by name; no other answers then, and rules only with `else_rules`. `max_output_tokens`:
    instead of the prompt's. `messages`: for so many messages a day at most the person has models of the role asked;
    None: for any number. `within`: seconds for all calls together; None: each has its own. `order`: models in place of
    the role's. `call_usd`: the most that one call may be estimated at, below the installation's own limit. `check`
    takes the model and what it answered, and raises `Unusable` for what is not to be used.
    """

    person: UUID | None
    holds_words: bool = True
    age_band: AgeBand | None = None
    language: str | None = None
    model: Model | None = None
    else_rules: bool = False
    max_output_tokens: int | None = None
    messages: int | None = None
    within: float | None = None
    order: tuple[Model, ...] = ()
    call_usd: Decimal | None = None
    check: Callable[[str, Any], None] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Holds an answer and where it comes from, such as `openai/gpt-6-luna` or `rules/coach-1`."""

    answer: BaseModel | str
    source: str
    prompt: str | None = None
    model: str | None = None
    tries: tuple[Try, ...] = ()
    repaired: bool = False
    usage: Usage | None = None
    cost: Decimal = Decimal(0)
    notices: tuple[Notice, ...] = ()


class NoAnswer(VoxbusError):
    """Reports that neither a model nor rules have answered."""

    def __init__(self, lack: Lack, tries: tuple[Try, ...], resets_at: datetime | None = None) -> None:
        super().__init__(lack)
        self.lack = lack
        self.tries = tries
        self.resets_at = resets_at


@dataclass(slots=True)
class Turn:
    """Collects what happens on the way to one answer. `made` counts calls, `paid` those that may be charged.

    `down`: what kept the gate of consents from answering.
    """

    role: str
    given: BaseModel
    context: Context
    prompt: Prompt
    sent: Rendered
    tries: list[Try] = field(default_factory=list)
    made: int = 0
    paid: int = 0
    repaired: bool = False
    #: whether what was answered is such that no other model is asked
    ended: bool = False
    usage: Usage = field(default_factory=lambda: Usage(0, 0))
    cost: Decimal = Decimal(0)
    resets_at: datetime | None = None
    down: DependencyDown | None = None
    paid_by: PaidBy = "voxbus"
    clock: Callable[[], float] = time.monotonic
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.clock()

    @property
    def left(self) -> float | None:
        """Returns the seconds that calls may still take; None: nothing limits them together."""
        within = self.context.within
        return None if within is None else max(0.0, self.began + within - self.clock())

    @property
    def is_over(self) -> bool:
        """Tells whether too little time is left for another call."""
        return self.left is not None and self.left < _LEAST_S

    @property
    def is_paid(self) -> bool:
        """Tells whether so many calls may have been charged that no other is made."""
        return self.paid >= PAID_MAX

    def skipped(self, model: Model, reason: Skip) -> None:
        """Notes that a model was not asked."""
        metrics.AI_SKIPS.labels(reason).inc()
        self.tries.append(Try(model.provider, model.id, reason))

    def took(self, provider: str, model: str, outcome: str, ms: int = 0, cost: Decimal = Decimal(0)) -> None:
        """Notes and counts how a call came out."""
        self.counted(provider, model, outcome)
        self.tries.append(Try(provider, model, outcome, ms, cost))

    def counted(self, provider: str, model: str, outcome: str) -> None:
        """Counts how a call came out."""
        metrics.AI_CALLS.labels(self.role, provider, model, outcome, self.paid_by).inc()

    def charged(self, called: Called) -> None:
        """Adds up what a call has cost; one without an error counts as paid, also of a server that charges nothing."""
        self.paid += called.error is None or called.cost > 0
        self.cost += called.cost
        if (usage := called.usage) is not None:
            metrics.AI_TOKENS.labels("input").inc(usage.input_tokens)
            metrics.AI_TOKENS.labels("output").inc(usage.output_tokens)
            self.usage = Usage(
                self.usage.input_tokens + usage.input_tokens,
                self.usage.output_tokens + usage.output_tokens,
                self.usage.cached_input_tokens + usage.cached_input_tokens,
            )

    def notices(self, answering: str | None = None) -> tuple[Notice, ...]:
        """Says why models that were to be asked before did not answer; `answering`: the provider that does."""
        outcomes = {each.outcome for each in self.tries}
        found: list[Notice] = []
        if "no-key" in outcomes and outcomes <= _WITHOUT_KEY:
            found.append(NO_KEY)
        if "anonymous" in outcomes:
            found.append(ANONYMOUS)
        if outcomes & {"no-consent", "no-retention-promise"}:
            found.append(NO_CONSENT)
        if self.resets_at is not None:
            found.append(budget_spent(self.resets_at))
        answered = {answering, *(each.provider for each in self.tries if each.outcome == "answered")}
        down = {each.provider: each.outcome for each in self.tries if each.outcome in _DOWN}
        return (*found, *(provider_down(*each) for each in down.items() if each[0] not in answered))

    def lack(self) -> NoAnswer:
        """Says why there is no answer. Raises `DependencyDown` where nobody could say whether a model may be asked."""
        if self.down is not None:
            raise self.down
        outcomes = {each.outcome for each in self.tries}
        lack: Lack = "no-model"
        if self.resets_at is not None:
            lack = "budget-spent"
        elif outcomes & {"unusable", "cut-by-length"}:
            lack = "answer-unusable"
        return NoAnswer(lack, tuple(self.tries), self.resets_at)


def outcome_of(error: ProviderError) -> str:
    """Returns the outcome of a call that has failed."""
    return error.kind.replace("_", "-")
