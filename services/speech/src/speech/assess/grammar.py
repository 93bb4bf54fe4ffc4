"""Builds the grammar of a reading: every way a text may be said, left out or repeated, or replaced by other words.

State n is "n words of the text are behind us". Words of the text are labelled w0, w1 and so on, what the transcriber
heard is labelled by the number of its match, h0, h1. Further ways to say a word (such as typical errors) would be
further arcs beside its own.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from speech.acoustic import Arc
from speech.assess.compare import Match
from speech.assess.lexicon import Pronunciation

# These probabilities were found on synthesized readings, see the figures in the service's README: rare steps need clear
# sound.
SKIP = 1e-8
FAR = 1e-9
REPEAT = 1e-8
LONGEST_REPEAT = 3
INSTEAD = 1e-8
BESIDES = 1e-8
BESIDES_MORE = 1e-2


def arcs(words: int, matches: Sequence[Match], proposals: Collection[int]) -> list[Arc]:
    """Builds all steps from state 0 to state `words`; `proposals` are numbers of matches to offer as alternatives."""
    return [*_text(words), *_instead(matches, proposals), *_besides(words, matches, proposals)]


def proposals(matches: Sequence[Match], text: Sequence[Pronunciation], heard: Sequence[Pronunciation]) -> list[int]:
    """Returns the matches where other words were heard than are written.

    Words that no dictionary lists are left out: transcribers invent such words, and invent them to fit the sound. In
    the place of a written word that is not listed either, they tell its sound better than a guess does.
    """
    return [
        number
        for number, one in enumerate(matches)
        if one.distance > 0
        and one.h_end > one.h_start
        and (
            all(word.listed for word in heard[one.h_start : one.h_end])
            or (one.t_end > one.t_start and not any(word.listed for word in text[one.t_start : one.t_end]))
        )
    ]


def _text(words: int) -> Iterator[Arc]:
    for number in range(words):
        yield Arc(number, number + 1, 1.0, f"w{number}")
        yield Arc(number, number + 1, SKIP)
        for back in range(1, min(number + 1, LONGEST_REPEAT) + 1):
            yield Arc(number + 1, number + 1 - back, REPEAT)
    # A reader who begins late, stops early or begins again must not pay for each word, or the decoder would prune that
    # path.
    for number in range(2, words):
        yield Arc(0, number, FAR)
        yield Arc(words - number, words, FAR)
    for number in range(LONGEST_REPEAT + 1, words + 1):
        yield Arc(number, 0, FAR)


def _instead(matches: Sequence[Match], proposals: Collection[int]) -> Iterator[Arc]:
    for number in proposals:
        if matches[number].t_start < matches[number].t_end:
            yield Arc(matches[number].t_start, matches[number].t_end, INSTEAD, f"h{number}")


def _besides(words: int, matches: Sequence[Match], proposals: Collection[int]) -> Iterator[Arc]:
    """Chains words heard beside the text through states of their own, since a loop over them would take minutes."""
    extra = words
    inserted = [number for number in proposals if matches[number].t_start == matches[number].t_end]
    for place, group in groupby(inserted, key=lambda number: matches[number].t_start):
        chain = list(group)
        at = place
        for number in chain:
            extra += number != chain[-1]
            end = place if number == chain[-1] else extra
            yield Arc(at, end, BESIDES if number == chain[0] else BESIDES_MORE, f"h{number}")
            at = end
