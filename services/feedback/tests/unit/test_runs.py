"""Tests what a run's answer and its problems tell."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import pytest

from chassis.errors import Permanent
from chassis.handler import Effects
from chassis.message.envelope import new_id
from contracts.feedback import AiAnswered, RunRole
from feedback.models.answers import Answer, Context, NoAnswer, Try
from feedback.models.catalogue import Catalogue
from feedback.models.engine import Engine
from feedback.models.payment import Calls
from feedback.models.prompts import PROMPTS
from feedback.models.request import Usage
from feedback.models.runs import ANSWER_UNUSABLE, BUDGET_SPENT, NO_MODEL, RunDeps, run_role
from feedback.models.settings import ModelSettings
from feedback.models.shapes import INPUTS, LessonHint

TRIES = (
    Try("openai", "gpt-6-luna", "failed", 812, Decimal("0.0000675")),
    Try("anthropic", "claude-haiku-5-5", "no-key"),
)
INPUT: dict[str, dict[str, Any]] = {
    "conversation": {"message": "Who is it for?"},
    "lesson_hint": {"task": "What is half of 8?"},
    "design_notes": {"messages": [{"role": "user", "text": "It must be cheap."}]},
    "child_feedback": {"text": "Red lorry"},
    "tweet_style": {"tweets": ["Good morning!"]},
    "tweet_writer": {"topic": "spring"},
    "story_understand": {"text": "Once upon a time."},
}


@dataclass
class Answers:
    """Answers what it is told to, and writes down how it was asked (stands for the engine)."""

    answer_: Answer | NoAnswer
    asked: list[tuple[str, Context, bool]] = field(default_factory=list)

    async def answer(self, role: str, given: object, context: Context, calls: object, on_text: object = None) -> Answer:
        self.asked.append((role, context, on_text is not None))
        if isinstance(self.answer_, NoAnswer):
            raise self.answer_
        return self.answer_


@dataclass
class Unit:
    """Keeps what is emitted."""

    emitted: list[Any] = field(default_factory=list)

    def emit(self, event: Any) -> None:
        self.emitted.append(event)


async def run(answers: Answers, role: str = "conversation", **more: Any) -> AiAnswered:
    unit = Unit()

    @asynccontextmanager
    async def opened() -> AsyncIterator[Any]:
        yield unit

    def calls(_effects: Effects, _person: UUID) -> Calls:
        return cast(Calls, None)

    deps = RunDeps(
        engine=cast(Engine, answers), calls=calls, catalogue=Catalogue(ModelSettings()), unit=cast(Any, opened)
    )
    await run_role.function(RunRole(person_id=new_id(), role=role, input=INPUT[role], **more), deps)
    [event] = unit.emitted
    return cast(AiAnswered, event)


async def test_an_answer_tells_what_was_tried_and_what_it_cost() -> None:
    hint = LessonHint(hint="Look at both halves.")
    answer = Answer(
        answer=hint,
        source="openai/gpt-6.1-terra",
        prompt="lesson_hint/1",
        tries=TRIES,
        repaired=True,
        usage=Usage(305, 74, 5),
        cost=Decimal("0.0000675"),
        notices=({"code": "no-key", "message": "There is none."},),
    )
    event = await run(Answers(answer), "lesson_hint")
    assert event.model_dump(mode="json") == {
        "answer": hint.model_dump(mode="json"),
        "source": "openai/gpt-6.1-terra",
        "prompt": "lesson_hint/1",
        "tries": [
            {"provider": "openai", "model": "gpt-6-luna", "outcome": "failed", "ms": 812, "usd": "0.000068"},
            {"provider": "anthropic", "model": "claude-haiku-5-5", "outcome": "no-key", "ms": 0, "usd": "0.000000"},
        ],
        "repaired": True,
        "usage": {"input_tokens": 305, "output_tokens": 74},
        "cost_usd": "0.000068",
        "notices": [{"code": "no-key", "message": "There is none."}],
    }


@pytest.mark.parametrize("role", INPUTS)
async def test_a_text_is_read_early_only_where_no_check_may_still_refuse_it(role: str) -> None:
    answers = Answers(Answer(answer="Fine.", source="rules/none-1"))
    await run(answers, role, age_band="of_age", model="GPT-4o")
    [(asked, context, is_told)] = answers.asked
    assert asked == role
    assert (context.holds_words, context.age_band) == (False, "of_age")
    assert context.model is not None
    assert context.model.id == "gpt-4o"
    assert is_told == (role == "conversation")
    assert not (is_told and PROMPTS[role].for_children)


@pytest.mark.parametrize(
    ("error", "problem", "detail"),
    [
        (
            NoAnswer("no-model", TRIES),
            NO_MODEL,
            "Tried: openai/gpt-6-luna (failed), anthropic/claude-haiku-5-5 (no-key).",
        ),
        (NoAnswer("answer-unusable", TRIES[:1]), ANSWER_UNUSABLE, "Tried: openai/gpt-6-luna (failed)."),
        (
            NoAnswer("budget-spent", (), datetime(2026, 11, 21, tzinfo=UTC)),
            BUDGET_SPENT,
            "There is more from 2026-11-21T00:00:00Z on.",
        ),
    ],
)
async def test_a_problem_tells_what_was_tried(error: NoAnswer, problem: Any, detail: str) -> None:
    with pytest.raises(Permanent) as failed:
        await run(Answers(error))
    assert failed.value.problem == problem.model_copy(update={"detail": f"{problem.detail} {detail}"})


async def test_a_model_that_has_left_the_registry_since_answers_no_more() -> None:
    with pytest.raises(Permanent) as failed:
        await run(Answers(Answer(answer="Fine.", source="rules/none-1")), model="gone-1")
    assert failed.value.problem == NO_MODEL
