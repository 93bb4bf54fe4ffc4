"""Words the notices of an answer: what an answerer did otherwise than was asked, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from feedback.models.model import Model

#: a notice as it stands in answers: `code`, `message`, and what else belongs to the code
Notice = dict[str, Any]

NO_KEY: Notice = {"code": "no-key", "message": "This installation has no key of a provider of models."}
NO_CONSENT: Notice = {"code": "no-consent", "message": "Nobody has agreed that these words go to a provider of models."}
SMALL_MODEL: Notice = {"code": "small-model", "message": "A small model has answered. Its answers are often wrong."}


def model_replaced(requested: Model, used: Model) -> Notice:
    """Says that another model answers, because the requested one retires or has retired."""
    day = None if requested.retires_at is None else requested.retires_at.isoformat()
    return {
        "code": "model-replaced",
        "message": f"{requested.id} retires: {used.id} answers for it.",
        "requested": requested.id,
        "used": used.id,
        "retires_at": day,
    }


def model_retiring(model: Model) -> Notice:
    """Says that a model will be gone soon, and that no other is known to answer for it."""
    day = None if model.retires_at is None else model.retires_at.isoformat()
    return {
        "code": "model-retiring",
        "message": f"{model.id} retires, and no other model is set to answer for it.",
        "model": model.id,
        "retires_at": day,
    }


def budget_spent(resets_at: datetime) -> Notice:
    """Says that today's money is spent, and when there is more."""
    return {
        "code": "budget-spent",
        "message": "What models may cost today is spent.",
        "resets_at": resets_at.isoformat().replace("+00:00", "Z"),
    }


def provider_down(provider: str, outcome: str) -> Notice:
    """Says that a provider did not answer, or why it was not asked; `outcome` is that of the try."""
    words = _NOT_ASKED.get(outcome, "{} did not answer.")
    return {"code": "provider-down", "message": words.format(provider), "provider": provider}


#: what is said of a try without a call, by its outcome
_NOT_ASKED = {
    "consent-unknown": "Nobody could say just now whether these words may go to {}, so they did not.",
    "no-slot": "{} has others to answer just now.",
}
#: the notice of who is not signed in
ANONYMOUS: Notice = {
    "code": "no-consent",
    "message": "Who is not signed in has not agreed that words go to a provider of models.",
}
