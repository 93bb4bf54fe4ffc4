"""Wraps pocketsphinx in typed functions, as its only importer: voice activity, dictionary, decoding and alignment.

Two uses of pocketsphinx end the whole process: a word without pronunciation in an alignment, and entries of an
alignment that are read after the next entry. These functions add every word first and read alignments in one pass; even
so, call them in a child process.

Every decoding builds a decoder of its own from the words it needs (6 ms): the running cepstral mean of a kept decoder
would let one recording change the result of the next.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, takewhile
from typing import Any

import numpy as np
import pocketsphinx
from numpy.typing import NDArray

from speech.audio import RATE, Samples

#: Samples in one frame of voice activity (30 ms).
FRAME = RATE * 30 // 1000

#: Frames of the acoustic model, in which decoding and alignment count time.
FRAMES_PER_SECOND = 100

# Wide beams, so that a reading that differs from the text is not pruned.
BEAMS = {"beam": 1e-60, "wbeam": 1e-40, "pbeam": 1e-60}
ALTERNATE = re.compile(r"\(\d+\)$")

#: For each label of a word, the ways to say it, in ARPAbet sounds without stress.
Variants = Mapping[str, Sequence[Sequence[str]]]


def voice_activity(frames: Samples) -> NDArray[np.bool_]:
    """Tells which frames (rows of `FRAME` samples) the WebRTC detector takes for speech, in its strictest mode."""
    detector = pocketsphinx.Vad(mode=3, sample_rate=RATE, frame_length=FRAME / RATE)
    return np.array([detector.is_speech(frame.tobytes()) for frame in frames], dtype=np.bool_)


class Dictionary:
    """Holds the pronunciations that come with the acoustic model (135 000 English words, CMU)."""

    def __init__(self) -> None:
        self._decoder = pocketsphinx.Decoder(lm=None, loglevel="FATAL")

    def lookup(self, word: str) -> tuple[tuple[str, ...], ...]:
        """Returns all listed pronunciations of a lower-case word, the usual one first; none if it is not listed."""
        names = (word if number == 1 else f"{word}({number})" for number in count(1))
        found = (self._decoder.lookup_word(name) for name in names)
        return tuple(tuple(sounds.split()) for sounds in takewhile(bool, found))


@dataclass(frozen=True)
class Arc:
    """Describes a step of a grammar from one state to another, with the label of a word or with no word."""

    start: int
    end: int
    probability: float
    label: str | None = None


@dataclass(frozen=True)
class Said:
    """Holds a word found in the recording, in frames from the recording's start."""

    label: str
    start: int
    end: int


@dataclass(frozen=True)
class Sound:
    """Holds a sound of an aligned word. `fit`: log likelihood per frame relative to the best state of the model.

    It has the form of the goodness of pronunciation of Witt & Young (2000, Speech Communication 30:95-108), in units of
    pocketsphinx's integer scores (about 0.1 nat): around -35 when clear, below -80 for another sound.
    """

    name: str
    start: int
    end: int
    fit: float


@dataclass(frozen=True)
class Aligned:
    """Holds a word aligned with the recording, sound by sound."""

    label: str
    sounds: tuple[Sound, ...]

    @property
    def fit(self) -> float:
        return sum(sound.fit for sound in self.sounds) / len(self.sounds)


def follow(samples: Samples, arcs: Iterable[Arc], last: int, variants: Variants, warp: float = 1.0) -> list[Said]:
    """Finds the most likely path through a grammar from state 0 to the last; empty if there is none.

    `warp` scales the frequency axis for vocal tracts shorter (above 1) than those the model was trained on.
    """
    decoder = _decoder(variants, warp, lw=1.0, **BEAMS)
    transitions = [(arc.start, arc.end, arc.probability, *([arc.label] if arc.label else [])) for arc in arcs]
    decoder.add_fsg("text", decoder.create_fsg("text", 0, last, transitions))
    decoder.activate_search("text")
    _process(decoder, samples)
    found = [
        (ALTERNATE.sub("", segment.word), segment.start_frame, segment.end_frame) for segment in decoder.seg() or ()
    ]
    return [Said(label, start, end + 1) for label, start, end in found if label in variants]


def align(samples: Samples, labels: Sequence[str], variants: Variants, warp: float = 1.0) -> list[Aligned]:
    """Aligns words with the recording in this order, and measures the fit of each sound; empty when that is impossible.

    Any words can be aligned with any recording: an aligned word was not necessarily spoken.
    """
    decoder = _decoder(variants, warp, compallsen=True, **BEAMS)
    if not labels or not set(labels) <= set(variants):
        return []
    decoder.set_align_text(" ".join(labels))
    _process(decoder, samples)
    if decoder.hyp() is None:
        return []
    decoder.set_alignment()
    _process(decoder, samples)
    aligned = [(ALTERNATE.sub("", word.name), _sounds(word)) for word in decoder.get_alignment()]
    return [Aligned(label, sounds) for label, sounds in aligned if label in variants]


def _sounds(word: Any) -> tuple[Sound, ...]:
    return tuple(
        Sound(sound.name, sound.start, sound.start + sound.duration, sound.score / sound.duration) for sound in word
    )


def _decoder(variants: Variants, warp: float, **options: object) -> Any:
    if warp != 1.0:
        options["warp_params"] = str(warp)
    decoder = pocketsphinx.Decoder(lm=None, dict=None, bestpath=False, loglevel="FATAL", **options)
    names = [
        (label if number == 0 else f"{label}({number + 1})", " ".join(sounds))
        for label, ways in variants.items()
        for number, sounds in enumerate(ways)
    ]
    for position, (name, sounds) in enumerate(names, start=1):
        decoder.add_word(name, sounds, position == len(names))
    return decoder


def _process(decoder: Any, samples: Samples) -> None:
    decoder.start_utt()
    decoder.process_raw(samples.tobytes(), full_utt=True)
    decoder.end_utt()
