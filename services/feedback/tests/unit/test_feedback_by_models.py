"""Tests who writes feedback: a model where it may and what it says is true, else the coach."""

from __future__ import annotations

import json
from typing import Any

import pytest

from contracts.speech import AttemptAssessed
from feedback.assessment import Assessment, Feedback
from feedback.by_rules import RULES
from feedback.handlers import FeedbackDeps, Models, feedback_for
from feedback.models.roles import ROLES
from feedback.models.shapes import ConversationInput, DesignNotes, DesignNotesInput, Said
from feedback.providers.coach import Coach
from services.feedback.tests.unit.bench import ADA, Bench
from services.feedback.tests.unit.bench import Said as Scripted

EVENT = AttemptAssessed.model_validate(AttemptAssessed.examples()[0])
TRUE = {"summary": "Thank you for trying.", "tips": [{"tip": "Read it once more, slowly."}]}


async def written(bench: Bench, *script: Scripted, event: AttemptAssessed = EVENT) -> Feedback:
    bench.says(openai=list(script), anthropic=list(script), gemini=list(script))
    deps = FeedbackDeps(provider=Coach(), outside=bench.outside, models=Models(bench.engine, lambda *_: bench.paid))
    return await feedback_for(ADA, Assessment.of(event), deps)


async def test_a_model_writes_where_its_person_has_agreed() -> None:
    bench = Bench()
    feedback = await written(bench, json.dumps(TRUE))
    assert (feedback.source, feedback.summary) == ("openai/gpt-6-luna", TRUE["summary"])
    assert [tip.tip for tip in feedback.tips] == ["Read it once more, slowly."]
    assert str(ADA) not in "".join(message.text for message in bench.providers["openai"].requests[0].messages)


@pytest.mark.parametrize(
    "bench",
    [{"keys": ()}, {"consents": ()}, {"left": "0"}, {"role_child_feedback": "rules"}],
    ids=["no key", "no consent", "no money", "rules"],
)
async def test_the_coach_writes_where_no_model_may(bench: dict[str, Any]) -> None:
    asked = Bench(**bench)
    assert (await written(asked, json.dumps(TRUE))).source.startswith("coach/")
    assert asked.calls == {}


async def test_the_coach_writes_of_a_word_that_is_too_long_for_the_role() -> None:
    bench, word = Bench(), "a" * 250
    long = EVENT.model_copy(update={"text": word, "words": (EVENT.words[0].model_copy(update={"word": word}),)})
    assert (await written(bench, json.dumps(TRUE), event=long)).source.startswith("coach/")
    assert bench.calls == {}


async def test_the_coach_writes_where_models_say_what_is_not_true() -> None:
    bench = Bench()
    praised = {"summary": "Your “zebra” was perfect!", "tips": []}
    feedback = await written(bench, *[json.dumps(praised)] * 9)
    assert feedback.source.startswith("coach/")
    assert sum(bench.calls.values()) == 3


@pytest.mark.parametrize("role", [name for name, role in ROLES.items() if role.default])
def test_each_role_has_the_rules_that_it_names(role: str) -> None:
    assert role in RULES


def test_the_rules_of_a_conversation_answer_in_the_shapes_of_models() -> None:
    messages = (Said(role="user", text="We decided to use large buttons. How do we test it?"),)
    assert RULES["conversation"](ConversationInput(message="Let us use large buttons."))
    notes = RULES["design_notes"](DesignNotesInput(messages=messages))
    assert isinstance(notes, DesignNotes) and {line.message for line in notes.decisions} == {1}
