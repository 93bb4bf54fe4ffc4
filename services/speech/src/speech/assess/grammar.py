"""The grammar of a reading: every way a text may be said, left out or repeated, and what was heard instead.

State n is "n words of the text are behind us". Words of the text are labelled w0, w1 and so on, what the transcriber
heard is labelled by the number of its match, h0, h1. Further ways to say a word (such as typical errors) would be
further arcs beside its own.
"""

from collections.abc import Iterator, Sequence

from speech.acoustic import Arc
from speech.assess.compare import Match

# Found on synthesized readings, see the measured figures in the service's README: rarer steps need clearer sound.
SKIP = 1e-8
SKIP_MORE = 1e-9
REPEAT = 1e-8
LONGEST_REPEAT = 3
INSTEAD = 1e-10
BESIDES = 1e-8
BESIDES_MORE = 1e-2


def arcs(words: int, matches: Sequence[Match]) -> list[Arc]:
    """All steps from state 0 to state `words`."""
    return [*_text(words), *_proposals(words, matches)]


def differs(one: Match) -> bool:
    """Whether something else was heard than is written."""
    return one.h_end > one.h_start and one.distance > 0


def _text(words: int) -> Iterator[Arc]:
    for number in range(words):
        yield Arc(number, number + 1, 1.0, f"w{number}")
        yield Arc(number, number + 1, SKIP)
        for back in range(1, min(number + 1, LONGEST_REPEAT) + 1):
            yield Arc(number + 1, number + 1 - back, REPEAT)
    # Whoever begins late or stops early must not pay for each word, or that way would be pruned.
    for number in range(2, words):
        yield Arc(0, number, SKIP_MORE)
        yield Arc(words - number, words, SKIP_MORE)


def _proposals(words: int, matches: Sequence[Match]) -> Iterator[Arc]:
    """Words heard beside the text are a chain through states of their own: a loop over them would take minutes."""
    extra, at = words, None
    for number, one in enumerate(matches):
        if one.t_start < one.t_end:
            if differs(one):
                yield Arc(one.t_start, one.t_end, INSTEAD, f"h{number}")
            continue
        following = number + 1 < len(matches) and matches[number + 1].t_start == matches[number + 1].t_end
        extra += following
        start = one.t_start if at is None else at
        end = extra if following else one.t_start
        yield Arc(start, end, BESIDES if at is None else BESIDES_MORE, f"h{number}")
        at = extra if following else None
