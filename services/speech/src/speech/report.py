"""Turns the result of an assessment into the event that is published."""

from __future__ import annotations

from dataclasses import asdict

from contracts import speech as said
from contracts.gateway import AssessAttempt
from speech.assess import Assessment
from speech.worker import Transcription


def report(cmd: AssessAttempt, transcription: Transcription, assessment: Assessment) -> said.AttemptAssessed:
    """Makes the event for one assessed attempt, with times rounded to milliseconds and scores to tenths."""
    return said.AttemptAssessed(
        attempt_id=cmd.attempt_id,
        person_id=cmd.person_id,
        twister_id=cmd.twister_id,
        text=cmd.text,
        language=cmd.language,
        transcript=transcription.transcript,
        words=tuple(said.Word.model_validate(_rounded(asdict(word))) for word in assessment.words),
        scores=said.Scores.model_validate(_rounded(asdict(assessment.scores))) if assessment.scores else None,
        sounds=tuple(said.SoundScore.model_validate(_rounded(asdict(sound))) for sound in assessment.sounds),
        refusal=said.Refusal.model_validate(asdict(assessment.refusal)) if assessment.refusal else None,
        findings=assessment.findings,
        engine=said.EngineUsed(name=transcription.engine, version=transcription.version, scorer=assessment.scorer),
    )


def _rounded(values: dict[str, object]) -> dict[str, object]:
    places = {"start": 3, "end": 3, "confidence": 2}
    return {k: round(v, places.get(k, 1)) if isinstance(v, float) else v for k, v in values.items()}
