"""Gives feedback on assessed attempts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

from pydantic import ValidationError

from chassis.errors import DependencyDown
from chassis.handler import Backoff, Deps, Effects, handles
from chassis.privacy.outside import NotAllowed, OutsideCalls
from contracts.feedback import FeedbackGiven, Tip
from contracts.speech import AttemptAssessed
from feedback import store
from feedback.assessment import Assessment, Feedback
from feedback.models.answers import Context, NoAnswer
from feedback.models.engine import Engine
from feedback.models.payment import Calls
from feedback.models.shapes import ChildFeedback, ChildFeedbackInput, ReadWord
from feedback.providers import Provider
from feedback.providers.coach import Coach

#: seconds after which a child waits for no model any more
MODELS_WITHIN_S = 40.0


@dataclass(frozen=True, slots=True)
class Models:
    """Asks models for a role; `calls` pays for what one message needs, whose run makes the effects."""

    engine: Engine
    calls: Callable[[Effects, UUID], Calls]


@dataclass(frozen=True, kw_only=True)
class FeedbackDeps(Deps):
    """Holds what the handlers of feedback use besides the database."""

    provider: Provider
    outside: OutsideCalls
    #: asked first, where a model may write feedback
    models: Models | None = None
    #: writes feedback of whoever has not agreed to the provider; nothing of theirs leaves the process
    embedded: Provider = field(default_factory=Coach)


@handles(AttemptAssessed, slots=4, timeout=60, retry=Backoff(attempts=5, first=2, cap=300))
async def give_feedback(event: AttemptAssessed, deps: FeedbackDeps) -> None:
    """Writes true, kind feedback on one assessed attempt, also on one that could not be heard."""
    feedback = await feedback_for(event.person_id, Assessment.of(event), deps)
    given = FeedbackGiven(
        attempt_id=event.attempt_id,
        person_id=event.person_id,
        summary=feedback.summary,
        tips=feedback.tips,
        source=feedback.source,
    )
    async with deps.unit() as unit:
        await store.save(unit, given)
        unit.emit(given)


async def feedback_for(person: UUID, assessment: Assessment, deps: FeedbackDeps) -> Feedback:
    """Asks the models of the role, then the provider, if it is a part of Voxbus or the person has agreed to it.

    Else the embedded one writes. Only here a provider is called. A store of consents that does not answer is a no.
    """
    written = None if deps.models is None else await _of_models(deps.models, person, assessment, deps.effects)
    if written is not None:
        return written
    provider = deps.provider
    if provider.recipient is None:
        return await provider.give(assessment, nullcontext)
    may_begin = deps.outside.may_begin(person, "ai_text", provider.recipient)
    try:
        return await provider.give(assessment, may_begin)
    except (NotAllowed, DependencyDown):
        return await deps.embedded.give(assessment, nullcontext)


async def _of_models(models: Models, person: UUID, assessment: Assessment, effects: Effects) -> Feedback | None:
    """Returns what a model has written and our rules have found true and fit for a child; None: nothing."""
    if (given := _given(assessment)) is None:
        return None
    try:
        async with asyncio.timeout(MODELS_WITHIN_S):
            answer = await models.engine.answer(
                "child_feedback", given, Context(person=person), models.calls(effects, person)
            )
    except (NoAnswer, TimeoutError):
        return None
    if answer.model is None:  # the coach says it by itself, under its own name
        return None
    written = cast(ChildFeedback, answer.answer)
    return Feedback(written.summary, tuple(Tip(**tip.model_dump()) for tip in written.tips), answer.source)


def _given(assessment: Assessment) -> ChildFeedbackInput | None:
    """Returns what the role is asked; None for a reading that it does not take, such as of a word of 250 letters."""
    try:
        return ChildFeedbackInput(
            text=assessment.text,
            words=tuple(ReadWord.model_validate(word.model_dump()) for word in assessment.words),
            scores=assessment.scores,
            refusal=assessment.refusal,
            findings=assessment.findings,
        )
    except ValidationError:
        return None
