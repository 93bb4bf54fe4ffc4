"""Declares what feedback gives into a copy of everything about a person: tips, kept conversations, costs of models."""

from __future__ import annotations

from chassis.privacy.export import LeftOut, Shown, export_of
from feedback.conversation.tables import conversation_notes, conversation_sessions, conversation_turns, messages
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
        Shown(
            table=conversation_sessions,
            about="Conversations that you asked us to keep, one row each.",
            columns={
                "id": "the conversation",
                "title": "how you called it; null: it has no title",
                "version": "how often it was changed, and once more",
                "started_at": "when it began",
                "ended_at": "when you ended it; null: not yet",
                "expires_at": "when it is deleted, with all its messages",
                "messages": "how many messages it holds",
                "turns": "how many turns it had",
            },
        ),
        Shown(
            table=messages,
            about="What was said in those conversations, one row a message.",
            columns={
                "id": "the message",
                "session_id": "its conversation",
                "number": "its place there, from 1",
                "sender": "user: you; bot: what answered",
                "message_text": "what was said",
                "source": "who answered: a part of Voxbus, or a model by its name; null: you spoke",
                "interrupted": "whether only so much of it was said",
                "created_at": "when it was kept",
            },
        ),
        Shown(
            table=conversation_notes,
            about="Notes that a model has written of those conversations, one row a conversation.",
            columns={
                "session_id": "the conversation",
                "notes": "the notes; `message` of a line is the number of the message that says it",
                "created_at": "when they were written",
            },
            without={"said": "It tells whether something was said since."},
        ),
        Shown(
            table=conversation_turns,
            about="How each answer in those conversations came about, one row a turn.",
            columns={
                "session_id": "the conversation",
                "turn": "which turn of it, from 1",
                "model": "the model that answered; null: none",
                "source": "who answered",
                "first_token_ms": "milliseconds until the answer began",
                "total_ms": "milliseconds until it ended",
                "interrupted_at_ms": "after how many milliseconds you interrupted it; null: you did not",
                "input_tokens": "tokens that the model read",
                "output_tokens": "tokens that it wrote",
                "cost_usd": "what it cost, in dollars",
                "paid_by": "who paid: caller (you, by your own key), voxbus or nobody",
                "created_at": "when it was kept",
            },
        ),
    ),
    left_out=(LeftOut("budgets", "It sums what is shown of the calls of models, for each day."),),
)
