"""Decides from facts alone whether a model may be asked, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from chassis.breaker import State
from chassis.privacy.law import AgeBand
from feedback.models.model import Model, Price
from feedback.models.upstreams import KeyState

#: why a model was not asked
Skip = Literal[
    "retired",  # it is gone, and has no successor
    "no-role",  # its row names the roles that it may be asked for, and this is none of them
    "no-key",
    "key-refused",  # lately, by its provider
    "breaker-open",
    "language",
    "too-long",  # input and answer do not fit into its context
    "no-price",
    "too-dear",  # the estimate is over VOXBUS_AI_CALL_USD
    "no-retention-promise",  # a child's words go nowhere where they may be kept
    "anonymous",  # words of somebody who is not signed in go to no provider, and cost us nothing
    "no-consent",
    "consent-unknown",  # nobody could say whether there is one, which is no yes
    "no-slot",
    "budget-spent",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """Holds what matters of a call for the choice. `language` is None where it is not known.

    `age_band`: of whom the call is for; None where it is for nobody, or where their consent itself knows.
    """

    input_tokens: int
    output_tokens: int
    call_usd: Decimal
    language: str | None = None
    age_band: AgeBand | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """Holds what is known of a model's provider now, and the model's price today."""

    key: KeyState
    breaker: State
    admits: bool
    price: Price | None
    is_outside: bool
    keeps_nothing: bool


def skip(model: Model, question: Question, facts: Facts) -> Skip | None:
    """Returns why a model is not asked; None: it may be, as far as no consent, slot and budget are concerned."""
    fits = question.input_tokens + question.output_tokens <= (model.context_tokens or 0)
    grown_up = question.age_band in (None, "of_age")
    language = None if question.language is None else question.language.partition("-")[0].lower()
    reasons: list[tuple[Skip, bool]] = [
        ("no-key", facts.key == "missing"),
        ("key-refused", facts.key == "refused"),
        ("no-retention-promise", facts.is_outside and not grown_up and not facts.keeps_nothing),
        ("language", None not in (model.languages, language) and language not in (model.languages or ())),
        ("too-long", not fits),
        ("no-price", facts.price is None),
        ("too-dear", facts.price is not None and cost_of(facts.price, question) > question.call_usd),
        ("breaker-open", facts.breaker == "open" or not facts.admits),
    ]
    return next((reason for reason, holds in reasons if holds), None)


def cost_of(price: Price, question: Question) -> Decimal:
    """Returns what a call costs at most, in US dollars."""
    return price.of(question.input_tokens, question.output_tokens)
