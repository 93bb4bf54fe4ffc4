"""Finds sounds that were repeated, held or blocked. They are reported as they are, and count against nobody."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.speech import SOUND_BLOCKED, SOUND_HELD, SOUND_REPEATED
from speech.acoustic import FRAMES_PER_SECOND
from speech.assess.evidence import Spot
from speech.assess.lexicon import VOWELS
from speech.audio import RATE, Gap
from speech.excerpt import Excerpt

FRAME = RATE // FRAMES_PER_SECOND
#: Decibels below the loud parts that are still sound, and above the floor; where these are nearer than the last, noise
#: hides pauses, and nothing is found.
BELOW_LOUD, ABOVE_FLOOR, LEAST_RANGE = 30.0, 8.0, 12.0

#: Frames of a sound said for itself, of the silence between two, and of a click of the tongue; how many sounds make a
#: repetition, and how like they are to the beginning of the word (correlation).
SHORTEST_PIECE, LONGEST_PIECE, PART, LONGEST_CLICK = 2, 32, 4, 5
FEWEST_PIECES, LIKE = 2, 0.7
#: Frames before and behind the beginning of the word among which a piece may resemble it: a stop begins with silence.
EARLIER, LATER, BANDS = 4, 12, 20

#: Seconds from which on a first sound is held, and so many times as long as usual in this reading.
HELD_CONSONANT, HELD_VOWEL, TIMES_USUAL = 0.28, 0.45, 2.5
HOLDABLE = VOWELS | frozenset("S Z SH ZH F V TH DH M N L R W Y HH".split())

#: Seconds of silence within a word, and before a word in a phrase; there also so many times the usual pause and more.
BLOCKED_WITHIN, BLOCKED_BEFORE, TIMES_PAUSE, FREE = 0.28, 0.3, 3.0, 0.1
#: Frames of the release of a stop behind a silence.
RELEASE = 7


@dataclass(frozen=True)
class Stutter:
    """Holds what was found at a word of the text, a finding of `contracts.speech`, from and to in seconds."""

    kind: str
    word: int
    start: float
    end: float


@dataclass(frozen=True)
class _Reader:
    """Holds the words that were said, in order, and where the excerpt has sound."""

    said: Sequence[tuple[int, Spot]]
    excerpt: Excerpt
    sounding: NDArray[np.bool_]
    bands: NDArray[np.float64]

    def time(self, frame: int, *, ends: bool = False) -> float:
        return self.excerpt.time(frame / FRAMES_PER_SECOND, ends=ends)


def stutters(
    said: Mapping[int, Spot], pauses: Sequence[bool], excerpt: Excerpt, gaps: Sequence[Gap] = ()
) -> list[Stutter]:
    """Returns what is found; `pauses` tells for each word whether a mark follows it. Lost sound is no silence."""
    placed = [(number, spot) for number, spot in sorted(said.items()) if spot.sounds]
    frames = excerpt.samples[: excerpt.samples.size // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    if not placed or not len(frames):
        return []
    levels = 10 * np.log10((frames**2).mean(axis=1) + 1)
    loud, floor = np.percentile(levels, 95), np.percentile(levels, 5)
    limit = max(loud - BELOW_LOUD, floor + ABOVE_FLOOR)
    if limit > loud - LEAST_RANGE:
        return []
    reader = _Reader(placed, excerpt, levels > limit, _bands(frames))
    found = [*_repeated(reader), *_held(reader)]
    found += [one for one in _blocked(reader, pauses) if one.word not in {other.word for other in found}]
    return [one for one in found if not any(start <= one.end and one.start <= end for start, end in gaps)]


def _repeated(reader: _Reader) -> Iterator[Stutter]:
    """Finds pieces of sound before a word that are like its beginning, and nothing longer than a click beside them."""
    before, previous = 0, -1
    for number, spot in reader.said:
        first, last = spot.sounds[0].start, spot.sounds[-1].end
        pieces = _pieces(reader.sounding, before, first)
        if pieces and pieces[0][0] - before < PART and not _like(reader.bands, pieces[0], first):
            pieces = pieces[1:]  # the end of the word before
        like = [piece for piece in pieces if _like(reader.bands, piece, first)]
        others = [piece for piece in pieces if piece not in like and piece[1] - piece[0] > LONGEST_CLICK]
        if number == previous + 1 and len(like) >= FEWEST_PIECES and not others:
            yield Stutter(SOUND_REPEATED, number, reader.time(like[0][0]), reader.time(first))
        before, previous = last, number


def _pieces(sounding: NDArray[np.bool_], start: int, end: int) -> list[tuple[int, int]]:
    """Returns the sounds between two frames that end well before the second, from and to."""
    found: list[tuple[int, int]] = []
    for frame in range(start, end):
        if sounding[frame]:
            if found and frame - found[-1][1] < PART:
                found[-1] = (found[-1][0], frame + 1)
            else:
                found.append((frame, frame + 1))
    return [piece for piece in found if end - piece[1] >= PART]


def _like(bands: NDArray[np.float64], piece: tuple[int, int], first: int) -> bool:
    """Tells whether a piece resembles what begins at this frame."""
    length = piece[1] - piece[0]
    size = min(length, len(bands) - first - LATER)
    if size < SHORTEST_PIECE or length > LONGEST_PIECE:
        return False
    one = bands[piece[0] : piece[0] + size].ravel()
    others = (bands[at : at + size].ravel() for at in range(max(first - EARLIER, 0), first + LATER + 1))
    return max(float(np.corrcoef(one, other)[0, 1]) for other in others if other.size == one.size) >= LIKE


def _held(reader: _Reader) -> Iterator[Stutter]:
    """Finds first sounds that are far longer than others of this reading."""
    for number, spot in reader.said:
        first = spot.sounds[0]
        if first.name not in HOLDABLE or len(spot.sounds) < 2:
            continue
        vowel = first.name in VOWELS
        usual = np.median([s.end - s.start for _, o in reader.said for s in o.sounds if (s.name in VOWELS) is vowel])
        length = (first.end - first.start) / FRAMES_PER_SECOND
        least = max(HELD_VOWEL if vowel else HELD_CONSONANT, TIMES_USUAL * float(usual) / FRAMES_PER_SECOND)
        if length >= least and reader.sounding[first.start : first.end].mean() > 0.8:
            yield Stutter(SOUND_HELD, number, reader.time(first.start), reader.time(first.end, ends=True))


def _blocked(reader: _Reader, pauses: Sequence[bool]) -> Iterator[Stutter]:
    """Finds long silences within words, and before words where others follow at once."""
    rests: list[tuple[int, tuple[int, int]]] = []
    for (number, spot), following in zip(reader.said, [*reader.said[1:], None], strict=True):
        onset, end = spot.sounds[0].end, spot.sounds[-1].end
        for silence in _silences(reader, spot.sounds[0].start, end):
            if silence[1] > onset and silence[1] < end and _seconds(reader, silence) >= BLOCKED_WITHIN:
                yield Stutter(SOUND_BLOCKED, number, reader.time(silence[0], ends=True), reader.time(silence[1]))
        if following and following[0] == number + 1 and not pauses[number]:
            rests.append((following[0], _rest(reader, spot, following[1])))
    lengths = [_seconds(reader, rest) for _, rest in rests]
    for place, (number, (start, end)) in enumerate(rests):
        others = [*lengths[:place], *lengths[place + 1 :]]
        usual = float(np.median(others)) if others else 0.0
        if lengths[place] >= max(BLOCKED_BEFORE, FREE + TIMES_PAUSE * usual):
            yield Stutter(SOUND_BLOCKED, number, reader.time(start, ends=True), reader.time(end))


def _rest(reader: _Reader, spot: Spot, following: Spot) -> tuple[int, int]:
    """Returns the longest silence from the last sound of a word to the first of the next, if little else is there."""
    begins, ends = spot.sounds[-1].start, following.sounds[0].end
    longest = max(_silences(reader, begins, ends), key=lambda silence: silence[1] - silence[0], default=(ends, ends))
    between = reader.sounding[spot.sounds[-1].end : following.sounds[0].start].sum()
    return longest if between <= RELEASE else (ends, ends)


def _seconds(reader: _Reader, span: tuple[int, int]) -> float:
    return reader.time(span[1]) - reader.time(span[0], ends=True)


def _silences(reader: _Reader, start: int, end: int) -> Iterator[tuple[int, int]]:
    quiet_from = None
    for frame in range(start, end):
        if reader.sounding[frame]:
            if quiet_from is not None:
                yield quiet_from, frame
            quiet_from = None
        elif quiet_from is None:
            quiet_from = frame


def _bands(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the level of each frame in some twenty bands, without its mean."""
    power = np.abs(np.fft.rfft(frames * np.hanning(FRAME), axis=1)) ** 2
    edges = np.unique(np.geomspace(1, power.shape[1] - 1, BANDS + 1).astype(int))
    levels: NDArray[np.float64] = np.log(np.add.reduceat(power[:, : edges[-1]], edges[:-1], axis=1) + 1)
    return levels
