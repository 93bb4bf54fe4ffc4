"""Lets several hearings of the same sound decide whether a word was wrong: where they disagree it is unsure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from speech.assess.compare import Match, match
from speech.assess.lexicon import Lexicon
from speech.assess.text import words
from speech.assess.verdict import NEAR, Judged, Reading

WRONG = ("mispronounced", "omitted")

#: Distance from which on a heard word is hardly the written one.
FAR = 0.5


@dataclass(frozen=True)
class _Place:
    """Holds what one hearing has in the place of a word of the text, and how far its sounds are from it."""

    heard: str
    distance: float


def wrong(judged: Sequence[Judged]) -> bool:
    """Tells whether any word of the text is called wrong."""
    return any(one.number is not None and one.result.verdict in WRONG for one in judged)


def confirmed(judged: Sequence[Judged], reading: Reading, hearings: Sequence[str], lexicon: Lexicon) -> list[Judged]:
    """Returns the judged words; those that were called wrong are unsure unless the further hearings bear it out."""
    if not hearings:
        return list(judged)
    all_hearings = [
        _places(reading.matches, reading.heard_words),
        *(_heard(reading, transcript, lexicon) for transcript in hearings),
    ]
    return [
        one
        if one.number is None
        or one.result.verdict not in WRONG
        or _borne_out([hearing[one.number] for hearing in all_hearings], one.result.verdict)
        or (reading.disproves(one.number) and _unlike([hearing[one.number] for hearing in all_hearings]))
        else replace(one, result=replace(one.result, verdict="unsure", confidence=min(one.result.confidence, 0.4)))
        for one in judged
    ]


def _borne_out(places: Sequence[_Place], verdict: str) -> bool:
    """Tells whether hearings agree: all on the same other word, or all but one on none.

    None of them may have the word of the text; nor one that sounds alike, if the word is to have been left out.
    """
    heard, agreeing = Counter(place.heard for place in places).most_common(1)[0]
    nearest = min(place.distance for place in places)
    if nearest == 0 or (nearest < NEAR and (verdict == "omitted" or not heard)):
        return False
    return agreeing >= len(places) - (not heard)


def _unlike(places: Sequence[_Place]) -> bool:
    """Tells whether hearings agree only in that it was not this word."""
    return all(place.distance >= FAR for place in places)


def _heard(reading: Reading, transcript: str, lexicon: Lexicon) -> dict[int, _Place]:
    spoken = [word for word in words(transcript) if word.ways]
    heard = lexicon.text([word.ways for word in spoken])
    return _places(match(reading.text, heard), [word.written for word in spoken])


def _places(matches: Sequence[Match], heard: Sequence[str]) -> dict[int, _Place]:
    return {
        number: _Place(" ".join(heard[one.h_start : one.h_end]).lower(), one.distance)
        for one in matches
        for number in range(one.t_start, one.t_end)
    }
