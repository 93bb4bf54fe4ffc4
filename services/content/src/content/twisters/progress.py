"""Folds assessed attempts into a person's progress per sound. Pure: rows in, rows out.

With x the score of a sound in one attempt (0-100) and s the value before, exponentially weighted means (Roberts 1959,
Technometrics 1:239-250):

    score  = s + 0.25 * (x - s)     what the person can do; a single bad day moves it little
    recent = s + 0.5 * (x - s)      the last few attempts
    trend  = rising when recent - score >= 8, falling when <= -8, else steady

The first attempt sets both. A lasting change of k points per attempt parts the two by 2k, so that a trend shows from
4 points per attempt on, while one attempt 30 points off the usual leaves it steady.

`difficulty` is the level a sound has reached. An attempt that went well (x >= 85) at an easier one, as when a twister
was chosen for its other sound, does not lower it, and struggling (x < 60) at a harder one does not raise it; otherwise
it is that of the attempt. 85 is where a percentage of consonants correct begins to be called mild (Shriberg &
Kwiatkowski 1982, J Speech Hear Disord 47:256-270, cited from memory); above 60 clearly more is right than not.

Attempts count in order of arrival: a late one is folded like any other. That one attempt is folded only once is the
inbox's promise, not kept here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from contracts.speech import SoundScore

Trend = Literal["rising", "steady", "falling"]

SCORE_WEIGHT = 0.25
RECENT_WEIGHT = 0.5
TREND_MARGIN = 8.0
DOES_WELL = 85.0
STRUGGLES = 60.0
#: below this many attempts a score is too uncertain to name a trend or a weakest sound
ENOUGH_ATTEMPTS = 3
#: a sound in one word of a person's own text is there by chance; in two words it is practised
ENOUGH_WORDS = 2


@dataclass(frozen=True, slots=True)
class SoundProgress:
    """Holds a person's results for one sound. `score` and `recent` 0-100; `difficulty` 1-5 reached."""

    attempts: int
    score: float
    recent: float
    difficulty: int

    @property
    def trend(self) -> Trend:
        """Compares the last attempts with all attempts before."""
        apart = self.recent - self.score
        if self.attempts < ENOUGH_ATTEMPTS or abs(apart) < TREND_MARGIN:
            return "steady"
        return "rising" if apart > 0 else "falling"


@dataclass(frozen=True, slots=True)
class Practice:
    """Holds the part of an assessed attempt that progress needs. `difficulty` is None for a person's own text."""

    person_id: UUID
    scores: Mapping[str, float]
    difficulty: int | None


def practised(sounds: Iterable[SoundScore], targets: Iterable[str]) -> dict[str, float]:
    """Picks the scores that count: those of the twister's target sounds.

    For a person's own text, which has no targets, sounds in at least two words count. A refused recording has no sounds
    and so counts for nothing.
    """
    wanted = frozenset(targets)
    return {
        sound.sound: sound.score
        for sound in sounds
        if (sound.sound in wanted if wanted else sound.words >= ENOUGH_WORDS)
    }


def apply_score(before: SoundProgress | None, score: float, difficulty: int | None) -> SoundProgress:
    """Returns the progress in one sound after one more attempt; formulas at the head of this module."""
    if before is None:
        return SoundProgress(attempts=1, score=score, recent=score, difficulty=difficulty or 1)
    return SoundProgress(
        attempts=before.attempts + 1,
        score=_towards(before.score, score, SCORE_WEIGHT),
        recent=_towards(before.recent, score, RECENT_WEIGHT),
        difficulty=_reached(before.difficulty, difficulty or before.difficulty, score),
    )


def apply_practices(
    before: Mapping[tuple[UUID, str], SoundProgress], practices: Iterable[Practice]
) -> dict[tuple[UUID, str], SoundProgress]:
    """Folds a batch, in the given order. Returns only changed progress, by (person, sound)."""
    changed: dict[tuple[UUID, str], SoundProgress] = {}
    for practice in practices:
        for sound, score in practice.scores.items():
            key = (practice.person_id, sound)
            changed[key] = apply_score(changed.get(key, before.get(key)), score, practice.difficulty)
    return changed


def _reached(before: int, tried: int, score: float) -> int:
    if score >= DOES_WELL:
        return max(before, tried)
    return min(before, tried) if score < STRUGGLES else tried


def _towards(before: float, score: float, weight: float) -> float:
    # rounding may exceed the limit slightly
    return min(100.0, max(0.0, (1 - weight) * before + weight * score))
