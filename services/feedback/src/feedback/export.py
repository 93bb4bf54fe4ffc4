"""Declares what feedback gives into a copy of everything about a person: its feedback, and what models have cost."""

from __future__ import annotations

from chassis.privacy.export import LeftOut, Shown, export_of
from feedback.models.tables import ai_ledger
from feedback.tables import METADATA, feedback

EXPORT = export_of(
    METADATA,
    tables=(
        Shown(
            table=feedback,
            about="What you were told after each reading, one row a reading.",
            columns={
                "attempt_id": "the reading",
                "summary": "how it went, in a sentence or two",
                "tips": "what to try next",
                "source": "who wrote it: a part of Voxbus, or a provider of AI by its name",
                "created_at": "when it was written",
            },
        ),
        Shown(
            table=ai_ledger,
            about="Calls of models of AI that Voxbus has paid for on your behalf, one row a call, without its words.",
            columns={
                "id": "the call",
                "opened_at": "when it began",
                "day": "the day on which it counts (UTC)",
                "role": "what it was for",
                "provider": "who was asked",
                "model": "which model",
                "prices": "US dollars for a million tokens, at that moment",
                "estimate": "what it was to cost at most, in US dollars",
                "state": "open, reported by the provider, estimated by us, or unknown",
                "cost": "what it has cost, in US dollars; null: it was under way",
                "input_tokens": "tokens that were sent; null: nobody knows",
                "output_tokens": "tokens of the answer; null: nobody knows",
                "settled_at": "when its cost was known",
            },
            without={"call": "It says which message of ours the call was made for, so that it is not paid twice."},
        ),
    ),
    left_out=(LeftOut("budgets", "It sums what is shown of the calls of models, for each day."),),
)
