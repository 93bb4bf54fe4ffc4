"""What goes into feedback and what comes out, whoever writes it."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.feedback import Tip
from contracts.speech import AttemptAssessed, Refusal, Scores, Word


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a writer of feedback may know of an attempt: nothing that tells whose it is, and never the sound itself.

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
    """Words for a child: `summary` says what went right and what comes next, `tips` what to try.

    `source` is name and version of what wrote it, such as `coach/1`.
    """

    summary: str
    tips: tuple[Tip, ...]
    source: str
