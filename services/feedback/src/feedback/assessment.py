"""Defines the input and the output of every feedback provider."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.feedback import Tip
from contracts.speech import AttemptAssessed, Refusal, Scores, Word


@dataclass(frozen=True, slots=True)
class Assessment:
    """Holds the facts of an attempt for a feedback provider: nothing that identifies the person, and no audio.

    `words` are in order, including words heard besides the text; `scores` is None and `refusal` set when nothing could
    be heard. `findings` name what was found about the reading as a whole.
    """

    text: str
    words: tuple[Word, ...] = ()
    scores: Scores | None = None
    refusal: Refusal | None = None
    findings: tuple[str, ...] = ()

    @classmethod
    def of(cls, event: AttemptAssessed) -> Assessment:
        """Leaves out of the event what feedback does not need."""
        return cls(
            text=event.text, words=event.words, scores=event.scores, refusal=event.refusal, findings=event.findings
        )


@dataclass(frozen=True, slots=True)
class Feedback:
    """Holds words for a child: `summary` says what went right and what comes next, `tips` what to try.

    `source` is name and version of the provider, such as `coach/2`.
    """

    summary: str
    tips: tuple[Tip, ...]
    source: str
