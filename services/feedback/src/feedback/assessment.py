"""Defines the input and the output of every feedback provider."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.feedback import Tip
from contracts.speech import AttemptAssessed, Refusal, Scores, Word


@dataclass(frozen=True, slots=True)
class Assessment:
    """Holds what a feedback provider may know of an attempt: nothing that identifies the person, and no audio.

    `words` in order, with what was heard beside the text; `scores` None and `refusal` set when nothing could be heard.
    """

    text: str
    words: tuple[Word, ...] = ()
    scores: Scores | None = None
    refusal: Refusal | None = None

    @classmethod
    def of(cls, event: AttemptAssessed) -> Assessment:
        """Leaves out of the event what feedback does not need."""
        return cls(text=event.text, words=event.words, scores=event.scores, refusal=event.refusal)


@dataclass(frozen=True, slots=True)
class Feedback:
    """Holds words for a child: `summary` says what went right and what comes next, `tips` what to try.

    `source` is name and version of what wrote it, such as `coach/1`.
    """

    summary: str
    tips: tuple[Tip, ...]
    source: str
