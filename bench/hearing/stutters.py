"""Makes readings with a sound repeated, held or blocked, and ordinary ones in which nothing of the kind may be found.

flite tells where each sound of its own begins and ends, so sounds are cut out, held and parted exactly there.
"""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from bench.hearing.circumstances import SPEECH_DBFS
from bench.hearing.signals import Signal, at_level, at_tempo, decoded, noise
from bench.hearing.voices import READINGS, VOICES, FliteMissing
from contracts.speech import SOUND_BLOCKED, SOUND_HELD, SOUND_REPEATED
from speech.acoustic import Dictionary
from speech.assess.lexicon import VOWELS
from speech.assess.text import words
from speech.audio import RATE

STOPS = frozenset("P B T D K G".split())
#: Sounds that can be held.
HELD = VOWELS | frozenset("S Z SH F V TH M N L R W".split())
FINDINGS = {"repetition": SOUND_REPEATED, "prolongation": SOUND_HELD, "block": SOUND_BLOCKED}
#: Seconds of the following sound that a repeated consonant takes along, and of a fade.
ONWARD, FADE = 0.035, 0.006
ROOM_DBFS = -62.0


@dataclass(frozen=True)
class Sound:
    """Holds a sound that was spoken: its name, its word's number, and from and to in samples."""

    name: str
    word: int
    first: bool
    start: int
    end: int


@dataclass(frozen=True)
class Stutter:
    """Holds a reading, and what kind it is: a stutter of one word, or an ordinary way of reading."""

    text: str
    name: str
    signal: Signal
    kind: str


class Reader:
    """Reads with flite, and knows the place of each sound."""

    def __init__(self, cache: Path) -> None:
        self._cache, self._dictionary = cache, Dictionary()

    def read(self, text: str, voice: str) -> tuple[Signal, list[Sound]]:
        """Returns the sound and its parts; none if the sounds of a word are not those of the dictionary.

        Raises `FliteMissing`.
        """
        flite = shutil.which("flite")
        if flite is None:
            raise FliteMissing("make bench-hearing needs flite: apt-get install flite.")
        path = self._cache / "stutter.wav"
        command = [flite, "-voice", voice, "-t", text, "-psdur", "-o", str(path)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        ends = [(name, float(end)) for name, _, end in (part.partition(":") for part in printed.split())]
        starts = [0.0, *(end for _, end in ends[:-1])]
        spans = [(name, start, end) for (name, end), start in zip(ends, starts, strict=True) if name != "pau"]
        owners = self._owners([name.upper().replace("AX", "AH") for name, _, _ in spans], text)
        sounds = [
            Sound(
                name.upper(),
                word,
                number == 0 or owners[number - 1] != word,
                round(start * RATE),
                round(end * RATE),
            )
            for number, ((name, start, end), word) in enumerate(zip(spans, owners, strict=False))
        ]
        return at_level(decoded(path.read_bytes()), SPEECH_DBFS), sounds

    def _owners(self, names: Sequence[str], text: str) -> list[int]:
        """Returns for each sound the number of its word; empty if they do not fit the dictionary."""
        ways = [self._dictionary.lookup(word.written.lower()) for word in words(text)]
        found: list[list[int]] = [[]]
        for number, variants in enumerate(ways):
            found = [
                [*before, *[number] * len(variant)]
                for before in found
                for variant in dict.fromkeys(variants)
                if list(variant) == list(names[len(before) : len(before) + len(variant)])
            ][:8]
        return next((owners for owners in found if len(owners) == len(names)), [])


def stutters(readings: int, voices: int, cache: Path) -> Iterator[Stutter]:
    """Returns readings with one word stuttered, of each kind, and ordinary ones: plain, slow, with rests."""
    reader = Reader(cache)
    for text in READINGS[:readings]:
        for voice in VOICES[:voices]:
            signal, sounds = reader.read(text, voice)
            if not sounds:
                continue
            for kind, make in _MAKE.items():
                drawn = random.Random(f"{text} {voice} {kind}")
                fitting = [sound for sound in sounds if _fits(sound, kind)]
                if fitting:
                    sound = drawn.choice(fitting)
                    yield Stutter(text, f"{voice} {sound.name}", _in_a_room(make(signal, sound, drawn)), kind)
            drawn = random.Random(f"{text} {voice}")
            marks = [number for number, word in enumerate(words(text)) if word.pause]
            for kind, made in (
                ("plain", signal),
                ("tempo 0.7", at_tempo(signal, 0.7)),
                ("rests at marks", _rested(signal, sounds, marks, drawn, (0.5, 1.0))),
                ("word by word", _rested(signal, sounds, range(len(words(text))), drawn, (0.12, 0.3))),
            ):
                yield Stutter(text, voice, _in_a_room(made), kind)


def _fits(sound: Sound, kind: str) -> bool:
    if kind == "repetition":
        return sound.first and sound.end - sound.start >= RATE // 40
    if kind == "prolongation":
        return sound.first and sound.name in HELD and sound.end - sound.start >= RATE // 16
    return sound.name in STOPS and (sound.word > 0 or not sound.first)


def _repeated(signal: Signal, sound: Sound, drawn: random.Random) -> Signal:
    """Says the first sound two to four times before the word."""
    end = min(sound.end, sound.start + RATE // 8) + (0 if sound.name in VOWELS else round(ONWARD * RATE))
    piece = _faded(signal[sound.start : end])
    parts = [signal[: sound.start]]
    for _ in range(drawn.randint(2, 4)):
        parts += [piece, np.zeros(round(drawn.uniform(0.06, 0.16) * RATE))]
    return np.concatenate([*parts, signal[sound.start :]])


def _held(signal: Signal, sound: Sound, _: random.Random) -> Signal:
    """Holds the first sound at least three times as long, by its middle said over and over, each time faded into it."""
    length, least = sound.end - sound.start, 0.55 if sound.name in VOWELS else 0.4
    middle = signal[sound.start + length // 4 : sound.end - length // 4]
    fade = middle.size // 3
    ramp = np.linspace(0, 1, fade)
    held = signal[sound.start : sound.end - length // 4].copy()
    while held.size < max(3 * length, round(least * RATE)):
        held[-fade:] = held[-fade:] * (1 - ramp) + middle[:fade] * ramp
        held = np.concatenate([held, middle[fade:]])
    return np.concatenate([signal[: sound.start], held, signal[sound.end - length // 4 :]])


def _blocked(signal: Signal, sound: Sound, drawn: random.Random) -> Signal:
    """Stops for 0.3 to 0.9 seconds with the mouth closed for a sound."""
    at = sound.start + (sound.end - sound.start) // 3
    silence = np.zeros(round(drawn.uniform(0.3, 0.9) * RATE))
    return np.concatenate([_faded(signal[:at]), silence, signal[at:]])


_MAKE = {"repetition": _repeated, "prolongation": _held, "block": _blocked}


def _rested(
    signal: Signal, sounds: Sequence[Sound], behind: Sequence[int], drawn: random.Random, length: tuple[float, float]
) -> Signal:
    """Rests behind words."""
    cuts = [sound.start for before, sound in pairwise(sounds) if sound.first and before.word in behind]
    parts, at = [], 0
    for cut in cuts:
        parts += [_faded(signal[at:cut]), np.zeros(round(drawn.uniform(*length) * RATE))]
        at = cut
    return np.concatenate([*parts, signal[at:]])


def _faded(signal: Signal) -> Signal:
    faded = signal.copy()
    size = min(round(FADE * RATE), faded.size)
    if size:
        faded[-size:] *= np.linspace(1, 0, size)
    return faded


def _in_a_room(signal: Signal) -> Signal:
    return signal + noise(signal.size, ROOM_DBFS, 1, tilt=-1)
