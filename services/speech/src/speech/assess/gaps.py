"""Takes back verdicts on words that may have been said where the recording has a gap."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from speech.assess.verdict import Judged
from speech.audio import Gap

#: seconds around a gap within which the sound of a word may be marred
MARGIN = 0.15

_DOUBTFUL = ("omitted", "mispronounced", "unsure")


def unsure_at_gaps(judged: Sequence[Judged], gaps: Sequence[Gap]) -> list[Judged]:
    """Returns the judged words; those not called correct in or beside a gap are unsure, with the gap as the reason.

    A word that has no times stands between its neighbours that have some. Times are those of the whole recording.
    """
    return [
        replace(
            one,
            result=replace(
                one.result, verdict="unsure", confidence=min(one.result.confidence, 0.4), reason="sound_missing"
            ),
        )
        if one.number is not None
        and one.result.verdict in _DOUBTFUL
        and any(start - MARGIN <= latest and earliest <= end + MARGIN for start, end in gaps)
        else one
        for one, (earliest, latest) in zip(judged, _places(judged), strict=True)
    ]


def _places(judged: Sequence[Judged]) -> Iterator[tuple[float, float]]:
    """Yields for each word the times between which it stands."""
    for place, one in enumerate(judged):
        if one.result.start is not None and one.result.end is not None:
            yield one.result.start, one.result.end
        else:
            before = (each.result.end for each in reversed(judged[:place]) if each.result.end is not None)
            after = (each.result.start for each in judged[place + 1 :] if each.result.start is not None)
            yield next(before, 0.0), next(after, math.inf)
