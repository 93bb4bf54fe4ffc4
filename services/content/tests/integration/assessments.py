"""Has assessments folded into progress: what tests of content share."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID, uuid4

from chassis.testing import Harness, until
from contracts.speech import AttemptAssessed, EngineUsed, SoundScore


def assessed(
    person: UUID, scores: Mapping[str, float], *, language: str = "en", twister: UUID | None = None
) -> AttemptAssessed:
    """Returns an assessment of two words for each sound."""
    return AttemptAssessed(
        attempt_id=uuid4(),
        person_id=person,
        twister_id=twister,
        text="Red lorry",
        language=language,
        transcript="red lorry",
        words=(),
        scores=None,
        sounds=tuple(SoundScore(sound=sound, score=score, words=2) for sound, score in scores.items()),
        engine=EngineUsed(name="stand-in", version="0", scorer="0"),
    )


async def assess(harness: Harness, *events: AttemptAssessed) -> None:
    """Has events handled, one after another."""
    for event in events:
        sent = await harness.publish(event, person_id=event.person_id)

        async def done(message: UUID = sent.envelope.id) -> bool:
            rows = await harness.inbox("content.project_progress")
            return any(row.id == message and row.outcome == "ok" for row in rows)

        await until(done, what="an assessment that is folded")
