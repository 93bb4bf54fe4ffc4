"""Defines the messages of feedback."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.base import PERSONAL, Command, Event, Json
from contracts.leaks.secrets import Secrets


class Tip(BaseModel):
    """Suggests one thing to try, about a sound (ARPAbet) or a word, or about neither."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sound: str | None = None
    word: str | None = None
    tip: str


class FeedbackGiven(Event):
    """Feedback on an attempt is stored and ready to read; `source` names what wrote it."""

    type = "feedback.given"
    public_fields = ("summary", "tips")
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "attempt_id": "018f6a1e-0000-7000-8000-000000000001",
                    "person_id": "018f6a1e-0000-7000-8000-000000000002",
                    "summary": "You said “red” clearly.",
                    "tips": [{"sound": "R", "tip": "Curl your tongue back a little."}],
                    "source": "coach/1",
                }
            ]
        }
    )

    attempt_id: UUID
    person_id: UUID
    summary: Annotated[str, PERSONAL]
    tips: Annotated[tuple[Tip, ...], PERSONAL]
    source: str


class ConversationTurn(Event):
    """A turn of a conversation has ended: who answered, how long that took, and who paid.

    No field says who spoke or what was said. Tokens and cost may be estimates; `interrupted_at_ms` is when the client
    went away.
    """

    type = "conversation.turn"
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "model": "gpt-6-luna",
                    "source": "openai/gpt-6-luna",
                    "first_token_ms": 412,
                    "total_ms": 1630,
                    "interrupted_at_ms": None,
                    "input_tokens": 180,
                    "output_tokens": 46,
                    "cost_usd": "0.000041",
                    "paid_by": "caller",
                }
            ]
        }
    )

    model: str | None
    source: str
    first_token_ms: int | None = Field(ge=0)
    total_ms: int = Field(ge=0)
    interrupted_at_ms: int | None = Field(ge=0)
    input_tokens: int | None = Field(ge=0)
    output_tokens: int | None = Field(ge=0)
    cost_usd: str | None
    paid_by: Literal["caller", "voxbus", "nobody"]


class RunRole(Command):
    """Asks a role for an answer; `model` names the one that shall give it. The input is nobody's personal data.

    `age_band` is that of who asks: nothing that a child asks goes to a provider outside without a consent.
    """

    type = "ai.run"
    stream_name = "ai.accepted"
    public_fields = ("role", "model")
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "person_id": "018f6a1e-0000-7000-8000-000000000002",
                    "role": "conversation",
                    "input": {"message": "Who is it for?"},
                    "model": None,
                    "age_band": "of_age",
                }
            ]
        }
    )

    person_id: UUID
    role: str
    input: Annotated[Json, PERSONAL]
    model: str | None = None
    age_band: Annotated[Literal["unknown", "under_consent_age", "of_age"], PERSONAL] = "unknown"


class AiTry(BaseModel):
    """Tells of one model on the way to an answer: why it was not asked, or how a call of it came out.

    `ms`: milliseconds; `usd`: US dollars, as text.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    provider: str
    model: str
    outcome: str
    ms: int = Field(ge=0)
    usd: str


class AiUsage(BaseModel):
    """Counts the tokens of all calls of an answer."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    input_tokens: int = Field(ge=0)
    output_tokens: int = Field(ge=0)


class AiAnswered(Event):
    """A role has an answer: a text, or an object of the role's own shape. `source` names what gave it.

    `prompt` is null where rules answered, `usage` where no model was called. `cost_usd`: US dollars, as text.
    """

    type = "ai.answered"
    public_fields = ("answer", "source")
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "answer": "People who teach at night, you said. What do they have today?",
                    "source": "openai/gpt-6-luna",
                    "prompt": "conversation/1",
                    "tries": [
                        {
                            "provider": "openai",
                            "model": "gpt-6-luna",
                            "outcome": "answered",
                            "ms": 812,
                            "usd": "0.000068",
                        }
                    ],
                    "repaired": False,
                    "usage": {"input_tokens": 305, "output_tokens": 74},
                    "cost_usd": "0.000068",
                    "notices": [],
                }
            ]
        }
    )

    answer: Annotated[str | Json, PERSONAL]
    source: str
    prompt: str | None = None
    tries: tuple[AiTry, ...] = ()
    repaired: bool = False
    usage: AiUsage | None = None
    cost_usd: str
    notices: tuple[Json, ...] = ()


class HintTask(BaseModel):
    """Holds all that a model is told of an exercise: nothing of its answer is in it.

    `task`: the exercise as its learner sees it; `context`: a paragraph beside it; `authored`: the author's hints up to
    the level; `why`: what is wrong with the options that were chosen. `words`: the learner's own, which only go where
    the learner has agreed to that.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    exercise_type: str
    task: Annotated[str, Field(min_length=1, max_length=8_000)]
    context: Annotated[str, Field(max_length=2_000)] = ""
    authored: tuple[Annotated[str, Field(max_length=300)], ...] = ()
    why: tuple[Annotated[str, Field(max_length=300)], ...] = ()
    words: Annotated[str | None, Field(max_length=500)] = None
    language: str = "en"
    difficulty: str = "beginner"


class GiveHint(Command):
    """Asks for a hint of a level for an exercise.

    The secrets are for the check of what is written, and for nobody else. They are sealed as what is personal is, so
    they stand in no queue and no table in clear. `hint_id` is the id of the job.
    """

    type = "hint.give"
    stream_name = "hint.accepted"
    public_fields = ("lesson_id", "exercise_id", "level")
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "person_id": "018f6a1e-0000-7000-8000-000000000002",
                    "hint_id": "018f6a1e-0000-7000-8000-000000000001",
                    "lesson_id": "018f6a1e-0000-7000-8000-000000000008",
                    "exercise_id": "which-is-v4",
                    "level": 1,
                    "task": {"exercise_type": "free_text", "task": "Which part runs programs?", "authored": ["Look."]},
                    "secrets": {"prompt": "Which part runs programs?", "answers": ["CPU"]},
                }
            ]
        }
    )

    person_id: UUID
    hint_id: UUID
    lesson_id: UUID
    exercise_id: str
    level: int = Field(ge=1, le=3)
    task: Annotated[HintTask, PERSONAL]
    secrets: Annotated[Secrets, PERSONAL]


class HintVerdict(BaseModel):
    """Tells what the check said of one text of a model: the rule by which it gives the answer away, or `passed`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    model: str
    verdict: str


class HintWritten(Event):
    """A hint is written, or none could be: then `text` is null, and the author's is given.

    `kind` says whose model it was; `verdicts` are those on all texts that were written. `cost_usd`: US dollars.
    """

    type = "hint.written"
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "person_id": "018f6a1e-0000-7000-8000-000000000002",
                    "hint_id": "018f6a1e-0000-7000-8000-000000000001",
                    "lesson_id": "018f6a1e-0000-7000-8000-000000000008",
                    "exercise_id": "which-is-v4",
                    "level": 1,
                    "text": "Look at how large each part is.",
                    "kind": "cloud",
                    "provider": "openai",
                    "model": "gpt-6-luna",
                    "verdicts": [{"model": "gpt-6-luna", "verdict": "passed"}],
                    "cost_usd": "0.000068",
                }
            ]
        }
    )

    person_id: UUID
    hint_id: UUID
    lesson_id: UUID
    exercise_id: str
    level: int = Field(ge=1, le=3)
    text: Annotated[str | None, PERSONAL] = None
    kind: Literal["local", "cloud"] | None = None
    provider: str | None = None
    model: str | None = None
    verdicts: tuple[HintVerdict, ...] = ()
    cost_usd: str = "0.000000"


class RolesAnswered(Event):
    """Models answer for these roles since `at`: of each of them one has a provider that can be called."""

    type = "ai.roles_answered"
    job_scoped = False
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"roles": ["child_feedback", "lesson_hint"], "at": "2026-11-29T10:00:00Z"}]}
    )

    roles: tuple[str, ...]
    at: datetime
