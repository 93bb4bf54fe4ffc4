"""Defines the messages of speech."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.base import PERSONAL, Event, Upcast

Verdict = Literal["correct", "mispronounced", "omitted", "inserted", "repeated", "unsure"]
UnsureReason = Literal["sound_missing"]
RefusalReason = Literal[
    "silent", "too_quiet", "clipped", "too_short", "no_speech", "whispered", "noisy", "unintelligible"
]
#: the finding that another text was read than the one that was to be read
OTHER_TEXT = "reading.other_text"
#: the findings that a sound was said several times before its word, was held, or that a stop parted it from its word
SOUND_REPEATED, SOUND_HELD, SOUND_BLOCKED = "reading.sound_repeated", "reading.sound_held", "reading.sound_blocked"
#: what was found about a reading as a whole; readers ignore what they do not know
Finding = Annotated[str, Field(pattern=r"^[a-z]+\.[a-z_]+$", max_length=100)]
Percent = Annotated[float, Field(ge=0, le=100)]
Share = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Word(_Part):
    """Holds a word of the text, or one heard beside it. `start` and `end` in seconds from the recording's start.

    `reason` says why a word is unsure, where that is known: its part of the recording is damaged or was cut off.
    `findings`, there if any, are those about the reading that were found at this word.
    """

    word: str
    verdict: Verdict
    heard: str | None = None
    start: float | None = Field(default=None, ge=0)
    end: float | None = Field(default=None, ge=0)
    score: Percent | None = None
    confidence: Share = 0.0
    phones: tuple[dict[str, str | float | None], ...] = ()
    reason: UnsureReason | None = None
    findings: tuple[Finding, ...] = Field(default=(), exclude_if=lambda findings: not findings)


class Scores(_Part):
    """Holds the scores of a reading, each 0–100."""

    overall: Percent
    accuracy: Percent
    fluency: Percent
    completeness: Percent


class SoundScore(_Part):
    """Holds the mean score of the words that have a sound (ARPAbet without stress) and were said."""

    sound: str
    score: Percent
    words: int = Field(ge=1)


class Refusal(_Part):
    """Says why a recording was not assessed: no reading could be heard. A refused recording has no score."""

    reason: RefusalReason
    message: str


class EngineUsed(_Part):
    """Names the transcriber and the scorer that made a result."""

    name: str
    version: str
    scorer: str


class AttemptAssessed(Event):
    """A recording was heard and assessed, or refused because nothing could be heard (`refusal`, then no scores)."""

    type = "attempt.assessed"
    # The second major version has four more reasons of a refusal, which no reader of the first knows.
    version = (2, 1)
    upcasts: ClassVar[Mapping[int, Upcast]] = {1: dict}
    public_fields = ("words", "scores", "refusal", "findings")
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "attempt_id": "018f6a1e-0000-7000-8000-000000000001",
                    "person_id": "018f6a1e-0000-7000-8000-000000000002",
                    "twister_id": None,
                    "text": "Red lorry",
                    "language": "en",
                    "transcript": "red lorry",
                    "words": [
                        {
                            "word": "Red",
                            "verdict": "correct",
                            "heard": "red",
                            "start": 0.31,
                            "end": 0.62,
                            "score": 93.0,
                            "confidence": 0.9,
                        },
                        {"word": "lorry", "verdict": "omitted", "confidence": 0.8},
                    ],
                    "scores": {"overall": 67.2, "accuracy": 93.0, "fluency": 80.0, "completeness": 50.0},
                    "sounds": [{"sound": "R", "score": 93.0, "words": 1}],
                    "refusal": None,
                    "findings": [],
                    "engine": {"name": "moonshine", "version": "0.1.0 tiny-en", "scorer": "1.1.0"},
                },
                {
                    "attempt_id": "018f6a1e-0000-7000-8000-000000000001",
                    "person_id": "018f6a1e-0000-7000-8000-000000000002",
                    "text": "Red lorry",
                    "transcript": None,
                    "words": [],
                    "scores": None,
                    "sounds": [],
                    "refusal": {"reason": "silent", "message": "We could not hear anything."},
                    "findings": [],
                    "engine": {"name": "moonshine", "version": "0.1.0", "scorer": "1"},
                },
            ]
        }
    )

    attempt_id: UUID
    person_id: UUID
    twister_id: UUID | None = None
    text: Annotated[str, PERSONAL]
    language: str = "en"
    transcript: Annotated[str | None, PERSONAL]
    words: Annotated[tuple[Word, ...], PERSONAL]
    scores: Annotated[Scores | None, PERSONAL]
    sounds: Annotated[tuple[SoundScore, ...], PERSONAL] = ()
    refusal: Annotated[Refusal | None, PERSONAL] = None
    findings: Annotated[tuple[Finding, ...], PERSONAL] = ()
    engine: EngineUsed
