"""Gives feedback on assessed attempts."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.handler import Backoff, Deps, handles
from contracts.feedback import FeedbackGiven
from contracts.speech import AttemptAssessed
from feedback import store
from feedback.assessment import Assessment
from feedback.providers import Provider


@dataclass(frozen=True, kw_only=True)
class FeedbackDeps(Deps):
    """Holds what the handlers of feedback use besides the database."""

    provider: Provider


@handles(AttemptAssessed, slots=4, timeout=60, retry=Backoff(attempts=5, first=2, cap=300))
async def give_feedback(event: AttemptAssessed, deps: FeedbackDeps) -> None:
    """Writes true, kind feedback on one assessed attempt, also on one that could not be heard."""
    feedback = await deps.provider.give(Assessment.of(event))
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
