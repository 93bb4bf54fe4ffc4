"""Defines the result of an assessment: plain values, ready to be sent between processes."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from speech.gate import Refusal

Verdict: TypeAlias = Literal["correct", "mispronounced", "omitted", "inserted", "repeated", "unsure"]
#: why a word is unsure: its part of the recording is damaged or was cut off
UnsureReason: TypeAlias = Literal["sound_missing"]


@dataclass(frozen=True)
class WordResult:
    """Holds the result for one word of the text, or for a word that was said besides the text.

    `heard` is the part of the transcript in its place. `start` and `end` are seconds from the start of the recording.
    `score` is 0-100, None for a word that was not said or could not be measured; `confidence` in the verdict is 0-1.
    `reason` is why the word is unsure, where that is known. `findings` are those about the reading found at this word.
    """

    word: str
    verdict: Verdict
    heard: str | None = None
    start: float | None = None
    end: float | None = None
    score: float | None = None
    confidence: float = 0.5
    reason: UnsureReason | None = None
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scores:
    """Holds the scores of the whole reading, each 0-100."""

    overall: float
    accuracy: float
    fluency: float
    completeness: float


@dataclass(frozen=True)
class SoundScore:
    """Holds a sound of the text (ARPAbet without stress): the mean score of the words that hold it and were said."""

    sound: str
    score: float
    words: int


@dataclass(frozen=True)
class Assessment:
    """Holds the result of one reading; no scores if it was refused, or if the text has no word that can be heard.

    `findings` name what was found about the reading as a whole, as in `contracts.speech`.
    """

    words: tuple[WordResult, ...]
    scores: Scores | None
    refusal: Refusal | None
    sounds: tuple[SoundScore, ...]
    scorer: str
    findings: tuple[str, ...] = ()
