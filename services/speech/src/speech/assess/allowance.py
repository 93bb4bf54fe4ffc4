"""Makes allowance for stutters: no word is wrong for one, and no score is lower."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from contracts.speech import SOUND_REPEATED
from speech.assess.result import Scores, WordResult
from speech.assess.stutter import Stutter
from speech.assess.verdict import Judged


def allowed(judged: Sequence[Judged], found: Sequence[Stutter]) -> list[Judged]:
    """Returns the judged words, in which one that was stuttered has that finding, and is at worst unsure.

    Words that were heard in the pieces of a repeated sound are none.
    """
    pieces = [(one.start, one.end) for one in found if one.kind == SOUND_REPEATED]
    kept = [one for one in judged if one.result.verdict not in ("inserted", "repeated") or not _within(one, pieces)]
    return [replace(one, result=_found(one, found)) for one in kept]


def _found(one: Judged, found: Sequence[Stutter]) -> WordResult:
    kinds = tuple(sorted({stutter.kind for stutter in found if stutter.word == one.number}))
    if not kinds or one.result.verdict == "repeated":
        return one.result
    result = replace(one.result, findings=kinds)
    if result.verdict not in ("mispronounced", "omitted"):
        return result
    return replace(result, verdict="unsure", confidence=min(result.confidence, 0.4))


def _within(one: Judged, spans: Sequence[tuple[float, float]]) -> bool:
    if one.result.start is None or one.result.end is None:
        return False
    middle = (one.result.start + one.result.end) / 2
    return any(start <= middle <= end for start, end in spans)


def scored(
    judged: Sequence[Judged], found: Sequence[Stutter], score: Callable[[Sequence[WordResult]], Scores]
) -> Scores:
    """Returns the scores without the time that stutters took, and with the stuttered words only if they raise them."""
    stuttered = {one.word for one in found}
    results = [_shortened(one.result, found) for one in judged]
    others = [
        replace(result, score=None) if one.number in stuttered else result
        for one, result in zip(judged, results, strict=True)
    ]
    return max((score(results), score(others)), key=lambda scores: scores.accuracy)


def _shortened(result: WordResult, found: Sequence[Stutter]) -> WordResult:
    """Returns a result with its times as if nothing had been stuttered before."""
    if result.start is None or result.end is None:
        return result

    def without(moment: float) -> float:
        return moment - sum(max(min(one.end, moment) - one.start, 0.0) for one in found)

    return replace(result, start=without(result.start), end=without(result.end))
