"""Words the notices of an answer: what an answerer did otherwise than was asked, and why."""

from __future__ import annotations

from typing import Any

from feedback.models.model import Model

#: a notice as it stands in answers: `code`, `message`, and what else belongs to the code
Notice = dict[str, Any]


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
