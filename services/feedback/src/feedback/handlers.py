"""Gives feedback on assessed attempts."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from chassis.errors import DependencyDown
from chassis.handler import Backoff, Deps, handles
from chassis.privacy.outside import NotAllowed, OutsideCalls
from contracts.feedback import FeedbackGiven
from contracts.speech import AttemptAssessed
from feedback import store
from feedback.assessment import Assessment, Feedback
from feedback.providers import Provider
from feedback.providers.coach import Coach


@dataclass(frozen=True, kw_only=True)
class FeedbackDeps(Deps):
    """Holds what the handlers of feedback use besides the database."""

    provider: Provider
    outside: OutsideCalls
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
    """Asks the provider, if it is a part of Voxbus or the person has agreed to it; else the embedded one.

    Only here a provider is called. A store of consents that does not answer is a no.
    """
    provider = deps.provider
    if provider.recipient is None:
        return await provider.give(assessment, nullcontext)
    may_begin = partial(deps.outside.beginning, person, "ai_text", provider.recipient)
    try:
        return await provider.give(assessment, may_begin)
    except (NotAllowed, DependencyDown):
        return await deps.embedded.give(assessment, nullcontext)
