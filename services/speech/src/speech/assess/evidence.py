"""Finds in a recording which words of a text were said, where, and how well their sounds fit.

The transcript proposes and the recording decides. A grammar lets every word of the text be said, left out or repeated,
and offers the words that the transcriber heard instead as alternatives; the most likely path through the grammar is the
evidence. So a transcriber that garbles a tongue twister is overruled, and a text that was not read is not found.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from speech.acoustic import FRAMES_PER_SECOND, Aligned, Said, Sound, align, follow
from speech.assess.compare import Match
from speech.assess.grammar import arcs, proposals
from speech.assess.lexicon import Pronunciation, Sounds
from speech.audio import Samples

# Vocal tracts: that of adults comes first; smaller ones are tried when it fits badly, and used when they fit clearly
# better.
WARPS = (1.0, 1.2, 1.4)
BAD_FIT = -45.0
CLEARLY_BETTER = 3.0


@dataclass(frozen=True)
class Spot:
    """Holds a word's place in the recording, in seconds from the start; `fit` as in `speech.acoustic.Sound`.

    `sounds` are those of the word, in frames; none where it could not be aligned.
    """

    start: float
    end: float
    fit: float | None
    sounds: tuple[Sound, ...] = ()

    @property
    def sound(self) -> float:
        """Returns how long a sound of the word takes on average, in seconds."""
        return (self.end - self.start) / max(len(self.sounds), 1)


@dataclass
class Evidence:
    """Holds where each word of the text was said last and before, and which proposals were chosen."""

    said: dict[int, Spot] = field(default_factory=dict)
    tries: list[tuple[int, Spot]] = field(default_factory=list)
    #: By number of match: proposals of the transcriber that won against the text.
    chosen: dict[int, Spot] = field(default_factory=dict)

    @property
    def fit(self) -> float | None:
        """Returns the mean fit of all words found."""
        spots = [*self.said.values(), *(spot for _, spot in self.tries)]
        fits = [spot.fit for spot in spots if spot.fit is not None]
        return sum(fits) / len(fits) if fits else None

    @property
    def usual_sound(self) -> float | None:
        """Returns how long a sound takes in this reading, in seconds: the median of its words; None without any."""
        lengths = sorted(spot.sound for spot in self.said.values() if spot.sounds)
        return lengths[len(lengths) // 2] if lengths else None


def gather(
    samples: Samples, text: Sequence[Pronunciation], heard: Sequence[Pronunciation], matches: Sequence[Match]
) -> Evidence:
    """Follows the recording through the grammar of the text, with the warp that fits it best."""
    best = _gather(samples, text, heard, matches, WARPS[0])
    if best.fit is not None and best.fit >= BAD_FIT:
        return best
    for warp in WARPS[1:]:
        warped = _gather(samples, text, heard, matches, warp)
        if warped.fit is not None and (best.fit is None or warped.fit > best.fit + CLEARLY_BETTER):
            best = warped
    return best


def _gather(
    samples: Samples,
    text: Sequence[Pronunciation],
    heard: Sequence[Pronunciation],
    matches: Sequence[Match],
    warp: float,
) -> Evidence:
    variants: dict[str, Sequence[Sounds]] = {f"w{number}": word.variants for number, word in enumerate(text)}
    offered = proposals(matches, text, heard)
    variants |= {f"h{number}": _joined(heard, matches[number]) for number in offered}
    said = follow(samples, arcs(len(text), matches, offered), len(text), variants, warp)
    labels = [label for step in said for label in _written(step.label, matches)]
    aligned = align(samples, labels, variants, warp)
    return _read(said, aligned, matches)


def _joined(heard: Sequence[Pronunciation], one: Match) -> list[tuple[str, ...]]:
    """Returns the usual pronunciation of heard words, or all variants of a single word."""
    parts = heard[one.h_start : one.h_end]
    if len(parts) == 1:
        return list(parts[0].variants)
    return [tuple(sound for part in parts for sound in part.variants[0])]


def _written(label: str, matches: Sequence[Match]) -> list[str]:
    """Returns the label under which a step is aligned: the words of the text rather than those heard in their place.

    So the fit tells how well the written word was said, also where another word won.
    """
    if label.startswith("w"):
        return [label]
    one = matches[int(label[1:])]
    return [f"w{number}" for number in range(one.t_start, one.t_end)] or [label]


def _read(said: Sequence[Said], aligned: Sequence[Aligned], matches: Sequence[Match]) -> Evidence:
    evidence = Evidence()
    laid = iter(aligned)
    for step in said:
        spot = Spot(step.start / FRAMES_PER_SECOND, step.end / FRAMES_PER_SECOND, None)
        for label in _written(step.label, matches):
            word = next(laid, None)
            if word is not None:
                start, end = word.sounds[0].start, word.sounds[-1].end
                spot = Spot(start / FRAMES_PER_SECOND, end / FRAMES_PER_SECOND, word.fit, word.sounds)
            if label.startswith("w"):
                number = int(label[1:])
                if number in evidence.said:
                    evidence.tries.append((number, evidence.said[number]))
                evidence.said[number] = spot
        if step.label.startswith("h"):
            evidence.chosen[int(step.label[1:])] = spot
    return evidence
