"""Scores a reading as a whole, in the shape of Azure's Pronunciation Assessment, which many know."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from speech.assess.lexicon import VOWELS, Pronunciation
from speech.assess.result import Scores, SoundScore, WordResult

#: Seconds of silence between words that do not count as hesitation.
FREE_PAUSE = 0.2

#: The same, where the text has a punctuation mark.
FREE_BREATH = 0.7

#: Syllables per second of speaking below which a reading is word by word rather than fluent.
SLOWEST_FLUENT = 2.0


def whole(results: Sequence[WordResult], syllables: int, breaths: Sequence[bool]) -> Scores:
    """Scores from judged words; `breaths` tells for each result whether a mark follows it in the text.

    Completeness is the share of the text's words that were said. Accuracy is the mean of the word scores, weighted by
    how long each took. Overall is 0.6 of the lower of these two and 0.4 of the other, after Azure's formula, which
    weighs the lowest most. Fluency is reported separately and does not count in the overall score, so that stuttering
    never lowers it.
    """
    text = [result for result in results if result.verdict not in ("inserted", "repeated")]
    said = [result for result in text if result.verdict != "omitted"]
    completeness = 100 * len(said) / len(text)
    accuracy = _accuracy(said)
    fluency = _fluency(results, syllables, breaths)
    lower, higher = sorted((completeness, accuracy))
    overall = 0.6 * lower + 0.4 * higher
    return Scores(*(round(value, 1) for value in (overall, accuracy, fluency, completeness)))


def _accuracy(said: Sequence[WordResult]) -> float:
    measured = [
        (result.score, result.end - result.start)
        for result in said
        if result.score is not None and result.start is not None and result.end is not None
    ]
    seconds = sum(length for _, length in measured)
    return sum(points * length for points, length in measured) / seconds if seconds else 0.0


def _fluency(results: Sequence[WordResult], syllables: int, breaths: Sequence[bool]) -> float:
    """Returns the share of time from first to last word without hesitation and repetition, times the pace."""
    spans = sorted(
        (result.start, result.end, free, result.verdict)
        for result, free in zip(results, breaths, strict=True)
        if result.start is not None and result.end is not None
    )
    if not spans:
        return 0.0
    total = spans[-1][1] - spans[0][0]
    again = sum(end - start for start, end, _, verdict in spans if verdict in ("repeated", "inserted"))
    pauses = [
        (max(following[0] - before[1], 0.0), FREE_BREATH if before[2] else FREE_PAUSE)
        for before, following in pairwise(spans)
    ]
    speaking = total - sum(pause for pause, _ in pauses)
    hesitation = sum(max(pause - free, 0.0) for pause, free in pauses)
    pace = min(1.0, syllables / speaking / SLOWEST_FLUENT) if speaking > 0 else 1.0
    return 100 * max(0.0, 1 - (hesitation + again) / total) * pace if total > 0 else 100.0


def syllables(word: Pronunciation) -> int:
    """Counts the vowels of the usual pronunciation."""
    return sum(sound in VOWELS for sound in word.variants[0])


def by_sound(said: Sequence[tuple[Pronunciation, float]]) -> tuple[SoundScore, ...]:
    """Returns the mean word score for each sound, over the words that hold it; in alphabetical order."""
    points: dict[str, list[float]] = {}
    for word, score in said:
        for sound in word.sounds:
            points.setdefault(sound, []).append(score)
    means: Mapping[str, float] = {sound: sum(scores) / len(scores) for sound, scores in points.items()}
    return tuple(SoundScore(sound, round(means[sound], 1), len(points[sound])) for sound in sorted(points))
