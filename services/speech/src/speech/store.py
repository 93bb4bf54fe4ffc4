"""Reads and writes speech's rows."""

from __future__ import annotations

from chassis.handler import Unit
from contracts.speech import AttemptAssessed
from speech.tables import assessments


async def save(unit: Unit, assessed: AttemptAssessed) -> None:
    """Stores the assessment of one attempt."""
    payload = assessed.model_dump(mode="json")
    await unit.execute(
        assessments.insert().values(
            attempt_id=assessed.attempt_id,
            person_id=assessed.person_id,
            transcript=assessed.transcript,
            words=payload["words"],
            scores=payload["scores"],
            sounds=payload["sounds"],
            refusal=payload["refusal"],
            engine=payload["engine"],
            findings=payload["findings"],
        )
    )
